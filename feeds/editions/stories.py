"""Turn a topic's items into stories: group them, choose the leads, order them. Pure; every order is total."""

import hashlib
from collections.abc import Callable, Container, Iterable
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
    """Keyed by the id of a candidate without a story of its own: the story that lists it."""
    spared: dict[str, Candidate] = {}
    """Keyed by the id of a candidate that keeps its story because it was published before, or because the story that
    lists it hides enough others: that story.
    """


def candidate_of(item: Item, now: datetime, fingerprint: bytes) -> Candidate:
    """Return what selection needs of an item; `fingerprint` is that of its document's content, or empty if unused."""
    coverage = coverage_of(item, now)
    dates = (item.updated, *(c.published for c in item.related))
    hidden = [n for n, date in enumerate(dates) if date and date > now]
    if hidden and fingerprint:  # more of the same document will be shown on another night
        fingerprint = hashlib.blake2b(fingerprint + repr(hidden).encode(), digest_size=len(fingerprint)).digest()
    return Candidate(
        id=item.id,
        path=item.path,
        published=item.published,
        updated=Story(_as_of(item, now), coverage).updated,
        is_published=item.is_published,
        quality=item.quality,
        heat=item.heat,
        topics=item.topics,
        covers=" ".join([article_key(c.id) for c in coverage]),
        coverage=" ".join([coverage_key(c.id) for c in coverage]),
        fingerprint=fingerprint,
        category=item.category,
        pictures=picture_ids(item.images),
    )


def edition_of(plan: EditionPlan, story_of: Callable[[Candidate], Story]) -> Edition:
    """Return a planned edition with its items loaded."""

    def story(candidate: Candidate) -> Story:
        story = story_of(candidate)
        return _as_closed(story, plan.coverage[story.id]) if story.id in plan.coverage else story

    stories = {c.id: story(c) for c in plan.stories}
    info = {name: getattr(plan, name) for name in EditionInfo.__struct_fields__}
    sections = tuple(
        Section(title, tuple(stories[c.id] for c in found), plan.limits.get(title)) for title, found in plan.sections
    )
    return Edition(**info, stories=tuple(stories.values()), sections=sections)


def article_key(id_: str) -> str:
    """Return a fingerprint of an article's id, by which grouping knows it: too long for two articles to share."""
    return hashlib.blake2b(id_.encode(), digest_size=12).hexdigest()


def coverage_key(id_: str) -> str:
    """Return a short fingerprint of a related article's id, by which a closed issue remembers it."""
    return hashlib.blake2b(id_.encode(), digest_size=6).hexdigest()


def _as_closed(story: Story, keys: Iterable[str]) -> Story:
    """Return the story with the coverage that it had when its issue was closed."""
    known = {coverage_key(c.id): c for c in story.coverage}
    return Story(story.lead, tuple(known[key] for key in keys if key in known))


def story_of(candidate: Candidate, item: Item, now: datetime) -> Story:
    """Return a candidate's story; `item` is its document's, to which copies may have added topics."""
    lead = item if item.topics == candidate.topics else replace(item, topics=candidate.topics)
    return Story(_as_of(lead, now), coverage_of(item, now))


def _as_of(item: Item, now: datetime) -> Item:
    """Return the item without an `updated` in the future: no date of a feed is later than the clock."""
    return replace(item, updated=None) if item.updated and item.updated > now else item


def group(candidates: Iterable[Candidate], published: Container[str] = (), max_hidden: int = 10) -> Grouping:
    """Make a story of each candidate except those that another story lists as coverage.

    A candidate whose id is in `published` led a story before: it goes on to do so, and hides newcomers however strong
    they are. Otherwise the stronger one hides the other. A story hides at most `max_hidden` others, the first ones of
    its coverage.
    """
    ranked = sorted(candidates, key=weight)
    known = {article_key(c.id): c.id for c in ranked}
    stories: list[Candidate] = []
    covered_by: dict[str, Candidate] = {}
    covered: dict[str, Candidate] = {}
    spared: dict[str, Candidate] = {}
    for candidate in sorted(ranked, key=lambda c: c.id not in published):
        by = covered_by.get(candidate.id)
        if by and candidate.id not in published:
            covered[candidate.id] = by
            continue
        stories.append(candidate)
        listed = [known[key] for key in candidate.covers.split() if key in known]
        for id_ in listed[:max_hidden]:
            covered_by.setdefault(id_, candidate)
        spared |= dict.fromkeys(listed[max_hidden:], candidate)
    spared |= {c.id: by for c in stories if (by := covered_by.get(c.id)) and weight(by) < weight(c)}
    leads = {c.id for c in stories}
    strongest = tuple(c for c in ranked if c.id in leads)
    return Grouping(strongest, covered, {i: by for i, by in spared.items() if i not in covered})


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
    return tuple(sorted(stories, key=weight))


def weight(story: Candidate | Item) -> tuple[int, int, float, str]:
    """Return what a story is ranked by: the smallest is the strongest."""
    return (-story.heat, -story.quality, -story.published.timestamp(), story.id)


def _coverage_order(related: Coverage) -> tuple[int, float, str]:
    when = related.published.timestamp() if related.published else float("-inf")
    return (-related.quality, -when, related.url)


def _keys(article: Article) -> set[str]:
    """Return what identifies an article wherever it is listed: its canonical URL, and its outlet with its title."""
    return {article.id, f"{fold(article.provider.name)} {fold(article.title)}"}
