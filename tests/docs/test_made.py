"""The parts of docs/ that are made from the program are up to date, and templates can read what they name."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from feeds.renderers.reference import TEMPLATES, fields
from support.building import built, write_item
from support.make_docs import DOCS, PARTS, made


@pytest.mark.parametrize("name", PARTS)
def test_the_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == made(name), "run: python tests/support/make_docs.py"


def test_every_variable_and_every_field_is_there(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    pages = [t for t in TEMPLATES if t.name.endswith(".html") and t.name not in ("macros.html", "page.html")]
    for template in pages:
        checks = "\n".join(f"{{{{ {word} is defined }}}}" for word in _words(template.variables))
        page = f"<!DOCTYPE html>\n<html><head><title>x</title></head><body><p>\n{checks}\n</p></body></html>\n"
        (templates / template.name).write_text(page, encoding="utf-8")
    write_item(tmp_path / "seeds", "one.md")
    report = built(tmp_path, 'templates = "templates"\n[newsletters.weekly]\ntopics = ["AI"]\n')
    assert report.mistakes == ()
    found = [*(tmp_path / "out").rglob("*.html")]
    assert len(found) >= len(pages)
    for path in found:
        answers = set(re.findall(r"\b(?:True|False)\b", path.read_text(encoding="utf-8")))
        assert answers == {"True"}, path


def _words(variables: Mapping[str, Any]) -> list[str]:
    records = {n: kind for n, kind in variables.items() if getattr(kind, "__module__", "").startswith("feeds.")}
    inner = [f"{name}.{field.name.removesuffix('(…)')}" for name, kind in records.items() for field in fields(kind)]
    return [*variables, *inner]
