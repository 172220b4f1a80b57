"""manifest.json: what is in out/, for programs, and for the next build what this one promised its readers.

Version 2 also remembers the publication's id, the issues that are closed, late stories and where recorded stories come
from. Version 1 is read once and written as 2. Without a manifest everything is computed from dates and configuration.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.editions.archives import Ids
from feeds.editions.issues import ClosedIssue, IssueRecord
from feeds.editions.periods import Instant, PeriodId
from feeds.editions.plan import Plan, PreviousTopic, PreviousTopics, TopicPlan
from feeds.media_types import FEEDS, MEDIA_TYPES
from feeds.model import NO_DATE, EditionPlan, Topic
from feeds.problems import ConfigError
from feeds.renderers.syndication.feed_date import LAST_YEAR, FeedDate, parsed
from feeds.sources.find import path_key

NAME = "manifest.json"
_VERSION = 2

_Slug = Annotated[str, Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z")]


class DigestEntry(Struct, frozen=True, kw_only=True):
    """One digest of an issue."""

    file: str
    """Name in the issue's directory."""
    subject: str
    preheader: str
    bytes: int
    """Size of the HTML."""
    omitted_coverage: int
    """Related articles left out because the digest would have been too large."""
    omitted_stories: int
    """Stories left out because the digest would have been too large."""


class FeedEntry(Struct, frozen=True, omit_defaults=True):
    """One feed document of a topic."""

    type: str
    """Media type."""
    url: str
    updated: str = ""
    """The date in the document; empty for JSON Feed, which has none."""
    fingerprint: str = ""
    """The fingerprint of the document without its date and its generator."""


class IssueEntry(Struct, frozen=True, kw_only=True):
    """One issue that the last build made."""

    id: PeriodId
    url: str
    story_count: int = 0
    coverage_count: int = 0
    stories: Ids = ()
    digests: tuple[DigestEntry, ...] = ()


class TopicEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One topic or newsletter; a newsletter has no feeds."""

    slug: _Slug
    name: str
    title: str
    url: str
    id: str = ""
    """Address that the ids of its feeds and issues begin with."""
    updated: Instant
    issues: tuple[IssueEntry, ...]
    feeds: tuple[FeedEntry, ...] | None = None
    archives: tuple[Ids, ...] = ()
    """Ids of the stories in each archive document, oldest first; the last one is not full."""
    story_count: int | None = None
    coverage_count: int | None = None
    stories: Ids | None = None
    issue_feeds: tuple[FeedEntry, ...] = ()
    """The feeds of its closed issues."""
    closed: tuple[ClosedIssue, ...] = ()
    late: dict[str, PeriodId] = {}

    @property
    def is_newsletter(self) -> bool:
        return self.feeds is None

    @property
    def dates(self) -> Mapping[str, FeedDate]:
        """The dates of its feed documents, keyed by their path in the topic's directory."""
        listed = {"": self.feeds or (), "issues/": self.issue_feeds}
        return {
            f"{folder}{feed.url.rpartition('/')[2]}": FeedDate(feed.updated, feed.fingerprint)
            for folder, feeds in listed.items()
            for feed in feeds
            if feed.updated
        }

    @property
    def leads(self) -> frozenset[str]:
        """Ids of all stories that were published in feeds, archives and issues."""
        archived = (id_ for ids in self.archives for id_ in ids)
        made = (id_ for issue in self.issues for id_ in issue.stories)
        closed = (story.id for issue in self.closed for story in issue.stories)
        return frozenset([*(self.stories or ()), *archived, *made, *closed, *self.late])


class PreviousBuild(Struct, frozen=True, kw_only=True, dict=True):  # cached_property needs a __dict__
    """The manifest: what earlier builds left in out/."""

    version: int = _VERSION
    id: str = ""
    """The publication's id; empty while it has none."""
    title: str = ""
    base_url: str = ""
    topics: tuple[TopicEntry, ...] = ()
    newsletters: tuple[TopicEntry, ...] = ()
    files: tuple[str, ...] = ()
    """Names of all files that builds have made and not removed."""
    documents: dict[str, str] = field(default_factory=dict)
    """Id of each recorded story → fingerprint of its document's path (`path_key`)."""

    @cached_property
    def entries(self) -> Mapping[str, TopicEntry]:
        """Topics and newsletters, keyed by slug."""
        return {entry.slug: entry for entry in (*self.newsletters, *self.topics)}

    @property
    def newest(self) -> Instant:
        """The newest date of any story or closed period; a clock that shows an earlier one is wrong."""
        entries = (*self.topics, *self.newsletters)
        return max([NO_DATE, *(e.updated for e in entries), *(issue.end for e in entries for issue in e.closed)])

    def dates(self, topic: Topic) -> Mapping[str, FeedDate]:
        """Return the dates of a topic's feed documents, which may have been published under an earlier slug."""
        found = (self.entries.get(slug) for slug in (topic.slug, *topic.aliases))
        return next((entry.dates for entry in found if entry), {})

    def without(self, slugs: Container[str]) -> "PreviousBuild":
        """Return a copy that knows nothing of these topics."""
        topics, newsletters = (tuple(e for e in of if e.slug not in slugs) for of in (self.topics, self.newsletters))
        return replace(self, topics=topics, newsletters=newsletters)

    @property
    def promises(self) -> PreviousTopics:
        """What it promised the readers of each topic."""
        return {
            entry.slug: PreviousTopic(
                name=entry.name,
                id=entry.id,
                updated=entry.updated,
                archives=entry.archives[:-1],
                issues=IssueRecord(
                    made={issue.id: issue.stories for issue in entry.issues},
                    closed=entry.closed,
                    late=entry.late,
                ),
                leads=entry.leads,
                is_newsletter=entry.is_newsletter,
            )
            for entry in (*self.topics, *self.newsletters)
        }


def read(data: bytes | None, name: str = NAME) -> PreviousBuild:
    """Return what a manifest records, or nothing if there is none.

    Raise ConfigError, with `name` as the place, if it is damaged or was written by a newer version.
    """
    if data is None:
        return PreviousBuild()
    advice = "restore it from a copy, or delete it: without it, past issues are computed from their dates"
    try:
        manifest = msgspec.json.decode(data, type=PreviousBuild)
        _check_dates(manifest)
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError) as error:
        raise ConfigError(name, [f"the manifest is damaged ({error}); {advice}"]) from error
    if manifest.version > _VERSION:
        message = f"the manifest has version {manifest.version}, and this is feeds for version {_VERSION}"
        raise ConfigError(name, [f"{message}; update feeds, or use another output folder"])
    return manifest


def _check_dates(built: PreviousBuild) -> None:
    """Raise ValueError or OverflowError for a date that cannot be used."""
    entries = (*built.topics, *built.newsletters)
    dates = [date for entry in entries for issue in entry.closed for date in (issue.start, issue.end)]
    dates += [parsed(feed.updated) for entry in entries for feed in entry.dates.values()]
    if max([built.newest, *dates]).year > LAST_YEAR:
        raise ValueError(f"a date is beyond the year {LAST_YEAR}")


def render(
    config: Config,
    plan: Plan,
    digests: Mapping[str, Sequence[DigestEntry]],
    *,
    dates: Mapping[str, Mapping[str, FeedDate]],
    made: Container[str],
    previous: PreviousBuild,
    files: Sequence[str],
    closes: bool = True,
) -> bytes:
    """Return the manifest as UTF-8 with a final newline.

    `digests` are keyed by the directory of their issue, and the `dates` of feed documents by their directory and file
    name. `made` has the slugs of the topics and newsletters that this build has made; the entries of the others are
    taken from `previous`. Unless it `closes` issues, nothing is recorded of them but what earlier builds have recorded.
    """
    entries, publication = {**previous.entries}, publication_id(config, previous)
    entries |= {
        p.topic.slug: _entry(p, digests, config.build.formats, entries.get(p.topic.slug), dates, closes, publication)
        for p in plan.all
        if p.topic.slug in made
    }
    topics, newsletters = (
        tuple(entries[p.topic.slug] for p in plans if p.topic.slug in entries)
        for plans in (plan.topics, plan.newsletters)
    )
    recorded = {id_ for entry in (*topics, *newsletters) for id_ in entry.leads}
    documents = {c.id: path_key(c.path, config.sources) for c in plan.folded.candidates if c.id in recorded}
    manifest = PreviousBuild(
        id=publication,
        title=config.site.title,
        base_url=config.site.base_url,
        topics=topics,
        newsletters=newsletters,
        files=tuple(files),
        documents={id_: documents.get(id_) or previous.documents.get(id_, "") for id_ in sorted(recorded)},
    )
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def publication_id(config: Config, previous: PreviousBuild) -> str:
    """Return what the ids of feeds and issues begin with: configured, remembered, or the public base URL."""
    addresses = (previous.base_url, config.site.base_url)
    public = next((url for url in addresses if url and urlsplit(url).hostname not in _THIS_MACHINE), "")
    return config.site.id or previous.id or public


_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def _entry(
    plan: TopicPlan,
    digests: Mapping[str, Sequence[DigestEntry]],
    formats: Iterable[str],
    previous: TopicEntry | None,
    dates: Mapping[str, Mapping[str, FeedDate]],
    closes: bool,
    publication: str,
) -> TopicEntry:
    # The mail of older issues stays as it was sent, and so does what is recorded of it.
    sent = {issue.id: issue.digests for issue in previous.issues} if previous else {}
    record = plan.issues.record if closes else IssueRecord(closed=previous.closed if previous else ())
    entry = TopicEntry(
        slug=plan.topic.slug,
        name=plan.topic.name,
        title=plan.topic.title,
        url=plan.feed.home_url,
        id=plan.feed.topic.id if publication else "",
        updated=plan.feed.updated,
        issues=tuple(_issue_entry(issue, digests.get(issue.directory, ()), sent) for issue in plan.issues.newest),
        closed=record.closed,
        late=dict(record.late),
        issue_feeds=_feeds(plan.issue_feed, dates, formats) if plan.issue_feed else (),
    )
    if plan.is_newsletter:
        return entry
    return replace(
        entry,
        feeds=_feeds(plan.feed, dates, formats),
        archives=plan.archive_ids,
        story_count=len(plan.feed.stories),
        coverage_count=_coverage(plan.feed),
        stories=tuple(s.id for s in plan.feed.stories),
    )


def _feeds(
    edition: EditionPlan, dates: Mapping[str, Mapping[str, FeedDate]], formats: Iterable[str]
) -> tuple[FeedEntry, ...]:
    names = [FEEDS[f] for f in formats]
    found = dates.get(edition.directory, {})
    none = FeedDate("", "")
    return tuple(
        FeedEntry(MEDIA_TYPES[n], edition.url(n), found.get(n, none).updated, found.get(n, none).fingerprint)
        for n in names
    )


def _issue_entry(
    issue: EditionPlan, digests: Iterable[DigestEntry], sent: Mapping[str, tuple[DigestEntry, ...]]
) -> IssueEntry:
    id_ = issue.period.id if issue.period else ""
    return IssueEntry(
        id=id_,
        url=issue.url(),
        story_count=len(issue.stories),
        coverage_count=_coverage(issue),
        stories=tuple(s.id for s in issue.stories),
        digests=tuple(digests) or (sent.get(id_, ()) if not issue.lost else ()),
    )


def _coverage(edition: EditionPlan) -> int:
    return sum(len(edition.coverage.get(s.id, s.coverage.split())) for s in edition.stories)


class ListedIssue(Struct, frozen=True):
    id: PeriodId = ""


class ListedTopic(Struct, frozen=True):
    """What shell completion needs to know of a topic or newsletter; nothing else is decoded."""

    slug: _Slug
    name: str
    title: str
    issues: tuple[ListedIssue, ...] = ()
    feeds: msgspec.Raw = msgspec.Raw()
    """As it is written there; empty for a newsletter, which has none."""

    @property
    def is_newsletter(self) -> bool:
        return not bytes(self.feeds)


class _Manifest(Struct):
    topics: tuple[ListedTopic, ...]
    newsletters: tuple[ListedTopic, ...]


def listed(data: bytes | None) -> tuple[ListedTopic, ...]:
    """Return what a manifest lists, or nothing if it cannot be read. Fast, however large it is."""
    try:
        manifest = msgspec.json.decode(data or b"", type=_Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    return (*manifest.topics, *manifest.newsletters)
