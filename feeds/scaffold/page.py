"""Read what a web page says of itself: Open Graph, JSON-LD and its own head. Pure."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urljoin

from lxml import etree, html
from msgspec import Struct

from feeds.items import values
from feeds.items.fields import Parse
from feeds.items.scraped import plain
from feeds.items.values import RefusedError

T = TypeVar("T")
_MAX_DEPTH = 5  # of JSON-LD: @graph, a list, an article, its publisher


class Page(Struct, frozen=True, kw_only=True):
    """What is known of an article; each field is empty if the page does not say it."""

    title: str = ""
    excerpt: str = ""
    published: datetime | None = None
    outlet: str = ""
    picture: str = ""


def page_of(data: bytes, url: str, charset: str = "") -> Page:
    """Return what a page says of itself; `url` is its address, `charset` as its server says it."""
    root = _parsed(data, charset)
    if root is None:
        return Page()
    meta = _meta(root)
    article = next(_articles(root), {})
    titles = (article.get("headline"), meta.get("og:title"), meta.get("twitter:title"), root.findtext(".//title"))
    excerpts = (meta.get("og:description"), article.get("description"), meta.get("description"))
    dates = (article.get("datePublished"), meta.get("article:published_time"), *root.xpath("//time/@datetime"))
    outlets = (meta.get("og:site_name"), _name(article.get("publisher")), meta.get("application-name"))
    pictures = (meta.get("og:image"), meta.get("twitter:image"), _address(article.get("image")))
    return Page(
        title=_first(titles, values.title, ""),
        excerpt=_first(excerpts, lambda _, text: plain(str(text)), ""),
        published=_first(dates, values.date, None),
        outlet=_first(outlets, lambda _, text: plain(str(text)), ""),
        picture=_first((urljoin(url, p) for p in pictures if p), values.image_url, ""),
    )


def _parsed(data: bytes, charset: str) -> Any:
    try:
        return html.document_fromstring(data, parser=html.HTMLParser(encoding=charset or None, no_network=True))
    except LookupError:  # no such charset
        return _parsed(data, "")
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def _meta(root: Any) -> Mapping[str, str]:
    """Return the first value of each property and name."""
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name, content = element.get("property") or element.get("name"), element.get("content")
        if name and content and content.strip():
            found.setdefault(name.strip().lower(), content.strip())
    return found


def _articles(root: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the articles that the page describes in JSON-LD."""
    for script in root.iter("script"):
        if (script.get("type") or "").strip().lower() == "application/ld+json":
            try:
                data = json.loads(script.text or "")
            except (ValueError, RecursionError):
                continue
            yield from (entry for entry in _objects(data, _MAX_DEPTH) if _is_article(entry))


def _objects(value: object, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth and isinstance(value, list):
        for entry in value:
            yield from _objects(entry, depth - 1)
    elif depth and isinstance(value, dict):
        yield value
        yield from _objects(value.get("@graph"), depth - 1)


def _is_article(entry: Mapping[str, Any]) -> bool:
    """Return whether this is an Article of schema.org or one of its kinds: NewsArticle, BlogPosting, Report."""
    kinds = entry.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(str(name).endswith(("Article", "Posting", "Report")) for name in names)


def _name(value: object) -> object:
    value = value[0] if isinstance(value, list) and value else value
    return value.get("name") if isinstance(value, dict) else value


def _address(value: object) -> str:
    value = value[0] if isinstance(value, list) and value else value
    text = value.get("url") if isinstance(value, dict) else value
    return text if isinstance(text, str) else ""


def _first(candidates: Any, parse: Parse[T], default: T) -> T:
    """Return the first text that can be used."""
    for text in candidates:
        if isinstance(text, str) and text.strip():
            try:
                if found := parse("", text.strip()):
                    return found
            except RefusedError:
                continue
    return default
