"""The records that flow through the pipeline, all frozen.

Words after RFC 4287 and newsletter craft: an Item is one input document, its Coverage the articles by other outlets,
a Story what a reader sees, an Edition one topic's stories at a time: the one thing that every renderer takes.
Dates are aware UTC datetimes of whole seconds; URLs are absolute, http(s), and ASCII; texts are plain and clean.
"""

from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec import Struct, field

ArticleType = Literal["article", "video"]
PeriodKind = Literal["day", "week", "month"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""Date of a feed that never had a story. Atom demands one; the clock's would change every night."""
EVERYTHING = "*"
"""Name of the topic that takes every item in: each item counts as naming it."""


class Image(Struct, frozen=True):
    url: str
    width: int | None = None
    """Pixels, as the document states them; never guessed."""
    height: int | None = None
    title: str = ""


class Provider(Struct, frozen=True):
    """The outlet that published an article."""

    name: str
    domain: str = ""
    """Host name, lower case and ASCII; empty when unknown."""
    images: tuple[Image, ...] = ()

    @property
    def url(self) -> str:
        """The outlet's home page, or "" when its domain is unknown."""
        return f"https://{self.domain}/" if self.domain else ""


class Article(Struct, frozen=True, kw_only=True):
    """What an item and its coverage have in common."""

    id: str
    """The canonical URL (`urls.canonical_url`): a name that never moves, not a link."""
    url: str
    """Where a reader is sent."""
    title: str
    excerpt: str = ""
    provider: Provider
    type: ArticleType = "article"
    quality: int = 0
    images: tuple[Image, ...] = ()


class Coverage(Article, frozen=True, kw_only=True):
    """One related article in an item's `related` list."""

    published: datetime | None = None


class Item(Article, frozen=True, kw_only=True):
    """One input document, validated."""

    path: str
    """Where it was read, POSIX and relative, for people: `seeds/one.md`."""
    published: datetime
    is_published: bool = False
    heat: int = 0
    """A story's weight: as given, else quality + 10 × len(related)."""
    topics: tuple[str, ...] = ()
    """Topic names as written in the document."""
    related: tuple[Coverage, ...] = ()
    language: str = ""
    """BCP 47 tag of the item's own language; empty for the topic's."""


class Story(Struct, frozen=True):
    """A lead item and its coverage: deduplicated, without the lead itself, strongest first."""

    lead: Item
    coverage: tuple[Coverage, ...] = ()

    @property
    def id(self) -> str:
        """Guid in RSS, id in Atom and JSON Feed: the same in every topic, and it never moves."""
        return self.lead.id

    @property
    def published(self) -> datetime:
        return self.lead.published

    @property
    def updated(self) -> datetime:
        """The newest date of the lead and its coverage (RFC 4287 §4.2.15)."""
        return max([self.lead.published, *(c.published for c in self.coverage if c.published)])


class Rules(Struct, frozen=True, kw_only=True):
    """Who gets in, and how much; each can be set globally and per topic."""

    min_quality: int = 50
    feed_limit: int = 50
    """Stories in a feed document."""
    digest_limit: int = 10
    """Stories in a digest."""


class Author(Struct, frozen=True, kw_only=True):
    name: str
    email: str = ""
    url: str = ""


class Site(Struct, frozen=True, kw_only=True):
    """What all topics of one publication share."""

    title: str
    base_url: str
    """Public address of out/, absolute, with a trailing slash."""
    description: str = ""
    language: str = "en"
    """BCP 47."""
    author: Author | None = None
    copyright: str = ""
    logo: str = ""
    """Absolute URL of a picture (RSS image, Atom logo, JSON icon, digest masthead)."""
    icon: str = ""
    """Absolute URL of a small square picture (Atom icon, JSON favicon)."""
    hub: str = ""
    """WebSub hub; empty for none."""


class Topic(Struct, frozen=True, kw_only=True):
    name: str
    slug: str
    """One safe path segment: [a-z0-9-]+."""
    title: str
    """Of its feeds, pages and digests."""
    label: str
    """Its title where the publication's stands beside it: `AI`."""
    description: str
    """Never empty: RSS demands one."""
    language: str = "en"
    copyright: str = ""
    logo: str = ""
    parent: str = ""
    """Name of the topic that takes this one's stories in; empty for none."""
    rules: Rules = field(default_factory=Rules)


class Period(Struct, frozen=True):
    """A half-open span of time, [start, end), that one issue of a digest covers."""

    id: str
    """`2021-W04`, `2021-01-26` or `2021-01`."""
    start: datetime
    end: datetime


class Section(Struct, frozen=True):
    """A part of an issue, strongest story first."""

    title: str
    """Empty where an issue has only one."""
    stories: tuple[Story, ...]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What selecting and ordering have to know of an item: small, for there may be a million of them."""

    id: str
    path: str
    published: datetime
    updated: datetime
    """The newest date of it and its coverage."""
    is_published: bool
    quality: int
    heat: int
    topics: tuple[str, ...]
    covers: tuple[str, ...]
    """Ids of its coverage."""
    fingerprint: bytes
    """Of everything that a reader can see of it."""


class EditionInfo(Struct, frozen=True, kw_only=True):
    """What an edition says besides its stories."""

    site: Site
    topic: Topic
    directory: str
    """Of its files below out/, POSIX, without slashes at its ends: `ai`, `ai/issues/2021-W04`, `ai/archive/1`."""
    period: Period | None = None
    """What a digest's issue covers; None for feeds."""
    is_archive: bool = False
    """RFC 5005 §4: an archive document, as against the subscription document."""
    prev_archive: str = ""
    """Directory of the archive before this document; empty for none."""
    next_archive: str = ""
    """Directory of the archive after this one; empty for none."""
    fallback_updated: datetime = NO_DATE
    """The date of a feed without stories."""

    def url(self, name: str = "", *, directory: str | None = None) -> str:
        """Public address of file `name` in this directory, or in another one below out/."""
        where = self.directory if directory is None else directory
        return f"{self.site.base_url}{where}/{name}" if where else f"{self.site.base_url}{name}"

    @property
    def home_url(self) -> str:
        """The topic's page."""
        return self.url(directory=self.topic.slug)


class EditionPlan(EditionInfo, frozen=True, kw_only=True):
    """An edition that still holds candidates; no item has been loaded yet."""

    stories: tuple[Candidate, ...]
    sections: tuple[tuple[str, tuple[Candidate, ...]], ...] = ()
    """The same in parts, each with its title; for issues."""

    @property
    def updated(self) -> datetime:
        """The newest `updated` of its stories, or the fallback date."""
        return max((s.updated for s in self.stories), default=self.fallback_updated)


class Edition(EditionInfo, frozen=True, kw_only=True):
    """One topic's stories, selected, grouped, ordered and limited; renderers only lay it out."""

    stories: tuple[Story, ...]
    """Feeds: newest first. Digest: lead story first, then by weight."""
    sections: tuple[Section, ...] = ()
    """The same stories in parts, for issues."""

    @property
    def updated(self) -> datetime:
        """The newest `updated` of its stories; never the build's clock."""
        return max((s.updated for s in self.stories), default=self.fallback_updated)
