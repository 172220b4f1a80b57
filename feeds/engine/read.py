"""Read documents: all of them in full, or portions of them for `update`.

Loading this module takes longer than a build without changes.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec
from msgspec import Struct

from feeds.config.load import Config
from feeds.config.locations import Sources
from feeds.editions.stories import candidate_of
from feeds.engine.cache import DocumentRow, Task
from feeds.engine.fingerprints import fingerprint
from feeds.engine.processes import Executor, Progress, chunks
from feeds.items.options import ReadOptions, read_options
from feeds.items.read import Reading, read_document
from feeds.model import DocumentKind, Item
from feeds.problems import Problem
from feeds.sources.contents import contents, sources_of
from feeds.sources.find import document_name
from feeds.sources.pages import find_pages

_encode = msgspec.msgpack.Encoder().encode


class ReadResult(Struct, frozen=True, kw_only=True):
    """Everything in the sources."""

    documents: int
    items: tuple[Item, ...]
    problems: tuple[Problem, ...]
    """Sorted by path, line and code."""


def read(config: Config, executor: Executor, progress: Progress | None = None) -> ReadResult:
    """Read every document in full; raise ConfigError when a source is missing."""
    files, problems = find_pages(config)
    items: list[Item] = []
    done = 0
    task = partial(_read_chunk, sources=sources_of(config.sources), options=read_options(config))
    for readings in executor.map(task, chunks([f.path for f in files])):
        for reading in readings:
            problems += reading.problems
            if reading.item:
                items.append(reading.item)
        done += len(readings)
        if progress:
            progress("Reading", done, len(files))
    return ReadResult(documents=len(files), items=tuple(items), problems=tuple(sorted(problems)))


def _read_chunk(paths: Sequence[str], sources: Sources, options: ReadOptions) -> list[Reading]:
    found = contents(paths, sources, options.limits.document_bytes + 1)
    return [
        Reading(DocumentKind.BROKEN, None, (raw,))
        if isinstance(raw, Problem)
        else read_document(raw, document_name(path), options)
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
    kind, item, problems = read_document(raw, name, options, skims=not is_recorded)
    row = DocumentRow(name, stamp, content, kind, problems=_encode(problems) if problems else b"")
    if item is None or not (kind is DocumentKind.CANDIDATE or (kind is DocumentKind.LOW_QUALITY and is_recorded)):
        return row, b""
    dates = (item.published, item.updated, *(c.published for c in item.related))
    newest = int(max(date for date in dates if date).timestamp())
    row = row._replace(newest=newest, candidate=_encode(candidate_of(item, now, content)))
    return row if newest <= int(now.timestamp()) else row._replace(stamp="", fingerprint=b""), _encode(item)
