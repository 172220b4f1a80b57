"""Plans a build: from items to each topic's editions. Pure; what earlier builds promised is passed in."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from feeds.archives import Ids, paginate
from feeds.config import Config, DigestOptions
from feeds.model import NO_DATE, Edition, Item, Period, Story, Topic, Weekday
from feeds.selection import Folded, by_topic, fold, ineligible, period_by_id, period_of, unpublishable, without_tracking
from feeds.stories import Grouping, by_period, group, newest_first


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTopic:
    """What earlier builds have promised a topic's readers: from the manifest."""

    name: str
    updated: datetime = NO_DATE
    archives: tuple[Ids, ...] = ()
    """Ids of the stories in each full archive document, oldest first."""
    issues: tuple[str, ...] = ()
    """Ids of the issues that the last build made."""


History = Mapping[str, PastTopic]
"""By the topic's slug."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPlan:
    """All editions of one topic."""

    topic: Topic
    grouping: Grouping
    feed: Edition
    """The subscription document."""
    archives: tuple[Edition, ...] = ()
    """Oldest first; all but the last are full, and no later build changes them."""
    archive_ids: tuple[Ids, ...] = ()
    """What was assigned to each archive, stories that are gone since included."""
    issues: tuple[Edition, ...] = ()
    """Newest first; only those that are built. Their pages hold all stories, their digests the strongest."""
    rebuilt: tuple[Edition, ...] = ()
    """Older issues that were asked for by name."""
    withdrawn: tuple[str, ...] = ()
    """Directories of issues of the same periods that an earlier build made, and that have no story left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    topics: tuple[TopicPlan, ...]
    """By slug."""
    items: tuple[Item, ...]
    """All that could be read."""
    folded: Folded


def plan(config: Config, items: Sequence[Item], now: datetime, history: History, issue: str = "") -> Plan:
    """Who is in which edition; `issue` names one to be built besides the newest.

    Raises ValueError when `issue` is no period, or one without stories.
    """
    if config.feed.strip_tracking:
        items = [without_tracking(item) for item in items]
    folded = fold(items, config.rules, now)
    publishable = [i for i in folded.items if unpublishable(i, now) is None]
    names = {name for item in publishable for name in item.topics}
    names |= {past.name for past in history.values()} | {o.parent for o in config.topics.values() if o.parent}
    topics = config.topics_of(names)
    members = by_topic(publishable, topics)
    wanted = _named_issue(config.digest, issue)
    plans = [_topic_plan(config, topic, members[topic.slug], now, history.get(topic.slug), wanted) for topic in topics]
    if wanted and not any(e.period == wanted for p in plans for e in (*p.issues, *p.rebuilt)):
        raise ValueError(f"no topic has a story in {issue}")
    known = {*history, *(t.slug for t in topics if t.name in config.topics)}
    # A topic that nobody configured, and that never had a story, is a mere word in an item.
    kept = tuple(p for p in plans if p.feed.stories or p.topic.slug in known)
    return Plan(topics=kept, items=tuple(items), folded=folded)


def _topic_plan(
    config: Config, topic: Topic, items: Iterable[Item], now: datetime, past: PastTopic | None, wanted: Period | None
) -> TopicPlan:
    grouping = group((i for i in items if ineligible(i, topic, now) is None), now)
    stories = newest_first(grouping.stories)
    feed = Edition(
        site=config.site,
        topic=topic,
        stories=stories[: topic.rules.feed_limit],
        directory=topic.slug,
        fallback_updated=past.updated if past else NO_DATE,
    )
    pages: tuple[Ids, ...] = ()
    if config.feed.archive:
        closed = past.archives if past else ()
        pages = paginate(stories, topic.rules.feed_limit, config.feed.archive_size, closed)
    archives = _archives(feed, stories, pages)
    periods = by_period(stories, lambda when: _period_of(when, config.digest))
    issues = [_issue(feed, period, ranked) for period, ranked in periods.items()]
    newest = len(issues) if config.digest.issues == "all" else config.digest.issues
    named = {p.id for p in periods}
    return TopicPlan(
        topic=topic,
        grouping=grouping,
        feed=dataclasses.replace(feed, prev_archive=archives[-1].directory if archives else ""),
        archives=archives,
        archive_ids=pages,
        issues=tuple(issues[:newest]),
        rebuilt=tuple(e for e in issues[newest:] if e.period == wanted),
        withdrawn=tuple(
            f"{topic.slug}/issues/{id_}"
            for id_ in (past.issues if past else ())
            if id_ not in named and _is_period(id_, config.digest)
        ),
    )


def _archives(feed: Edition, stories: Iterable[Story], pages: Sequence[Ids]) -> tuple[Edition, ...]:
    known = {s.id: s for s in stories}
    directories = ["", *(f"{feed.topic.slug}/archive/{n}" for n in range(1, len(pages) + 1)), ""]
    return tuple(
        dataclasses.replace(
            feed,
            stories=newest_first(known[i] for i in ids if i in known),
            directory=directories[n],
            is_archive=True,
            prev_archive=directories[n - 1],
            next_archive=directories[n + 1],
        )
        for n, ids in enumerate(pages, 1)
    )


def _issue(feed: Edition, period: Period, stories: tuple[Story, ...]) -> Edition:
    return dataclasses.replace(feed, stories=stories, directory=f"{feed.topic.slug}/issues/{period.id}", period=period)


def _is_period(id_: str, digest: DigestOptions) -> bool:
    try:
        return bool(period_by_id(id_, digest.period, digest.zone, _first_weekday(digest)))
    except ValueError:
        return False


def _named_issue(digest: DigestOptions, issue: str) -> Period | None:
    return period_by_id(issue, digest.period, digest.zone, _first_weekday(digest)) if issue else None


def _period_of(when: datetime, digest: DigestOptions) -> Period:
    return period_of(when, digest.period, digest.zone, _first_weekday(digest))


def _first_weekday(digest: DigestOptions) -> int:
    """0 for Monday."""
    return get_args(Weekday).index(digest.first_weekday)
