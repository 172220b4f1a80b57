"""The pipeline: read, plan, make, remove. The only place where the steps meet, and the library's entry."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from feeds import cache, finding, fingerprints, output, reading
from feeds.cache import Cache, CacheError
from feeds.config import LOCAL_BASE_URL, Config
from feeds.executors import Executor, Processes
from feeds.model import Candidate, Item
from feeds.problems import ConfigError, Problem, Severity
from feeds.reading import Progress, Reading

if TYPE_CHECKING:
    from feeds.editions import History, Plan, TopicPlan
    from feeds.manifest import Past


class NewStory(msgspec.Struct, frozen=True, kw_only=True):
    """A story that the last build's feed did not have."""

    title: str
    url: str
    provider: str
    coverage: int
    """Related articles."""


class TopicSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A topic in numbers."""

    slug: str
    name: str
    title: str
    stories: int
    """In all, however many are in its feed."""
    issues: int
    updated: datetime | None
    """None: it has no story."""
    url: str
    """Of its page."""
    in_feed: int
    """Stories in its feed."""
    new: tuple[NewStory, ...] = ()


class BuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a build found and did."""

    documents: int
    stories: int
    """Different ones, in all topics."""
    topics: tuple[TopicSummary, ...]
    problems: tuple[Problem, ...]
    """Of the documents that had to be read in full, by path, line and code; `check` lists all."""
    files: output.Written
    notes: tuple[str, ...] = ()
    """What the curator should know and no document is to blame for: a digest that had to be shortened."""
    mistakes: tuple[str, ...] = ()
    """Of templates and settings; the topics they concern are left as they were."""
    seconds: tuple[tuple[str, float], ...] = ()
    """How long each stage took."""


class BuildError(Exception):
    """Nothing can be built; out/ is as it was. Holds what was wrong with the documents."""

    def __init__(self, message: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(message)
        self.problems = problems


def build(
    config: Config,
    now: datetime,
    *,
    topics: Sequence[str] = (),
    issue: str = "",
    force: bool = False,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> BuildReport:
    """Brings `config.out` up to date with the sources as of `now`, an aware datetime.

    `topics`: slugs, to make only these; `issue`: the id of an older one to make too; `force`: make and write
    everything; `executor`: who does the work, by default as many processes as there are processors, where it is enough
    for them. Raises ConfigError, BuildError and, when a file cannot be written, OSError.
    """
    instant = now.astimezone(UTC).replace(microsecond=0)
    work = executor or Processes()
    for folder in (config.cache, config.cache, None):
        run = _Run(config, instant, frozenset(topics), issue, force, work, progress)
        with suppress(*_DAMAGED) if folder else nullcontext(), cache.opened(folder) as store:
            return run.build(store)
        if folder:  # once more from the beginning, then without one
            cache.discard(folder)
    raise AssertionError("without a cache, a build returns or raises")


def plan_editions(
    config: Config, candidates: Iterable[Candidate], now: datetime, history: "History", issue: str = ""
) -> "Plan":
    """Who is in which edition; raises ConfigError when `issue` is none."""
    from feeds import editions

    try:
        return editions.plan(config, candidates, now, history, issue)
    except ValueError as error:
        raise ConfigError("", [f"--issue: {error}"]) from error


def past(config: Config) -> "Past":
    """What the last build left in out/."""
    from feeds import manifest

    return manifest.read(output.read(config.out, manifest.NAME))


def survey(config: Config, now: datetime, executor: Executor, progress: Progress | None = None) -> "Survey":
    """Everything that a build would look at, and what it would make of it; raises ConfigError."""
    from feeds.stories import candidate_of

    found = reading.read(config, executor, progress)
    candidates = [candidate_of(item, now, b"") for item in found.items]
    return Survey(found, plan_editions(config, candidates, now, past(config).history))


class Survey(NamedTuple):
    reading: Reading
    plan: "Plan"


class _Saved(msgspec.Struct, array_like=True, frozen=True):
    """A build without mistakes, for the next one to see that there is nothing to do."""

    base: bytes
    lost: list[Problem]
    """What could not be looked into."""
    report: BuildReport
    files: list[output.Made]


_REPORT = "report"
_DAMAGED = (CacheError, msgspec.DecodeError, UnicodeDecodeError)
"""What a cache makes of bytes that nobody wrote there."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Saved).decode
_decode_item = msgspec.msgpack.Decoder(Item).decode


def _with_nothing_new(report: BuildReport) -> BuildReport:
    """As the next build reports it, when it finds no change."""
    return msgspec.structs.replace(report, topics=tuple(msgspec.structs.replace(t, new=()) for t in report.topics))


@dataclass(slots=True)
class _Run:
    """One build."""

    config: Config
    now: datetime
    topics: frozenset[str]
    issue: str
    force: bool
    executor: Executor
    progress: Progress | None
    laps: list[tuple[str, float]] = field(default_factory=lambda: [("", perf_counter())])
    """Ends of the stages."""

    def build(self, store: Cache) -> BuildReport:
        software = fingerprints.software()
        base = fingerprints.digest(software, fingerprints.settings(self.config))
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
        report, made = self._rebuild(store, base, known.candidates, problems, len(files))
        if self._is_usual and not report.mistakes:
            store.remember({_REPORT: _encode(_Saved(base, lost, _with_nothing_new(report), made))})
        return report

    def _rebuild(
        self, store: Cache, base: bytes, candidates: Iterable[Candidate], problems: tuple[Problem, ...], documents: int
    ) -> tuple[BuildReport, list[output.Made]]:
        from feeds import making  # a build without changes takes less time than loading this

        before = past(self.config)
        plan = plan_editions(self.config, candidates, self.now, before.history, self.issue)
        self._lap("plan")
        order = making.Order(
            config=self.config,
            plan=plan,
            now=self.now,
            base=base,
            before=before,
            only=self.topics,
            force=self.force,
        )
        made = making.make(order, store, self.executor, self.progress)
        # A document that is broken today may have been in an issue yesterday: nothing is withdrawn until it is mended.
        has_errors = any(p.severity is Severity.ERROR for p in problems)
        removed = () if has_errors else output.remove(self.config.out, making.withdrawn(order, made))
        self._lap("make")
        return BuildReport(
            documents=documents,
            stories=len({s.id for t in plan.topics for s in t.grouping.stories}),
            topics=tuple(summary(t, self._new(store, t, before)) for t in plan.topics),
            problems=problems,
            files=output.Written(tuple(made.written), tuple(made.unchanged), removed),
            notes=(*_notes(self.config, plan), *made.notes),
            mistakes=made.all_mistakes,
            seconds=self._seconds(),
        ), made.files

    def _new(self, store: Cache, topic: "TopicPlan", before: "Past") -> Iterator[NewStory]:
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
        if saved.base != base or saved.lost != lost:
            return None
        files = output.still_there(self.config.out, saved.files)
        if files is None:
            return None
        if files != saved.files:
            store.remember({_REPORT: _encode(msgspec.structs.replace(saved, files=files))})
        self._lap("compare")
        names = tuple(f.name for f in files)
        return msgspec.structs.replace(saved.report, files=output.Written((), names), seconds=self._seconds())

    @property
    def _is_usual(self) -> bool:
        return not (self.topics or self.issue or self.force)

    def _lap(self, stage: str) -> None:
        self.laps.append((stage, perf_counter()))

    def _seconds(self) -> tuple[tuple[str, float], ...]:
        return tuple((name, end - start) for (_, start), (name, end) in pairwise(self.laps))


def summary(topic: "TopicPlan", new: Iterable[NewStory] = ()) -> TopicSummary:
    """Of a planned topic."""
    return TopicSummary(
        slug=topic.topic.slug,
        name=topic.topic.name,
        title=topic.topic.title,
        stories=len(topic.grouping.stories),
        issues=len(topic.issues.newest),
        updated=topic.feed.updated if topic.feed.stories else None,
        url=topic.feed.home_url,
        in_feed=len(topic.feed.stories),
        new=tuple(new),
    )


def _nothing_usable(documents: int, config: Config) -> str:
    if documents:
        return "no document could be used: out/ is left as it is"
    folders = ", ".join(finding.document_name(str(source)) for source in config.sources)
    return f"there is no document in {folders}: write one with feeds new, or say in sources where they are"


def _notes(config: Config, plan: "Plan") -> Iterator[str]:
    if config.site.base_url == LOCAL_BASE_URL:
        yield f"note: no base_url is configured: links in feeds and digests lead to {LOCAL_BASE_URL}"
    if not any(topic.feed.stories for topic in plan.topics):
        yield "note: no item is in any feed: feeds explain says why"
