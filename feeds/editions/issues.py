"""Divide a topic's stories into the issues of its digest. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, get_args

from msgspec import Struct
from msgspec.structs import replace

from feeds.config.options import DigestOptions
from feeds.editions.periods import period_by_id, period_of
from feeds.editions.stories import strongest_first
from feeds.model import Candidate, EditionPlan, Period, Weekday

Part = tuple[str, tuple[Candidate, ...]]
"""A section's title and its stories."""


class Neighbours(NamedTuple):
    """The issues before and after one, if this build makes them: the files of older ones may be gone."""

    previous: Period | None = None
    next: Period | None = None


class Issues(Struct, frozen=True, kw_only=True):
    """The issues of one topic or newsletter."""

    newest: tuple[EditionPlan, ...] = ()
    """The configured number of issues, newest first. Their pages show all stories, their digests the strongest."""
    rebuilt: tuple[EditionPlan, ...] = ()
    """Older issues that were requested by id."""
    withdrawn: tuple[str, ...] = ()
    """Directories of issues that an earlier build made and that have no story any more."""

    @property
    def all(self) -> tuple[EditionPlan, ...]:
        """Every issue that is built."""
        return (*self.newest, *self.rebuilt)

    def neighbours(self) -> Mapping[str, Neighbours]:
        """Return the neighbours of each issue, keyed by directory. A requested older issue has none."""
        periods = (None, *(e.period for e in self.newest), None)
        found = {e.directory: Neighbours(periods[n + 2], periods[n]) for n, e in enumerate(self.newest)}
        return found | {e.directory: Neighbours() for e in self.rebuilt}


def issues_of(
    plan: EditionPlan, parts: Sequence[Part], digest: DigestOptions, previous: Iterable[str], wanted: Period | None
) -> Issues:
    """Make one issue of each period that has a story; each story is in one issue.

    `plan` holds what all issues have in common; an issue leaves out parts without a story. `previous` are the ids of
    the issues that the last build made; `wanted` is the period of one that is built however old it is.
    """
    title_of = {story.id: title for title, stories in parts for story in stories}
    by_period: dict[Period, list[Candidate]] = {}
    for _, stories in parts:
        for story in stories:
            period = period_of(story.published, digest.period, digest.zone, _first_weekday(digest))
            by_period.setdefault(period, []).append(story)
    periods = sorted(by_period, key=lambda p: p.start, reverse=True)
    newest = periods[: None if digest.issues == "all" else digest.issues]
    issues = {p: _issue(plan, p, by_period[p], title_of) for p in periods if p in newest or p == wanted}
    ids = {p.id for p in periods}
    return Issues(
        newest=tuple(issues[p] for p in newest),
        rebuilt=tuple(issue for p, issue in issues.items() if p not in newest),
        withdrawn=tuple(_directory(plan, i) for i in previous if i not in ids and _is_period(i, digest)),
    )


def named_period(digest: DigestOptions, id_: str) -> Period | None:
    """Return the period with an id, or None for an empty id; raise ValueError for a bad one."""
    return period_by_id(id_, digest.period, digest.zone, _first_weekday(digest)) if id_ else None


def _issue(plan: EditionPlan, period: Period, stories: Iterable[Candidate], title_of: dict[str, str]) -> EditionPlan:
    by_title: dict[str, list[Candidate]] = {title: [] for title in title_of.values()}
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


def _directory(plan: EditionPlan, id_: str) -> str:
    return f"{plan.topic.slug}/issues/{id_}"


def _is_period(id_: str, digest: DigestOptions) -> bool:
    try:
        return named_period(digest, id_) is not None
    except ValueError:
        return False


def _first_weekday(digest: DigestOptions) -> int:
    """Return the configured first day of the week; 0 is Monday."""
    return get_args(Weekday).index(digest.first_weekday)
