"""The pipeline: find, read, and, if anything has changed, rebuild. The entry point of the library."""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.engine import cache, fingerprints, outcomes
from feeds.engine.cache import Cache, CacheError, CacheUnusableError
from feeds.engine.claims import PENDING
from feeds.engine.lock import locked
from feeds.engine.processes import Executor, Progress, processes
from feeds.engine.request import BuildRequest, whole_second
from feeds.engine.update import update_documents
from feeds.output.folder import FileChanges, WrittenFile, open_output, unchanged_files
from feeds.problems import ConfigError, Problem
from feeds.report import BuildReport
from feeds.sources.pages import find_pages


def build(
    config: Config,
    now: datetime,
    *,
    topics: Sequence[str] = (),
    issue: str = "",
    force: bool = False,
    prune: bool = False,
    overwrite: bool = False,
    closes: bool = True,
    executor: Executor | None = None,
    progress: Progress | None = None,
    waiting: Callable[[], None] | None = None,
) -> BuildReport:
    """Bring `config.out` up to date with the sources as of `now`, an aware datetime.

    `topics` are the slugs or names of the only topics to make; `issue` is the id of an older issue to make as well.
    `force` makes and writes everything; `prune` removes whatever earlier builds made and this one does not;
    `overwrite` replaces files in `config.out` that no build has made, which otherwise stop this one. Unless the build
    `closes` issues, which a preview does not, later stories can still join those of past periods. `executor` does the
    work; the default is a process for each processor, where there is enough to do. `waiting` is called when another
    build has to finish first.

    Raise ConfigError, BuildError, ValueError for a naive datetime, or OSError when a file cannot be written.
    """
    instant = whole_second(now)
    if prune and topics:
        raise ConfigError("", ["--prune looks at all topics; leave out --topic"])

    def run(store: Cache) -> BuildReport:
        request = BuildRequest(
            config=config,
            out=open_output(config.out),
            now=instant,
            topics=frozenset(topics),
            issue=issue,
            force=force,
            prune=prune,
            overwrite=overwrite,
            closes=closes,
            executor=executor or processes(config),
            progress=progress,
        )
        return _Run(request).build(store)

    _refuse_folders_of_others(config)
    with _alone(config, waiting):
        report = _with_cache(config.cache, waiting, run)
    alerts = outcomes.alerts(config.alerts, report.outcomes, report.newest, instant)
    return replace(report, alerts=(*report.alerts, *alerts))


def _refuse_folders_of_others(config: Config) -> None:
    """Raise ConfigError if the output is where the curator works, or if it holds that."""
    if not isinstance(config.out, Path):
        return
    out = os.path.realpath(config.out)  # see load._keep_apart
    folders = {"the folder of the configuration": config.root, "the current folder": Path()}
    folders |= {f"the source {s}": s for s in config.sources if isinstance(s, Path)}
    for what, folder in folders.items():
        if Path(os.path.realpath(folder)).is_relative_to(out):
            raise ConfigError("", [f"out: {config.out} is, or holds, {what}; use a folder of its own, such as out"])


def _alone(config: Config, waiting: Callable[[], None] | None) -> AbstractContextManager[bool]:
    """Lock the output folder, or the cache if the output is remote and cannot be locked."""
    if isinstance(config.out, Path):
        return locked(config.out, waiting)
    with suppress(OSError):  # a build can do without a cache that cannot be written
        if config.cache:
            config.cache.mkdir(parents=True, exist_ok=True)
            return locked(config.cache, waiting)
    return nullcontext(False)


def _with_cache(
    folder: Path | None, waiting: Callable[[], None] | None, run: Callable[[Cache], BuildReport]
) -> BuildReport:
    """Run a build with its cache: with a new one if that is damaged, with none if that cannot be used either."""
    if folder:
        for _ in range(2):
            try:
                with cache.opened(folder, waiting) as store:
                    return run(store)
            except CacheUnusableError:
                break
            except _DAMAGED:
                cache.discard(folder)
    with cache.opened(None) as store:
        return run(store)


_DAMAGED = (CacheError, msgspec.DecodeError, UnicodeDecodeError)
"""What reading bytes from a cache raises that no build has written there."""


class _SavedBuild(Struct, array_like=True, frozen=True):
    """A build without mistakes, by which the next one can tell that there is nothing to do."""

    base: bytes
    unreadable: list[Problem]
    """Problems of folders and files that cannot be opened."""
    report: BuildReport
    files: list[WrittenFile]
    editorials: bytes
    """Fingerprint of the editor's files."""
    has_leftovers: bool
    """True if there was anything to prune."""
    since: datetime
    """When it began: before that, the clock has gone back."""
    until: datetime
    """The end of the current period: the next build after it closes issues."""


_REPORT = "report"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_SavedBuild).decode


class _Run(Struct):
    """One build."""

    request: BuildRequest
    laps: list[tuple[str, float]] = field(default_factory=lambda: [("", perf_counter())])
    """The end of each stage."""

    def build(self, store: Cache) -> BuildReport:
        request, config = self.request, self.request.config
        software = fingerprints.software()
        base = fingerprints.fingerprint(software, fingerprints.configuration(config))
        files, unreadable = find_pages(config)
        self._lap("find")
        changed = update_documents(store, files, software, config, request.now, request.executor, request.progress)
        documents = len(files)
        del files  # a million of them take 250 MB
        self._lap("read")
        editorials = fingerprints.editorials(config)
        if not changed and (report := self._unchanged(store, base, unreadable, editorials)):
            return report
        from feeds.rebuild import rebuild  # loading it takes longer than a build without changes

        store.forget(_REPORT)
        done = rebuild(request, store, base, documents, unreadable, self._lap)
        report = replace(done.report, seconds=self._seconds())
        if request.is_usual and not report.mistakes and not done.made.problems:
            # The next build reports the same when it finds no change, but nothing is new then.
            saved = replace(report, topics=tuple(replace(t, new=()) for t in report.topics), alerts=())
            build = _SavedBuild(
                base, unreadable, saved, done.made.files, editorials, done.has_leftovers, request.now, done.until
            )
            store.remember({_REPORT: _encode(build)})
        return report

    def _unchanged(self, store: Cache, base: bytes, unreadable: list[Problem], editorials: bytes) -> BuildReport | None:
        """Return the last build's report if this build would come to the same result."""
        if not self.request.is_usual or (data := store.facts().get(_REPORT)) is None:
            return None
        saved = _decode(data)
        if saved.base != base or saved.unreadable != unreadable or (self.request.prune and saved.has_leftovers):
            return None
        if not saved.since <= self.request.now < saved.until:
            return None
        if saved.editorials != editorials or self.request.out.stamp(PENDING):
            return None
        files = unchanged_files(self.request.out, saved.files)
        if files is None:
            return None
        if files != saved.files:
            store.remember({_REPORT: _encode(replace(saved, files=files))})
        self._lap("compare")
        return replace(saved.report, files=FileChanges((), tuple(f.name for f in files)), seconds=self._seconds())

    def _lap(self, stage: str) -> None:
        self.laps.append((stage, perf_counter()))

    def _seconds(self) -> tuple[tuple[str, float], ...]:
        return tuple((name, end - start) for (_, start), (name, end) in pairwise(self.laps))
