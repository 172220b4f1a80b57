"""The parts of docs/ that are made from the program are up to date, and what they say of templates is true."""

import re
from pathlib import Path

import pytest
from jinja2 import meta

from feeds.renderers.templates import environment
from support.building import built, write_item
from support.make_docs import DOCS, PARTS, TEMPLATES, Variables, fields_of, made

MACROS = {"m"}
"""The name under which the pages import macros.html."""


@pytest.mark.parametrize("name", PARTS)
def test_the_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == made(name), "run: python tests/support/make_docs.py"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_shipped_template_uses_no_other_variables(name: str) -> None:
    shared = environment().overlay()
    shared.filters = {**shared.filters, "wrap": str}
    assert shared.loader
    used = meta.find_undeclared_variables(shared.parse(shared.loader.get_source(shared, name)[0]))
    assert used - MACROS <= {*TEMPLATES[name][1], *TEMPLATES["page.html"][1]}


def test_every_variable_and_every_field_is_there(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    pages = [name for name in TEMPLATES if name.endswith(".html") and name not in ("macros.html", "page.html")]
    for name in pages:
        shared = TEMPLATES["page.html"][1] if name != "digest.html" else {}
        checks = "\n".join(f"{{{{ {word} is defined }}}}" for word in _words({**shared, **TEMPLATES[name][1]}))
        (templates / name).write_text(
            f"<!DOCTYPE html>\n<html><head><title>x</title></head><body><p>\n{checks}\n</p></body></html>\n",
            encoding="utf-8",
        )
    write_item(tmp_path / "seeds", "one.md")
    report = built(tmp_path, 'templates = "templates"\n[newsletters.weekly]\ntopics = ["AI"]\n')
    assert report.mistakes == ()
    found = [*(tmp_path / "out").rglob("*.html")]
    assert len(found) >= len(pages)
    for path in found:
        answers = set(re.findall(r"\b(?:True|False)\b", path.read_text(encoding="utf-8")))
        assert answers == {"True"}, path


def _words(variables: Variables) -> list[str]:
    fields = [f"{name}.{field}" for name, kind in variables.items() for field in fields_of(kind)]
    return [*variables, *(field.removesuffix("(…)") for field in fields)]
