"""The configuration: `feeds.toml`, or `[tool.feeds]` in pyproject.toml; then flags. All mistakes come at once."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from feeds import locations, permalinks
from feeds.locations import Location, located
from feeds.mailing import NONE, Profile, profile
from feeds.model import EVERYTHING, Author, Defaults, FieldNames, Limits, PeriodKind, Rules, Site, Topic, Weekday
from feeds.problems import ConfigError
from feeds.style import Look, Sender, Style
from feeds.tables import Key, Reader, dotted
from feeds.urls import is_slug, safe_url, slug

FILE_NAME = "feeds.toml"
CACHE_FOLDER = ".feeds_cache"
LOCAL_BASE_URL = "http://localhost:8000/"
"""Where `feeds serve` shows out/; stands in for a base_url that is not configured."""


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


class DigestOptions(Look, frozen=True, kw_only=True):
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


class MailingOptions(Sender, frozen=True, kw_only=True):
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


class Config(Struct, frozen=True, kw_only=True):
    root: Path
    """Folder of the configuration file; its relative paths begin here."""
    site: Site
    sources: tuple[Location, ...]
    out: Location
    cache: Path | None = None
    """Folder of the cache; None: it is kept in memory only, and every build reads everything."""
    build: BuildOptions = field(default_factory=BuildOptions)
    rules: Rules = field(default_factory=Rules)
    feed: FeedOptions = field(default_factory=FeedOptions)
    digest: DigestOptions = field(default_factory=DigestOptions)
    mailing: MailingOptions = field(default_factory=MailingOptions)
    defaults: Defaults = field(default_factory=Defaults)
    limits: Limits = field(default_factory=Limits)
    fields: FieldNames = field(default_factory=FieldNames)
    alerts: AlertOptions = field(default_factory=AlertOptions)
    topics: Mapping[str, TopicOptions] = field(default_factory=dict)
    """By name."""
    newsletters: Mapping[str, NewsletterOptions] = field(default_factory=dict)
    """By name."""
    templates: Path | None = None
    """Folder of templates that replace the shipped ones."""

    @property
    def overrides(self) -> str:
        return str(self.templates) if self.templates else ""

    @property
    def style(self) -> Style:
        return _style(self.digest, self.mailing, self.overrides)

    @property
    def min_quality(self) -> int:
        """The least quality that any topic asks for: what is below is in no edition."""
        own = [o.min_quality for o in self.topics.values() if o.min_quality is not None]
        return min([self.rules.min_quality, *own])

    def topics_of(self, names: Iterable[str]) -> tuple[Topic, ...]:
        """The configured topics and those of the given names, by slug. Spellings with one slug are one topic."""
        spellings: dict[str, str] = {}
        for name in sorted(names):
            spellings.setdefault(slug(name), name)
        configured = dict.fromkeys([*self.topics, EVERYTHING] if self.feed.all else self.topics)
        topics = [self.topic(name) for name in configured]
        taken = {t.slug for t in topics} | {slug(name) for name in configured}
        topics += [self.topic(name) for key, name in spellings.items() if key not in taken]
        return tuple(sorted(topics, key=lambda t: t.slug))

    def topic(self, name: str) -> Topic:
        """The topic of that name, what it does not set taken from the site."""
        options = self.topics.get(name) or TopicOptions()
        label = options.title or (self.site.title if name == EVERYTHING else name)
        title = options.title or (label if name == EVERYTHING else f"{self.site.title}: {label}")
        overrides = {name: getattr(options, name) for name in Rules.__struct_fields__}
        return Topic(
            name=name,
            slug=options.slug or ("all" if name == EVERYTHING else slug(name)),
            title=title,
            label=label,
            description=options.description or self.site.description or title,
            language=options.language or self.site.language,
            copyright=options.copyright or self.site.copyright,
            logo=options.logo or self.site.logo,
            parent=options.parent,
            rules=replace(self.rules, **{k: v for k, v in overrides.items() if v is not None}),
        )

    def newsletters_of(self, topics: Iterable[Topic]) -> Iterator[tuple[Topic, tuple[Topic, ...]]]:
        """Each newsletter and those of its topics that there are, by slug; raises ConfigError when slugs collide."""
        by_slug = {t.slug: t for t in topics}
        known = by_slug | {slug(t.name): t for t in by_slug.values()}
        for name, options in sorted(self.newsletters.items(), key=lambda n: n[1].slug or slug(n[0])):
            newsletter = self._newsletter(name, options)
            if newsletter.slug in by_slug:
                message = f"newsletters.{name}: has the same address as the topic {by_slug[newsletter.slug].name!r}"
                raise ConfigError("", [f"{message}: give it a slug of its own"])
            yield newsletter, tuple(dict.fromkeys(known[s] for t in options.topics if (s := slug(t)) in known))

    def _newsletter(self, name: str, options: NewsletterOptions) -> Topic:
        title = options.title or f"{self.site.title}: {name}"
        limit = options.digest_limit or self.rules.digest_limit
        return Topic(
            name=name,
            slug=options.slug or slug(name),
            title=title,
            label=options.title or name,
            description=options.description or self.site.description or title,
            language=options.language or self.site.language,
            copyright=self.site.copyright,
            logo=self.site.logo,
            rules=replace(self.rules, digest_limit=limit),
        )


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
    topics: dict[str, TopicOptions] = field(default_factory=dict)
    newsletters: dict[str, NewsletterOptions] = field(default_factory=dict)


def load_config(
    path: Path | None = None,
    *,
    start: Path = Path(),
    sources: tuple[Location, ...] = (),
    out: Location | None = None,
    cache: Path | None = None,
    base_url: str = "",
) -> Config:
    """The configuration in `path`, or the one found in the folder `start`, or the defaults; then what the flags say.

    Raises ConfigError, which lists everything that is wrong.
    """
    path = path or _find(start)
    text, table = _read(path) if path else ("", {})
    reader = Reader()
    tables = reader.read(Tables, table)
    if base_url:
        tables = replace(tables, base_url=base_url)
    tables, more = _checked(tables)
    if problems := reader.problems + more:
        raise ConfigError(path or "", [_located(text, key, message) for key, message in problems])
    root = path.parent if path else start
    return Config(
        root=root,
        site=_site(tables),
        sources=sources or tuple(located(s, root) for s in tables.sources),
        out=out or located(tables.out, root),
        cache=cache or root / CACHE_FOLDER,
        build=tables.build,
        rules=tables.selection,
        feed=tables.feed,
        digest=tables.digest,
        mailing=tables.mailing,
        defaults=tables.defaults,
        limits=tables.limits,
        fields=tables.fields,
        alerts=tables.alerts,
        topics=tables.topics,
        newsletters=tables.newsletters,
        templates=root / tables.templates if tables.templates else None,
    )


def _find(folder: Path) -> Path | None:
    if (path := folder / FILE_NAME).is_file():
        return path
    project = folder / "pyproject.toml"
    return project if project.is_file() and "feeds" in _tool_tables(project, _text(project)) else None


def _read(path: Path) -> tuple[str, Mapping[str, object]]:
    """The file's text and its table of ours."""
    text = _text(path)
    if path.name == "pyproject.toml":
        return text, _tool_tables(path, text).get("feeds", {})
    return text, _toml(path, text)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(path, [f"cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, ["is not UTF-8: save it as UTF-8"]) from error


def _toml(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, [f"is not valid TOML: {error}"]) from error


def _tool_tables(path: Path, text: str) -> dict[str, Any]:
    tool = _toml(path, text).get("tool", {})
    return tool if isinstance(tool, dict) else {}


def _located(text: str, key: Key, message: str) -> str:
    """`line 3: selection.min_quality: …`, the line found by the key's last part; TOML's reader keeps no lines."""
    last = re.escape(key[-1])
    match = re.search(rf"""^\s*(?:\[.*\b{last}["']?\s*\]|(?:[\w."'-]*\.)?["']?{last}["']?\s*=)""", text, re.MULTILINE)
    line = f"line {text.count(chr(10), 0, match.end()) + 1}: " if match else ""
    return f"{line}{dotted(key)}: {message}"


def _checked(tables: Tables) -> tuple[Tables, list[tuple[Key, str]]]:
    """The tables with their URLs made safe, and what their values lack in meaning."""
    problems: list[tuple[Key, str]] = [*_out_of_range(tables), *_bad_languages(tables), *_bad_style(tables)]
    problems += [*_bad_locations(tables), *_bad_outputs(tables.build)]
    problems += [*_bad_topics(tables.topics), *_bad_newsletters(tables.newsletters)]
    if tables.defaults.url and (message := permalinks.problem(tables.defaults.url)):
        problems.append((("defaults", "url"), message))

    def url(key: Key, text: str) -> str:
        try:
            return safe_url(text) if text else ""
        except ValueError as error:
            problems.append((key, f"{error}: write an absolute http(s) URL"))
            return ""

    author = tables.author
    if isinstance(author, Author):
        author = replace(author, url=url(("author", "url"), author.url))
    base_url = url(("base_url",), tables.base_url)
    if "?" in base_url or "#" in base_url:
        problems.append((("base_url",), "must have no ? and no #: it is the address of a folder"))
    return replace(
        tables,
        author=author,
        base_url=base_url and base_url.rstrip("/") + "/",
        logo=url(("logo",), tables.logo),
        icon=url(("icon",), tables.icon),
        feed=replace(tables.feed, hub=url(("feed", "hub"), tables.feed.hub)),
        topics={
            name: replace(options, logo=url(("topics", name, "logo"), options.logo))
            for name, options in tables.topics.items()
        },
    ), problems


def _out_of_range(tables: Tables) -> Iterator[tuple[Key, str]]:
    groups: list[tuple[Key, object]] = [(("selection",), tables.selection), (("feed",), tables.feed)]
    groups += [
        (("digest",), tables.digest),
        (("defaults",), tables.defaults),
        (("limits",), tables.limits),
        (("mailing", "smtp"), tables.mailing.smtp),
        (("alerts",), tables.alerts),
    ]
    groups += [(("topics", name), options) for name, options in tables.topics.items()]
    groups += [(("newsletters", name), options) for name, options in tables.newsletters.items()]
    for where, group in groups:
        for name, least in LEAST.items():
            value = getattr(group, name, None)
            if type(value) is int and value < least:
                yield (*where, name), f"must be {least} or more"
    if tables.limits.depth > _MOST_DEPTH:
        yield ("limits", "depth"), f"must be {_MOST_DEPTH} or less"


LEAST = {
    "min_quality": 0,
    "quality": 0,
    "feed_limit": 1,
    "digest_limit": 1,
    "archive_size": 1,
    "issues": 1,
    "timeout": 1,
    "port": 0,
    "document_bytes": 1,
    "depth": 3,  # related → entry → provider
    "complexity": 1,
    "related": 0,
    "topics": 0,
    "images": 0,
    "title_length": 1,
    "excerpt_length": 0,
    "name_length": 1,
    "max_broken_percent": 0,
    "max_age_days": 0,
}
_MOST_DEPTH = 100  # Python's own limit comes soon after


def _bad_locations(tables: Tables) -> Iterator[tuple[Key, str]]:
    for key, texts in (("sources", tables.sources), ("out", (tables.out,))):
        yield from (((key,), message) for text in texts if (message := locations.problem(text)))


def _bad_outputs(build: BuildOptions) -> Iterator[tuple[Key, str]]:
    known = BuildOptions().outputs
    if unknown := [name for name in build.outputs if name not in known]:
        yield ("build", "outputs"), f"{unknown[0]!r} is none: there are {', '.join(known)}"
    elif not build.outputs:
        yield ("build", "outputs"), f"names nothing to make: choose from {', '.join(known)}"


def _bad_languages(tables: Tables) -> Iterator[tuple[Key, str]]:
    tags: dict[Key, str] = {("language",): tables.language}
    tags |= {("topics", name, "language"): options.language for name, options in tables.topics.items()}
    tags |= {("newsletters", name, "language"): options.language for name, options in tables.newsletters.items()}
    for key, tag in tags.items():
        if tag in ("", "en"):  # most sites: CLDR takes longer to load than a build without changes takes
            continue
        from feeds.languages import language

        try:
            language(tag)
        except ValueError as error:
            yield key, str(error)


def _bad_style(tables: Tables) -> Iterator[tuple[Key, str]]:
    for name, message in _style(tables.digest, tables.mailing).problems():
        yield ("digest" if name in Look.__struct_fields__ else "mailing", name), message
    try:
        _ = tables.mailing.profiles
    except ValueError as error:
        for line in str(error).splitlines():
            yield ("mailing", "tool"), line


def _style(look: Look, sender: Sender, overrides: str = "") -> Style:
    def of(kind: type[Struct], options: Struct) -> dict[str, Any]:
        return {name: getattr(options, name) for name in kind.__struct_fields__}

    return Style(**of(Look, look), sender=Sender(**of(Sender, sender)), overrides=overrides)


def _bad_topics(topics: Mapping[str, TopicOptions]) -> Iterator[tuple[Key, str]]:
    owners: dict[str, str] = {}
    for name, options in topics.items():
        if options.slug and not is_slug(options.slug):
            yield ("topics", name, "slug"), f"must be lower-case words joined by hyphens, like {slug(options.slug)}"
        if (other := owners.setdefault(options.slug or slug(name), name)) != name:
            yield ("topics", name), f"has the same address as {other!r}: give one of them a slug of its own"
        if _is_own_ancestor(name, topics):
            yield ("topics", name, "parent"), "leads back to this topic: a topic cannot be its own parent"


def _bad_newsletters(newsletters: Mapping[str, NewsletterOptions]) -> Iterator[tuple[Key, str]]:
    owners: dict[str, str] = {}
    for name, options in newsletters.items():
        if options.slug and not is_slug(options.slug):
            yield (
                ("newsletters", name, "slug"),
                f"must be lower-case words joined by hyphens, like {slug(options.slug)}",
            )
        if (other := owners.setdefault(options.slug or slug(name), name)) != name:
            yield ("newsletters", name), f"has the same address as {other!r}: give one of them a slug of its own"
        if not options.topics:
            yield ("newsletters", name, "topics"), "must name the topics that have a section in it"


def _is_own_ancestor(name: str, topics: Mapping[str, TopicOptions]) -> bool:
    seen: set[str] = set()
    parent = topics[name].parent
    while parent and parent not in seen:
        seen.add(parent)
        parent = topics[parent].parent if parent in topics else ""
    return name in seen


def _site(tables: Tables) -> Site:
    author = Author(name=tables.author) if isinstance(tables.author, str) else tables.author
    return Site(
        title=tables.title or "News",
        base_url=tables.base_url or LOCAL_BASE_URL,
        description=tables.description,
        language=tables.language,
        author=author if author.name else None,
        copyright=tables.copyright,
        logo=tables.logo,
        icon=tables.icon,
        hub=tables.feed.hub,
    )
