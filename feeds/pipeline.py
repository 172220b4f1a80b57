"""The pipeline: find, read, plan, make. The only place where the steps meet, and the entry point of the library."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from feeds.config.load import LOCAL_BASE_URL, Config
from feeds.config.locations import join
from feeds.config.toml import dotted
from feeds.engine import cache, fingerprints, outcomes
from feeds.engine.cache import Cache, CacheError, CacheUnusableError
from feeds.engine.claims import PENDING
from feeds.engine.editor_files import with_editor_files
from feeds.engine.lock import locked
from feeds.engine.processes import Executor, Progress, processes
from feeds.engine.update import KnownDocuments, known_documents, read_recorded, update_documents
from feeds.model import EVERYTHING, Item
from feeds.output.folder import FileChanges, WrittenFile, open_output, unchanged_files
from feeds.output.protocol import OutputFolder
from feeds.problems import ConfigError, Problem
from feeds.report import BuildError, BuildReport, NewStory, summary
from feeds.sources.find import document_name, find_documents, path_key
from feeds.sources.pages import pages
from feeds.urls import is_unreadable, slug

if TYPE_CHECKING:
    from feeds.editions.plan import Plan, TopicPlan
    from feeds.engine.make import MakeResult
    from feeds.engine.read import ReadResult
    from feeds.renderers.manifest import PreviousBuild


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
    if now.utcoffset() is None:
        raise ValueError("now is a naive datetime; give it a time zone, such as datetime.now(UTC)")
    if prune and topics:
        raise ConfigError("", ["--prune looks at all topics; leave out --topic"])
    instant = now.astimezone(UTC).replace(microsecond=0)

    def run(store: Cache) -> BuildReport:
        out = open_output(config.out)
        work = executor or processes(config)
        return _Run(
            config, out, instant, frozenset(topics), issue, force, prune, overwrite, closes, work, progress
        ).build(store)

    _refuse_folders_of_others(config)
    with _alone(config, waiting):
        report = _with_cache(config.cache, waiting, run)
    alerts = outcomes.alerts(config.alerts, report.outcomes, report.newest, instant)
    return replace(report, alerts=(*report.alerts, *alerts))


def survey(
    config: Config, now: datetime, executor: Executor, progress: Progress | None = None, issue: str = ""
) -> "Survey":
    """Read every document and plan the editions, as a build would; raise ConfigError.

    `issue` is the id of an older issue to plan as well.
    """
    from feeds.editions.plan import plan  # only `build` finds that it is not needed
    from feeds.editions.stories import candidate_of
    from feeds.engine.read import read

    found = read(config, executor, progress)
    candidates = [candidate_of(item, now, b"") for item in found.items]
    previous = _previous(open_output(config.out), config).promises
    try:
        planned, warnings = with_editor_files(plan(config, candidates, now, previous, issue), config)
    except ValueError as error:
        raise ConfigError("", [str(error)]) from error
    return Survey(found, planned, warnings)


class Survey(NamedTuple):
    reading: "ReadResult"
    plan: "Plan"
    warnings: tuple[Problem, ...]
    """What is wrong with the editor's files."""


def _refuse_folders_of_others(config: Config) -> None:
    """Raise ConfigError if the output is where the curator works, or if it holds that."""
    if not isinstance(config.out, Path):
        return
    out = config.out.resolve()
    folders = {"the folder of the configuration": config.root, "the current folder": Path()}
    folders |= {f"the source {s}": s for s in config.sources if isinstance(s, Path)}
    for what, folder in folders.items():
        if folder.resolve().is_relative_to(out):
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


def _previous(out: OutputFolder, config: Config) -> "PreviousBuild":
    from feeds.renderers import manifest  # as in _Run._rebuild

    return manifest.read(out.read(manifest.NAME), join(config.out, manifest.NAME))


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
    until: datetime
    """The end of the current period: the next build after it closes issues."""


_REPORT = "report"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_SavedBuild).decode
_decode_item = msgspec.msgpack.Decoder(Item).decode


class _Run(Struct):
    """One build."""

    config: Config
    out: OutputFolder
    now: datetime
    topics: frozenset[str]
    issue: str
    force: bool
    prune: bool
    overwrite: bool
    closes: bool
    executor: Executor
    progress: Progress | None
    laps: list[tuple[str, float]] = field(default_factory=lambda: [("", perf_counter())])
    """The end of each stage."""

    def build(self, store: Cache) -> BuildReport:
        software = fingerprints.software()
        base = fingerprints.fingerprint(software, fingerprints.configuration(self.config))
        files, unreadable = find_documents(
            self.config.sources, exclude=self.config.not_sources, follow_links=self.config.follow_links
        )
        files = pages(files, self.config.defaults.generator)
        self._lap("find")
        changed = update_documents(store, files, software, self.config, self.now, self.executor, self.progress)
        self._lap("read")
        editorials = fingerprints.editorials(self.config)
        if not changed and (report := self._unchanged(store, base, unreadable, editorials)):
            return report
        store.forget(_REPORT)
        previous = _previous(self.out, self.config)
        recorded = frozenset(previous.documents.values())
        read_recorded(store, files, recorded, self.config, self.now, self.executor)
        known = known_documents(store, len(files), recorded, self.config)
        store.commit()  # what was read is kept, whatever happens next
        problems = tuple(sorted([*unreadable, *known.problems]))
        if not known.usable:
            raise BuildError(_nothing_usable(len(files), self.config), problems)
        report, made, has_leftovers = self._rebuild(
            store, base, known, previous, problems, len(files), bool(unreadable)
        )
        if self._is_usual and not report.mistakes and not made.problems:
            from feeds.editions.issues import current_period  # _rebuild has loaded it

            # The next build reports the same when it finds no change, but nothing is new then.
            until = current_period(self.config.digest, self.now).end
            saved = replace(report, topics=tuple(replace(t, new=()) for t in report.topics), alerts=())
            build = _SavedBuild(base, unreadable, saved, made.files, editorials, has_leftovers, until)
            store.remember({_REPORT: _encode(build)})
        return report

    def _rebuild(
        self,
        store: Cache,
        base: bytes,
        known: KnownDocuments,
        previous: "PreviousBuild",
        problems: tuple[Problem, ...],
        documents: int,
        is_partial: bool,
    ) -> tuple[BuildReport, "MakeResult", bool]:
        from feeds.engine.make import MakeRequest, make  # loading it takes longer than a build without changes

        broken = self._broken(known, previous, is_partial)
        unsettled = frozenset(slug for slug, entry in previous.entries.items() if not broken.isdisjoint(entry.leads))
        plan = self._plan(known, previous, broken)
        found_alerts = (*outcomes.emptied(plan, previous), *outcomes.suspicious(self.config, plan, previous))
        alerts = (*self._clock_alert(previous), *found_alerts)
        gone = _gone(self.config, plan) - unsettled
        if gone and self.prune:
            previous = previous.without(gone)
            plan = self._plan(known, previous, broken)
        plan, warnings = with_editor_files(plan, self.config)
        found = outcomes.counts(known.outcomes, known.candidates, plan, self.now, self.config.min_quality)
        self._lap("plan")
        request = MakeRequest(
            config=self.config,
            out=self.out,
            plan=plan,
            now=self.now,
            base=base,
            previous=previous,
            unsettled=unsettled,
            prune=self.prune,
            overwrite=self.overwrite,
            only=_slugs(plan, self.topics),
            force=self.force,
            closes=self.closes,
        )
        made = make(request, store, self.executor, self.progress)
        self._lap("make")
        report = BuildReport(
            documents=documents,
            stories=len({s.id for t in plan.topics for s in t.grouping.stories}),
            topics=tuple(summary(t, self._new(store, t, previous)) for t in plan.topics),
            problems=tuple(sorted([*problems, *warnings, *made.problems])),
            files=FileChanges(tuple(made.written), tuple(made.unchanged), made.removed),
            outcomes=found,
            newest=outcomes.newest(plan),
            alerts=alerts,
            notes=(*_notes(self.config, plan), *self._unpruned(unsettled), *made.notes),
            mistakes=made.all_mistakes,
            seconds=self._seconds(),
        )
        return report, made, bool(made.leftovers or (gone and not self.prune))

    def _broken(self, known: KnownDocuments, previous: "PreviousBuild", is_partial: bool) -> frozenset[str]:
        """Return the ids of recorded stories that must not be taken for withdrawn.

        Their documents have errors; or a folder could not be read, or the clock is wrong, and it may be any of them.
        """
        if is_partial or self.now < previous.newest:
            return frozenset(previous.documents)
        keys = {path_key(name, self.config.sources) for name in known.broken}
        return frozenset(id_ for id_, key in previous.documents.items() if key in keys)

    def _clock_alert(self, previous: "PreviousBuild") -> Iterator[str]:
        if self.now < previous.newest:
            dates = f"now {self.now:%Y-%m-%d}, in earlier builds {previous.newest:%Y-%m-%d}"
            yield f"the clock seems to be wrong ({dates}); nothing is removed"

    def _plan(self, known: KnownDocuments, previous: "PreviousBuild", broken: frozenset[str]) -> "Plan":
        from feeds.editions.plan import plan  # as in _rebuild
        from feeds.renderers.manifest import publication_id

        publication = publication_id(self.config, previous)
        try:
            return plan(self.config, known.candidates, self.now, previous.promises, self.issue, broken, publication)
        except ValueError as error:
            raise ConfigError("", [f"--issue: {error}"]) from error

    def _unpruned(self, unsettled: frozenset[str]) -> Iterator[str]:
        if self.prune and unsettled:
            slugs = ", ".join(sorted(unsettled))
            yield f"note: nothing of {slugs} is pruned while a document of a published story cannot be read"

    def _new(self, store: Cache, topic: "TopicPlan", previous: "PreviousBuild") -> Iterator[NewStory]:
        entry = previous.entries.get(topic.topic.slug)
        known = set((entry.stories if entry else None) or ())
        found = [c for c in topic.feed.stories if c.id not in known]
        for candidate, item in zip(found, store.items(c.path for c in found), strict=True):
            lead = _decode_item(item)
            name = lead.provider.name
            yield NewStory(title=lead.title, url=lead.url, provider=name, coverage=len(candidate.covers))

    def _unchanged(self, store: Cache, base: bytes, unreadable: list[Problem], editorials: bytes) -> BuildReport | None:
        """Return the last build's report if this build would come to the same result."""
        if not self._is_usual or (data := store.facts().get(_REPORT)) is None:
            return None
        saved = _decode(data)
        if saved.base != base or saved.unreadable != unreadable or (self.prune and saved.has_leftovers):
            return None
        if self.now >= saved.until or saved.editorials != editorials or self.out.stamp(PENDING):
            return None
        files = unchanged_files(self.out, saved.files)
        if files is None:
            return None
        if files != saved.files:
            store.remember({_REPORT: _encode(replace(saved, files=files))})
        self._lap("compare")
        return replace(saved.report, files=FileChanges((), tuple(f.name for f in files)), seconds=self._seconds())

    @property
    def _is_usual(self) -> bool:
        return self.closes and not (self.topics or self.issue or self.force)

    def _lap(self, stage: str) -> None:
        self.laps.append((stage, perf_counter()))

    def _seconds(self) -> tuple[tuple[str, float], ...]:
        return tuple((name, end - start) for (_, start), (name, end) in pairwise(self.laps))


def _nothing_usable(documents: int, config: Config) -> str:
    if documents:
        return "no document can be used; out/ is left as it is"
    folders = ", ".join(document_name(str(source)) for source in config.sources)
    return f"there is no document in {folders}; write one with `feeds new`, or set `sources`"


def _slugs(plan: "Plan", words: Iterable[str]) -> frozenset[str]:
    """Return the slugs of topics and newsletters that are given by name or slug; unknown words as they are."""
    by_name = {slug(t.topic.name): t.topic.slug for t in plan.all} | {t.topic.slug: t.topic.slug for t in plan.all}
    return frozenset(by_name.get(slug(word), word) for word in words)


def _gone(config: Config, plan: "Plan") -> frozenset[str]:
    """Return the slugs of topics without stories that are only known from earlier builds."""
    kept = {*config.topics, *([EVERYTHING] if config.feed.all else [])}
    return frozenset(t.topic.slug for t in plan.topics if not t.feed.stories and t.topic.name not in kept)


def _notes(config: Config, plan: "Plan") -> Iterator[str]:
    if config.site.base_url == LOCAL_BASE_URL:
        yield f"note: base_url is not set; links in feeds and digests lead to {LOCAL_BASE_URL}"
    for topic in (found.topic for found in plan.topics):
        options = config.topics.get(topic.name)
        if is_unreadable(topic.slug) and not (options and options.slug):
            where = dotted(("topics", topic.name))
            yield f'note: the address of the topic {topic.name} is {topic.slug}/; set slug = "…" in [{where}]'
    if not any(topic.feed.stories for topic in plan.topics):
        yield "note: no item is in any feed; run `feeds explain` to see why"
    known = {key for t in plan.topics for key in (t.topic.slug, slug(t.topic.name))}
    for name, newsletter in config.newsletters.items():
        for missing in (t for t in newsletter.topics if slug(t) not in known):
            where = dotted(("newsletters", name, "topics"))
            yield f"warning: {where}: no item has the topic {missing!r}; correct it, unless items are to follow"
