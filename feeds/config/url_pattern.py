"""Addresses of documents that are published under their file's name, as static site generators publish them. Pure."""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import quote, urljoin, urlsplit

from msgspec import Struct

from feeds.text import template_problem
from feeds.urls import safe_url, slug

PLACEHOLDERS = {
    "year": "2021",
    "month": "01",
    "day": "26",
    "slug": "the file's name without date and suffix",
    "name": "the file's name without suffix",
    "categories": "the document's categories, joined by /",
}
_DATED = re.compile(r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})-(?P<slug>.+)")


class FileName(Struct, frozen=True):
    """What `2021-01-26-ban-the-scan.md` says."""

    stem: str
    date: str
    """`2021-01-26`, whether there is such a day or not; empty where it has none."""
    slug: str

    @classmethod
    def of(cls, path: str) -> "FileName":
        stem = PurePosixPath(path).stem
        match = _DATED.fullmatch(stem)
        return cls(stem, match["date"], match["slug"]) if match else cls(stem, "", stem)


def problem(pattern: str) -> str:
    """Return what is wrong with a pattern; "" if nothing is."""
    if message := template_problem(pattern, PLACEHOLDERS):
        return message
    try:
        safe_url(address(pattern, FileName.of("2021-01-26-x.md"), None, ["x"]))
    except ValueError as error:
        return f"{error}; write an absolute URL like https://blog.example/{{year}}/{{month}}/{{day}}/{{slug}}.html"
    return ""


def address(pattern: str, name: FileName, published: datetime | None, categories: Iterable[str]) -> str:
    """The document's address; the day is that of the file's name, for want of one that of `published`."""
    day = name.date or (f"{published:%Y-%m-%d}" if published else "0000-00-00")
    year, month, date = day.split("-")
    values = {"year": year, "month": month, "day": date, "slug": quote(name.slug), "name": quote(name.stem)}
    text = pattern.format_map(values | {"categories": "/".join(map(slug, categories))})
    scheme, separator, rest = text.partition("://")
    return scheme + separator + re.sub("/{2,}", "/", rest)


def absolute(pattern: str, text: str) -> str:
    """An address of the same site, `/about/`, as a whole one; any other as it is."""
    is_of_site = pattern and text.startswith("/") and not text.startswith("//")
    return urljoin("{0.scheme}://{0.netloc}/".format(urlsplit(pattern)), text) if is_of_site else text
