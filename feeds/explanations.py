"""Why each item is, or is not, in which edition: one reason for each. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from feeds.editions import Plan, TopicPlan
from feeds.model import Item
from feeds.problems import ConfigError
from feeds.selection import Exclusion, by_topic, ineligible, unpublishable
from feeds.urls import canonical_url, safe_url


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of one item, in one topic or in all of them."""

    path: str
    id: str
    title: str
    topic: str
    """Slug; empty where the reason holds for every topic."""
    included: bool
    code: str
    """`included`, or an Exclusion's."""
    message: str


def explain(plan: Plan, items: Iterable[Item], now: datetime) -> Iterator[Explanation]:
    """In the order of the items' paths, then of topics; `plan` is that of the candidates that the items are."""
    members = by_topic(plan.folded.candidates, [t.topic for t in plan.topics])
    places: dict[str, list[TopicPlan]] = {}
    for topic in plan.topics:
        for member in members[topic.topic.slug]:
            places.setdefault(member.path, []).append(topic)
    for item in sorted(items, key=lambda i: i.path):
        if reason := _out_everywhere(item, plan, now, places):
            yield _explanation(item, "", reason)
            continue
        for topic in places[item.path]:
            yield _explanation(item, topic.topic.slug, _out(item, topic, now), topic)


def matching(found: Iterable[Explanation], wanted: Sequence[str], plan: Plan) -> Iterator[Explanation]:
    """Those of the items, URLs and topics that are named; all, when none is.

    Raises ConfigError for a word that names nothing.
    """
    everything = list(found)
    if not wanted:
        yield from everything
    topics = {name: t.topic.slug for t in plan.topics for name in (t.topic.slug, t.topic.name)}
    for word in wanted:
        hits = [e for e in everything if _is_meant(e, word, topics.get(word))]
        if not hits:
            raise ConfigError("", [f"{word!r} names no item, no URL of one and no topic"])
        yield from hits


def _is_meant(e: Explanation, word: str, slug: str | None) -> bool:
    if slug is not None:
        return e.topic in (slug, "")
    if "://" in word:
        return e.id == _id(word)
    path, named = PurePath(e.path), PurePath(word)
    return path == named or named in path.parents or path.name == word


def _id(url: str) -> str:
    try:
        return canonical_url(safe_url(url))
    except ValueError as error:
        raise ConfigError("", [f"{url!r} is no URL to look for: {error}"]) from error


def _out_everywhere(item: Item, plan: Plan, now: datetime, places: dict[str, list[TopicPlan]]) -> Exclusion | None:
    if reason := unpublishable(item, now):
        return reason
    if better := plan.folded.duplicates.get(item.path):
        return Exclusion("duplicate", f"it is the same article as {better.path}, which is stronger")
    if item.path not in places:
        return Exclusion("low-quality", f"its quality, {item.quality}, is too low for any of its topics")
    return None


def _out(item: Item, topic: TopicPlan, now: datetime) -> Exclusion | None:
    if reason := ineligible(item, topic.topic, now):
        return reason
    if story := topic.grouping.covered.get(item.id):
        return Exclusion("covered", f"a stronger story lists it as coverage: {story.path}")
    if item.id not in {s.id for s in topic.feed.stories}:
        if any(s.id == item.id for e in topic.archives for s in e.stories):
            return Exclusion("archived", "newer stories fill the feed; it is in an archive document")
        limit = topic.topic.rules.feed_limit
        return Exclusion("beyond-limit", f"newer stories fill the feed (feed_limit = {limit})")
    return None


def _explanation(item: Item, slug: str, reason: Exclusion | None, topic: TopicPlan | None = None) -> Explanation:
    if reason or topic is None:
        code, message = (reason.code, reason.message) if reason else ("", "")
        return Explanation(item.path, item.id, item.title, slug, False, code, message)
    return Explanation(item.path, item.id, item.title, slug, True, "included", _place(item, topic))


def _place(item: Item, topic: TopicPlan) -> str:
    """`story 3 of 50; 2 of 7 in issue 2021-W04`"""
    ids = [s.id for s in topic.feed.stories]
    place = f"story {ids.index(item.id) + 1} of {len(ids)} in the feed"
    for issue in topic.issues.newest:
        ranked = [s.id for s in issue.stories]
        if item.id in ranked and issue.period:
            limit = topic.topic.rules.digest_limit
            rank = ranked.index(item.id) + 1
            where = f"{rank} of {min(limit, len(ranked))} in" if rank <= limit else f"beyond the {limit} of"
            place += f"; {where} digest {issue.period.id}"
    return place
