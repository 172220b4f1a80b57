"""Plans a build: from items to each topic's editions. Pure; what earlier builds promised is passed in."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from feeds.archives import Ids, paginate
from feeds.config import Config
from feeds.issues import Issues, issues_of, named_period
from feeds.model import NO_DATE, Edition, Item, Period, Section, Story, Topic
from feeds.selection import Folded, by_topic, fold, ineligible, unpublishable, without_tracking
from feeds.stories import Grouping, group, newest_first


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTopic:
    """What earlier builds have promised a topic's readers: from the manifest."""

    name: str
    updated: datetime = NO_DATE
    archives: tuple[Ids, ...] = ()
    """Ids of the stories in each full archive document, oldest first."""
    issues: tuple[str, ...] = ()
    """Ids of the issues that the last build made."""
    is_newsletter: bool = False


_NEW = PastTopic(name="")


History = Mapping[str, PastTopic]
"""By slug."""


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
    issues: Issues


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterPlan:
    """The issues of a digest of several topics."""

    topic: Topic
    """Its title, language and rules; not one that an item can name."""
    edition: Edition
    """All of its stories, newest first."""
    issues: Issues


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    topics: tuple[TopicPlan, ...]
    """By slug."""
    newsletters: tuple[NewsletterPlan, ...]
    """By slug."""
    items: tuple[Item, ...]
    """All that could be read."""
    folded: Folded

    @property
    def all(self) -> tuple[TopicPlan | NewsletterPlan, ...]:
        """Topics and newsletters."""
        return (*self.topics, *self.newsletters)


def plan(config: Config, items: Sequence[Item], now: datetime, history: History, issue: str = "") -> Plan:
    """Who is in which edition; `issue` names one to be built besides the newest.

    Raises ValueError when `issue` is no period, or one without stories.
    """
    if config.feed.strip_tracking:
        items = [without_tracking(item) for item in items]
    folded = fold(items, config.rules, now)
    publishable = [i for i in folded.items if unpublishable(i, now) is None]
    names = {name for item in publishable for name in item.topics}
    names |= {past.name for past in history.values() if not past.is_newsletter}
    names |= {o.parent for o in config.topics.values() if o.parent}
    topics = config.topics_of(names)
    wanted = named_period(config.digest, issue)
    planner = _Planner(config, now, history, wanted, topics, by_topic(publishable, topics))
    known = {*history, *(t.slug for t in topics if t.name in config.topics)}
    plans = [planner.topic(topic) for topic in topics]
    made = Plan(
        # A topic that nobody configured, and that never had a story, is a mere word in an item.
        topics=tuple(p for p in plans if p.feed.stories or p.topic.slug in known),
        newsletters=tuple(planner.newsletter(topic, of) for topic, of in config.newsletters_of(topics)),
        items=tuple(items),
        folded=folded,
    )
    if wanted and not any(e.period == wanted for p in made.all for e in p.issues.all):
        raise ValueError(f"no topic has a story in {issue}")
    return made


@dataclass(frozen=True, slots=True)
class _Planner:
    """What the plans of all topics are made of."""

    config: Config
    now: datetime
    history: History
    wanted: Period | None
    topics: Sequence[Topic]
    members: Mapping[str, Sequence[Item]]
    """Publishable items by the slug of their topics."""

    def topic(self, topic: Topic) -> TopicPlan:
        past = self.history.get(topic.slug, _NEW)
        grouping = group(self._eligible(topic), self.now)
        stories = newest_first(grouping.stories)
        feed = self._edition(topic, stories[: topic.rules.feed_limit], past)
        pages: tuple[Ids, ...] = ()
        if self.config.feed.archive:
            pages = paginate(stories, topic.rules.feed_limit, self.config.feed.archive_size, past.archives)
        archives = _archives(feed, stories, pages)
        return TopicPlan(
            topic=topic,
            grouping=grouping,
            feed=dataclasses.replace(feed, prev_archive=archives[-1].directory if archives else ""),
            archives=archives,
            archive_ids=pages,
            issues=self._issues(feed, [Section("", stories)], past),
        )

    def newsletter(self, topic: Topic, parts: Sequence[Topic]) -> NewsletterPlan:
        """A section for each of the topics, each story in the first of those that have it."""
        past = self.history.get(topic.slug, _NEW)
        section_of = {i.id: part for part in reversed(parts) for i in self._eligible(part)}
        items = {i.id: i for part in parts for i in self._eligible(part)}
        stories = newest_first(group(items.values(), self.now).stories)
        sections = [Section(p.label, tuple(s for s in stories if section_of[s.id] is p)) for p in parts]
        edition = self._edition(topic, stories, past)
        return NewsletterPlan(topic=topic, edition=edition, issues=self._issues(edition, sections, past))

    def _eligible(self, topic: Topic) -> list[Item]:
        return [i for i in self.members[topic.slug] if ineligible(i, topic, self.now) is None]

    def _edition(self, topic: Topic, stories: tuple[Story, ...], past: PastTopic) -> Edition:
        return Edition(
            site=self.config.site,
            topic=topic,
            stories=stories,
            directory=topic.slug,
            fallback_updated=past.updated,
        )

    def _issues(self, edition: Edition, sections: Sequence[Section], past: PastTopic) -> Issues:
        return issues_of(edition, sections, self.config.digest, past.issues, self.wanted)


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
