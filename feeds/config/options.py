"""The tables of feeds.toml as records: each option's type, bounds, default and meaning are written here, once.

Some of the records are elsewhere: `Rules` and `Author` in `feeds.model`, the look of digests in `feeds.config.look`.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from feeds.config.look import DigestLook, LookOptions, SenderOptions
from feeds.config.mailing_tools import NONE, Profile, profile
from feeds.config.placeholders import in_braces
from feeds.config.push_tools import PushTools
from feeds.config.url_pattern import PLACEHOLDERS
from feeds.model import MAX_QUALITY, Author, PeriodKind, Rules, Weekday

OneOrMore = str | tuple[str, ...]
Security = Literal["starttls", "tls", "none"]
Generator = Literal["", "jekyll", "hugo"]
Update = Literal["", "hourly", "daily", "weekly"]
Output = Literal["rss", "atom", "json", "digest", "pages"]
_Limit = Annotated[int, Meta(ge=1)]
_Quality = Annotated[int, Meta(ge=0, le=MAX_QUALITY)]


class Defaults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Values for items that do not state them."""

    published: Annotated[bool, Meta(description="For items without `published`")] = False
    quality: Annotated[int, Meta(ge=0, le=MAX_QUALITY, description="For items without `quality`")] = 0
    url: Annotated[str, Meta(description=f"For items without a URL; may contain {in_braces(PLACEHOLDERS)}")] = ""
    topics: Annotated[tuple[str, ...], Meta(description="For items without topics")] = ()
    generator: Annotated[Generator, Meta(description='"jekyll" or "hugo": read items as it does')] = ""
    site_url: Annotated[str, Meta(description="Address of its site, for paths such as /about/")] = ""
    site_language: Annotated[str, Meta(description="Hugo's default language, which addresses do not name")] = ""
    content: Annotated[str, Meta(description="Folder of Hugo's pages")] = "content"
    timezone: Annotated[str, Meta(description="That of the days in addresses: Jekyll's timezone")] = "UTC"


class FieldNames(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other names for the fields of items.

    The first key present is used, the built-in names last; for topics, all are merged.
    """

    title: Annotated[OneOrMore, Meta(description="Key, or keys, that hold the title in your items")] = ()
    url: Annotated[OneOrMore, Meta(description="For example link")] = ()
    date: Annotated[OneOrMore, Meta(description="If there is none, the date in the file name is used")] = ()
    updated: Annotated[OneOrMore, Meta(description="For example last_modified_at or lastmod")] = ()
    excerpt: Annotated[OneOrMore, Meta(description="For example description")] = ()
    topics: Annotated[OneOrMore, Meta(description='For example ["categories", "tags"]; all of them are merged')] = ()
    published: Annotated[OneOrMore, Meta(description="Holds true or false")] = ()
    quality: Annotated[OneOrMore, Meta(description="For example rating")] = ()
    provider: Annotated[OneOrMore, Meta(description="For example source")] = ()
    images: Annotated[OneOrMore, Meta(description="For example image")] = ()
    language: Annotated[OneOrMore, Meta(description="For example lang")] = ()
    category: Annotated[OneOrMore, Meta(description="For example kind; see [digest] sections")] = ()
    related: Annotated[OneOrMore, Meta(description="For example coverage")] = ()


OWN_NAMES = FieldNames()
"""The built-in names only."""


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How large an item and its parts may be. Items are scraped, and one of them must not stop a nightly build.

    An item beyond one of the first three is an error; what exceeds the others is cut or left out.
    """

    # Real documents have 5 to 25 kB.
    document_bytes: Annotated[int, Meta(ge=1, description="Size of a file; a larger one is an error")] = 1024 * 1024
    # The path related, entry, provider needs three; Python's own recursion limit comes soon after a hundred.
    depth: Annotated[int, Meta(ge=3, le=100, description="Lists and mappings inside one another")] = 50
    # Each value counts for 20 characters more than it has.
    complexity: Annotated[int, Meta(ge=1, description="Characters of all values, aliases expanded")] = 2 * 1024 * 1024
    related: Annotated[int, Meta(ge=0, description="Related articles of an item; the rest is left out")] = 500
    topics: Annotated[int, Meta(ge=0, description="Topics of an item; the rest is left out")] = 30
    images: Annotated[int, Meta(ge=0, description="Pictures of an article or an outlet; the rest is left out")] = 50
    title_length: Annotated[int, Meta(ge=1, description="Characters; a longer title is cut between words")] = 300
    excerpt_length: Annotated[int, Meta(ge=0, description="Characters; a longer excerpt is cut between words")] = 5000
    name_length: Annotated[int, Meta(ge=1, description="Longer outlets are cut, longer topics are left out")] = 100
    hidden: Annotated[int, Meta(ge=0, description="Stories that one item may hide by listing them as related")] = 10


class BuildOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a build makes."""

    outputs: Annotated[tuple[Output, ...], Meta(min_length=1, description="Any of these; usually all")] = (
        "rss",
        "atom",
        "json",
        "digest",
        "pages",
    )

    @property
    def formats(self) -> tuple[str, ...]:
        """The feed formats among the outputs."""
        return tuple(name for name in ("rss", "atom", "json") if name in self.outputs)

    @property
    def has_digests(self) -> bool:
        return "digest" in self.outputs

    @property
    def has_pages(self) -> bool:
        """Whether web pages are made, with their stylesheet, script and sitemap."""
        return "pages" in self.outputs


class SelectionOptions(Rules, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which stories are selected. The rules can also be set per topic."""

    new_topics: Annotated[bool, Meta(description="Topics that nobody configured get feeds, too")] = True

    @property
    def rules(self) -> Rules:
        return Rules(**{name: getattr(self, name) for name in Rules.__struct_fields__})


class TrustOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is believed of items, which anybody may have written."""

    heat: Annotated[bool, Meta(description="Believe a heat above quality + 10 × related articles")] = False


class FeedOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What feeds contain."""

    archive: Annotated[bool, Meta(description="Keep what leaves the feed in archive documents (RFC 5005)")] = False
    archive_size: Annotated[int, Meta(ge=1, description="Stories in an archive document")] = 50
    all: Annotated[bool, Meta(description="Also make a feed of all topics, at all/")] = False
    hub: Annotated[str, Meta(description="Address of a WebSub hub; tell it with `feeds ping`")] = ""
    update: Annotated[Update, Meta(description="How often it changes: hourly, daily or weekly; readers may wait")] = ""
    strip_tracking: Annotated[bool, Meta(description="Remove utm_… and similar parameters from links")] = False
    issues: Annotated[bool, Meta(description="Also make feeds of the closed issues, at <topic>/issues/")] = True


class AlertOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a build warns that something is wrong as a whole."""

    max_broken_percent: Annotated[
        int, Meta(ge=0, description="Warn when a larger share of the documents has errors")
    ] = 20
    max_age_days: Annotated[int, Meta(ge=0, description="Warn when the newest story is older; 0: never")] = 0
    max_hidden: Annotated[int, Meta(ge=0, description="Warn when one item hides more stories of others")] = 5
    max_new_topics: Annotated[int, Meta(ge=0, description="Warn when one build adds more topics")] = 20


class DigestOptions(LookOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The e-mail digest: its periods and its look."""

    period: Annotated[PeriodKind, Meta(description="What an issue covers: day, week or month")] = "week"
    first_weekday: Annotated[Weekday, Meta(description="First day of a week: monday … sunday")] = "monday"
    issues: Annotated[_Limit | Literal["all"], Meta(description='Number of newest issues to build, or "all"')] = 12
    editorial: Annotated[str, Meta(description="Folder of the editor's files, <topic>/<issue>.md; empty: none")] = (
        "issues"
    )
    sections: Annotated[tuple[str, ...], Meta(description='Categories that make sections: ["news", "learning"]')] = ()
    current: Annotated[Literal["closed", "open"], Meta(description="Which issue is at <topic>/digest.html")] = "closed"


class SmtpOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The server for test mails. The password comes from the environment only."""

    host: Annotated[str, Meta(description="Server for `feeds send`; its password is in FEEDS_SMTP_PASSWORD")] = ""
    port: Annotated[int, Meta(ge=0, description="0: the usual port")] = 0
    security: Annotated[Security, Meta(description="starttls, tls, or, for localhost only, none")] = "starttls"
    username: Annotated[str, Meta(description="User name to log in with")] = ""
    timeout: Annotated[int, Meta(ge=1, description="Seconds to wait for each answer")] = 30


class MailingOptions(SenderOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who sends the digest, and with which tool."""

    tool: Annotated[OneOrMore, Meta(description='For example "mailchimp"; several: ["mailchimp", "buttondown"]')] = NONE
    tags: Annotated[dict[str, str], Meta(description='Your own tags: { unsubscribe = "{{ leave }}" }')] = field(
        default_factory=dict
    )
    smtp: SmtpOptions = field(default_factory=SmtpOptions)

    @property
    def tools(self) -> tuple[str, ...]:
        return (self.tool,) if isinstance(self.tool, str) else self.tool or (NONE,)

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """The profile of each tool. Raises ValueError with a line for each mistake."""
        return tuple(profile(name, self.tags if name != NONE else {}) for name in self.tools)


class PagesOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The web pages."""

    editor: Annotated[bool, Meta(description="Link to the preview that copies digests; `feeds serve` always does")] = (
        True
    )


class EditionOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What topics and newsletters share. What is empty or missing is taken from the publication."""

    slug: Annotated[str, Meta(description="Folder in the output")] = ""
    title: Annotated[str, Meta(description="Title of the feeds, pages and digests")] = ""
    description: Annotated[str, Meta(description="What it is about, in a sentence")] = ""
    language: Annotated[str, Meta(description="If it differs from the publication's")] = ""
    digest_limit: Annotated[_Limit | None, Meta(description="Stories in a digest, or in each of its sections")] = None


class TopicOptions(EditionOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A topic. What is empty or missing is taken from the publication."""

    copyright: Annotated[str, Meta(description="If it differs from the publication's")] = ""
    logo: Annotated[str, Meta(description="If it differs from the publication's")] = ""
    parent: Annotated[str, Meta(description="Name of a topic that also takes these stories")] = ""
    aliases: Annotated[tuple[str, ...], Meta(description="Earlier slugs, at which its feeds go on")] = ()
    min_quality: Annotated[_Quality | None, Meta(description="As in [selection], for this topic")] = None
    feed_limit: Annotated[_Limit | None, Meta(description="As in [selection], for this topic")] = None


class SectionOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of digests: the stories of one category."""

    title: Annotated[str, Meta(description="Heading; if empty, the category")] = ""
    limit: Annotated[_Limit | None, Meta(description="Stories of it in a digest; if missing, digest_limit")] = None


class NewsletterOptions(EditionOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A digest of several topics."""

    topics: Annotated[tuple[str, ...], Meta(description="Names of its topics, in the order of the sections")] = ()


class OptionTables(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tables of feeds.toml, which a Config has as they are."""

    build: BuildOptions = field(default_factory=BuildOptions)
    limits: Limits = field(default_factory=Limits)
    fields: FieldNames = field(default_factory=FieldNames)
    selection: SelectionOptions = field(default_factory=SelectionOptions)
    trust: TrustOptions = field(default_factory=TrustOptions)
    feed: FeedOptions = field(default_factory=FeedOptions)
    digest: DigestOptions = field(default_factory=DigestOptions)
    mailing: MailingOptions = field(default_factory=MailingOptions)
    pages: PagesOptions = field(default_factory=PagesOptions)
    defaults: Defaults = field(default_factory=Defaults)
    alerts: AlertOptions = field(default_factory=AlertOptions)
    push: PushTools = field(default_factory=PushTools)
    topics: dict[str, TopicOptions] = field(default_factory=dict)
    """Keyed by name."""
    newsletters: dict[str, NewsletterOptions] = field(default_factory=dict)
    """Keyed by name."""
    sections: dict[str, SectionOptions] = field(default_factory=dict)
    """Keyed by category."""


class Tables(OptionTables, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A publication: the whole of feeds.toml, or of [tool.feeds] in pyproject.toml."""

    title: Annotated[str, Meta(description="Name of the publication")] = ""
    id: Annotated[str, Meta(description="Address that ids of feeds begin with; keep it when base_url changes")] = ""
    base_url: Annotated[str, Meta(description="Public address of the output folder, for links")] = ""
    description: Annotated[str, Meta(description="What it is about, in a sentence")] = ""
    language: Annotated[str, Meta(description="BCP 47 tag, such as de or pt-BR, for dates and fixed words")] = "en"
    author: Annotated[str | Author, Meta(description='A name, or { name = "…", email = "…", url = "…" }')] = ""
    copyright: Annotated[str, Meta(description="For example © Ada")] = ""
    logo: Annotated[str, Meta(description="Address of a picture, https://…")] = ""
    logo_dark: Annotated[str, Meta(description="The logo on dark paper; if empty, a light plate is put behind it")] = ""
    icon: Annotated[str, Meta(description="Address of a small square picture, https://…")] = ""
    sources: Annotated[tuple[str, ...], Meta(description="Folders, files or URLs of items: zip://x.zip")] = ("seeds",)
    follow_links: Annotated[bool, Meta(description="Also follow links out of the folders of sources and editors")] = (
        False
    )
    out: Annotated[str, Meta(description="Folder that the build writes to; may be s3://bucket/site")] = "out"
    templates: Annotated[str, Meta(description="Folder of your templates; they replace those shipped")] = ""


def look_of(look: LookOptions, sender: SenderOptions, overrides: str = "") -> DigestLook:
    def of(kind: type[Struct], options: Struct) -> dict[str, Any]:
        return {name: getattr(options, name) for name in kind.__struct_fields__}

    return DigestLook(**of(LookOptions, look), sender=SenderOptions(**of(SenderOptions, sender)), overrides=overrides)
