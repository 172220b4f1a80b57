"""What the sources hold: all of it, or only what a build needs and no earlier one has read."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import groupby
from time import time_ns
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from feeds.config.load import Config
from feeds.config.locations import Sources, Url
from feeds.config.options import Defaults, FieldNames, Limits
from feeds.engine.cache import Cache, DocumentRow
from feeds.engine.fingerprints import fingerprint
from feeds.engine.processes import Executor
from feeds.model import Candidate, Item
from feeds.problems import Problem, Severity
from feeds.sources import find as finding
from feeds.sources.find import File

if TYPE_CHECKING:
    from feeds.items.yaml_hints import UnusableError

T = TypeVar("T")
R = TypeVar("R")

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""

_CHUNK = 100
"""Documents that are handed to a process at a time."""


class ReadResult(Struct, frozen=True, kw_only=True):
    """All that the sources hold."""

    documents: int
    items: tuple[Item, ...]
    problems: tuple[Problem, ...]
    """By path, line and code."""


class ReadOptions(msgspec.Struct, frozen=True):
    """What decides, besides its content, what a document becomes."""

    defaults: Defaults
    fields: FieldNames
    limits: Limits
    strip_tracking: bool
    min_quality: int
    """Candidates have at least this quality."""

    @property
    def can_skim(self) -> bool:
        """Whether it is the usual keys that say so."""
        return not self.fields.published and not self.fields.quality


def read_options(config: Config) -> ReadOptions:
    return ReadOptions(config.defaults, config.fields, config.limits, config.feed.strip_tracking, config.min_quality)


# ---- one document


class DocumentKind:
    """What a document turned out to be."""

    UNCHANGED, COMPANION, BROKEN, UNPUBLISHED, POOR, CANDIDATE = range(6)
    """Its content is as it was known; no document at all; has an error; is in no edition, for either reason; may be in
    one.
    """


_OUTCOMES = {
    DocumentKind.COMPANION: "no-item",
    DocumentKind.BROKEN: "broken",
    DocumentKind.UNPUBLISHED: "unpublished",
    DocumentKind.POOR: "low-quality",
}
"""As `health` counts them."""


class DocumentResult(msgspec.Struct, array_like=True, frozen=True):
    kind: int
    hash: bytes
    newest: int = 0
    candidate: bytes = b""
    item: bytes = b""
    problems: bytes = b""


_encode = msgspec.msgpack.Encoder().encode
_decode_candidate = msgspec.msgpack.Decoder(Candidate).decode
_decode_problems = msgspec.msgpack.Decoder(tuple[Problem, ...]).decode


def examine(
    chunk: Sequence[tuple[str, bytes]], sources: Sources, settings: ReadOptions, now: datetime
) -> list[DocumentResult]:
    """Reads documents: (path, hash of the content as it is known)."""
    contents = _contents([path for path, _ in chunk], sources, settings.limits)
    return [_examine(path, known, raw, settings, now) for (path, known), raw in zip(chunk, contents, strict=True)]


def _examine(
    path: str, known: bytes, raw: "bytes | UnusableError", settings: ReadOptions, now: datetime
) -> DocumentResult:
    from feeds.editions import stories  # not needed by a build that finds nothing new
    from feeds.items import front_matter as documents  # not needed by a build that finds nothing new
    from feeds.items import skim as skimming

    name = finding.document_name(path)
    if not isinstance(raw, bytes):
        return DocumentResult(DocumentKind.BROKEN, b"", problems=_encode((documents.unusable(name, raw),)))
    content = fingerprint(raw)
    if content == known:
        return DocumentResult(DocumentKind.UNCHANGED, content)
    if settings.can_skim and (out := skimming.why_out(raw, settings.min_quality)):
        return DocumentResult(DocumentKind.UNPUBLISHED if out == "unpublished" else DocumentKind.POOR, content)
    item, problems = _parse(raw, name, settings)
    found = _encode(problems) if problems else b""
    if item is None:
        is_broken = any(p.severity is Severity.ERROR for p in problems)
        return DocumentResult(DocumentKind.BROKEN if is_broken else DocumentKind.COMPANION, content, problems=found)
    if not item.is_published:
        return DocumentResult(DocumentKind.UNPUBLISHED, content, problems=found)
    if item.quality < settings.min_quality:
        return DocumentResult(DocumentKind.POOR, content, problems=found)
    newest = max([item.published, *(c.published for c in item.related if c.published)])
    candidate = stories.candidate_of(item, now, content)
    return DocumentResult(
        DocumentKind.CANDIDATE, content, int(newest.timestamp()), _encode(candidate), _encode(item), problems=found
    )


def _parse(raw: bytes, name: str, settings: ReadOptions) -> tuple[Item | None, tuple[Problem, ...]]:
    from feeds.items import front_matter as documents
    from feeds.items import validate as validation

    document, problems = documents.parse_document(raw, name, settings.limits)
    if document is None:
        return None, problems
    item, found = validation.validate(document, settings.defaults, settings.limits, settings.fields)
    if item and settings.strip_tracking:
        item = validation.without_tracking(item)
    return item, problems + found


# ---- all of them


def find(config: Config) -> tuple[list[File], list[Problem]]:
    """The documents of the sources; what a build makes is none of them. Raises ConfigError for a missing source."""
    return finding.find_documents(config.sources, exclude=[config.out])


def _sources(config: Config) -> Sources:
    urls = tuple(source for source in config.sources if isinstance(source, Url))
    return Sources(os.getcwd(), urls, time_ns())  # noqa: PTH109


def read(config: Config, executor: Executor, progress: Progress | None = None) -> ReadResult:
    """Every document, read in full; raises ConfigError when a source is missing."""
    files, problems = find(config)
    items: list[Item] = []
    task = partial(_read_all, sources=_sources(config), settings=read_options(config))
    for done, (item, found) in enumerate(_in_chunks(task, [f.path for f in files], executor), 1):
        problems += found
        if item:
            items.append(item)
        if progress:
            progress("Reading", done, len(files))
    return ReadResult(documents=len(files), items=tuple(items), problems=tuple(sorted(problems)))


def _read_all(
    paths: Sequence[str], sources: Sources, settings: ReadOptions
) -> list[tuple[Item | None, tuple[Problem, ...]]]:
    contents = _contents(paths, sources, settings.limits)
    return [_read_one(finding.document_name(path), raw, settings) for path, raw in zip(paths, contents, strict=True)]


def _read_one(
    name: str, raw: "bytes | UnusableError", settings: ReadOptions
) -> tuple[Item | None, tuple[Problem, ...]]:
    from feeds.items import front_matter as documents

    return _parse(raw, name, settings) if isinstance(raw, bytes) else (None, (documents.unusable(name, raw),))


def _contents(paths: Sequence[str], sources: Sources, limits: Limits) -> "Iterator[bytes | UnusableError]":
    """Of each document, or why there is none."""
    for url, group in groupby(paths, sources.url):
        if url is None:
            yield from (_local(os.path.join(sources.root, path), limits) for path in group)  # noqa: PTH118
        else:
            yield from _remote(url, group, sources, limits)


def _local(path: str, limits: Limits) -> "bytes | UnusableError":
    from feeds.items import front_matter as documents
    from feeds.items.yaml_hints import UnusableError

    try:
        return documents.read_bytes(path, limits)
    except UnusableError as reason:
        return reason


def _remote(url: Url, paths: Iterable[str], sources: Sources, limits: Limits) -> "Iterator[bytes | UnusableError]":
    """Raises ConfigError when it is not a single document that cannot be read."""
    from feeds.items.yaml_hints import UnusableError
    from feeds.sources import remote as storage

    names = [path[len(url.text) + 1 :] for path in paths]
    for content in storage.beginnings(sources, url, names, limits.document_bytes + 1):
        if isinstance(content, OSError):
            yield UnusableError(*finding.why_unreadable(content, "file"))
        else:
            yield content


def _in_chunks(function: Callable[[Sequence[T]], list[R]], things: Sequence[T], executor: Executor) -> Iterator[R]:
    """What the function makes of each, in their order."""
    chunks = [things[i : i + _CHUNK] for i in range(0, len(things), _CHUNK)]
    for results in executor.map(function, chunks):
        yield from results


# ---- what has changed


class KnownDocuments(Struct, frozen=True, kw_only=True):
    """What the cache knows of the documents, up to date."""

    candidates: list[Candidate]
    problems: tuple[Problem, ...]
    outcomes: Mapping[str, int]
    """How many of the other documents came to what, as `health` counts them."""

    @property
    def usable(self) -> bool:
        """Whether any document is an item."""
        return bool(self.candidates or self.outcomes["unpublished"] or self.outcomes["low-quality"])


def update(
    cache: Cache,
    files: Sequence[File],
    software: bytes,
    config: Config,
    now: datetime,
    executor: Executor,
    progress: Progress | None = None,
) -> bool:
    """Brings what the cache knows of the documents up to date with the files; whether anything has changed.

    `software`: digest of what reads them; a change of it, or of the configuration of reading, is a new beginning.
    """
    settings = read_options(config)
    reader = fingerprint(software, _encode(settings))
    state = _decode_state(data) if (data := cache.facts().get(_STATE)) else None
    if state is None or state.reader != reader:
        cache.clear()
        state = _State(reader, b"", 0)
    stamps = fingerprint("\n".join([f"{f.path} {f.stamp}" for f in files]).encode("utf-8", "surrogateescape"))
    today = int(now.timestamp())
    if state.stamps == stamps and state.newest <= today:
        return False
    # What may look different another night, whatever its content, is read as if it were new.
    known = {path: (stamp, content) for path, stamp, content, newest in cache.documents() if newest <= today}
    gone = cache.paths() - {f.path for f in files}
    cache.drop_documents(gone)
    sources, trusted = _sources(config), time_ns() - _TOO_FRESH
    todo = [f for f in files if known.get(f.path, _NOTHING)[0] != f.stamp]
    same = {f.path: _stamp(f, trusted) for f in todo if _is_same(f, known.get(f.path, _NOTHING)[1], sources, settings)}
    cache.touch_documents((stamp, path) for path, stamp in same.items())
    todo = [f for f in todo if f.path not in same]
    tasks = [(f.path, known.get(f.path, _NOTHING)[1]) for f in todo]
    results = _in_chunks(partial(examine, sources=sources, settings=settings, now=now), tasks, executor)
    changed, is_settled = bool(gone), all(same.values())
    for start in range(0, len(todo), _CHUNK):
        batch = list(zip(todo[start : start + _CHUNK], results, strict=False))
        rows = [_row(f, e, trusted, today) for f, e in batch]
        changed |= _store(cache, rows, [(f.path, e.item) for f, e in batch if e.item])
        is_settled = is_settled and all(row.stamp for row in rows)
        if progress:
            progress("Reading", start + len(batch), len(todo))
    cache.remember({_STATE: _encode(_State(reader, stamps if is_settled else b"", cache.newest()))})
    return changed


def _is_same(file: File, content: bytes, sources: Sources, settings: ReadOptions) -> bool:
    """Whether a file of this machine is as it was known, though its stamp is new, as in a fresh clone.

    Done here and now: what there is to do would take longer to tell another process than to do.
    """
    if not content or sources.url(file.path):
        return False
    with suppress(OSError):
        return fingerprint(finding.beginning(file.path, settings.limits.document_bytes + 1)) == content
    return False


class _State(msgspec.Struct, array_like=True, frozen=True):
    """What the documents in the cache are up to date with."""

    reader: bytes
    stamps: bytes
    """Digest of all of them; empty when the next build has to look at some again."""
    newest: int
    """The newest date in any of them."""


_STATE = "reading"
_NOTHING = ("", b"")
_decode_state = msgspec.msgpack.Decoder(_State).decode
_TOO_FRESH = 2_000_000_000
"""Nanoseconds: a file that was changed so shortly before it was read may change again without a new time."""


def _row(file: File, found: DocumentResult, trusted: int, today: int) -> DocumentRow:
    """As the next build may rely on it: not on the stamp of a file that is too fresh, nor on anything where a date is
    still to come.
    """
    is_final = found.newest <= today
    stamp = _stamp(file, trusted) if is_final else ""
    content = found.hash if is_final else b""
    return DocumentRow(file.path, stamp, content, found.kind, found.newest, found.candidate, found.problems)


def _stamp(file: File, trusted: int) -> str:
    return file.stamp if file.changed < trusted else ""


def _store(cache: Cache, rows: Sequence[DocumentRow], items: Sequence[tuple[str, bytes]]) -> bool:
    """Whether any of them has changed."""
    cache.touch_documents((row.stamp, row.path) for row in rows if row.kind == DocumentKind.UNCHANGED)
    new = [row for row in rows if row.kind != DocumentKind.UNCHANGED]
    cache.store_documents(new, items)
    return bool(new)


def known(cache: Cache) -> KnownDocuments:
    """After `update`."""
    candidates: list[Candidate] = []
    problems: list[Problem] = []
    kinds = [0] * (DocumentKind.CANDIDATE + 1)
    for kind, candidate, found in cache.contents():
        kinds[kind] += 1
        if candidate:
            candidates.append(_decode_candidate(candidate))
        if found:
            problems += _decode_problems(found)
    outcomes = {outcome: kinds[kind] for kind, outcome in _OUTCOMES.items()}
    return KnownDocuments(candidates=candidates, problems=tuple(problems), outcomes=outcomes)
