"""What `feeds.toml` can say: its tables as records, with their defaults. Pure."""

from typing import Any, Literal

from msgspec import Struct, field

from feeds.config.look import DigestLook, LookOptions, SenderOptions
from feeds.config.mailing_tools import NONE, Profile, profile
from feeds.config.push_tools import PushTools
from feeds.model import Author, PeriodKind, Rules, Weekday


class Defaults(Struct, frozen=True, kw_only=True):
    """What a document that does not say so is taken to be."""

    published: bool = False
    quality: int = 0
    url: str = ""
    """A pattern of addresses, for those that are published under their file's name: see `permalinks.PLACEHOLDERS`."""


class FieldNames(Struct, frozen=True, kw_only=True):
    """Keys of documents that hold what has another name here. The first one counts that is there; ours come last.

    Of topics all count.
    """

    title: str | tuple[str, ...] = ()
    url: str | tuple[str, ...] = ()
    date: str | tuple[str, ...] = ()
    excerpt: str | tuple[str, ...] = ()
    topics: str | tuple[str, ...] = ()
    published: str | tuple[str, ...] = ()
    quality: str | tuple[str, ...] = ()
    provider: str | tuple[str, ...] = ()
    images: str | tuple[str, ...] = ()
    language: str | tuple[str, ...] = ()
    related: str | tuple[str, ...] = ()


OWN_NAMES = FieldNames()
"""Documents that are written for us."""


class Limits(Struct, frozen=True, kw_only=True):
    """How large a document may be, and its parts. Items are scraped, and one of them must not stop a nightly build.

    What is beyond the first three is an error of the document; what is beyond the others is left out.
    """

    document_bytes: int = 1024 * 1024
    """Of a file; real ones have 5 to 25 kB."""
    depth: int = 50
    """Lists and mappings inside one another."""
    complexity: int = 2 * 1024 * 1024
    """Characters of all values, aliases written out, and 20 more for each value."""
    related: int = 500
    """Entries of `related`."""
    topics: int = 30
    """Topics of one item; each gets feeds, pages and digests of its own."""
    images: int = 50
    """Of an article, or of its outlet."""
    title_length: int = 300
    """Characters, as the other lengths. A longer title is cut between words."""
    excerpt_length: int = 5000
    """A longer excerpt, or a longer title of a picture, is cut between words."""
    name_length: int = 100
    """Of an outlet's name, which is cut, and of a topic's, which is refused."""


class BuildOptions(Struct, frozen=True, kw_only=True):
    """`[build]`"""

    outputs: tuple[str, ...] = ("rss", "atom", "json", "digest", "pages")
    """What is made; all, as a rule."""

    @property
    def formats(self) -> tuple[str, ...]:
        """Of feeds."""
        return tuple(name for name in ("rss", "atom", "json") if name in self.outputs)

    @property
    def has_digests(self) -> bool:
        return "digest" in self.outputs

    @property
    def has_pages(self) -> bool:
        """Web pages, with their stylesheet, script and sitemap."""
        return "pages" in self.outputs


class FeedOptions(Struct, frozen=True, kw_only=True):
    """`[feed]`"""

    archive: bool = False
    """Keep what leaves a feed's window in archive documents (RFC 5005 §4)."""
    archive_size: int = 50
    """Stories in an archive document."""
    all: bool = False
    """Also make a feed of everything."""
    hub: str = ""
    """WebSub hub."""
    strip_tracking: bool = False
    """Remove tracking parameters from links; ids never have them."""


class AlertOptions(Struct, frozen=True, kw_only=True):
    """`[alerts]`: when a build warns that something is wrong as a whole."""

    max_broken_percent: int = 20
    """Of all documents."""
    max_age_days: int = 0
    """Of the newest story; 0: it may be as old as it likes."""


class DigestOptions(LookOptions, frozen=True, kw_only=True):
    """`[digest]`"""

    period: PeriodKind = "week"
    first_weekday: Weekday = "monday"
    issues: int | Literal["all"] = 12
    """How many of the newest periods are built, or `all`."""


class SmtpOptions(Struct, frozen=True, kw_only=True):
    """`[mailing.smtp]`: the server that test mails go through. The password comes from the environment only."""

    host: str = ""
    port: int = 0
    """0: the usual one."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` only for this machine itself."""
    username: str = ""
    timeout: int = 30
    """Seconds to wait for each answer."""


class MailingOptions(SenderOptions, frozen=True, kw_only=True):
    """`[mailing]`"""

    tool: str | tuple[str, ...] = NONE
    """The mailing tool that sends the digest, or several."""
    tags: dict[str, str] = field(default_factory=dict)
    """`[mailing.tags]`: tags of one's own, by what they stand for."""
    smtp: SmtpOptions = field(default_factory=SmtpOptions)

    @property
    def tools(self) -> tuple[str, ...]:
        return (self.tool,) if isinstance(self.tool, str) else self.tool or (NONE,)

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """One for each tool; raises ValueError, a line for each mistake."""
        return tuple(profile(name, self.tags if name != NONE else {}) for name in self.tools)


class TopicOptions(Struct, frozen=True, kw_only=True):
    """`[topics."Computer Vision"]`; what is empty or None is as for the whole site."""

    slug: str = ""
    title: str = ""
    description: str = ""
    language: str = ""
    copyright: str = ""
    logo: str = ""
    parent: str = ""
    min_quality: int | None = None
    feed_limit: int | None = None
    digest_limit: int | None = None


class NewsletterOptions(Struct, frozen=True, kw_only=True):
    """`[newsletters.weekly]`: a digest of several topics."""

    topics: tuple[str, ...] = ()
    """Names; a section for each, in this order."""
    slug: str = ""
    title: str = ""
    description: str = ""
    language: str = ""
    digest_limit: int | None = None
    """Stories in each section."""


class Tables(Struct, frozen=True, kw_only=True):
    """The file's shape: its keys are these fields, its tables the records in them."""

    title: str = ""
    base_url: str = ""
    description: str = ""
    language: str = "en"
    author: str | Author = ""
    copyright: str = ""
    logo: str = ""
    icon: str = ""
    sources: tuple[str, ...] = ("seeds",)
    out: str = "out"
    templates: str = ""
    build: BuildOptions = field(default_factory=BuildOptions)
    limits: Limits = field(default_factory=Limits)
    fields: FieldNames = field(default_factory=FieldNames)
    selection: Rules = field(default_factory=Rules)
    feed: FeedOptions = field(default_factory=FeedOptions)
    digest: DigestOptions = field(default_factory=DigestOptions)
    mailing: MailingOptions = field(default_factory=MailingOptions)
    defaults: Defaults = field(default_factory=Defaults)
    alerts: AlertOptions = field(default_factory=AlertOptions)
    push: PushTools = field(default_factory=PushTools)
    topics: dict[str, TopicOptions] = field(default_factory=dict)
    newsletters: dict[str, NewsletterOptions] = field(default_factory=dict)


def look_of(look: LookOptions, sender: SenderOptions, overrides: str = "") -> DigestLook:
    def of(kind: type[Struct], options: Struct) -> dict[str, Any]:
        return {name: getattr(options, name) for name in kind.__struct_fields__}

    return DigestLook(**of(LookOptions, look), sender=SenderOptions(**of(SenderOptions, sender)), overrides=overrides)
