"""Turn a topic's items into stories: group them, choose the leads, order them. Pure; every order is total."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from feeds.editions.illustrations import picture_ids
from feeds.model import Article, Candidate, Coverage, Edition, EditionInfo, EditionPlan, Item, Section, Story
from feeds.text import fold


class Grouping(Struct, frozen=True):
    """A topic's stories, strongest first, and the candidates that one of them covers."""

    stories: tuple[Candidate, ...] = ()
    covered: dict[str, Candidate] = {}
    """Keyed by the id of a candidate without a story of its own: the stronger story that lists it."""


def candidate_of(item: Item, now: datetime, fingerprint: bytes) -> Candidate:
    """Return what selection needs of an item; `fingerprint` is that of its document's content, or empty if unused."""
    coverage = coverage_of(item, now)
    hidden = [n for n, c in enumerate(item.related) if c.published and c.published > now]
    if hidden and fingerprint:  # more of the same document will be shown on another night
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
        pictures=picture_ids(item.images),
    )


def edition_of(plan: EditionPlan, story_of: Callable[[Candidate], Story]) -> Edition:
    """Return a planned edition with its items loaded."""
    info = {name: getattr(plan, name) for name in EditionInfo.__struct_fields__}
    sections = tuple(Section(title, tuple(map(story_of, found))) for title, found in plan.sections)
    return Edition(**info, stories=tuple(map(story_of, plan.stories)), sections=sections)


def story_of(candidate: Candidate, item: Item, now: datetime) -> Story:
    """Return a candidate's story; `item` is its document's, to which copies may have added topics."""
    lead = item if item.topics == candidate.topics else replace(item, topics=candidate.topics)
    return Story(lead, coverage_of(item, now))


def group(candidates: Iterable[Candidate]) -> Grouping:
    """Make a story of each candidate except those that a stronger one lists as coverage."""
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
    """Return an item's related articles by quality, then newest, then URL; each article and each title once.

    The lead itself is left out, and so is an article dated later than `now`, until then.
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
    """Return the stories in the order of feeds and pages."""
    return tuple(sorted(sorted(stories, key=lambda s: s.id), key=lambda s: s.published, reverse=True))


def strongest_first(stories: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return the stories in the order of digests: heat, quality, date, id. The first is the lead story."""
    return tuple(sorted(stories, key=_weight))


def _weight(story: Candidate) -> tuple[int, int, float, str]:
    return (-story.heat, -story.quality, -story.published.timestamp(), story.id)


def _coverage_order(related: Coverage) -> tuple[int, float, str]:
    when = related.published.timestamp() if related.published else float("-inf")
    return (-related.quality, -when, related.url)


def _keys(article: Article) -> set[str]:
    """Return what identifies an article wherever it is listed: its canonical URL, and its outlet with its title."""
    return {article.id, f"{fold(article.provider.name)} {fold(article.title)}"}
