"""Divide a topic's stories into issues, and close an issue when its period ends. Pure.

The first build at or after the end of a period closes its issue: its stories, their order and their coverage are
recorded, and only withdrawal takes a story out again. A story that arrives after that goes into the open issue if it
is late by at most one period or seven days, whichever is more. No story is ever in two issues.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, get_args

from msgspec import Struct, field
from msgspec.structs import replace

from feeds.config.options import DigestOptions
from feeds.editions.periods import Instant, PeriodId, period_by_id, period_of
from feeds.editions.stories import strongest_first
from feeds.model import Candidate, EditionPlan, Period, Weekday

Part = tuple[str, tuple[Candidate, ...]]
"""A section's title and its stories."""

_GRACE = timedelta(days=7)
"""How late a story may be, however short the period is, to go into the open issue."""


class ClosedStory(Struct, frozen=True, array_like=True):
    id: str
    coverage: tuple[str, ...] = ()
    """A short fingerprint of each related article, in order (`stories.coverage_key`)."""


class ClosedIssue(Struct, frozen=True):
    """What is recorded of an issue when its period has ended."""

    id: PeriodId
    start: Instant
    end: Instant
    sections: tuple[tuple[str, tuple[ClosedStory, ...]], ...]
    """The title and the stories of each section, in order."""

    @property
    def period(self) -> Period:
        return Period(self.id, self.start, self.end)

    @property
    def stories(self) -> tuple[ClosedStory, ...]:
        return tuple(story for _, stories in self.sections for story in stories)


class IssueRecord(Struct, frozen=True, kw_only=True):
    """The issues of a topic or newsletter that earlier builds have made."""

    made: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Id of each issue that the last build made → ids of its stories."""
    closed: tuple[ClosedIssue, ...] = ()
    """Newest first."""
    late: Mapping[str, str] = field(default_factory=dict)
    """Id of a late story → id of the open issue that it was placed in."""


class Neighbours(NamedTuple):
    """The issues before and after one, if this build makes them: the files of older ones may be gone."""

    previous: Period | None = None
    next: Period | None = None


class Issues(Struct, frozen=True, kw_only=True):
    """The issues of one topic or newsletter."""

    newest: tuple[EditionPlan, ...] = ()
    """The configured number of issues, newest first. Their pages show all stories, their digests the strongest."""
    rebuilt: tuple[EditionPlan, ...] = ()
    """Older issues that were requested by id, or that have lost a story."""
    wanted: str = ""
    """Id of the issue that was requested."""
    choice: str = "closed"
    """Which issue is the current one: `closed` or `open` (`[digest] current`)."""
    withdrawn: tuple[str, ...] = ()
    """Directories of issues that an earlier build made and that have no story any more."""
    too_late: frozenset[str] = frozenset()
    """Ids of stories that are in no issue: they came long after theirs was closed."""
    closed_directories: tuple[str, ...] = ()
    """Directories of all closed issues, however old."""
    record: IssueRecord = field(default_factory=IssueRecord)
    """What the manifest has to remember."""

    @property
    def all(self) -> tuple[EditionPlan, ...]:
        """Every issue that is built."""
        return (*self.newest, *self.rebuilt)

    @property
    def recorded(self) -> tuple[str, ...]:
        """The directories of all closed issues that have not been withdrawn, however old they are."""
        return tuple(d for d in self.closed_directories if d not in self.withdrawn)

    @property
    def open(self) -> EditionPlan | None:
        """The issue whose period is not over, if it has stories."""
        return next((issue for issue in self.newest if issue.is_open), None)

    @property
    def closed(self) -> EditionPlan | None:
        """The newest issue whose period is over."""
        return next((issue for issue in self.newest if not issue.is_open), None)

    @property
    def current(self) -> EditionPlan | None:
        """The issue at `<topic>/digest.html`: the open or newest closed one, whichever is chosen and exists."""
        return (self.open or self.closed) if self.choice == "open" else (self.closed or self.open)

    def has_mail(self, issue: EditionPlan) -> bool:
        """Return whether the issue's mail files are written; those of older issues stay as they were sent."""
        return issue in (self.open, self.closed) or bool(issue.period and issue.period.id == self.wanted)

    def neighbours(self) -> Mapping[str, Neighbours]:
        """Return the neighbours of each issue, keyed by directory. A rebuilt older issue has none."""
        periods = (None, *(e.period for e in self.newest), None)
        found = {e.directory: Neighbours(periods[n + 2], periods[n]) for n, e in enumerate(self.newest)}
        return found | {e.directory: Neighbours() for e in self.rebuilt}


def current_period(digest: DigestOptions, now: datetime) -> Period:
    """Return the period that is not over at `now`."""
    return period_of(now, digest.period, digest.zone, _first_weekday(digest))


def named_period(digest: DigestOptions, id_: str) -> Period:
    """Return the period with an id; raise ValueError for a bad one."""
    return period_by_id(id_, digest.period, digest.zone, _first_weekday(digest))


def issues_of(
    plan: EditionPlan,
    parts: Sequence[Part],
    digest: DigestOptions,
    previous: IssueRecord,
    now: datetime,
    *,
    present: Mapping[str, Candidate],
    broken: Container[str] = (),
    wanted: str = "",
) -> Issues:
    """Place each story in an issue, and close the issues whose period is over.

    `plan` holds what all issues have in common; an issue leaves out parts without a story. `present` are all published
    candidates, keyed by id: what a closed issue shows, eligible or not. `broken` are the ids of recorded stories whose
    documents cannot be read now. `wanted` is the id of an issue that is built however old it is.
    """
    placed = _Placer(digest, previous, now).placed(s for _, stories in parts for s in stories)
    title_of = {story.id: title for title, stories in parts for story in stories}
    titles = [title for title, _ in parts]
    opened = {period: _issue(plan, period, stories, titles, title_of) for period, stories in placed.stories.items()}
    # An issue is the same edition on the night when it is closed and on all later ones.
    closed = [*previous.closed, *(_closed(issue) for period, issue in opened.items() if period.end <= now)]
    issues = {issue.id: _recorded(plan, issue, present, broken) for issue in closed}
    issues |= {period.id: replace(issue, is_open=True) for period, issue in opened.items() if period.end > now}
    ordered = sorted((i for i in issues.values() if i.stories), key=_start, reverse=True)
    newest = ordered[: None if digest.issues == "all" else digest.issues]
    return Issues(
        newest=tuple(newest),
        rebuilt=tuple(i for i in ordered[len(newest) :] if i.lost or _id(i) == wanted),
        wanted=wanted,
        choice=digest.current,
        withdrawn=tuple(_withdrawn(plan, issues, digest, previous.made, broken)),
        closed_directories=tuple(_directory(plan, i.id) for i in closed),
        record=IssueRecord(
            closed=tuple(_without(i, issues[i.id].lost) for i in sorted(closed, key=lambda i: i.start, reverse=True)),
            late=placed.late,
        ),
        too_late=frozenset(placed.too_late),
    )


class _Placed(NamedTuple):
    stories: dict[Period, list[Candidate]]
    """The stories of each issue that is not recorded yet."""
    late: dict[str, str]
    """Id of a late story → id of its open issue."""
    too_late: set[str]
    """Ids of stories that are in no issue."""


class _Placer:
    """Finds the issue of each story that is not recorded yet."""

    def __init__(self, digest: DigestOptions, previous: IssueRecord, now: datetime) -> None:
        self._digest, self._previous, self._now = digest, previous, now
        self._recorded = {story.id for issue in previous.closed for story in issue.stories}
        self._taken = {issue.id for issue in previous.closed}
        self._until = max((issue.end for issue in previous.closed), default=None)

    def placed(self, stories: Iterable[Candidate]) -> "_Placed":
        placed = _Placed({}, {}, set())
        for story in stories:
            if story.id in self._recorded:
                continue
            if (period := self._period(story)) is None:
                placed.too_late.add(story.id)
                continue
            placed.stories.setdefault(period, []).append(story)
            if story.published < period.start and period.end > self._now:
                placed.late[story.id] = period.id
        return placed

    def _period(self, story: Candidate) -> Period | None:
        """Return the period of the story's issue, or None if it is too late for any."""
        id_ = self._previous.late.get(story.id, "")
        if id_ and id_ not in self._taken and _is_period(id_, self._digest):
            return named_period(self._digest, id_)
        period = current_period(self._digest, story.published)
        if self._until is None or period.end > self._until:
            return self._free(period)
        if self._now - period.end <= max(period.end - period.start, _GRACE):
            return self._free(current_period(self._digest, self._now))
        return None if period.id in self._taken else period

    def _free(self, period: Period) -> Period:
        # After a change of weekday or time zone, the id of the open period may be that of a closed issue.
        while period.id in self._taken:
            period = current_period(self._digest, period.end)
        return period


def _issue(
    plan: EditionPlan,
    period: Period,
    stories: Iterable[Candidate],
    titles: Iterable[str],
    title_of: Mapping[str, str],
) -> EditionPlan:
    """Return the issue of a period; `titles` are those of all sections in order, `title_of` is keyed by story id."""
    by_title: dict[str, list[Candidate]] = {title: [] for title in titles}
    for story in stories:
        by_title[title_of[story.id]].append(story)
    sections = tuple((title, strongest_first(found)) for title, found in by_title.items() if found)
    return replace(
        plan,
        stories=tuple(story for _, found in sections for story in found),
        sections=sections,
        directory=_directory(plan, period.id),
        period=period,
    )


def _recorded(
    plan: EditionPlan, issue: ClosedIssue, present: Mapping[str, Candidate], broken: Container[str]
) -> EditionPlan:
    """Return a closed issue with those of its stories that have not been withdrawn.

    An issue with a broken story is to stay as it is, unless another story of it was withdrawn.
    """
    sections = tuple(
        (title, found)
        for title, stories in issue.sections
        if (found := tuple(present[s.id] for s in stories if s.id in present))
    )
    missing = [s.id for s in issue.stories if s.id not in present]
    lost = tuple(id_ for id_ in missing if id_ not in broken)
    return replace(
        plan,
        stories=tuple(story for _, found in sections for story in found),
        sections=sections,
        directory=_directory(plan, issue.id),
        period=issue.period,
        coverage={s.id: s.coverage for s in issue.stories},
        lost=lost,
        is_kept=bool(missing) and not lost,
    )


def _closed(issue: EditionPlan) -> ClosedIssue:
    assert issue.period  # noqa: S101  (every issue has one)
    sections = tuple(
        (title, tuple(ClosedStory(s.id, tuple(s.coverage.split())) for s in stories))
        for title, stories in issue.sections
    )
    return ClosedIssue(issue.period.id, issue.period.start, issue.period.end, sections)


def _without(issue: ClosedIssue, lost: Container[str]) -> ClosedIssue:
    """Return the issue without withdrawn stories: what is taken back is not remembered either."""
    if not lost:
        return issue
    sections = ((title, tuple(s for s in stories if s.id not in lost)) for title, stories in issue.sections)
    return replace(issue, sections=tuple((title, stories) for title, stories in sections if stories))


def _withdrawn(
    plan: EditionPlan,
    issues: Mapping[str, EditionPlan],
    digest: DigestOptions,
    made: Mapping[str, tuple[str, ...]],
    broken: Container[str],
) -> Iterable[str]:
    """Yield the directories of issues without stories: recorded ones, and those of the last build."""
    for id_, issue in issues.items():
        if not issue.stories and not issue.is_kept:
            yield _directory(plan, id_)
    for id_, stories in made.items():
        if id_ not in issues and _is_period(id_, digest) and not any(s in broken for s in stories):
            yield _directory(plan, id_)


def _id(issue: EditionPlan) -> str:
    return issue.period.id if issue.period else ""


def _start(issue: EditionPlan) -> tuple[datetime, str]:
    assert issue.period  # noqa: S101  (every issue has one)
    return issue.period.start, issue.period.id


def _directory(plan: EditionPlan, id_: str) -> str:
    return f"{plan.topic.slug}/issues/{id_}"


def _is_period(id_: str, digest: DigestOptions) -> bool:
    try:
        named_period(digest, id_)
    except ValueError:
        return False
    return True


def _first_weekday(digest: DigestOptions) -> int:
    """Return the configured first day of the week; 0 is Monday."""
    return get_args(Weekday).index(digest.first_weekday)
