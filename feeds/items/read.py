"""Read a document: from its bytes to an Item, or to its problems. Pure."""

from typing import NamedTuple

from msgspec.structs import replace

from feeds.items.fields import keys_of
from feeds.items.front_matter import Document, Problems, parse_document
from feeds.items.options import ReadOptions
from feeds.items.skim import why_out
from feeds.items.validate import validate, without_tracking
from feeds.items.values import quoted
from feeds.model import DocumentKind, Item
from feeds.problems import Problem, Severity
from feeds.urls import slug


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
    item, found = validate(document, options.defaults, options.limits, options.fields, options.trust)
    if item and options.strip_tracking:
        item = without_tracking(item)
    if item and options.reserved_slugs:
        item, more = _without_reserved(item, document, options)
        found += more
    return item, problems + found


def _without_reserved(item: Item, document: Document, options: ReadOptions) -> tuple[Item, Problems]:
    """Leave out topics that have the address of something else."""
    taken = [topic for topic in item.topics if slug(topic) in options.reserved_slugs]
    keys = [key for key in keys_of(options.fields)["topics"] if key in document.data]
    line = document.line_of((keys[0],)) if keys else 1
    message = "topic {} has the address of a newsletter or of an alias, and is left out; give it another name"
    problems = (Problem(item.path, line, Severity.WARNING, "bad-topic", message.format(quoted(t))) for t in taken)
    return replace(item, topics=tuple(t for t in item.topics if t not in taken)), tuple(problems)


def _kind(item: Item | None, problems: tuple[Problem, ...], options: ReadOptions) -> DocumentKind:
    if item is None:
        is_broken = any(p.severity is Severity.ERROR for p in problems)
        return DocumentKind.BROKEN if is_broken else DocumentKind.NO_ITEM
    if not item.is_published:
        return DocumentKind.UNPUBLISHED
    return DocumentKind.LOW_QUALITY if item.quality < options.min_quality else DocumentKind.CANDIDATE
