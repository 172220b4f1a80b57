"""The issues of a digest: which periods have one, and what is in it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, get_args

from msgspec import Struct
from msgspec.structs import replace

from feeds.config.options import DigestOptions
from feeds.editions.periods import period_by_id, period_of
from feeds.editions.stories import by_period, strongest_first
from feeds.model import Candidate, EditionPlan, Period, Weekday

Part = tuple[str, tuple[Candidate, ...]]
"""A title and the stories below it."""


class Neighbours(NamedTuple):
    """The issues before and after one, as far as this build makes them: older files may be gone."""

    previous: Period | None = None
    next: Period | None = None


class Issues(Struct, frozen=True, kw_only=True):
    """Of one topic or newsletter."""

    newest: tuple[EditionPlan, ...] = ()
    """Newest first, as many as are built. Their pages hold all stories, their digests the strongest."""
    rebuilt: tuple[EditionPlan, ...] = ()
    """Older ones that were asked for by name."""
    withdrawn: tuple[str, ...] = ()
    """Directories of those that an earlier build made, and that have no story left."""

    @property
    def all(self) -> tuple[EditionPlan, ...]:
        """All that are built."""
        return (*self.newest, *self.rebuilt)

    def neighbours(self) -> Mapping[str, Neighbours]:
        """Of each issue, by its directory. One asked for by name has none: what lies in between is not known."""
        periods = (None, *(e.period for e in self.newest), None)
        found = {e.directory: Neighbours(periods[n + 2], periods[n]) for n, e in enumerate(self.newest)}
        return found | {e.directory: Neighbours() for e in self.rebuilt}


def issues_of(
    outline: EditionPlan, parts: Sequence[Part], digest: DigestOptions, past: Iterable[str], wanted: Period | None
) -> Issues:
    """Each period that has a story makes one issue, and each story is in one.

    `outline` says what all have in common; parts without a story are left out of an issue. `past`: ids of the issues
    that the last build made; `wanted`: the period of one that is built however old it is.
    """
    title_of = {story.id: title for title, stories in parts for story in stories}
    stories = [story for _, stories in parts for story in stories]
    periods = by_period(stories, lambda when: _period_of(when, digest))
    newest = list(periods)[: None if digest.issues == "all" else digest.issues]
    issues = {p: _issue(outline, p, periods[p], title_of) for p in periods if p in newest or p == wanted}
    named = {p.id for p in periods}
    return Issues(
        newest=tuple(issues[p] for p in newest),
        rebuilt=tuple(issue for p, issue in issues.items() if p not in newest),
        withdrawn=tuple(_directory(outline, i) for i in past if i not in named and _is_period(i, digest)),
    )


def named_period(digest: DigestOptions, id_: str) -> Period | None:
    """The period of that id, None for an empty one; raises ValueError when it is none."""
    return period_by_id(id_, digest.period, digest.zone, _first_weekday(digest)) if id_ else None


def _issue(outline: EditionPlan, period: Period, stories: Iterable[Candidate], title_of: dict[str, str]) -> EditionPlan:
    by_title: dict[str, list[Candidate]] = {title: [] for title in title_of.values()}
    for story in stories:
        by_title[title_of[story.id]].append(story)
    sections = tuple((title, strongest_first(found)) for title, found in by_title.items() if found)
    return replace(
        outline,
        stories=tuple(story for _, found in sections for story in found),
        sections=sections,
        directory=_directory(outline, period.id),
        period=period,
    )


def _directory(outline: EditionPlan, id_: str) -> str:
    return f"{outline.topic.slug}/issues/{id_}"


def _is_period(id_: str, digest: DigestOptions) -> bool:
    try:
        return named_period(digest, id_) is not None
    except ValueError:
        return False


def _period_of(when: datetime, digest: DigestOptions) -> Period:
    return period_of(when, digest.period, digest.zone, _first_weekday(digest))


def _first_weekday(digest: DigestOptions) -> int:
    """0 for Monday."""
    return get_args(Weekday).index(digest.first_weekday)
