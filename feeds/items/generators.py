"""Read the pages of static site generators as these do: their addresses, authors and keys. Pure."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote

from msgspec.structs import replace

from feeds.config.options import Defaults, FieldNames
from feeds.config.url_pattern import FileName
from feeds.items.fields import keys_of
from feeds.items.front_matter import Document
from feeds.items.yaml_reader import Where

_LANGUAGE = re.compile("[a-z]{2}(?:-[a-z]{2})?")
_LIST_PAGE = re.compile(r"_index(?:\.[a-z-]+)?")


def is_page(document: Document, defaults: Defaults) -> bool:
    """Return False for a page of Hugo's that only lists others."""
    return defaults.generator != "hugo" or not _LIST_PAGE.fullmatch(PurePosixPath(document.name).stem)


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
        stem, _, tag = name.stem.partition(".")
        tag = tag if _LANGUAGE.fullmatch(tag) else ""
        chosen = hugo_path(unquote(chosen))
        slug = hugo_path(stem if tag else name.stem)
        name = replace(name, slug=slug, folder=hugo_path(_below_content(document.name)), language=tag)
    title = str(document.data.get("title") or "")
    return replace(name, slug=chosen or name.slug, title=chosen or hugo_path(title))


def pattern(defaults: Defaults, name: FileName) -> str:
    """Return the pattern of the page's address; that of a translation begins with its language."""
    if not (name.language and defaults.site_url):
        return defaults.url
    return defaults.url.replace(defaults.site_url, f"{defaults.site_url}{name.language}/", 1)


def hugo_path(text: str) -> str:
    """Return text as Hugo writes it into an address: lower case, hyphens for spaces, few signs."""
    kept = re.sub(r"[^\w\s./+~@-]", "", text.strip().lower())
    return re.sub(r"-*\s+-*", "-", kept)


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


def _below_content(path: str) -> str:
    """Return the folders of a page below content/: `post/2021`."""
    parts = PurePosixPath(path).parts[:-1]
    if "content" in parts:
        parts = parts[len(parts) - parts[::-1].index("content") :]
    is_bundle = PurePosixPath(path).stem == "index"
    return "/".join(parts[:-1] if is_bundle else parts)
