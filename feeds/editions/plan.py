"""Plans a build: from candidates to outlines of each topic's editions. Pure; what was promised earlier is passed in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.editions.archives import Ids, paginate
from feeds.editions.eligibility import Folded, by_topic, fold, ineligible, unpublishable
from feeds.editions.issues import Issues, Part, issues_of, named_period
from feeds.editions.stories import Grouping, group, newest_first
from feeds.model import NO_DATE, Candidate, EditionPlan, Period, Topic


class PreviousTopic(Struct, frozen=True, kw_only=True):
    """What earlier builds have promised a topic's readers: from the manifest."""

    name: str
    updated: datetime = NO_DATE
    archives: tuple[Ids, ...] = ()
    """Ids of the stories in each full archive document, oldest first."""
    issues: tuple[str, ...] = ()
    """Ids of the issues that the last build made."""
    is_newsletter: bool = False


_NEW = PreviousTopic(name="")


PreviousTopics = Mapping[str, PreviousTopic]
"""By slug."""


class TopicPlan(Struct, frozen=True, kw_only=True):
    """The outlines of all editions of one topic."""

    topic: Topic
    feed: EditionPlan
    """The subscription document."""
    archives: tuple[EditionPlan, ...] = ()
    """Oldest first; all but the last are full, and no later build changes them."""
    archive_ids: tuple[Ids, ...] = ()
    """What was assigned to each archive, stories that are gone since included."""
    issues: Issues
    grouping: Grouping


class NewsletterPlan(Struct, frozen=True, kw_only=True):
    """The issues of a digest of several topics."""

    topic: Topic
    """Its title, language and rules; not one that an item can name."""
    outline: EditionPlan
    """All of its stories, newest first."""
    issues: Issues

    @property
    def newest(self) -> EditionPlan:
        """The newest issue; one without stories when there is none."""
        return next(iter(self.issues.newest), replace(self.outline, stories=()))


class Plan(Struct, frozen=True, kw_only=True):
    topics: tuple[TopicPlan, ...]
    """By slug."""
    newsletters: tuple[NewsletterPlan, ...]
    """By slug."""
    folded: Folded

    @property
    def all(self) -> tuple[TopicPlan | NewsletterPlan, ...]:
        """Topics and newsletters."""
        return (*self.topics, *self.newsletters)


def plan(
    config: Config, candidates: Iterable[Candidate], now: datetime, history: PreviousTopics, issue: str = ""
) -> Plan:
    """Who is in which edition; `issue` names one to be built besides the newest.

    Raises ValueError when `issue` is no period, or one without stories.
    """
    folded = fold(candidates, config.min_quality, now)
    publishable = [c for c in folded.candidates if unpublishable(c, now) is None]
    names = {name for topics in {c.topics for c in publishable} for name in topics}
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
        folded=folded,
    )
    if wanted and not any(e.period == wanted for p in made.all for e in p.issues.all):
        raise ValueError(f"no topic has a story in {issue}")
    return made


class _Planner(Struct, frozen=True):
    """What the plans of all topics are made of."""

    config: Config
    now: datetime
    history: PreviousTopics
    wanted: Period | None
    topics: Sequence[Topic]
    members: Mapping[str, Sequence[Candidate]]
    """Publishable candidates by the slug of their topics."""

    def topic(self, topic: Topic) -> TopicPlan:
        past = self.history.get(topic.slug, _NEW)
        grouping = group(self._eligible(topic))
        stories = newest_first(grouping.stories)
        feed = self._outline(topic, stories[: topic.rules.feed_limit], past)
        pages: tuple[Ids, ...] = ()
        if self.config.feed.archive:
            pages = paginate(stories, topic.rules.feed_limit, self.config.feed.archive_size, past.archives)
        archives = _archives(feed, stories, pages)
        return TopicPlan(
            topic=topic,
            feed=replace(feed, prev_archive=archives[-1].directory if archives else ""),
            archives=archives,
            archive_ids=pages,
            issues=self._issues(feed, [("", stories)], past),
            grouping=grouping,
        )

    def newsletter(self, topic: Topic, topics: Sequence[Topic]) -> NewsletterPlan:
        """A section for each of the topics, each story in the first of those that have it."""
        past = self.history.get(topic.slug, _NEW)
        section_of = {c.id: t for t in reversed(topics) for c in self._eligible(t)}
        candidates = {c.id: c for t in topics for c in self._eligible(t)}
        stories = newest_first(group(candidates.values()).stories)
        parts = [(t.label, tuple(s for s in stories if section_of[s.id] is t)) for t in topics]
        outline = self._outline(topic, stories, past)
        return NewsletterPlan(topic=topic, outline=outline, issues=self._issues(outline, parts, past))

    def _eligible(self, topic: Topic) -> list[Candidate]:
        return [c for c in self.members[topic.slug] if ineligible(c, topic, self.now) is None]

    def _outline(self, topic: Topic, stories: tuple[Candidate, ...], past: PreviousTopic) -> EditionPlan:
        return EditionPlan(
            site=self.config.site,
            topic=topic,
            stories=stories,
            directory=topic.slug,
            fallback_updated=past.updated,
        )

    def _issues(self, outline: EditionPlan, parts: Sequence[Part], past: PreviousTopic) -> Issues:
        return issues_of(outline, parts, self.config.digest, past.issues, self.wanted)


def _archives(feed: EditionPlan, stories: Iterable[Candidate], pages: Sequence[Ids]) -> tuple[EditionPlan, ...]:
    known = {s.id: s for s in stories}
    directories = ["", *(f"{feed.topic.slug}/archive/{n}" for n in range(1, len(pages) + 1)), ""]
    return tuple(
        replace(
            feed,
            stories=newest_first(known[i] for i in ids if i in known),
            directory=directories[n],
            is_archive=True,
            prev_archive=directories[n - 1],
            next_archive=directories[n + 1],
        )
        for n, ids in enumerate(pages, 1)
    )
