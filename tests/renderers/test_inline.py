"""Inlining the template and rendering it gives what premailer makes of the rendered template."""

import subprocess
import sys
from typing import Any

import pytest

from feeds.renderers.digest.inline import inline_template
from feeds.renderers.templates import BadTemplateError
from support.inlining import environment, inline_html, normalised

PAGE = """<!DOCTYPE html>
<html><head><title>{{ title }}</title>
<style>
p { margin: 0; color: {{ accent }}; }
.quiet, td { font-size: 14px; }
p.quiet { color: gray; }
</style>
<style data-premailer="ignore">@media (prefers-color-scheme: dark) { .quiet { color: {{ accent }} !important } }</style>
</head><body>
{% macro line(text) %}<p class="quiet idle">{{ text }}</p>{% endmacro %}
<!--[if mso]><table><tr><td style="color:{{ accent }}"><![endif]-->
{% if title == "x" %}<p>x</p>{% else %}<p title="{{ title }}">&nbsp;&#123;&#123;{{ "}}" }}</p>{% endif %}
{% for text in texts %}
<a href="https://a.example/?b=1&amp;q={{ text | urlencode }}">{{ line(text) }}</a>
{% endfor %}
<img src="x.png" width="10" height="20" class="pic" alt="">
</body></html>
"""
VALUES = {"title": 'A "b" & c', "accent": "#123456", "texts": ["one <two>", "{{ x }}", "é&#123;"]}


def inlined_first(source: str, **values: Any) -> str:
    env = environment()
    return env.from_string(inline_template(source, env, "page.html")).render(values)


def rendered_first(source: str, **values: Any) -> str:
    return inline_html(environment().from_string(source).render(values).lstrip())


def test_before_or_after_rendering_is_the_same() -> None:
    first, after = inlined_first(PAGE, **VALUES), rendered_first(PAGE, **VALUES)
    assert list(normalised(first)) == list(normalised(after))


def test_what_comes_out() -> None:
    html = inlined_first(PAGE, **VALUES)
    assert html.startswith("<!DOCTYPE html>\n<html><head>")
    assert '<p class="quiet" style="margin:0;color:gray;font-size:14px">one &lt;two&gt;</p>' in html
    assert '<p title="A &#34;b&#34; &amp; c" style="margin:0;color:#123456">&nbsp;&#123;&#123;}}</p>' in html
    assert '<!--[if mso]><table><tr><td style="color:#123456"><![endif]-->' in html
    assert ".quiet { color: #123456 !important }" in html
    assert '<a href="https://a.example/?b=1&amp;q=%7B%7B%20x%20%7D%7D">' in html
    assert '<img src="x.png" width="10" height="20" alt="">' in html


def test_what_stands_before_the_doctype_is_kept() -> None:
    source = f"{{# why #}}\n{{% set accent = 'red' %}}\n{PAGE}"
    html = inlined_first(source, title="x", texts=[])
    assert '<p style="margin:0;color:red">x</p>' in html
    assert html.lstrip().startswith("<!DOCTYPE html>")


def test_windows_line_ends_make_no_difference() -> None:
    assert inlined_first(PAGE.replace("\n", "\r\n"), **VALUES) == inlined_first(PAGE, **VALUES)


def test_white_space_is_trimmed_as_without_inlining() -> None:
    body = "<p>a  {%- if true %}\n b {%+ endif %}\n c {# d #} e {{- 1 -}}  f</p>"
    source = f"<!DOCTYPE html>\n<html><head></head><body>{body}</body></html>"
    assert environment().from_string(body).render() in inlined_first(source)


def body(html: str, css: str = "") -> str:
    style = f"<style>{css}</style>" if css else ""
    return f"<!DOCTYPE html>\n<html><head>{style}</head><body>\n{html}\n</body></html>"


BROKEN = {
    "an attribute that is Jinja's": (body('<td {% if x %}class="a"{% endif %}>'), 3, "{% if x %} is between attr"),
    "a value without quotes": (body("<td width={{ x }}>"), 3, "{{ x }} is between attributes or in a name"),
    "a tag's name": (body("\n<{{ x }}>"), 4, "{{ x }} is between attributes or in a name"),
    "a class": (body('<p class="a {{ x }}">'), 3, "{{ x }} is in a class"),
    "another file": (body("\n\n{% include 'x.html' %}"), 5, "include: a digest's template must be a single file"),
    "tags in raw": (body("{% raw %}<p>{{ x }}</p>{% endraw %}"), 3, "raw: its tags can't be styled"),
    "a block in CSS": (body("", "\np { {% if x %}color: red{% endif %} }"), 3, "{% if x %} is in CSS"),
    "a loop's first": (body("", "\n\nli:first-child { color: red }"), 4, "'li:first-child' is not an element and"),
    "a parent's": (body("", "ul p { color: red }"), 2, "'ul p' is not an element and classes"),
    "an at-rule": (body("", "p { color: red }\n@media print { p { color: red } }"), 3, "this is not a simple rule"),
    "a broken rule": (body("", "p { color: red }\np { color"), 3, "this is not a simple rule"),
    "a broken declaration": (body("", "p { color red }"), 2, "'color red' is not a CSS declaration"),
    "a semicolon that is missing": (body("", "p {\ntop: 0\nleft: 0 }"), 3, "'top: 0 left: 0' is not a CSS"),
    "half a value": (body("", "p {\ntop: 0;\nwidth: {{ x }}% }"), 4, "'width: {{ x }}%' is not a CSS declaration"),
    "an element in capitals": (body("", "P { color: red }"), 2, "'P' is not an element and classes"),
    "a quote that is missing": (body('\n<p\ntitle="a>b</p>'), 4, "<p has no end; check the quotes"),
    "after what is stripped": (body("a\n\n{%- if x %}\n\n\n{%- endif %}<p {{ x }}>"), 8, "{{ x }} is between attr"),
}


@pytest.mark.parametrize(("source", "line", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_template_that_cannot_be_inlined_is_an_error(source: str, line: int, reason: str) -> None:
    with pytest.raises(BadTemplateError) as error:
        inline_template(source, environment(), "page.html")
    assert str(error.value).startswith(f"page.html:{line}: {reason}")


STYLED = {
    "its own style comes last": ('<p style="top: 0">', '<p style="color:red;top: 0">'),
    "its own style is Jinja": ('<p style="{{ x }}">', '<p style="color:red;{{ x }}">'),
    "single quotes": ("<p class='a b'>", '<p style="color:red;margin:0">'),
    "no quotes": ("<p class=a>", '<p style="color:red;margin:0">'),
    "capitals": ('<P CLASS="a">', '<P style="color:red;margin:0">'),
    "what looks like a class": ("""<p title=" class='a'">""", """<p title=" class='a'" style="color:red">"""),
    "what looks like a tag": ('<p title="<p>">', '<p title="<p>" style="color:red">'),
    "a tag in Jinja": ("{{ '<p>' }}", "{{ '<p>' }}"),
    "a tag in a comment": ("<!-- <p> -->", "<!-- <p> -->"),
    "a tag that closes itself": ("<p/>", '<p style="color:red"/>'),
    "an important declaration": ('<p class="c">', '<p style="color:blue !important">'),
    "it outranks a class": ('<b class="d">', '<b style="top:0 !important">'),
    "a font with quotes": ("<td>", "<td style=\"font-family:'A B', serif\">"),
    "another tag": ("<pre>", "<pre>"),
    "a tag of Office": ('<o:p class="a">', '<o:p style="margin:0">'),
    "a tag that there can be only one of": ("<body>", '<body style="left:{{ x }}px">'),
    "an address": ("<table>", '<table style="background:url(https://a.example/?b&amp;c)">'),
    "both quotes": ("<i>", '<i style="content:&quot;it\'s&quot;">'),
    "a comment of Jinja": ('<p {# why #} class="a {# why #}">', '<p {# why #} style="color:red;margin:0">'),
    "an address without quotes": ("<p title=a/>", '<p title=a/ style="color:red">'),
    "lines": ('<p\nclass="a"\ntitle="b"\n>', '<p\n\ntitle="b" style="color:red;margin:0"\n>'),
}
CSS = """
p { color: red } .a { margin: 0 } .c { color: blue !important }
b { top: 0 !important } .d { top: 1px } td { font-family: "A B",serif }
table { background: url(https://a.example/?b&c) } i { content: "it's" }
body { {# why #} left: {{ x }}px; /* {% why %} */ }
"""


@pytest.mark.parametrize(("tag", "expected"), STYLED.values(), ids=STYLED)
def test_tags_and_their_styles(tag: str, expected: str) -> None:
    assert inline_template(f"{tag}<style>{CSS}</style>", environment(), "page.html").partition("{#\n")[0] == expected


@pytest.mark.parametrize("options", ['data-premailer="ignore"', 'media="print"', "media='screen and (width)'"])
def test_css_that_stays(options: str) -> None:
    source = f"<style {options}>ul p.a {{ top: {{{{ x }}}} }}</style><p class='a b'>"
    kept = source.replace(' data-premailer="ignore"', "").replace("'a b'", '"a"')
    assert inline_template(source, environment(), "page.html") == kept


def test_each_line_keeps_its_number() -> None:
    html = 'a\n{%- if x -%}\n{# b\n #}{% endif %}<p\n  class="a\nb"\n>{{ x }}</p>'
    source = body(html, "\np { margin: 0 }\ntd { margin: {{\n1 }}px }\n")
    lines, inlined = source.splitlines(), inline_template(source, environment(), "page.html").splitlines()
    assert ["{{ x }}" in line for line in lines] == ["{{ x }}" in line for line in inlined]


def test_point_23_nothing_is_printed() -> None:
    source = body('<p style="frob: 1; color: {{ x }}">', "p { -frob: 1; mso-hide: all; colour: nonsense }")
    broken = body("", "p { color red }")
    # Another process: cssutils writes to what was stderr when it was imported, which pytest's capture may have missed.
    code = f"""
from feeds.renderers.digest.inline import inline_template
from feeds.renderers.templates import BadTemplateError, environment
inline_template({source!r}, environment(), "")
try:
    inline_template({broken!r}, environment(), "")
except BadTemplateError:
    pass
"""
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
