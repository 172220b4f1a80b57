"""Write the front matter of a new item. Pure."""

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import yaml
from msgspec import Struct

from feeds.items.scraped import plain
from feeds.text import one_line
from feeds.urls import slug

_MAX_SLUG = 60  # characters of a file's name


class NewItem(Struct, frozen=True, kw_only=True):
    """An item to be written."""

    title: str
    url: str
    topics: Sequence[str]
    published: datetime
    quality: int
    excerpt: str = ""
    outlet: str = ""
    """Empty: the host of the URL."""
    picture: str = ""
    """Address of a picture; empty for none."""
    is_draft: bool = False

    @property
    def file_name(self) -> str:
        """`2021-01-26-ban-the-scan.md`"""
        words = slug(self.title)[:_MAX_SLUG].strip("-")
        return f"{self.published.astimezone(UTC):%Y-%m-%d}-{words}.md"

    def document(self) -> str:
        """Return the item's front matter, which reads back as the same item whatever its texts contain."""
        fields: dict[str, object] = {"title": _as_text(self.title), "excerpt": _as_text(self.excerpt)}
        fields |= {
            "publishedDateTime": self.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "webUrl": self.url,
            "published": not self.is_draft,
            "quality": self.quality,
            "topics": [_as_text(topic) for topic in self.topics],
        }
        if self.outlet:
            fields["provider"] = {"name": _as_text(self.outlet)}
        if self.picture:
            fields["images"] = [{"url": self.picture}]
        return f"---\n{''.join(_yaml_lines(fields))}---\n"


def _as_text(text: str) -> str:
    """Return text that reads back as itself: markup and entities are escaped."""
    line = one_line(text.encode("utf-8", "replace").decode())
    return line if plain(line) == line else html.escape(line, quote=False)


def _yaml_lines(fields: Mapping[str, object]) -> Iterator[str]:
    for name, value in fields.items():
        # Dates are written plainly; PyYAML would quote them, because other readers take them for dates.
        text = value if name == "publishedDateTime" else _flow(value)
        yield f"{name}: {text}\n"


def _flow(value: object) -> str:
    """Return a value in one line; text is in double quotes, which can hold any text."""
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key}: {_flow(inner)}' for key, inner in value.items())} }}"
    if not isinstance(value, str):
        return json.dumps(value)
    dumped = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=float("inf"))
    return str(dumped).rstrip("\n")
