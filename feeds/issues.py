"""The issues of a digest: which periods have one, and what is in it. Pure."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, get_args

from feeds.config import DigestOptions
from feeds.model import Edition, Period, Section, Story, Weekday
from feeds.selection import period_by_id, period_of
from feeds.stories import by_period, strongest_first


class Neighbours(NamedTuple):
    """The issues before and after one, as far as this build makes them: older files may be gone."""

    previous: Period | None = None
    next: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issues:
    """Of one topic or newsletter."""

    newest: tuple[Edition, ...] = ()
    """Newest first, as many as are built. Their pages hold all stories, their digests the strongest."""
    rebuilt: tuple[Edition, ...] = ()
    """Older ones that were asked for by name."""
    withdrawn: tuple[str, ...] = ()
    """Directories of those that an earlier build made, and that have no story left."""

    @property
    def all(self) -> tuple[Edition, ...]:
        """All that are built."""
        return (*self.newest, *self.rebuilt)

    def neighbours(self) -> Mapping[str, Neighbours]:
        """Of each issue, by its directory. One asked for by name has none: what lies in between is not known."""
        periods = (None, *(e.period for e in self.newest), None)
        found = {e.directory: Neighbours(periods[n + 2], periods[n]) for n, e in enumerate(self.newest)}
        return found | {e.directory: Neighbours() for e in self.rebuilt}


def issues_of(
    edition: Edition, sections: Sequence[Section], digest: DigestOptions, past: Iterable[str], wanted: Period | None
) -> Issues:
    """Each period that has a story makes one issue, and each story is in one.

    `edition` says what all have in common; sections without a story are left out of an issue. `past`: ids of the
    issues that the last build made; `wanted`: the period of one that is built however old it is.
    """
    section_of = {story.id: section for section in sections for story in section.stories}
    stories = [story for section in sections for story in section.stories]
    periods = by_period(stories, lambda when: _period_of(when, digest))
    issues = [_issue(edition, period, ranked, section_of) for period, ranked in periods.items()]
    newest = len(issues) if digest.issues == "all" else digest.issues
    named = {p.id for p in periods}
    return Issues(
        newest=tuple(issues[:newest]),
        rebuilt=tuple(e for e in issues[newest:] if e.period == wanted),
        withdrawn=tuple(_directory(edition, i) for i in past if i not in named and _is_period(i, digest)),
    )


def named_period(digest: DigestOptions, id_: str) -> Period | None:
    """The period of that id, None for an empty one; raises ValueError when it is none."""
    return period_by_id(id_, digest.period, digest.zone, _first_weekday(digest)) if id_ else None


def _issue(edition: Edition, period: Period, ranked: Iterable[Story], section_of: dict[str, Section]) -> Edition:
    by_section: dict[str, list[Story]] = {s.title: [] for s in section_of.values()}
    for story in ranked:
        by_section[section_of[story.id].title].append(story)
    sections = tuple(Section(title, strongest_first(found)) for title, found in by_section.items() if found)
    return dataclasses.replace(
        edition,
        stories=tuple(story for section in sections for story in section.stories),
        sections=sections,
        directory=_directory(edition, period.id),
        period=period,
    )


def _directory(edition: Edition, id_: str) -> str:
    return f"{edition.topic.slug}/issues/{id_}"


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
