"""Read the pages of static site generators as these do: their addresses, authors and keys. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urljoin
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from feeds.config.options import Defaults, FieldNames
from feeds.config.url_pattern import FileName
from feeds.items.fields import keys_of
from feeds.items.front_matter import Document
from feeds.items.syntax import Where
from feeds.sources.pages import INDEX, LANGUAGE
from feeds.urls import slug

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def adapted(document: Document, defaults: Defaults, names: FieldNames) -> Document:
    """Return the document with the keys that an item has, where a generator has others for the same."""
    if not defaults.generator:
        return document
    written = _spellings(document, names) if defaults.generator == "hugo" else {}
    data = {key: document.data[own] for key, own in written.items()} or dict(document.data)
    data.pop("type", None)  # which layout the page has
    places = {**written}
    for key, own, value in (
        ("webUrl", _ADDRESS[defaults.generator], _address(data, defaults)),
        ("provider", "author", _author(data.get("author") or data.get("authors"))),
    ):
        if value and key not in data:
            data[key] = value
            places[key] = written.get(own, own)

    def line_of(where: Where) -> int:
        first = where[0] if where else ""
        return document.line_of((places.get(str(first), first), *where[1:]) if where else where)

    return Document(document.name, data, line_of)


def file_name(document: Document, defaults: Defaults) -> FileName:
    """Return the parts of the name, with the `slug` that the page sets and as the generator writes them."""
    name = FileName.of(document.name)
    if not defaults.generator:
        return name
    own = document.data.get("slug")
    chosen = own.strip() if isinstance(own, str) else ""
    if defaults.generator == "hugo":
        stem, tag = _translation(document.name)
        chosen = hugo_path(unquote(chosen))
        folder = hugo_path(_below(defaults.content, document.name))
        name = replace(name, slug=hugo_path(stem), folder=folder, language=tag)
    title = str(document.data.get("title") or "")
    own_slug = chosen or name.slug
    return replace(
        name,
        slug=own_slug if defaults.generator == "hugo" else jekyll_path(own_slug),
        title=chosen or hugo_path(title),
    )


def pattern(defaults: Defaults, name: FileName) -> str:
    """Return the pattern of the page's address; that of a translation begins with its language."""
    if name.language in {"", defaults.site_language} or not defaults.site_url:
        return defaults.url
    return defaults.url.replace(defaults.site_url, f"{defaults.site_url}{name.language}/", 1)


def day(written: object, published: datetime | None, defaults: Defaults) -> str:
    """Return the day in the address of a page with this date: Hugo's as it is written, Jekyll's in the site's zone.

    Return "" for other pages.
    """
    text = written.strip() if isinstance(written, str) else ""
    if not (defaults.generator and published and text):
        return ""
    match = _DAY.match(text)
    if match and (defaults.generator == "hugo" or match[0] == text):
        return match[0]
    return f"{published.astimezone(ZoneInfo(defaults.timezone)):%Y-%m-%d}"


def category_path(category: str, defaults: Defaults) -> str:
    """Return a category as addresses have it."""
    return quote(category.lower()) if defaults.generator == "jekyll" else slug(category)


def page_image(value: object, page: str, name: str, defaults: Defaults) -> object:
    """Return a page's image with the address at which the generator puts it, given the page's address and document."""
    if isinstance(value, dict):
        url = value.get("url") or value.get("path")  # `path` as in jekyll-seo-tag
        return {**value, "url": page_image(url, page, name, defaults)} if defaults.generator and url else value
    if not isinstance(value, str) or not defaults.generator:
        return value
    is_bundle = defaults.generator == "hugo" and INDEX.fullmatch(PurePosixPath(name).stem)
    return urljoin(page if is_bundle else defaults.site_url, value.strip())


def hugo_path(text: str) -> str:
    """Return text as Hugo writes it into an address: lower case, hyphens for spaces, few signs."""
    kept = re.sub(r"[^\w\s./+~@-]", "", text.strip().lower())
    return re.sub(r"-*\s+-*", "-", kept)


def jekyll_path(text: str) -> str:
    """Return text as Jekyll writes `:title` into an address: hyphens for spaces and for most signs."""
    return re.sub(r"[^\w.~!$&'()+,;=@]+", "-", text).strip("-")


_ADDRESS = {"hugo": "url", "jekyll": "permalink"}


def _spellings(document: Document, names: FieldNames) -> Mapping[str, str]:
    """Return the key as it is written for each key of an item: Hugo's keys have no case."""
    known = {key.lower(): key for keys in keys_of(names).values() for key in reversed(keys)}
    return {known.get(key.lower(), key.lower()): key for key in document.data}


def _address(data: Mapping[str, object], defaults: Defaults) -> str:
    """Return the address that a page sets for itself, without or with the site's; "" if it sets none."""
    text = data.get(_ADDRESS[defaults.generator])
    path = text.strip() if isinstance(text, str) else ""
    if not path or "://" in path or ":" in path:  # a pattern such as /:title/ is that of the site
        return path if "://" in path else ""
    if defaults.generator == "hugo" and not PurePosixPath(path).suffix:
        path = f"{path.rstrip('/')}/"
    return f"{defaults.site_url.rstrip('/')}/{path.lstrip('/')}" if defaults.site_url else path


def _author(value: object) -> object:
    """Return an author or several as the outlet's name."""
    if isinstance(value, list):
        return ", ".join(entry for entry in value if isinstance(entry, str))
    return value


def _translation(path: str) -> tuple[str, str]:
    """Return the name of a page, or of its bundle, and the language that the file's name ends in, if it does."""
    file = PurePosixPath(path)
    stem, _, tag = file.stem.rpartition(".")
    if not (stem and LANGUAGE.fullmatch(tag)):
        stem, tag = file.stem, ""
    return (file.parent.name if stem == "index" else "") or stem, tag


def _below(content: str, path: str) -> str:
    """Return the folders of a page below those of the site's content: `post/2021`."""
    folder = PurePosixPath(path).parent
    if INDEX.fullmatch(PurePosixPath(path).stem):
        folder = folder.parent
    return f"/{folder}/".rpartition(f"/{content.strip('/')}/")[2].strip("/.")
