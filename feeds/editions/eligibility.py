"""Decide which items are eligible, fold copies of one article, and find each item's topics. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from feeds.model import EVERYTHING, Candidate, Item, Topic
from feeds.urls import slug


class Exclusion(Struct, frozen=True):
    """The one reason why an item is not in an edition."""

    code: str
    """Stable, for programs: unpublished, future, no-topic, low-quality, duplicate, covered, archived, beyond-limit."""
    message: str


class Folded(Struct, frozen=True):
    """The candidates that remain after folding, and the one that replaces each of the others."""

    candidates: tuple[Candidate, ...]
    duplicates: Mapping[str, Candidate]
    """Keyed by the path of an item that is left out: the copy that is kept."""


def unpublishable(item: Candidate | Item, now: datetime) -> Exclusion | None:
    """Return why an item can be in no edition of any topic, or None when it can."""
    if not item.is_published:
        return Exclusion("unpublished", "it is not published (`published` is not true, or `draft` is)")
    if item.published > now:
        return Exclusion("future", f"its date, {item.published:%Y-%m-%d %H:%M} UTC, is in the future")
    if not item.topics:
        return Exclusion("no-topic", "it names no topic")
    return None


def ineligible(item: Candidate | Item, topic: Topic, now: datetime) -> Exclusion | None:
    """Return why an item that names the topic cannot be in its editions, or None when it can."""
    if item.quality < topic.rules.min_quality:
        return Exclusion("low-quality", f"its quality, {item.quality}, is below {topic.rules.min_quality}")
    return unpublishable(item, now)


def fold(candidates: Iterable[Candidate], min_quality: int, now: datetime) -> Folded:
    """Keep one candidate for each canonical URL: the best by heat, quality and date, then by path for a total order.

    Copies that are publishable and reach `min_quality`, the lowest minimum of any topic, come before all others, so
    that a draft never replaces a published copy. Their topics are merged, so that no topic loses the article either.
    """
    kept: dict[str, Candidate] = {}
    copies: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if kept.setdefault(candidate.id, candidate) is not candidate:
            copies.setdefault(candidate.id, [kept[candidate.id]]).append(candidate)
    duplicates: dict[str, Candidate] = {}
    for id_, group in copies.items():
        kept[id_] = best = _best(group, min_quality, now)
        duplicates.update({c.path: best for c in group if c.path != best.path})
    return Folded(tuple(kept.values()), duplicates)


def _best(copies: list[Candidate], min_quality: int, now: datetime) -> Candidate:
    def is_eligible(candidate: Candidate) -> bool:
        return unpublishable(candidate, now) is None and candidate.quality >= min_quality

    ranked = sorted(copies, key=lambda c: c.path)
    ranked.sort(key=lambda c: (is_eligible(c), c.heat, c.quality, c.published), reverse=True)
    best, *others = ranked
    topics = dict.fromkeys(best.topics)
    for other in others:
        if is_eligible(best) and is_eligible(other):
            topics |= dict.fromkeys(sorted(other.topics))
    return replace(best, topics=tuple(topics))


def by_topic(candidates: Iterable[Candidate], topics: Sequence[Topic]) -> dict[str, list[Candidate]]:
    """Return the candidates of each topic, keyed by slug; a parent topic includes those of its descendants."""
    known = {t.slug: t for t in topics} | {slug(t.name): t for t in topics}
    members: dict[str, list[Candidate]] = {t.slug: [] for t in topics}
    slugs: dict[tuple[str, ...], list[str]] = {}  # the same few combinations of topics occur again and again
    for candidate in candidates:
        if (found := slugs.get(candidate.topics)) is None:
            found = slugs[candidate.topics] = _slugs(candidate.topics, known)
        for topic in found:
            members[topic].append(candidate)
    return members


def _slugs(names: Iterable[str], topics: Mapping[str, Topic]) -> list[str]:
    """Return the slugs of the topics with these names and of their ancestors; `topics` is keyed by both slugs."""
    found: dict[str, None] = {}
    for name in (*names, EVERYTHING):
        topic = topics.get(slug(name))
        while topic is not None and topic.slug not in found:
            found[topic.slug] = None
            topic = topics.get(slug(topic.parent)) if topic.parent else None
    return list(found)
