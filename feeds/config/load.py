"""The configuration: `feeds.toml`, or `[tool.feeds]` in pyproject.toml; then flags. All mistakes come at once."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from feeds.config.checks import checked
from feeds.config.locations import Location, located
from feeds.config.look import DigestLook
from feeds.config.options import (
    AlertOptions,
    BuildOptions,
    Defaults,
    DigestOptions,
    FeedOptions,
    FieldNames,
    Limits,
    MailingOptions,
    NewsletterOptions,
    Tables,
    TopicOptions,
    look_of,
)
from feeds.config.push_tools import PushTools
from feeds.config.toml import Key, Reader, dotted
from feeds.model import EVERYTHING, Author, Rules, Site, Topic
from feeds.problems import ConfigError
from feeds.urls import slug

FILE_NAME = "feeds.toml"
CACHE_FOLDER = ".feeds_cache"
LOCAL_BASE_URL = "http://localhost:8000/"
"""Where `feeds serve` shows out/; stands in for a base_url that is not configured."""


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
    push: PushTools = field(default_factory=PushTools)
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
    def look(self) -> DigestLook:
        return look_of(self.digest, self.mailing, self.overrides)

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
    tables, more = checked(tables)
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
        push=tables.push,
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
