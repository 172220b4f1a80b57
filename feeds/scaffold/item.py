"""TODO."""

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import yaml
from msgspec import Struct

from feeds.text import one_line, plain
from feeds.urls import slug

_MAX_SLUG = 60  # characters of a file's name


class NewItem(Struct, frozen=True, kw_only=True):
    """What is known of an article before its item is written."""

    title: str
    url: str
    topics: Sequence[str]
    published: datetime
    quality: int
    excerpt: str = ""
    is_draft: bool = False

    @property
    def file_name(self) -> str:
        """`2021-01-26-ban-the-scan.md`"""
        words = slug(self.title)[:_MAX_SLUG].strip("-")
        return f"{self.published.astimezone(UTC):%Y-%m-%d}-{words}.md"

    def document(self) -> str:
        """Its front matter, which says the same again when it is read, whatever is in the title."""
        fields: dict[str, object] = {"title": _as_text(self.title), "excerpt": _as_text(self.excerpt)}
        fields |= {
            "publishedDateTime": self.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "webUrl": self.url,
            "published": not self.is_draft,
            "quality": self.quality,
            "topics": [_as_text(topic) for topic in self.topics],
        }
        return f"---\n{''.join(_yaml_lines(fields))}---\n"


def _as_text(text: str) -> str:
    """Text that is read as this text: markup and entities in it are escaped."""
    line = one_line(text.encode("utf-8", "replace").decode())
    return line if plain(line) == line else html.escape(line, quote=False)


def _yaml_lines(fields: Mapping[str, object]) -> Iterator[str]:
    for name, value in fields.items():
        # Dates go out as they are; PyYAML would quote them, as it must for those who read them as dates.
        text = value if name == "publishedDateTime" else _flow(value)
        yield f"{name}: {text}\n"


def _flow(value: object) -> str:
    """In one line; texts always in double quotes, in which YAML can say all of them."""
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if not isinstance(value, str):
        return json.dumps(value)
    dumped = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=float("inf"))
    return str(dumped).rstrip("\n")
