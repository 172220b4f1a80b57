"""Take stories out of feed documents that are otherwise final (RFC 5005 §4). Pure.

A full archive document never changes, so it is not rendered again: the entries of withdrawn stories are cut out of its
bytes, and everything else stays as it was published.
"""

import re
from collections.abc import Container
from html import unescape

import msgspec

from feeds.renderers.syndication.json_text import written

_ENTRY = re.compile(rb"[ \t]*<(item|entry)>.*?</\1>\n?", re.DOTALL)
_ID = re.compile(rb"<(?:guid[^>]*|id)>([^<]*)</")


def without(document: bytes, ids: Container[str]) -> bytes:
    """Return an RSS, Atom or JSON Feed document without the entries with these ids."""
    if document.startswith(b"{"):
        return _without_items(document, ids)
    return _ENTRY.sub(lambda entry: b"" if _id(entry.group()) in ids else entry.group(), document)


def _id(entry: bytes) -> str:
    found = _ID.search(entry)
    return unescape(found[1].decode()) if found else ""


def _without_items(document: bytes, ids: Container[str]) -> bytes:
    feed = msgspec.json.decode(document)
    kept = [item for item in feed["items"] if item["id"] not in ids]
    if len(kept) == len(feed["items"]):
        return document
    return written(feed | {"items": kept})
