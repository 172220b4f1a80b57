"""Plan what a build publishes: which candidates are in which edition. Pure; earlier builds' promises are passed in."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.editions.archives import Ids, paginate
from feeds.editions.eligibility import Folded, by_topic, fold, ineligible, unpublishable
from feeds.editions.illustrations import common_pictures
from feeds.editions.issues import IssueRecord, Issues, Part, issues_of, named_period
from feeds.editions.stories import Grouping, group, newest_first
from feeds.model import EVERYTHING, NO_DATE, Candidate, EditionPlan, Topic
from feeds.urls import slug


class PreviousTopic(Struct, frozen=True, kw_only=True):
    """What earlier builds promised the readers of a topic or newsletter, as the manifest records it."""

    name: str
    id: str = ""
    """Address that the ids of its feeds and issues begin with."""
    updated: datetime = NO_DATE
    archives: tuple[Ids, ...] = ()
    """Ids of the stories in each full archive document, oldest first."""
    issues: IssueRecord = IssueRecord()
    leads: frozenset[str] = frozenset()
    """Ids of all stories that were published in its feed, archives and issues."""
    is_newsletter: bool = False


_NEW = PreviousTopic(name="")


PreviousTopics = Mapping[str, PreviousTopic]
"""Keyed by slug."""


class TopicPlan(Struct, frozen=True, kw_only=True):
    """All editions of one topic, or of one newsletter, which has neither feeds nor archives."""

    topic: Topic
    feed: EditionPlan
    """The subscription document; for a newsletter all of its stories, newest first."""
    archives: tuple[EditionPlan, ...] = ()
    """Oldest first; all but the last are full, and no later build changes them."""
    archive_ids: tuple[Ids, ...] = ()
    """The stories assigned to each archive, including those that are gone since."""
    issues: Issues
    issue_feed: EditionPlan | None = None
    """What the feed of the closed issues says besides them; None if there is none."""
    grouping: Grouping = Grouping()
    is_newsletter: bool = False

    @property
    def shown(self) -> EditionPlan:
        """What the topic's page shows: its feed, or the current issue of a newsletter."""
        if not self.is_newsletter:
            return self.feed
        return self.issues.current or replace(self.feed, stories=())


class Plan(Struct, frozen=True, kw_only=True):
    topics: tuple[TopicPlan, ...]
    """Ordered by slug."""
    newsletters: tuple[TopicPlan, ...]
    """Ordered by slug."""
    folded: Folded
    unplaced: frozenset[str] = frozenset()
    """Paths of candidates none of whose topics is configured, where only configured topics get feeds."""

    @property
    def all(self) -> tuple[TopicPlan, ...]:
        """Topics, then newsletters."""
        return (*self.topics, *self.newsletters)


def plan(
    config: Config,
    candidates: Iterable[Candidate],
    now: datetime,
    previous: PreviousTopics,
    issue: str = "",
    broken: Container[str] = (),
    publication: str = "",
) -> Plan:
    """Decide which candidates are in which edition; `issue` is the id of one to be built besides the newest.

    `broken` are the ids of recorded stories whose documents cannot be read now; `publication` is the address that the
    ids of new topics begin with.

    Raise ValueError when `issue` is not a period of the configured kind, or has no stories.
    """
    folded = fold(candidates, config.min_quality, now)
    # Poorer ones are known only while they are recorded: they must not count.
    good = [c for c in folded.candidates if c.quality >= config.min_quality and unpublishable(c, now) is None]
    names = {o.parent for o in config.topics.values() if o.parent}
    if config.selection.new_topics:
        names |= new_names(good, previous.values(), {*map(slug, names)})
    topics = config.topics_of(names)
    if issue:
        named_period(config.digest, issue)  # raises ValueError
    present = {c.id: c for c in folded.candidates if c.is_published}
    members = by_topic(good, topics)
    common = common_pictures(good)
    planner = _Planner(config, now, previous, issue, broken, publication, topics, members, present, common)
    known = {*previous, *(t.slug for t in topics if t.name in config.topics)}
    plans = [planner.topic(topic) for topic in topics]
    planned = Plan(
        # A topic that nobody configured, and that never had a story, is only a word in an item.
        topics=tuple(p for p in plans if p.feed.stories or p.topic.slug in known),
        newsletters=tuple(planner.newsletter(topic, of) for topic, of in config.newsletters_of(topics)),
        folded=folded,
        unplaced=frozenset() if config.selection.new_topics else _unplaced(good, members),
    )
    if issue and not any(e.period and e.period.id == issue for p in planned.all for e in p.issues.all):
        raise ValueError(f"no topic has a story in {issue}")
    return planned


def new_names(
    candidates: Iterable[Candidate], previous: Iterable[PreviousTopic], configured: Container[str]
) -> set[str]:
    """Return a name for each topic of the candidates and of earlier builds whose slug is not `configured`.

    It is the spelling that most items use, so that no single item renames a topic; on a tie the one of the previous
    build, else that of the smallest path.
    """
    earlier = {t.name for t in previous if not t.is_newsletter} - {EVERYTHING}
    uses = Counter(dict.fromkeys(earlier, 0))
    paths: dict[str, str] = {}
    for topics, found in _grouped(candidates).items():
        for name in topics:
            uses[name] += len(found)
            paths[name] = min([*found, *([paths[name]] if name in paths else [])])
    ranked = sorted(uses, key=lambda name: (-uses[name], name not in earlier, paths.get(name, ""), name))
    names: dict[str, str] = {}
    for name in ranked:
        names.setdefault(slug(name), name)
    return {name for key, name in names.items() if key not in configured}


def _grouped(candidates: Iterable[Candidate]) -> dict[tuple[str, ...], list[str]]:
    """Return the paths of the candidates, keyed by their topics: the same few combinations occur again and again."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.topics, []).append(candidate.path)
    return groups


def _unplaced(candidates: Iterable[Candidate], members: Mapping[str, Iterable[Candidate]]) -> frozenset[str]:
    placed = {c.path for found in members.values() for c in found}
    return frozenset(c.path for c in candidates if c.path not in placed)


class _Planner(Struct, frozen=True):
    config: Config
    now: datetime
    previous: PreviousTopics
    issue: str
    broken: Container[str]
    publication: str
    topics: Sequence[Topic]
    members: Mapping[str, Sequence[Candidate]]
    """Candidates that are good enough for any topic, keyed by the slug of their topics."""
    present: Mapping[str, Candidate]
    """All published candidates, eligible or not, keyed by id: what full archives and closed issues go on to show."""
    common_pictures: frozenset[bytes]

    def topic(self, topic: Topic) -> TopicPlan:
        topic, previous = self._known(topic)
        grouping = self._group(self._eligible(topic), previous)
        stories = newest_first(grouping.stories)
        feed = self._edition(topic, stories[: topic.rules.feed_limit], previous)
        pages: tuple[Ids, ...] = ()
        if self.config.feed.archive:
            pages = paginate(stories, topic.rules.feed_limit, self.config.feed.archive_size, previous.archives)
        archives = self._archives(feed, pages)
        return TopicPlan(
            topic=topic,
            feed=replace(feed, prev_archive=archives[-1].directory if archives else ""),
            archives=archives,
            archive_ids=tuple(tuple(i for i in ids if i not in a.lost) for ids, a in zip(pages, archives, strict=True)),
            issues=self._issues(replace(feed, limits=self._limits()), self._parts(stories), previous),
            issue_feed=self._issue_feed(feed),
            grouping=grouping,
        )

    def _parts(self, stories: Iterable[Candidate]) -> Sequence[Part]:
        """Return a topic's stories by category, those of other categories last and under no heading."""
        parts: dict[str, list[Candidate]] = {name.casefold(): [] for name in self.config.digest.sections}
        others: list[Candidate] = []
        for story in stories:
            parts.get(story.category.casefold(), others).append(story)
        titles = {name.casefold(): self._section_title(name) for name in self.config.digest.sections}
        return [*((titles[key], tuple(found)) for key, found in parts.items()), ("", tuple(others))]

    def _section_title(self, category: str) -> str:
        options = self.config.sections.get(category)
        return (options and options.title) or category[:1].upper() + category[1:]

    def _limits(self) -> Mapping[str, int]:
        return {self._section_title(name): o.limit for name, o in self.config.sections.items() if o.limit}

    def newsletter(self, topic: Topic, topics: Sequence[Topic]) -> TopicPlan:
        """Plan a section for each of the topics; a story is in the first of those that have it."""
        topic, previous = self._known(topic)
        section_of = {c.id: t for t in reversed(topics) for c in self._eligible(t)}
        candidates = {c.id: c for t in topics for c in self._eligible(t)}
        grouping = self._group(candidates.values(), previous)
        stories = newest_first(grouping.stories)
        parts = [(t.label, tuple(s for s in stories if section_of[s.id] is t)) for t in topics]
        edition = self._edition(topic, stories, previous)
        issues = self._issues(edition, parts, previous)
        return TopicPlan(
            topic=topic,
            feed=edition,
            issues=issues,
            issue_feed=self._issue_feed(edition),
            grouping=grouping,
            is_newsletter=True,
        )

    def _issue_feed(self, feed: EditionPlan) -> EditionPlan | None:
        if not self.config.feed.issues or not self.config.build.formats:
            return None
        return replace(feed, stories=(), directory=f"{feed.topic.slug}/issues", fallback_updated=NO_DATE)

    def _known(self, topic: Topic) -> tuple[Topic, PreviousTopic]:
        """Return the topic with its id, and what was promised of it, under an earlier slug if need be."""
        slugs = (topic.slug, *topic.aliases)
        previous = next((self.previous[s] for s in slugs if s in self.previous), _NEW)
        first = topic.aliases[0] if topic.aliases else topic.slug
        return replace(topic, id=previous.id or f"{self.publication or self.config.site.base_url}{first}/"), previous

    def _group(self, candidates: Iterable[Candidate], previous: PreviousTopic) -> Grouping:
        return group(candidates, previous.leads, self.config.limits.hidden)

    def _eligible(self, topic: Topic) -> list[Candidate]:
        return [c for c in self.members[topic.slug] if ineligible(c, topic, self.now) is None]

    def _edition(self, topic: Topic, stories: tuple[Candidate, ...], previous: PreviousTopic) -> EditionPlan:
        return EditionPlan(
            site=self.config.site,
            topic=topic,
            stories=stories,
            directory=topic.slug,
            fallback_updated=previous.updated,
            common_pictures=self.common_pictures,
        )

    def _issues(self, edition: EditionPlan, parts: Sequence[Part], previous: PreviousTopic) -> Issues:
        return issues_of(
            edition,
            parts,
            self.config.digest,
            previous.issues,
            self.now,
            present=self.present,
            broken=self.broken,
            wanted=self.issue,
        )

    def _archives(self, feed: EditionPlan, pages: Sequence[Ids]) -> tuple[EditionPlan, ...]:
        directories = ["", *(f"{feed.topic.slug}/archive/{n}" for n in range(1, len(pages) + 1)), ""]
        return tuple(
            replace(
                feed,
                stories=newest_first(self.present[i] for i in ids if i in self.present),
                directory=directories[n],
                is_archive=True,
                common_pictures=frozenset(),
                prev_archive=directories[n - 1],
                next_archive=directories[n + 1],
                lost=tuple(i for i in ids if i not in self.present and i not in self.broken),
            )
            for n, ids in enumerate(pages, 1)
        )
