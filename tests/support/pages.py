"""The documentation as tests see it: its pages, and the examples, links and headings in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from support.places import REPOSITORY

DOCS = REPOSITORY / "docs"
PAGES = (REPOSITORY / "README.md", *sorted(DOCS.glob("*.md")))

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)(?: (?P<file>\S+))?\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block. ```` ```toml feeds.toml ```` names the file that the example is written to."""

    language: str
    file: str
    text: str
    line: int
    """Line of its fence, counted from 1."""


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Block(match["language"], match["file"] or "", dedent(match["text"]), line)


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Yield each command of a console session, without its `$`, and the output that is shown below it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def links(page: Path) -> Iterator[str]:
    yield from _LINK.findall(_prose(page))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(_prose(page))}


def _prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text(encoding="utf-8"))
