"""Who is eligible, and why not; folding copies of one article; periods. Pure: the clock is passed in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from feeds.model import EVERYTHING, Candidate, Item, Period, PeriodKind, Topic
from feeds.urls import slug, strip_tracking

_THURSDAY = 3


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


def without_tracking(item: Item) -> Item:
    """The item with the links of its own and of its coverage as their outlets would write them."""
    related = tuple(replace(c, url=strip_tracking(c.url)) for c in item.related)
    return replace(item, url=strip_tracking(item.url), related=related)


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


def period_of(when: datetime, kind: PeriodKind, zone: tzinfo, first_weekday: int = 0) -> Period:
    """The period that an instant lies in. Weeks are named by ISO 8601 after the Thursday they hold.

    `first_weekday`: 0 is Monday, as for `date.weekday()`.
    """
    return _period(when.astimezone(zone).date(), kind, zone, first_weekday)


def period_by_id(name: str, kind: PeriodKind, zone: tzinfo, first_weekday: int = 0) -> Period:
    """The period of an id such as `2021-W04`, `2021-01-26` or `2021-01`; raises ValueError when it is none."""
    try:
        if kind == "week":
            year, _, week = name.partition("-W")
            day = date.fromisocalendar(int(year), int(week), _THURSDAY + 1)
        else:
            day = date.fromisoformat(name if kind == "day" else f"{name}-01")
        period = _period(day, kind, zone, first_weekday)
    except (ValueError, OverflowError):
        period = None
    if period is None or period.id != name:
        example = {"day": "2021-01-26", "week": "2021-W04", "month": "2021-01"}[kind]
        raise ValueError(f"{name!r} is no {kind}: write it like {example}")
    return period


@lru_cache(maxsize=4096)
def _period(day: date, kind: PeriodKind, zone: tzinfo, first_weekday: int) -> Period:
    if kind == "day":
        return Period(day.isoformat(), _midnight(day, zone), _midnight(day + timedelta(days=1), zone))
    if kind == "month":
        first = day.replace(day=1)
        return Period(f"{first:%Y-%m}", _midnight(first, zone), _midnight(_next_month(first), zone))
    first = day - timedelta(days=(day.weekday() - first_weekday) % 7)
    year, week, _ = (first + timedelta(days=(_THURSDAY - first_weekday) % 7)).isocalendar()
    return Period(f"{year}-W{week:02d}", _midnight(first, zone), _midnight(first + timedelta(days=7), zone))


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    """The day's first instant, in UTC; where a clock change skips midnight, the first that exists."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
