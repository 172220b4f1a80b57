"""The JSON Schema (2020-12) of an item's front matter, for editors. Pure."""

from collections.abc import Iterable, Mapping

from feeds.config.options import OWN_NAMES, Defaults, FieldNames
from feeds.config.schema import DIALECT, Schema
from feeds.items.fields import keys_of
from feeds.items.values import HEATS, PIXELS, QUALITIES

_SCALARS = ["string", "number", "boolean", "null"]
"""A build reads every value as text, whatever its YAML type; null counts as absent."""
_TEXT: Schema = {"type": _SCALARS}
_BLANK = r"^\s*$"
_URL = r"^\s*[Hh][Tt][Tt][Pp][Ss]?://|" + _BLANK
_DATE = (
    r"^\s*(199\d|[2-8]\d{3}|9000)-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])"
    r"(([Tt]|[ \t]+)([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d*)?)?"
    r"[ \t]*([Zz]|UTC|GMT|[+-]([01]?\d|2[0-3])(:?[0-5]\d)?)?)?\s*$|" + _BLANK
)
_LANGUAGE = r"^\s*(?=\S{1,35}\s*$)([A-Za-z]{2,8}|[xX])(-[A-Za-z0-9]{1,8})*\s*$|" + _BLANK
_FALSE = r"[Ff][Aa][Ll][Ss][Ee]|[Nn][Oo]|[Oo][Ff][Ff]"
_PUBLISHED = rf"^\s*([Tt][Rr][Uu][Ee]|{_FALSE})\s*$|{_BLANK}"
_DRAFT = rf"^\s*([Tt][Rr][Uu][Ee]|[Yy][Ee][Ss]|[Oo][Nn]|{_FALSE})\s*$|{_BLANK}"
_TYPE = r"^\s*([Aa][Rr][Tt][Ii][Cc][Ll][Ee]|[Vv][Ii][Dd][Ee][Oo])\s*$|" + _BLANK
_NUMBER = r"^\s*[+-]?[0-9]{1,9}\s*$|" + _BLANK


def item_schema(defaults: Defaults | None = None, names: FieldNames = OWN_NAMES) -> Schema:
    """Return the schema of an item's front matter, with the configured names and defaults."""
    keys = keys_of(names)
    article = _article(keys)
    title, url = _one_of(keys["title"]), _one_of(keys["url"])
    entry = {"type": ["object", "null"], "properties": article, "allOf": [title, url]}
    topics = {"type": ["array", "null", "string"], "items": _TEXT}
    related = {"type": ["array", "null"], "items": entry}
    properties = article | _under(keys, "topics", topics, "Names; a topic exists as soon as an item names it")
    properties |= _under(keys, "published", _pattern(_PUBLISHED, "boolean"), "Items are published only if this is true")
    properties["draft"] = _pattern(_DRAFT, "boolean") | {"description": "If true, the item is not published"}
    properties |= _under(keys, "updated", _pattern(_DATE), "When it was last edited, like the date")
    properties |= _under(keys, "language", _pattern(_LANGUAGE), "Language of the item, such as de")
    category = {"type": [*_SCALARS, "array"], "items": _TEXT}
    properties |= _under(keys, "category", category, "Kind, such as news, that decides the section in digests")
    properties |= _under(keys, "related", related, "Coverage by other outlets")
    properties["heat"] = _number(HEATS) | {"description": "Weight of the story; -1: not computed"}
    required = [title] if defaults and defaults.url else [title, url]
    return {"$schema": DIALECT, "title": "An item", "type": "object", "properties": properties, "allOf": required}


def editorial_schema() -> Schema:
    """Return the schema of the front matter of an editor's file."""
    addresses = {"type": ["array", "string", "null"], "items": _pattern(_URL)}
    size = _number(PIXELS) | {"description": "Pixels"}
    sponsor = {
        "type": ["object", "null"],
        "properties": {
            "name": _TEXT,
            "text": _TEXT,
            "url": _pattern(_URL),
            "image": _pattern(_URL) | {"description": "Address of a picture; mail needs its size and https"},
            "width": size,
            "height": size,
        },
        "required": ["name", "url"],
        "additionalProperties": False,
        "description": "A block after the lead story, labelled as sponsored",
    }
    properties = {
        "subject": _TEXT | {"description": "Subject of the mail, used as it is"},
        "preheader": _TEXT | {"description": "Text beside the subject in an inbox, used as it is"},
        "pin": addresses | {"description": "Addresses of stories that come first, in this order"},
        "hide": addresses | {"description": "Addresses of stories that are not in this issue"},
        "sponsor": sponsor,
    }
    return {
        "$schema": DIALECT,
        "title": "An issue",
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": False,
    }


def _article(keys: Mapping[str, Iterable[str]]) -> Schema:
    """Return the fields that an item and an entry of `related` share."""
    size = _number(PIXELS)
    image = {
        "type": "object",
        "properties": {"url": _pattern(_URL), "width": size, "height": size, "title": _TEXT},
        "required": ["url"],
    }
    images = {"anyOf": [image, {"type": ["array", "null"], "items": {"anyOf": [image, _pattern(_URL)]}}]}
    outlet = {"properties": {"name": _TEXT, "domain": _TEXT, "images": images}, "type": [*_SCALARS, "object"]}
    pictures = {"anyOf": [*images["anyOf"], {"type": "string"}]}
    return (
        _under(keys, "title", {"type": _SCALARS, "not": {"pattern": _BLANK, "type": "string"}}, "Plain text")
        | _under(keys, "url", _pattern(_URL), "Address of the article")
        | _under(keys, "date", _pattern(_DATE), "ISO 8601: 2021-01-26T17:45:00Z")
        | _under(keys, "excerpt", _TEXT, "Plain text")
        | _under(keys, "quality", _number(QUALITIES), "A whole number; items below min_quality are left out")
        | _under(keys, "provider", outlet, "The outlet: its name, or name, domain and images")
        | _under(keys, "images", pictures, "Pictures; the first one is shown")
        | {"images": images, "type": _pattern(_TYPE) | {"description": "article or video"}}
    )


def _under(keys: Mapping[str, Iterable[str]], field: str, schema: Schema, description: str) -> Schema:
    """Return the field under each of its keys."""
    return {key: schema | {"description": description} for key in keys[field]}


def _one_of(keys: Iterable[str]) -> Schema:
    there: list[Schema] = [{"required": [key], "properties": {key: {"not": {"type": "null"}}}} for key in keys]
    return there[0] if len(there) == 1 else {"anyOf": there}


def _pattern(pattern: str, *others: str) -> Schema:
    return {"type": ["string", "null", *others], "pattern": pattern}


def _number(allowed: range) -> Schema:
    return {"type": ["integer", "string", "null"], "minimum": allowed[0], "maximum": allowed[-1], "pattern": _NUMBER}
