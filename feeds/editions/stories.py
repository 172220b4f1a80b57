"""From a topic's items to its stories: group, choose the lead, rank, limit. Pure; every order is total."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from feeds.model import Article, Candidate, Coverage, Edition, EditionPlan, Item, Period, Place, Section, Story
from feeds.text import fold


class Grouping(Struct, frozen=True):
    """A topic's stories, strongest first, and the candidates that one of them already covers."""

    stories: tuple[Candidate, ...]
    covered: dict[str, Candidate]
    """Id of a candidate without a story of its own → the stronger story that lists it."""


def candidate_of(item: Item, now: datetime, fingerprint: bytes) -> Candidate:
    """Return what selecting needs of an item; `fingerprint` stands for the content of its document."""
    coverage = coverage_of(item, now)
    hidden = [n for n, c in enumerate(item.related) if c.published and c.published > now]
    if hidden and fingerprint:  # another night will show more of the same document
        fingerprint = hashlib.blake2b(fingerprint + repr(hidden).encode(), digest_size=len(fingerprint)).digest()
    return Candidate(
        id=item.id,
        path=item.path,
        published=item.published,
        updated=Story(item, coverage).updated,
        is_published=item.is_published,
        quality=item.quality,
        heat=item.heat,
        topics=item.topics,
        covers=tuple(c.id for c in coverage),
        fingerprint=fingerprint,
    )


def edition_of(outline: EditionPlan, story_of: Callable[[Candidate], Story]) -> Edition:
    """The edition that an outline stands for."""
    place = {name: getattr(outline, name) for name in Place.__struct_fields__}
    sections = tuple(Section(title, tuple(map(story_of, found))) for title, found in outline.sections)
    return Edition(**place, stories=tuple(map(story_of, outline.stories)), sections=sections)


def story_of(candidate: Candidate, item: Item, now: datetime) -> Story:
    """The story that a candidate stands for. `item` is what its document says; its copies may have added topics."""
    lead = item if item.topics == candidate.topics else replace(item, topics=candidate.topics)
    return Story(lead, coverage_of(item, now))


def group(candidates: Iterable[Candidate]) -> Grouping:
    """Makes a story of each candidate but those that a stronger one lists as coverage."""
    stories: list[Candidate] = []
    covered_by: dict[str, Candidate] = {}
    covered: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=_weight):
        if stronger := covered_by.get(candidate.id):
            covered[candidate.id] = stronger
            continue
        stories.append(candidate)
        for id_ in candidate.covers:
            covered_by.setdefault(id_, candidate)
    return Grouping(tuple(stories), covered)


def coverage_of(item: Item, now: datetime) -> tuple[Coverage, ...]:
    """An item's related articles: by quality, then newest, then URL; without the lead, each article and title once.

    What is dated later than `now` waits until then, as items do.
    """
    seen = _keys(item)
    kept: list[Coverage] = []
    for related in sorted(item.related, key=_coverage_order):
        keys = _keys(related)
        if keys.isdisjoint(seen) and not (related.published and related.published > now):
            kept.append(related)
            seen |= keys
    return tuple(kept)


class Dated(Protocol):
    """A story, or a candidate for one."""

    @property
    def id(self) -> str: ...

    @property
    def published(self) -> datetime: ...


D = TypeVar("D", bound=Dated)


def newest_first(stories: Iterable[D]) -> tuple[D, ...]:
    """The order of feeds and pages."""
    return tuple(sorted(sorted(stories, key=lambda s: s.id), key=lambda s: s.published, reverse=True))


def strongest_first(stories: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The order of digests: heat, quality, date, id; the first is the lead story."""
    return tuple(sorted(stories, key=_weight))


def by_period(
    stories: Iterable[Candidate], period_of: Callable[[datetime], Period]
) -> dict[Period, tuple[Candidate, ...]]:
    """The stories of each period that has any, in their order, newest period first; each story in exactly one."""
    issues: dict[Period, list[Candidate]] = {}
    for story in stories:
        issues.setdefault(period_of(story.published), []).append(story)
    return {p: tuple(issues[p]) for p in sorted(issues, key=lambda p: p.start, reverse=True)}


def _weight(story: Candidate) -> tuple[int, int, float, str]:
    """Sorts the strongest first."""
    return (-story.heat, -story.quality, -story.published.timestamp(), story.id)


def _coverage_order(related: Coverage) -> tuple[int, float, str]:
    when = related.published.timestamp() if related.published else float("-inf")
    return (-related.quality, -when, related.url)


def _keys(article: Article) -> set[str]:
    """What two addresses of one article have in common: the canonical URL, or outlet and title."""
    return {article.id, f"{fold(article.provider.name)} {fold(article.title)}"}
