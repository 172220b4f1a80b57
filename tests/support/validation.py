"""Validate documents that are written in a test."""

from feeds.config.options import Defaults
from feeds.items.front_matter import Document
from feeds.items.validate import validate
from feeds.model import Item
from support.places import REPOSITORY

SEEDS = REPOSITORY / "seeds"


ESSENTIAL: dict[str, object] = {
    "title": "A headline",
    "publishedDateTime": "2021-01-26T17:45:00Z",
    "webUrl": "https://www.example.com/a",
}


def check(data: dict[str, object], defaults: Defaults | None = None) -> tuple[Item | None, list[str]]:
    """The item, and its problems as `severity code`."""
    document = Document("x.md", data, lambda where: 1)
    item, problems = validate(document, defaults or Defaults())
    return item, [f"{p.severity} {p.code}" for p in problems]
