"""Users' templates: what goes wrong in them, where, and what they cannot reach."""

from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from feeds.config.look import DigestLook
from feeds.config.mailing_tools import profile
from feeds.renderers.digest import render as digest
from feeds.renderers.templates import BadTemplateError, environment
from support.examples import coverage, edition, issue, issue_page, story

MARKUP = "<!DOCTYPE html>\n<html><head></head><body>\n{}\n</body></html>\n"
HEADLINE = "<script>alert(1)</script>"


def page(folder: Path) -> str:
    return issue_page(issue(story(title=HEADLINE)), str(folder)).decode()


def mail(folder: Path) -> digest.Digest:
    return digest.render(issue(story("one", coverage())), DigestLook(overrides=str(folder)), profile("none"))


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def refused(make: Callable[[Path], object], folder: Path) -> BadTemplateError:
    with pytest.raises(BadTemplateError) as error:
        make(folder)
    assert str(error.value) == f"{error.value.name}:{error.value.line}: {error.value.reason}"
    assert "\n" not in error.value.reason
    return error.value


# ---- the sandbox

ESCAPES = (
    "''.__class__.__mro__",
    "''.__class__.__mro__[-1].__subclasses__()",
    "''['__class__']",
    "''|attr('__class__')",
    "self.__init__.__globals__",
    "cycler.__init__.__globals__.os.popen('id').read()",
    "namespace.__init__.__globals__",
    "lipsum.__globals__['os']",
    "joiner.__init__.__globals__",
    "range.__call__.__self__",
    "'{0.__class__.__mro__}'.format('')",
    "'%s'.__mod__.__self__",
    "('{0.__cla' ~ 'ss__}').format(1)",
    "['{0.__class__}'.format][0]('')",
    "['{0.__class__}']|map('format', 1)|list",
    "(''|map(attribute='__class__')).gi_frame.f_globals",
    "('x'|list|map(attribute='__class__')|list)[0].__mro__",
    "self._TemplateReference__context.eval_ctx.environment",
    "stories.append(1)",
    "edition.__class__.__dict__",
    "language.text.__globals__",
    "language.text.__func__.__globals__",
    "formats[0].render.__globals__['content']",
    "range(10**9)|list",
    # What the variables of a page hold besides records: objects of the libraries, and the clock.
    "language.text('{x.long_date.__func__.__globals__[resources]._common.os.environ[HOME]}', x=language)",
    "language.text('{x.tag}', x=language)",
    "language.plural('{x.locale._data}', '{x.locale._data}', 1, x=language)",
    "language.text('{0}', 1)",
    "language.messages.install()",
    "language.messages.add_fallback(language.messages)",
    "language.locale.parse('de')",
    "zone.from_file('/etc/passwd')",
    "zone.clear_cache()",
    "edition.period.start.now()",
    "edition.period.start|map('x', attribute='tzinfo.utc.utcoffset')|list",
    "edition.period.start.tzinfo.utcoffset(1)",
    # What gives other bytes each time.
    "[1, 2, 3]|random",
    "lipsum(1)",
)


@pytest.mark.parametrize("expression", ESCAPES)
def test_a_page_template_reaches_nothing_but_what_it_lays_out(tmp_path: Path, expression: str) -> None:
    write(tmp_path, "issue.html", f"<p>\n{{{{ {expression} }}}}")
    error = refused(page, tmp_path)
    assert (error.name, error.line) == ("issue.html", 2)


@pytest.mark.parametrize("name", ["digest.html", "digest.txt"])
@pytest.mark.parametrize(
    "expression",
    ["''.__class__.__mro__", "digest.__class__", "digest.lead.__init__.__globals__", "digest.stories.append(1)"],
)
def test_a_digest_template_reaches_nothing_but_what_it_lays_out(tmp_path: Path, name: str, expression: str) -> None:
    text = f"<p>\n{{{{ {expression} }}}}</p>"
    write(tmp_path, name, MARKUP.format(text) if name.endswith("html") else text)
    assert refused(mail, tmp_path).name == name


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "sub/../../secret.txt"])
def test_a_template_includes_nothing_outside_its_folder(tmp_path: Path, name: str) -> None:
    write(tmp_path, "secret.txt", "hunter2")
    (tmp_path / "mine").mkdir()
    write(tmp_path / "mine", "issue.html", f"{{% include {name!r} %}}")
    error = refused(page, tmp_path / "mine")
    assert str(error) == f"issue.html:1: template {name} not found"


@pytest.mark.parametrize("name", ["issue.html", "part.html"], ids=["itself", "included"])
def test_a_template_is_no_link_to_a_file_outside_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    write(folder, "issue.html", "{% include 'part.html' %}")
    write(folder, "inner.html", "<p>inner</p>")
    (folder / "part.html").symlink_to("inner.html")
    assert page(folder) == "<p>inner</p>"
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (folder / name).unlink()
    (folder / name).symlink_to(tmp_path / "secret")
    assert "a link that leads out of the folder of templates" in refused(page, folder).reason


def test_shipped_templates_run_in_the_sandbox_beside_own_ones(tmp_path: Path) -> None:
    assert isinstance(environment(str(tmp_path)), ImmutableSandboxedEnvironment)
    made = issue(story("one", coverage()), story("two"))
    assert issue_page(made, str(tmp_path)) == issue_page(made)
    assert mail(tmp_path) == digest.render(issue(story("one", coverage())), DigestLook(), profile("none"))


# ---- escaping


@pytest.mark.parametrize("name", ["part.txt", "part.htm", "part", "part.xml", "part.html", "part.j2"])
def test_every_template_is_escaped_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "{{ stories[0].story.lead.title }}")
    write(tmp_path, "issue.html", f"{{% include '{name}' %}}")
    assert page(tmp_path) == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_the_plain_text_digest_is_not_escaped(tmp_path: Path) -> None:
    write(tmp_path, "lead.txt", "{{ digest.lead.title }}")
    write(tmp_path, "digest.txt", "{% include 'lead.txt' %}")
    made = digest.render(issue(story(title="R & D < C")), DigestLook(overrides=str(tmp_path)), profile("none"))
    assert made.text == "R & D < C"
    assert "R &amp; D &lt; C" in made.html


# ---- mistakes


@pytest.mark.parametrize(
    ("template", "line", "reason"),
    [
        pytest.param("\n{{ nothing }}", 2, "'nothing' is undefined", id="unknown name"),
        pytest.param("a\nb\n{{ edition.nothing }}", 3, "has no attribute 'nothing'", id="unknown attribute"),
        pytest.param("\n\n{% if %}", 3, "Expected an expression", id="syntax"),
        pytest.param("\n{% block a %}", 2, "", id="unclosed block"),
        pytest.param("{{ 1 // 0 }}", 1, "ZeroDivisionError", id="arithmetic"),
        pytest.param("{{ 'a' + 1 }}", 1, "TypeError", id="types"),
        pytest.param("\n{{ ''|nofilter }}", 2, "No filter named 'nofilter'", id="unknown filter"),
        pytest.param("\n{% include 'gone.html' %}", 2, "template gone.html not found", id="missing include"),
        pytest.param("\n{% extends 'gone.html' %}", 2, "template gone.html not found", id="missing parent"),
        pytest.param("{% macro m() %}\n{{ m() }}{% endmacro %}\n{{ m() }}", 2, "RecursionError", id="endless"),
        pytest.param("\n{{ language.text('{x}') }}", 2, "KeyError", id="error in a method"),
    ],
)
def test_a_mistake_in_a_page_names_its_place(tmp_path: Path, template: str, line: int, reason: str) -> None:
    write(tmp_path, "issue.html", template)
    error = refused(page, tmp_path)
    assert (error.name, error.line) == ("issue.html", line)
    assert reason in error.reason


def test_a_mistake_in_an_included_template_is_named_after_that(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    write(tmp_path / "parts", "foot.html", "a\n{{ nothing }}")
    write(tmp_path / "parts", "broken.html", "a\n\n{% if %}")
    write(tmp_path, "issue.html", "\n\n{% include 'parts/foot.html' %}")
    assert str(refused(page, tmp_path)).startswith("parts/foot.html:2: ")
    write(tmp_path, "issue.html", "\n{% include 'parts/broken.html' %}")
    environment.cache_clear()
    assert str(refused(page, tmp_path)).startswith("parts/broken.html:3: ")


@pytest.mark.parametrize(
    ("text", "line"),
    [("{{ digest.nothing }}", 6), ("{{ 1 // 0 }}", 6), ("{% for x in 5 %}{% endfor %}", 6), ("{% if %}", 6)],
)
def test_a_mistake_in_a_digest_has_its_line_in_the_authors_file(tmp_path: Path, text: str, line: int) -> None:
    head = "<style>\np { margin: 0; }\nh1 { margin: 0; }\n</style>\n"
    body = f"<!DOCTYPE html><html><head>{head}</head><body>\n<p>{text}</p></body></html>\n"
    write(tmp_path, "digest.html", body)
    error = refused(mail, tmp_path)
    assert (error.name, error.line) == ("digest.html", line)


def test_a_mistake_in_a_plain_digest_has_its_line(tmp_path: Path) -> None:
    write(tmp_path, "digest.txt", "\n\n{{ digest.lead.nothing }}")
    error = refused(mail, tmp_path)
    assert (error.name, error.line) == ("digest.txt", 3)


def test_a_macro_of_ones_own_is_named(tmp_path: Path) -> None:
    write(tmp_path, "macros.html", "{% macro story(entry, language) %}\n{{ entry.nothing }}\n{% endmacro %}")
    write(tmp_path, "issue.html", "{% import 'macros.html' as m %}\n{{ m.story(stories[0], language) }}")
    assert str(refused(page, tmp_path)).startswith("macros.html:2: ")


def test_a_topic_page_names_its_template(tmp_path: Path) -> None:
    write(tmp_path, "page.html", "{{ gone }}")
    error = refused(lambda folder: issue_page(edition(story()), str(folder)), tmp_path)
    assert (error.name, error.line) in {("page.html", 1), ("issue.html", 1)}
