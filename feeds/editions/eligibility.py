"""Who is eligible, and why not; folding copies of one article; periods. Pure: the clock is passed in."""

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
    """The candidates that are left after folding, and which one each of the others gave way to."""

    candidates: tuple[Candidate, ...]
    duplicates: Mapping[str, Candidate]
    """Path of an item that is out → the item that stays."""


def unpublishable(item: Candidate | Item, now: datetime) -> Exclusion | None:
    """Why an item can be in no edition at all, whatever the topic; None when it can."""
    if not item.is_published:
        return Exclusion("unpublished", "it is not published (published: true is missing)")
    if item.published > now:
        return Exclusion("future", f"its date, {item.published:%Y-%m-%d %H:%M} UTC, is still to come")
    if not item.topics:
        return Exclusion("no-topic", "it names no topic")
    return None


def ineligible(item: Candidate | Item, topic: Topic, now: datetime) -> Exclusion | None:
    """Why an item that names the topic cannot be in its editions; None when it can."""
    if item.quality < topic.rules.min_quality:
        return Exclusion("low-quality", f"its quality, {item.quality}, is below {topic.rules.min_quality}")
    return unpublishable(item, now)


def fold(candidates: Iterable[Candidate], min_quality: int, now: datetime) -> Folded:
    """One for each canonical URL: the better one stays (heat, quality, newer, then path for a total order).

    Whatever can be published, and reaches `min_quality`, the least that any topic asks for, comes before what can't, so
    that a draft never takes a published copy out; the topics of such copies are united, so that it takes none of them
    out of a topic either.
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
    united = dict.fromkeys(best.topics)
    for other in others:
        if is_eligible(best) and is_eligible(other):
            united |= dict.fromkeys(sorted(other.topics))
    return replace(best, topics=tuple(united))


def by_topic(candidates: Iterable[Candidate], topics: Sequence[Topic]) -> dict[str, list[Candidate]]:
    """Candidates of each topic by its slug; a parent topic has its children's, and theirs, too."""
    above = {t.slug: t for t in topics} | {slug(t.name): t for t in topics}
    members: dict[str, list[Candidate]] = {t.slug: [] for t in topics}
    places: dict[tuple[str, ...], list[str]] = {}  # few sets of topics come again and again
    for candidate in candidates:
        if (where := places.get(candidate.topics)) is None:
            where = places[candidate.topics] = _places(candidate.topics, above)
        for place in where:
            members[place].append(candidate)
    return members


def _places(names: Iterable[str], topics: Mapping[str, Topic]) -> list[str]:
    """Slugs of the topics that these names mean, each once; `topics` by slug and by the slug of their names."""
    places: dict[str, None] = {}
    for name in (*names, EVERYTHING):
        topic = topics.get(slug(name))
        while topic is not None and topic.slug not in places:
            places[topic.slug] = None
            topic = topics.get(slug(topic.parent)) if topic.parent else None
    return list(places)
