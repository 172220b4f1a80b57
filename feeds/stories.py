"""From a topic's items to its stories: group, choose the lead, rank, limit. Pure; every order is total."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from feeds.model import Article, Coverage, Item, Period, Story
from feeds.text import fold


@dataclass(frozen=True, slots=True)
class Grouping:
    """A topic's stories, strongest first, and the items that one of them already covers."""

    stories: tuple[Story, ...]
    covered: dict[str, Story]
    """Id of an item without a story of its own → the stronger story that lists it."""


def group(items: Iterable[Item], now: datetime) -> Grouping:
    """Makes a story of each item but those that a stronger one lists as coverage."""
    stories: list[Story] = []
    covered_by: dict[str, Story] = {}
    covered: dict[str, Story] = {}
    for item in sorted(items, key=_weight):
        if stronger := covered_by.get(item.id):
            covered[item.id] = stronger
            continue
        story = Story(item, coverage_of(item, now))
        stories.append(story)
        for related in story.coverage:
            covered_by.setdefault(related.id, story)
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


def newest_first(stories: Iterable[Story]) -> tuple[Story, ...]:
    """The order of feeds and pages."""
    return tuple(sorted(sorted(stories, key=lambda s: s.id), key=lambda s: s.published, reverse=True))


def strongest_first(stories: Iterable[Story]) -> tuple[Story, ...]:
    """The order of digests: heat, quality, date, id; the first is the lead story."""
    return tuple(sorted(stories, key=lambda s: _weight(s.lead)))


def by_period(stories: Iterable[Story], period_of: Callable[[datetime], Period]) -> dict[Period, tuple[Story, ...]]:
    """The stories of each period that has any, newest period first; each story in exactly one."""
    issues: dict[Period, list[Story]] = defaultdict(list)
    for story in stories:
        issues[period_of(story.published)].append(story)
    return {p: strongest_first(issues[p]) for p in sorted(issues, key=lambda p: p.start, reverse=True)}


def _weight(item: Item) -> tuple[int, int, float, str]:
    """Sorts the strongest first."""
    return (-item.heat, -item.quality, -item.published.timestamp(), item.id)


def _coverage_order(related: Coverage) -> tuple[int, float, str]:
    when = related.published.timestamp() if related.published else float("-inf")
    return (-related.quality, -when, related.url)


def _keys(article: Article) -> set[str]:
    """What two addresses of one article have in common: the canonical URL, or outlet and title."""
    return {article.id, f"{fold(article.provider.name)} {fold(article.title)}"}
