"""What is said of the templates is what they get."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, meta

from feeds.renderers.reference import TEMPLATES, fields, records
from feeds.renderers.shipped import asset
from feeds.renderers.site import pages
from feeds.renderers.templates import render
from support.building import built, files, write_item
from support.commands import Run

KNOWN = {template.name: template for template in TEMPLATES}
GLOBALS = {"range", "namespace", "dict", "m"}
"""Of Jinja2; and the name by which templates import macros.html."""


@pytest.mark.parametrize("name", KNOWN)
def test_a_template_uses_only_the_variables_that_it_is_said_to_have(name: str) -> None:
    jinja = Environment()
    jinja.filters["wrap"] = str
    source = "" if name.endswith(".js") else asset(name).decode()
    assert meta.find_undeclared_variables(jinja.parse(source)) - GLOBALS <= KNOWN[name].variables.keys()


def test_a_template_gets_the_variables_that_it_is_said_to_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    got: dict[str, set[str]] = {}

    def spy(name: str, overrides: str = "", **context: Any) -> str:
        got[name] = set(context)
        return render(name, overrides, **context)

    monkeypatch.setattr(pages, "render", spy)
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path, '[newsletters.weekly]\ntopics = ["AI"]\n')
    assert got.keys() == {"index.html", "topic.html", "newsletter.html", "issue.html", "site.css"}
    assert got == {name: set(KNOWN[name].variables) for name in got}


@pytest.mark.parametrize("name", ["content.html", "redirect.html"])
def test_no_other_template_is_replaced(tmp_path: Path, name: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text("MINE", encoding="utf-8")
    built(tmp_path, 'templates = "mine"\n[topics.AI]\naliases = ["robots"]\n')
    found = files(tmp_path / "out")
    assert "robots/index.html" in found
    assert not any(b"MINE" in data for data in found.values())


def test_every_record_is_described() -> None:
    kinds = [kind for template in TEMPLATES for kind in template.variables.values()]
    names = {record.__name__: [field.name for field in fields(record)] for record in records(kinds)}
    assert {"Edition", "Story", "Item", "Coverage", "DigestView", "Card", "Language"} <= names.keys()
    assert {"url", "title", "topics", "related"} <= set(names["Item"])
    assert {"updated", "home_url", "url(…)"} <= set(names["Edition"])
    assert all(names.values())


def test_a_copy_replaces_the_shipped_template(run: Run, tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    copied = run("templates", "--copy", "topic.html")
    assert copied.stdout == 'wrote templates/topic.html\nSet templates = "templates" in feeds.toml to use it.\n'
    copy = tmp_path / "templates/topic.html"
    copy.write_text(copy.read_text("utf-8").replace("<h1>", "<h1>My "), encoding="utf-8")
    (tmp_path / "feeds.toml").write_text('templates = "templates"\n', encoding="utf-8")
    assert run("build").returncode == 0
    assert "<h1>My AI</h1>" in (tmp_path / "out/ai/index.html").read_text("utf-8")
    again = run("templates", "--copy", "topic.html")
    assert (again.returncode, again.stderr[:48]) == (2, "error: templates/topic.html already exists; edit")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["topik.html"], "error: no template is called 'topik.html'; did you mean topic.html?\n"),
        (["--copy"], "error: --copy needs the name of a template, such as topic.html\n"),
    ],
)
def test_wrong_calls(run: Run, arguments: list[str], message: str) -> None:
    done = run("templates", *arguments)
    assert (done.returncode, done.stderr) == (2, message)


def test_the_list(run: Run) -> None:
    lines = run("templates").stdout.splitlines()
    assert {line.split()[0] for line in lines if not line.startswith(" ")} == KNOWN.keys()
    assert "  card: Card\n" in run("templates", "topic.html").stdout
