"""The records that flow through the pipeline, all frozen.

An Item is one input document, and its Coverage the articles by other outlets. A Story is what a reader sees. An Edition
is one topic's stories at a time, and what every renderer takes. Dates are aware UTC datetimes of whole seconds; URLs
are absolute, http(s), and ASCII; texts are plain and clean.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import IntEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

ArticleType = Literal["article", "video"]
PeriodKind = Literal["day", "week", "month"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MAX_QUALITY = 1000
NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""Date of a feed that never had a story. Atom requires one, and the build's clock would change it every night."""
EVERYTHING = "*"
"""Name of the topic that every item belongs to."""


class Image(Struct, frozen=True):
    url: str
    width: int | None = None
    """Pixels, as stated by the document; never guessed."""
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
    """What an item and its coverage share."""

    id: str
    """The canonical URL (`urls.canonical_url`): a name that never changes, not a link."""
    url: str
    """The link that a reader follows."""
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
    """Path of the document, POSIX and relative, for messages: `seeds/one.md`."""
    published: datetime
    updated: datetime | None = None
    """When it was last edited, as the document states it."""
    is_published: bool = False
    heat: int = 0
    """Weight of its story: as given, or else quality + 10 × len(related)."""
    topics: tuple[str, ...] = ()
    """Topic names as written in the document."""
    related: tuple[Coverage, ...] = ()
    language: str = ""
    """BCP 47 tag of the item's own language; empty for the topic's."""
    category: str = ""
    """Its kind, such as news, by which digests are divided into sections."""


class DocumentKind(IntEnum):
    """What a document turned out to be."""

    NO_ITEM = 0
    """A README or the like, which is not meant to be an item."""
    BROKEN = 1
    """It has an error."""
    UNPUBLISHED = 2
    LOW_QUALITY = 3
    """Its quality is below the least of all topics."""
    CANDIDATE = 4
    """It may be in an edition."""

    @property
    def outcome(self) -> str:
        """The name in `outcomes.OUTCOMES`: `no-item`."""
        return self.name.lower().replace("_", "-")


class Story(Struct, frozen=True):
    """A lead item and its coverage: deduplicated, without the lead itself, strongest first."""

    lead: Item
    coverage: tuple[Coverage, ...] = ()

    @property
    def id(self) -> str:
        """The guid in RSS and the id in Atom and JSON Feed; the same in every topic, and it never changes."""
        return self.lead.id

    @property
    def published(self) -> datetime:
        return self.lead.published

    @property
    def updated(self) -> datetime:
        """The newest date of the lead and its coverage (RFC 4287 §4.2.15)."""
        dates = (self.lead.published, self.lead.updated, *(c.published for c in self.coverage))
        return max(date for date in dates if date)


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which stories are selected, and how many. Each rule can be set globally and per topic."""

    min_quality: Annotated[int, Meta(ge=0, le=MAX_QUALITY, description="Items of a lower quality are left out")] = 50
    feed_limit: Annotated[int, Meta(ge=1, description="Stories in a feed")] = 50
    digest_limit: Annotated[int, Meta(ge=1, description="Stories in a digest")] = 10


class Author(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    email: str = ""
    url: str = ""


class Site(Struct, frozen=True, kw_only=True):
    """What all topics of a publication share."""

    title: str
    base_url: str
    """Public address of out/, absolute, with a trailing slash."""
    id: str = ""
    """Configured address that the ids of feeds and issues begin with; empty for a remembered one."""
    description: str = ""
    language: str = "en"
    """BCP 47."""
    author: Author | None = None
    copyright: str = ""
    logo: str = ""
    """Absolute URL of a picture (RSS image, Atom logo, JSON icon, digest masthead)."""
    logo_dark: str = ""
    """The same for dark mode; empty for none."""
    icon: str = ""
    """Absolute URL of a small square picture (Atom icon, JSON favicon)."""
    hub: str = ""
    """WebSub hub; empty for none."""
    update: str = ""
    """How often feeds change, as `sy:updatePeriod` says it: `daily`; empty if nobody has told."""


class Topic(Struct, frozen=True, kw_only=True):
    name: str
    slug: str
    """One safe path segment: [a-z0-9-]+."""
    id: str = ""
    """Address that the ids of its feeds and issues begin with. It stays when base URL and slug change."""
    aliases: tuple[str, ...] = ()
    """Earlier slugs, at which its feeds go on."""
    title: str
    """Title of its feeds, pages and digests."""
    label: str
    """Its title when shown beside the publication's: `AI`."""
    description: str
    """Never empty, since RSS requires one."""
    language: str = "en"
    copyright: str = ""
    logo: str = ""
    parent: str = ""
    """Name of the topic that also takes these stories; empty for none."""
    rules: Rules = field(default_factory=Rules)


class Mention(Struct, frozen=True):
    """A story that the editor's file names."""

    id: str
    """The canonical URL of the address."""
    address: str
    line: int


class Sponsor(Struct, frozen=True, kw_only=True):
    """A labelled block after the lead story."""

    name: str
    url: str
    text: str = ""
    image: Image | None = None


class Editorial(Struct, frozen=True, kw_only=True):
    """The editor's file for one issue."""

    path: str
    """For messages: `issues/ai/2021-W04.md`."""
    note: str = ""
    """CommonMark; see `renderers.note` for the part of it that is used."""
    note_line: int = 1
    """The line where the note begins, for messages."""
    subject: str = ""
    """Empty for the configured one."""
    preheader: str = ""
    """Empty for the configured one."""
    pins: tuple[Mention, ...] = ()
    """The stories that come first, in this order."""
    hidden: tuple[Mention, ...] = ()
    """The stories that the issue does not show."""
    sponsor: Sponsor | None = None
    lines: Mapping[str, int] = {}
    """The lines of subject, preheader, and the sponsor's `name` and `text`, for messages."""


class Period(Struct, frozen=True):
    """A half-open span of time, [start, end), that one issue of a digest covers."""

    id: str
    """`2021-W04`, `2021-01-26` or `2021-01`."""
    start: datetime
    end: datetime


class Section(Struct, frozen=True):
    """A part of an issue, strongest story first."""

    title: str
    """Empty for stories under no heading."""
    stories: tuple[Story, ...]
    limit: int | None = None
    """Stories of it in a digest, if that is configured; else `rules.digest_limit`."""


class Candidate(Struct, frozen=True, kw_only=True):
    """The fields of an Item needed to select and order it. Kept small: there may be a million."""

    id: str
    path: str
    published: datetime
    updated: datetime
    """The newest date of the item and its coverage."""
    is_published: bool
    quality: int
    heat: int
    topics: tuple[str, ...]
    covers: str
    """The key of each article of its coverage (`editions.stories.article_key`), separated by spaces."""
    coverage: str
    """The shorter keys of these, by which closed issues remember them (`editions.stories.coverage_key`)."""
    fingerprint: bytes
    """Fingerprint of everything that a reader can see of the item."""
    category: str = ""
    pictures: tuple[bytes, ...] = ()
    """Ids of its first pictures (`editions.illustrations.picture_id`)."""


class EditionInfo(Struct, frozen=True, kw_only=True):
    """What an edition says besides its stories."""

    site: Site
    topic: Topic
    directory: str
    """Directory below out/, POSIX, with no slash at either end: `ai`, `ai/issues/2021-W04`, `ai/archive/1`."""
    period: Period | None = None
    """The period of a digest's issue; None for feeds."""
    is_archive: bool = False
    """Whether this is an archive document (RFC 5005 §4) and not the subscription document."""
    prev_archive: str = ""
    """Directory of the previous archive; empty for none."""
    next_archive: str = ""
    """Directory of the next archive; empty for none."""
    fallback_updated: datetime = NO_DATE
    """The date of a feed without stories."""
    is_open: bool = False
    """True for an issue whose period is not over."""
    editorial: Editorial | None = None
    """The editor's file for this issue; its pins and hidden stories are applied already."""
    title: str = ""
    """Title of its feed; empty for the topic's."""

    def url(self, name: str = "", *, directory: str | None = None) -> str:
        """Return the public address of file `name` in this directory, or in another one below out/."""
        where = self.directory if directory is None else directory
        return f"{self.site.base_url}{where}/{name}" if where else f"{self.site.base_url}{name}"

    @property
    def home_url(self) -> str:
        """The address of the topic's page."""
        return self.url(directory=self.topic.slug)


class EditionPlan(EditionInfo, frozen=True, kw_only=True):
    """An edition that still holds candidates; no item has been loaded yet."""

    stories: tuple[Candidate, ...]
    sections: tuple[tuple[str, tuple[Candidate, ...]], ...] = ()
    """The same candidates in sections, each with a title; for issues."""
    coverage: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For a closed issue: the `stories.coverage_key` of each related article that it shows, keyed by story id."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """Stories in a digest, keyed by the title of a section; else `rules.digest_limit`."""
    lost: tuple[str, ...] = ()
    """For a closed issue or an archive: ids of its stories that were withdrawn."""
    is_kept: bool = False
    """True for a closed issue whose files stay as they are, since a document of it cannot be read now."""
    common_pictures: frozenset[bytes] = frozenset()
    """Ids of the pictures that too many items have for them to be shown; empty for archives, which show them all."""

    @property
    def updated(self) -> datetime:
        """The newest `updated` of its stories, or the fallback date; later coverage does not move a closed issue."""
        newest = max((s.updated for s in self.stories), default=self.fallback_updated)
        return min(newest, self.period.end) if self.coverage and self.period else newest


class Edition(EditionInfo, frozen=True, kw_only=True):
    """One topic's stories, selected, grouped, ordered and limited; renderers only lay it out."""

    stories: tuple[Story, ...]
    """Feeds: newest first. Digest: lead story first, then by weight."""
    sections: tuple[Section, ...] = ()
    """The same stories in sections; for issues."""

    @property
    def updated(self) -> datetime:
        """The newest `updated` of the stories, or the fallback date; never the build's clock."""
        return max((s.updated for s in self.stories), default=self.fallback_updated)
