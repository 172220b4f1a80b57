"""Read a document: from its bytes to an Item, or to its problems. Pure."""

from typing import NamedTuple

from feeds.items.front_matter import Problems, parse_document
from feeds.items.options import ReadOptions
from feeds.items.skim import why_out
from feeds.items.validate import validate, without_tracking
from feeds.model import DocumentKind, Item
from feeds.problems import Severity


class Reading(NamedTuple):
    kind: DocumentKind
    item: Item | None = None
    """The item of the document, if it is one."""
    problems: Problems = ()
    """What is wrong with it."""


def read_document(raw: bytes, name: str, options: ReadOptions, *, skims: bool = False) -> Reading:
    """Return what a document with this content and name is. Never raise.

    With `skims`, a document that is certainly unpublished or of low quality is not parsed, and so has no item.
    """
    if skims and options.can_skim and (reason := why_out(raw, options.min_quality)):
        return Reading(DocumentKind.UNPUBLISHED if reason == "unpublished" else DocumentKind.LOW_QUALITY)
    item, problems = parse(raw, name, options)
    return Reading(_kind(item, problems, options), item, problems)


def parse(raw: bytes, name: str, options: ReadOptions) -> tuple[Item | None, Problems]:
    """Return the item of a document, if it is one, and what is wrong with it."""
    document, problems = parse_document(raw, name, options.limits)
    if document is None:
        return None, problems
    rules = (options.defaults, options.limits, options.fields, options.trust, options.reserved_slugs)
    item, found = validate(document, *rules)
    if item and options.strip_tracking:
        item = without_tracking(item)
    return item, problems + found


def _kind(item: Item | None, problems: Problems, options: ReadOptions) -> DocumentKind:
    if item is None:
        is_broken = any(p.severity is Severity.ERROR for p in problems)
        return DocumentKind.BROKEN if is_broken else DocumentKind.NO_ITEM
    if not item.is_published:
        return DocumentKind.UNPUBLISHED
    return DocumentKind.LOW_QUALITY if item.quality < options.min_quality else DocumentKind.CANDIDATE
