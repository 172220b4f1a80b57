"""The pipeline: read, plan, make, remove. The only place where the steps meet, and the library's entry."""

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
from feeds.engine import cache, fingerprints
from feeds.engine import outcomes as health
from feeds.engine import read as reading
from feeds.engine.cache import Cache, CacheError, CacheUnusableError
from feeds.engine.lock import locked
from feeds.engine.processes import Executor, Processes
from feeds.engine.read import KnownDocuments, Progress, ReadResult
from feeds.model import EVERYTHING, Candidate, Item
from feeds.output.folder import FileChanges, OutputFolder, WrittenFile, open_output, unchanged_files
from feeds.problems import ConfigError, Problem, Severity
from feeds.report import BuildError, BuildReport, NewStory, summary
from feeds.sources import find as finding

if TYPE_CHECKING:
    from feeds.editions.plan import Plan, PreviousTopics, TopicPlan
    from feeds.engine.make import MakeResult
    from feeds.renderers.manifest import PreviousBuild


def build(
    config: Config,
    now: datetime,
    *,
    topics: Sequence[str] = (),
    issue: str = "",
    force: bool = False,
    prune: bool = False,
    executor: Executor | None = None,
    progress: Progress | None = None,
    waiting: Callable[[], None] | None = None,
) -> BuildReport:
    """Brings `config.out` up to date with the sources as of `now`, an aware datetime.

    `topics`: slugs, to make only these; `issue`: the id of an older one to make too; `force`: make and write
    everything; `prune`: remove whatever earlier builds made and this one does not; `executor`: who does the work, by
    default as many processes as there are processors, where it is enough for them; `waiting` is called when another
    build has to end first. Raises ConfigError, BuildError and, when a file cannot be written, OSError.
    """
    if prune and topics:
        raise ConfigError("", ["--prune: looks at all topics: leave out --topic"])
    instant = now.astimezone(UTC).replace(microsecond=0)
    work = executor or Processes()

    def attempt(folder: Path | None) -> BuildReport:
        out = open_output(config.out)
        run = _Run(config, out, instant, frozenset(topics), issue, force, prune, work, progress)
        with cache.opened(folder, waiting) as store:
            report = run.build(store)
        more = health.alerts(config.alerts, report.outcomes, report.newest, instant)
        return replace(report, alerts=(*report.alerts, *more))

    with _alone(config, waiting):
        for folder in (config.cache, config.cache) if config.cache else ():
            try:
                return attempt(folder)
            except CacheUnusableError:
                break
            except _DAMAGED:  # once more from the beginning, then without one
                cache.discard(folder)
        return attempt(None)


def _alone(config: Config, waiting: Callable[[], None] | None) -> AbstractContextManager[bool]:
    """One build at a time in an output. Elsewhere nothing can be locked; builds of this machine share the cache."""
    if isinstance(config.out, Path):
        return locked(config.out, waiting)
    with suppress(OSError):  # a cache that cannot be written is done without
        if config.cache:
            config.cache.mkdir(parents=True, exist_ok=True)
            return locked(config.cache, waiting)
    return nullcontext(False)


def plan_editions(
    config: Config, candidates: Iterable[Candidate], now: datetime, history: "PreviousTopics", issue: str = ""
) -> "Plan":
    """Who is in which edition; raises ConfigError when `issue` is none."""
    from feeds.editions import plan as editions

    try:
        return editions.plan(config, candidates, now, history, issue)
    except ValueError as error:
        raise ConfigError("", [f"--issue: {error}"]) from error


def past(out: OutputFolder) -> "PreviousBuild":
    """What the last build left there."""
    from feeds.renderers import manifest

    return manifest.read(out.read(manifest.NAME))


def survey(config: Config, now: datetime, executor: Executor, progress: Progress | None = None) -> "Survey":
    """Everything that a build would look at, and what it would make of it; raises ConfigError."""
    from feeds.editions.stories import candidate_of

    found = reading.read(config, executor, progress)
    candidates = [candidate_of(item, now, b"") for item in found.items]
    return Survey(found, plan_editions(config, candidates, now, past(open_output(config.out)).history))


class Survey(NamedTuple):
    reading: ReadResult
    plan: "Plan"


class _SavedBuild(msgspec.Struct, array_like=True, frozen=True):
    """A build without mistakes, for the next one to see that there is nothing to do."""

    base: bytes
    lost: list[Problem]
    """What could not be looked into."""
    report: BuildReport
    files: list[WrittenFile]
    leftovers: bool
    """Whether there was anything to prune."""


_REPORT = "report"
_DAMAGED = (CacheError, msgspec.DecodeError, UnicodeDecodeError)
"""What a cache makes of bytes that nobody wrote there."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_SavedBuild).decode
_decode_item = msgspec.msgpack.Decoder(Item).decode


def _with_nothing_new(report: BuildReport) -> BuildReport:
    """As the next build reports it, when it finds no change."""
    topics = tuple(replace(t, new=()) for t in report.topics)
    return replace(report, topics=topics, alerts=())


class _Run(Struct):
    """One build."""

    config: Config
    out: OutputFolder
    now: datetime
    topics: frozenset[str]
    issue: str
    force: bool
    prune: bool
    executor: Executor
    progress: Progress | None
    laps: list[tuple[str, float]] = field(default_factory=lambda: [("", perf_counter())])
    """Ends of the stages."""

    def build(self, store: Cache) -> BuildReport:
        software = fingerprints.software()
        base = fingerprints.fingerprint(software, fingerprints.configuration(self.config))
        files, lost = reading.find(self.config)
        self._lap("find")
        changed = reading.update(store, files, software, self.config, self.now, self.executor, self.progress)
        self._lap("read")
        if not changed and (report := self._unchanged(store, base, lost)):
            return report
        store.forget(_REPORT)
        known = reading.known(store)
        store.commit()  # what was read is not lost, whatever happens now
        problems = tuple(sorted([*lost, *known.problems]))
        if not known.usable:
            raise BuildError(_nothing_usable(len(files), self.config), problems)
        report, made, leftovers = self._rebuild(store, base, known, problems, len(files))
        if self._is_usual and not report.mistakes:
            store.remember({_REPORT: _encode(_SavedBuild(base, lost, _with_nothing_new(report), made, leftovers))})
        return report

    def _rebuild(
        self, store: Cache, base: bytes, known: KnownDocuments, problems: tuple[Problem, ...], documents: int
    ) -> tuple[BuildReport, list[WrittenFile], bool]:
        from feeds.engine import make as making  # a build without changes takes less time than loading this

        # A document that is broken today may have been in an issue yesterday: nothing goes until it is mended.
        can_remove = not any(p.severity is Severity.ERROR for p in problems)
        before = past(self.out)
        plan = plan_editions(self.config, known.candidates, self.now, before.history, self.issue)
        emptied = tuple(health.emptied(plan, before))
        gone = _gone(self.config, plan)
        if gone and self.prune and can_remove:
            before = before.without(gone)
            plan = plan_editions(self.config, known.candidates, self.now, before.history, self.issue)
        outcomes = health.counts(known.outcomes, known.candidates, plan, self.now)
        self._lap("plan")
        order = making.MakeRequest(
            config=self.config,
            out=self.out,
            plan=plan,
            now=self.now,
            base=base,
            before=before,
            outcomes=outcomes,
            can_remove=can_remove,
            prune=self.prune,
            only=self.topics,
            force=self.force,
        )
        made = making.make(order, store, self.executor, self.progress)
        self._lap("make")
        return (
            BuildReport(
                documents=documents,
                stories=len({s.id for t in plan.topics for s in t.grouping.stories}),
                topics=tuple(summary(t, self._new(store, t, before)) for t in plan.topics),
                problems=problems,
                files=FileChanges(tuple(made.written), tuple(made.unchanged), made.removed),
                outcomes=outcomes,
                newest=health.newest(plan),
                alerts=emptied,
                notes=(*_notes(self.config, plan), *self._unpruned(made, can_remove), *made.notes),
                mistakes=made.all_mistakes,
                seconds=self._seconds(),
            ),
            made.files,
            bool(made.leftovers or (gone and not self.prune)),
        )

    def _unpruned(self, made: "MakeResult", can_remove: bool) -> Iterator[str]:
        if self.prune and not can_remove:
            what = f"{len(made.leftovers)} files of earlier builds are kept" if made.leftovers else "nothing is pruned"
            yield f"note: {what} while a document has errors: it may have been in one of them"

    def _new(self, store: Cache, topic: "TopicPlan", before: "PreviousBuild") -> Iterator[NewStory]:
        known = set(before.entries.get(topic.topic.slug, {}).get("stories", ()))
        found = [c for c in topic.feed.stories if c.id not in known]
        for candidate, item in zip(found, store.items(c.path for c in found), strict=True):
            lead = _decode_item(item)
            name = lead.provider.name
            yield NewStory(title=lead.title, url=lead.url, provider=name, coverage=len(candidate.covers))

    def _unchanged(self, store: Cache, base: bytes, lost: list[Problem]) -> BuildReport | None:
        """What the last build reported, when there is nothing else to report today."""
        if not self._is_usual or (data := store.facts().get(_REPORT)) is None:
            return None
        saved = _decode(data)
        if saved.base != base or saved.lost != lost or (self.prune and saved.leftovers):
            return None
        files = unchanged_files(self.out, saved.files)
        if files is None:
            return None
        if files != saved.files:
            store.remember({_REPORT: _encode(replace(saved, files=files))})
        self._lap("compare")
        names = tuple(f.name for f in files)
        return replace(saved.report, files=FileChanges((), names), seconds=self._seconds())

    @property
    def _is_usual(self) -> bool:
        return not (self.topics or self.issue or self.force)

    def _lap(self, stage: str) -> None:
        self.laps.append((stage, perf_counter()))

    def _seconds(self) -> tuple[tuple[str, float], ...]:
        return tuple((name, end - start) for (_, start), (name, end) in pairwise(self.laps))


def _nothing_usable(documents: int, config: Config) -> str:
    if documents:
        return "no document could be used: out/ is left as it is"
    folders = ", ".join(finding.document_name(str(source)) for source in config.sources)
    return f"there is no document in {folders}: write one with feeds new, or say in sources where they are"


def _gone(config: Config, plan: "Plan") -> frozenset[str]:
    """Slugs of topics that only earlier builds know of: no story names them, and nobody has configured them."""
    kept = {*config.topics, *([EVERYTHING] if config.feed.all else [])}
    return frozenset(t.topic.slug for t in plan.topics if not t.feed.stories and t.topic.name not in kept)


def _notes(config: Config, plan: "Plan") -> Iterator[str]:
    if config.site.base_url == LOCAL_BASE_URL:
        yield f"note: no base_url is configured: links in feeds and digests lead to {LOCAL_BASE_URL}"
    if not any(topic.feed.stories for topic in plan.topics):
        yield "note: no item is in any feed: feeds explain says why"
