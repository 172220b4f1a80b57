"""Inlining the template and rendering it gives what rendering it and inlining the result gives."""

import subprocess
import sys
from typing import Any

import pytest

from feeds.renderers.digest.inline import InliningError, inline_html, inline_template
from support.inlining import environment, normalised

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


def test_the_word_of_the_marks_may_occur() -> None:
    assert "jinja0x" in inlined_first(PAGE.replace("<p>x</p>", "<p>jinja0x</p>"), **{**VALUES, "title": "x"})


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
    "a whole style": (body('<p style="{{ x }}"></p>', "p { color: red }"), 3, "{{ x }} would be lost; in a style"),
    "unbalanced tags": (body("{% if x %}<div>{% else %}<p>{% endif %}\n</div>"), 4, "</div> became </p>"),
    "no doctype": ("\n<html></html>", 2, "the document must begin with <!DOCTYPE html>"),
    "a doctype in small letters": ("<!doctype html><html></html>", 1, "the document must begin with <!DOCTYPE html>"),
    "nothing at all": ("", 1, "the template is empty"),
    "nothing but Jinja": ("{% if x %}{% endif %}", 1, "the template is empty"),
    "no Jinja": (body("{% if %}"), 3, "Expected an expression"),
}


@pytest.mark.parametrize(("source", "line", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_template_that_cannot_be_inlined_is_an_error(source: str, line: int, reason: str) -> None:
    with pytest.raises(InliningError) as error:
        inline_template(source, environment(), "page.html")
    assert str(error.value).startswith(f"page.html:{line}: {reason}")


def test_point_23_nothing_is_printed() -> None:
    source = body('<p style="frob: 1; color: {{ x }}">', "p { -frob: 1; mso-hide: all; colour: nonsense }")
    # Another process: cssutils writes to what was stderr when it was imported, which pytest's capture may have missed.
    code = f"from feeds.renderers.digest.inline import inline_html; inline_html({source!r})"
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
