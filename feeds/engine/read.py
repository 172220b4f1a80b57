"""Read documents: all of them in full, or portions of them for `update`.

Loading this module takes longer than a build without changes.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.config.locations import Sources
from feeds.editions.stories import candidate_of
from feeds.engine.cache import DocumentKind, DocumentRow, Task
from feeds.engine.fingerprints import fingerprint
from feeds.engine.processes import Executor, Progress, chunks
from feeds.items.fields import keys_of
from feeds.items.front_matter import Document, parse_document
from feeds.items.options import ReadOptions, read_options
from feeds.items.skim import why_out
from feeds.items.validate import validate, without_tracking
from feeds.items.values import quoted
from feeds.model import Item
from feeds.problems import Problem, Severity
from feeds.sources.contents import contents, sources_of
from feeds.sources.find import document_name, find_documents
from feeds.urls import slug

Reading = tuple[Item | None, tuple[Problem, ...]]
"""The item of a document, if it is one, and what is wrong with it."""

_encode = msgspec.msgpack.Encoder().encode


class ReadResult(Struct, frozen=True, kw_only=True):
    """Everything in the sources."""

    documents: int
    items: tuple[Item, ...]
    problems: tuple[Problem, ...]
    """Sorted by path, line and code."""


def read(config: Config, executor: Executor, progress: Progress | None = None) -> ReadResult:
    """Read every document in full; raise ConfigError when a source is missing."""
    files, problems = find_documents(config.sources, exclude=config.not_sources, follow_links=config.follow_links)
    items: list[Item] = []
    done = 0
    task = partial(_read_chunk, sources=sources_of(config.sources), options=read_options(config))
    for readings in executor.map(task, chunks([f.path for f in files])):
        for item, found in readings:
            problems += found
            if item:
                items.append(item)
        done += len(readings)
        if progress:
            progress("Reading", done, len(files))
    return ReadResult(documents=len(files), items=tuple(items), problems=tuple(sorted(problems)))


def _read_chunk(paths: Sequence[str], sources: Sources, options: ReadOptions) -> list[Reading]:
    found = contents(paths, sources, options.limits.document_bytes + 1)
    return [
        (None, (raw,)) if isinstance(raw, Problem) else parse(raw, document_name(path), options)
        for path, raw in zip(paths, found, strict=True)
    ]


def examine(
    chunk: Sequence[Task], sources: Sources, options: ReadOptions, now: datetime, *, is_recorded: bool = False
) -> list[tuple[DocumentRow, bytes] | None]:
    """Return a row for the cache for each document, and its item if it may be in an edition; None for an unchanged one.

    If the documents are recorded, those of low quality may be in an edition, too.
    Nothing is recorded that makes a later build skip a document with a date in the future: it may become visible.
    """
    found = contents([task.path for task in chunk], sources, options.limits.document_bytes + 1)
    return [_examine(task, raw, options, now, is_recorded) for task, raw in zip(chunk, found, strict=True)]


def _examine(
    task: Task, raw: bytes | Problem, options: ReadOptions, now: datetime, is_recorded: bool
) -> tuple[DocumentRow, bytes] | None:
    name, stamp, known = task.name, task.stamp, task.fingerprint
    if isinstance(raw, Problem):
        return DocumentRow(name, stamp, b"", DocumentKind.BROKEN, problems=_encode((raw,))), b""
    content = fingerprint(raw)
    if content == known:
        return None
    if options.can_skim and not is_recorded and (out := why_out(raw, options.min_quality)):
        kind = DocumentKind.UNPUBLISHED if out == "unpublished" else DocumentKind.LOW_QUALITY
        return DocumentRow(name, stamp, content, kind), b""
    item, problems = parse(raw, name, options)
    kind = _kind(item, problems, options)
    row = DocumentRow(name, stamp, content, kind, problems=_encode(problems) if problems else b"")
    if item is None or not (kind is DocumentKind.CANDIDATE or (kind is DocumentKind.LOW_QUALITY and is_recorded)):
        return row, b""
    dates = (item.published, item.updated, *(c.published for c in item.related))
    newest = int(max(date for date in dates if date).timestamp())
    row = row._replace(newest=newest, candidate=_encode(candidate_of(item, now, content)))
    return row if newest <= int(now.timestamp()) else row._replace(stamp="", fingerprint=b""), _encode(item)


def _kind(item: Item | None, problems: tuple[Problem, ...], options: ReadOptions) -> DocumentKind:
    if item is None:
        is_broken = any(p.severity is Severity.ERROR for p in problems)
        return DocumentKind.BROKEN if is_broken else DocumentKind.NO_ITEM
    if not item.is_published:
        return DocumentKind.UNPUBLISHED
    return DocumentKind.LOW_QUALITY if item.quality < options.min_quality else DocumentKind.CANDIDATE


def parse(raw: bytes, name: str, options: ReadOptions) -> Reading:
    """Return the item of a document with this content and name, if it is one, and what is wrong with it."""
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


def _without_reserved(item: Item, document: Document, options: ReadOptions) -> Reading:
    """Leave out topics that have the address of something else."""
    taken = [topic for topic in item.topics if slug(topic) in options.reserved_slugs]
    if not taken:
        return item, ()
    keys = [key for key in keys_of(options.fields)["topics"] if key in document.data]
    line = document.line_of((keys[0],)) if keys else 1
    message = "topic {} has the address of a newsletter or of an alias, and is left out; give it another name"
    problems = (Problem(item.path, line, Severity.WARNING, "bad-topic", message.format(quoted(t))) for t in taken)
    return replace(item, topics=tuple(t for t in item.topics if t not in taken)), tuple(problems)
