"""URLs made of file names, as static site generators publish them. Pure."""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import quote, urljoin, urlsplit

from msgspec import Struct

from feeds.config import placeholders
from feeds.urls import safe_url

PLACEHOLDERS = ("year", "month", "day", "slug", "name", "title", "folder", "categories")
"""Names that a pattern may contain: `name` is the file name without its suffix, `slug` also without its date."""
_DATED = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})-(?P<slug>.+)")


class FileName(Struct, frozen=True):
    """The parts of a file name such as `2021-01-26-ban-the-scan.md`."""

    stem: str
    date: str
    """`2021-01-26`, even if there is no such day; empty if the name has no date."""
    slug: str
    title: str = ""
    """The title as a slug; known for static site generators only."""
    folder: str = ""
    """The folders below Hugo's content/: `post/2021`."""
    language: str = ""
    """The language of Hugo's translation `name.en.md`."""

    @classmethod
    def of(cls, path: str) -> "FileName":
        """Return the parts of a document's name; of its folder's, if the document is an `index.md`."""
        file = PurePosixPath(path)
        stem = file.parent.name if file.stem == "index" and file.parent.name else file.stem
        match = _DATED.fullmatch(stem)
        if not match:
            return cls(stem, "", stem)
        return cls(stem, f"{match['year']}-{match['month']:0>2}-{match['day']:0>2}", match["slug"])


def problem(pattern: str) -> str:
    """Return what is wrong with a pattern; "" if nothing is."""
    if message := placeholders.problem(pattern, PLACEHOLDERS):
        return message
    try:
        safe_url(address(pattern, FileName.of("2021-01-26-x.md"), None, ["x"]))
    except ValueError as error:
        return f"{error}; write an absolute URL like https://blog.example/{{year}}/{{month}}/{{day}}/{{slug}}.html"
    return ""


def address(pattern: str, name: FileName, published: datetime | None, categories: Iterable[str]) -> str:
    """Return the URL of a document, with its categories as given.

    The day is taken from its file name, or else from `published`.
    """
    day = name.date or (f"{published:%Y-%m-%d}" if published else "0000-00-00")
    year, month, date = day.split("-")
    values = {"year": year, "month": month, "day": date, "slug": quote(name.slug), "name": quote(name.stem)}
    values |= {"title": quote(name.title or name.slug), "folder": quote(name.folder)}
    text = pattern.format_map(values | {"categories": "/".join(categories)})
    scheme, separator, rest = text.partition("://")
    return scheme + separator + re.sub("/{2,}", "/", rest)


def absolute(pattern: str, text: str) -> str:
    """Return a path such as `/about/` as a URL of the pattern's or address's site; return other texts unchanged."""
    is_of_site = pattern and text.startswith("/") and not text.startswith("//")
    return urljoin("{0.scheme}://{0.netloc}/".format(urlsplit(pattern)), text) if is_of_site else text
