"""Bring what the cache knows of the documents up to date, reading only those that have changed."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import compress
from time import time_ns

import msgspec
from msgspec import Struct

from feeds.config.load import Config
from feeds.config.locations import Sources
from feeds.engine.cache import Cache, CacheError, Task
from feeds.engine.fingerprints import fingerprint
from feeds.engine.processes import Executor, Progress, chunks
from feeds.items.options import ReadOptions, read_options
from feeds.model import Candidate, DocumentKind
from feeds.problems import Problem
from feeds.sources.contents import beginning, sources_of
from feeds.sources.find import File, path_key
from feeds.sources.pages import find_pages

_encode = msgspec.msgpack.Encoder().encode
_decode_candidate = msgspec.msgpack.Decoder(Candidate).decode
_decode_problems = msgspec.msgpack.Decoder(tuple[Problem, ...]).decode

_TOO_NEW = 2_000_000_000
"""Nanoseconds. A file that changed so shortly before it was read may change again and keep its stamp."""


class KnownDocuments(Struct, frozen=True, kw_only=True):
    """What the cache knows of the documents, once it is up to date."""

    candidates: list[Candidate]
    """Including those of low quality whose stories are recorded."""
    problems: tuple[Problem, ...]
    outcomes: Mapping[str, int]
    """The number of the other documents by outcome, as in `outcomes.OUTCOMES`; of low quality all, recorded or not."""
    broken: tuple[str, ...] = ()
    """Names of the documents that have an error."""

    @property
    def usable(self) -> bool:
        """True when any document is an item."""
        return bool(self.candidates or self.outcomes["unpublished"] or self.outcomes["low-quality"])


def known_documents(cache: Cache, count: int, recorded: Container[str], config: Config) -> KnownDocuments:
    """Return what the cache knows of `count` documents; call `update_documents` and `read_recorded` first.

    Raise CacheError.
    """
    candidates: list[Candidate] = []
    problems: list[Problem] = []
    broken: list[str] = []
    kinds: Counter[int] = Counter()
    for row in cache.documents():
        count -= 1
        # An earlier build may have read a document in full because it was recorded then.
        is_known = row.kind != DocumentKind.LOW_QUALITY or path_key(row.name, config.sources) in recorded
        if row.candidate and is_known:
            candidates.append(_decode_candidate(row.candidate))
        if not row.candidate or row.kind == DocumentKind.LOW_QUALITY:
            kinds[row.kind] += 1
        if row.kind == DocumentKind.BROKEN:
            broken.append(row.name)
        if row.problems:
            problems += _decode_problems(row.problems)
    if count:
        raise CacheError("documents are missing")
    outcomes = {kind.outcome: kinds[kind] for kind in DocumentKind if kind is not DocumentKind.CANDIDATE}
    return KnownDocuments(candidates=candidates, problems=tuple(problems), outcomes=outcomes, broken=tuple(broken))


class _State(msgspec.Struct, array_like=True, frozen=True):
    """What the documents in the cache are up to date with."""

    reader: bytes
    """The fingerprint of the code and the options that have read them."""
    stamps: bytes
    """The fingerprint of all stamps; empty when the next build has to look at some files again."""
    newest: int
    """The newest date in any document."""


_STATE = "reading"
_decode_state = msgspec.msgpack.Decoder(_State).decode


def update_documents(
    cache: Cache,
    files: Sequence[File],
    software: bytes,
    config: Config,
    now: datetime,
    executor: Executor,
    progress: Progress | None = None,
) -> bool:
    """Bring the cache up to date with the files, and return whether any document has changed.

    `software` is the fingerprint of the code. When it or the options of reading change, the cache is emptied first.
    """
    options, today = read_options(config), int(now.timestamp())
    state = _state(cache, fingerprint(software, _encode(options)))
    stamps = fingerprint("\0".join([f"{f.path} {f.stamp}" for f in files]).encode("utf-8", "surrogatepass"))
    if state.stamps == stamps and state.newest <= today:
        return False
    # Documents with a date in the future have no stamp here: they are read again, as they may become visible.
    known = cache.stamps(today)
    missing = known.keys() - {f.name for f in files}
    cache.drop_documents(missing)
    sources = sources_of(config.sources)
    tasks = list(_tasks(files, known, time_ns() - _TOO_NEW))
    same = [_is_same(task, sources, options) for task in tasks]
    cache.touch_documents((task.stamp, task.name) for task in compress(tasks, same))
    unread = [task for task, is_same in zip(tasks, same, strict=True) if not is_same]
    has_new = _read(cache, unread, sources, options, now, executor, progress)
    newest, is_settled = cache.newest_and_settled()
    cache.remember({_STATE: _encode(_State(state.reader, stamps if is_settled else b"", newest))})
    return bool(missing) or has_new


def read_recorded(cache: Cache, recorded: Container[str], config: Config, now: datetime, executor: Executor) -> None:
    """Read the documents of low quality in full whose stories are recorded: closed issues go on to show them.

    `recorded` are the keys of their names (`find.path_key`).
    """
    stamps = {d.name: d.stamp for d in cache.skipped() if path_key(d.name, config.sources) in recorded}
    tasks = [Task(f.path, stamps[f.name], b"") for f in find_pages(config)[0] if f.name in stamps] if stamps else []
    _read(cache, tasks, sources_of(config.sources), read_options(config), now, executor, None, is_recorded=True)


def _state(cache: Cache, reader: bytes) -> _State:
    data = cache.facts().get(_STATE)
    state = _decode_state(data) if data else None
    if state is None or state.reader != reader:
        cache.clear()
        return _State(reader, b"", 0)
    return state


def _tasks(files: Iterable[File], known: Mapping[str, tuple[str, bytes]], trusted: int) -> Iterator[Task]:
    """Yield the files with a new stamp, and those with a date in the future, which may become visible."""
    for file in files:
        stamp, content = known.get(file.name, ("", b""))
        if stamp != file.stamp:
            yield Task(file.path, file.stamp if file.changed < trusted else "", content)


def _is_same(task: Task, sources: Sources, options: ReadOptions) -> bool:
    """Return whether a local file has its known content, though its stamp is new, as in a fresh clone.

    This is done here because handing it to another process would take longer.
    """
    if not task.fingerprint or sources.url(task.path):
        return False
    with suppress(OSError):
        return fingerprint(beginning(task.path, options.limits.document_bytes + 1)) == task.fingerprint
    return False


def _read(
    cache: Cache,
    tasks: Sequence[Task],
    sources: Sources,
    options: ReadOptions,
    now: datetime,
    executor: Executor,
    progress: Progress | None,
    *,
    is_recorded: bool = False,
) -> bool:
    """Read the documents into the cache, and return whether any content is new."""
    if not tasks:
        return False
    from feeds.engine.read import examine  # takes longer to load than a build without changes takes

    portions, done, has_new = chunks(tasks), 0, False
    work = partial(examine, sources=sources, options=options, now=now, is_recorded=is_recorded)
    for portion, results in zip(portions, executor.map(work, portions), strict=True):
        found = [result for result in results if result]
        cache.store_documents(found)
        unchanged = (task for task, result in zip(portion, results, strict=True) if not result)
        cache.touch_documents((task.stamp, task.name) for task in unchanged)
        has_new |= bool(found)
        done += len(portion)
        if progress:
            progress("Reading", done, len(tasks))
    return has_new
