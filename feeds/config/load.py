"""Load the configuration from `feeds.toml`, or `[tool.feeds]` in pyproject.toml, and from flags.

All mistakes are reported together.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from feeds.config.checks import checked
from feeds.config.locations import Location, located
from feeds.config.look import DigestLook
from feeds.config.options import EditionOptions, OptionTables, Tables, TopicOptions, look_of
from feeds.config.toml import Key, Mistake, dotted, read
from feeds.config.toml_text import TomlError, TomlText
from feeds.model import EVERYTHING, Author, Rules, Site, Topic
from feeds.problems import ConfigError
from feeds.text import colon
from feeds.urls import slug

FILE_NAME = "feeds.toml"
CACHE_FOLDER = ".feeds_cache"
LOCAL_BASE_URL = "http://localhost:8000/"
"""Where `feeds serve` shows out/; used when no base_url is configured."""
_PYPROJECT_TABLE = ("tool", "feeds")


class Config(OptionTables, frozen=True, kw_only=True):
    root: Path
    """Folder of the configuration file; relative paths in it start here."""
    site: Site
    sources: tuple[Location, ...]
    out: Location
    follow_links: bool = False
    """Whether to follow links that lead out of the folders of sources and of the editor's files."""
    cache: Path | None = None
    """Folder of the cache. None keeps the cache in memory, so that every build reads everything."""
    templates: Path | None = None
    """Folder of templates that replace the shipped ones."""

    @property
    def rules(self) -> Rules:
        """The rules of topics that have none of their own."""
        return self.selection.rules

    @property
    def overrides(self) -> str:
        return str(self.templates) if self.templates else ""

    @property
    def editorial(self) -> Path | None:
        """Folder of the editor's files."""
        return self.root / self.digest.editorial if self.digest.editorial else None

    @property
    def not_sources(self) -> tuple[Location, ...]:
        """Folders that hold no items, even inside a source."""
        return (self.out, self.editorial) if self.editorial else (self.out,)

    @property
    def look(self) -> DigestLook:
        return look_of(self.digest, self.mailing, self.overrides)

    @property
    def min_quality(self) -> int:
        """The lowest quality that any topic accepts; items below it are in no edition."""
        own = [o.min_quality for o in self.topics.values() if o.min_quality is not None]
        return min([self.rules.min_quality, *own])

    @property
    def newsletter_slugs(self) -> frozenset[str]:
        return frozenset(options.slug or slug(name) for name, options in self.newsletters.items())

    @property
    def reserved_slugs(self) -> frozenset[str]:
        """The slugs of newsletters, and the aliases of topics: no topic that is not configured can have one."""
        return self.newsletter_slugs.union(*(options.aliases for options in self.topics.values()))

    def topics_of(self, names: Iterable[str]) -> tuple[Topic, ...]:
        """Return the configured topics and those of the names, by slug. Names with the same slug are one topic.

        A name with a reserved slug is no topic, unless it is configured.
        """
        spellings: dict[str, str] = {}
        for name in sorted(names):
            spellings.setdefault(slug(name), name)
        configured = dict.fromkeys([*self.topics, EVERYTHING] if self.feed.all else self.topics)
        topics = [self.topic(name) for name in configured]
        taken = {t.slug for t in topics} | {slug(name) for name in configured} | self.reserved_slugs
        topics += [self.topic(name) for key, name in spellings.items() if key not in taken]
        return tuple(sorted(topics, key=lambda t: t.slug))

    def topic(self, name: str) -> Topic:
        """Return the topic of that name; what it does not set is taken from the site."""
        options = self.topics.get(name) or TopicOptions()
        if name == EVERYTHING:
            options = replace(options, slug=options.slug or "all", title=options.title or self.site.title)
        return self._topic(name, options)

    def newsletters_of(self, topics: Iterable[Topic]) -> Iterator[tuple[Topic, tuple[Topic, ...]]]:
        """Yield each newsletter with those of its topics that exist, by slug. Raise ConfigError when slugs collide."""
        by_slug = {t.slug: t for t in topics}
        known = by_slug | {slug(t.name): t for t in by_slug.values()}
        names = {slug(name): name for options in self.newsletters.values() for name in options.topics}
        names |= {t.slug: t.name for t in by_slug.values()}
        for name, options in sorted(self.newsletters.items(), key=lambda n: n[1].slug or slug(n[0])):
            shared = {field: getattr(options, field) for field in EditionOptions.__struct_fields__}
            newsletter = self._topic(name, TopicOptions(**shared))
            if newsletter.slug in names:
                message = f"newsletters.{name}: has the same address as the topic {names[newsletter.slug]!r}"
                raise ConfigError("", [f"{message}; give it another slug"])
            yield newsletter, tuple(dict.fromkeys(known[s] for t in options.topics if (s := slug(t)) in known))

    def _topic(self, name: str, options: TopicOptions) -> Topic:
        language = options.language or self.site.language
        title = options.title or f"{self.site.title}{colon(language)}{name}"
        rules = {rule: value for rule in Rules.__struct_fields__ if (value := getattr(options, rule)) is not None}
        return Topic(
            name=name,
            slug=options.slug or slug(name),
            title=title,
            label=options.title or name,
            description=options.description or self.site.description or title,
            language=language,
            copyright=options.copyright or self.site.copyright,
            logo=options.logo or self.site.logo,
            parent=options.parent,
            aliases=options.aliases,
            rules=replace(self.rules, **rules),
        )


def load_config(
    path: Path | None = None,
    *,
    table: Mapping[str, object] | None = None,
    start: Path = Path(),
    sources: tuple[Location, ...] = (),
    out: Location | None = None,
    cache: Path | None = None,
    base_url: str = "",
) -> Config:
    """Return the configuration in `path`, or the one in the folder `start`, or the defaults; the other arguments win.

    `table` is a configuration that is in no file, as `tomllib` would read it: `{"title": "News"}`; relative paths in it
    begin in `start`. Raise ConfigError, which lists all mistakes.
    """
    path = None if table is not None else path or _find(start)
    toml = _toml(path) if path else TomlText("")
    where = _PYPROJECT_TABLE if path and path.name == "pyproject.toml" else ()
    tables, mistakes = read(Tables, _table(path, toml, where) if path else table or {})
    if base_url:
        tables = replace(tables, base_url=base_url)
    tables, more = checked(tables)
    if base_url and (wrong := [message for key, message in more if key == ("base_url",)]):
        raise ConfigError("", [f"--base-url: {message}" for message in wrong])
    root = path.parent if path else start
    mistakes += more
    if tables.templates and not (root / tables.templates).is_dir():
        mistakes.append((("templates",), f"there is no folder {tables.templates}; create it, or delete this line"))
    if mistakes:
        raise ConfigError(path or "", _located(toml, where, mistakes))
    sources = sources or tuple(located(s, root) for s in tables.sources)
    out = out or located(tables.out, root)
    _keep_apart(sources, out)
    return Config(
        root=root,
        site=_site(tables),
        sources=sources,
        out=out,
        follow_links=tables.follow_links,
        cache=cache or root / CACHE_FOLDER,
        templates=root / tables.templates if tables.templates else None,
        **{name: getattr(tables, name) for name in OptionTables.__struct_fields__},
    )


def folder_of_configuration(start: Path) -> Path | None:
    """Return the nearest folder with a configuration, from `start`, an absolute path, upwards to the repository's top.

    Return None if there is none. Raise ConfigError.
    """
    for folder in (start, *start.parents):
        if _find(folder):
            return folder
        if (folder / ".git").exists():
            break
    return None


def _keep_apart(sources: Sequence[Location], out: Location) -> None:
    """Raise ConfigError if the output is written among the items."""
    # Unlike resolve, realpath raises nothing for a link to itself, which is a missing folder to all others.
    real = [os.path.realpath(location) if isinstance(location, Path) else location for location in (out, *sources)]
    if real[0] in real[1:]:
        raise ConfigError("", [f"out: {out} is also a source of items; choose another folder for the output"])


def _find(folder: Path) -> Path | None:
    if (path := folder / FILE_NAME).is_file():
        return path
    project = folder / "pyproject.toml"
    return project if project.is_file() and _table(project, _toml(project), _PYPROJECT_TABLE) else None


def _toml(path: Path) -> TomlText:
    try:
        return TomlText(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(path, [f"cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, ["is not UTF-8; save it as UTF-8"]) from error
    except TomlError as error:
        raise ConfigError(path, [str(error)]) from error


def _table(path: Path, toml: TomlText, key: Key) -> dict[str, Any]:
    """Return the table of that key; an empty one if there is none."""
    table = toml.data
    for part in key:
        table = table.get(part, {})
        if not isinstance(table, dict):
            raise ConfigError(path, [f"{dotted(key)} must be a table"])
    return table


def _located(toml: TomlText, where: Key, mistakes: Iterable[Mistake]) -> list[str]:
    """Return the messages in the order of the file, with their places: `line 3: selection.min_quality: …`."""
    found = [(toml.line_of((*where, *key)), f"{dotted(key)}: {message}") for key, message in mistakes]
    return [f"line {line}: {text}" if line else text for line, text in sorted(found, key=itemgetter(0))]


def _site(tables: Tables) -> Site:
    author = Author(name=tables.author) if isinstance(tables.author, str) else tables.author
    return Site(
        title=tables.title or "News",
        id=tables.id,
        base_url=tables.base_url or LOCAL_BASE_URL,
        description=tables.description,
        language=tables.language,
        author=author if author.name else None,
        copyright=tables.copyright,
        logo=tables.logo,
        logo_dark=tables.logo_dark,
        icon=tables.icon,
        hub=tables.feed.hub,
        update=tables.feed.update,
    )
