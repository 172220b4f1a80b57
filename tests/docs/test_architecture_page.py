"""The map of the packages in docs/architecture.md names every part of feeds/, and nothing else."""

import re
from pathlib import Path

import feeds
from support.pages import DOCS

PACKAGE = Path(feeds.__file__).parent


def test_the_map_names_every_part() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)/?` \|", page.partition("## The packages")[2].partition("\n## ")[0], re.MULTILINE)
    parts = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    parts |= {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")}
    assert sorted(named) == sorted(parts)
