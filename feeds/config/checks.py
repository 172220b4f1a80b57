"""Check what the types of the options cannot express. Pure."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from msgspec.structs import replace

from feeds.config import locations, url_pattern
from feeds.config.look import LookOptions, zone_problem
from feeds.config.options import Defaults, EditionOptions, Tables, TopicOptions, look_of
from feeds.config.toml import Key, Mistake
from feeds.model import Author
from feeds.problems import did_you_mean
from feeds.urls import is_slug, safe_url, slug


def checked(tables: Tables) -> tuple[Tables, list[Mistake]]:
    """Return the tables with their URLs made safe, and the mistakes in their values."""
    mistakes = list(_mistakes(tables))

    def url(key: Key, text: str) -> str:
        try:
            return safe_url(text) if text else ""
        except ValueError as error:
            mistakes.append((key, f"{error}; write an absolute http(s) URL"))
            return ""

    def folder(text: str) -> str:
        return text and text.rstrip("/") + "/"

    author = tables.author
    if isinstance(author, Author):
        author = replace(author, url=url(("author", "url"), author.url))
    base_url = url(("base_url",), tables.base_url)
    if "?" in base_url or "#" in base_url:
        mistakes.append((("base_url",), "must not contain ? or #; write the address of a folder"))
    return replace(
        tables,
        id=url(("id",), tables.id),
        author=author,
        base_url=folder(base_url),
        logo=url(("logo",), tables.logo),
        logo_dark=url(("logo_dark",), tables.logo_dark),
        icon=url(("icon",), tables.icon),
        feed=replace(tables.feed, hub=url(("feed", "hub"), tables.feed.hub)),
        defaults=replace(tables.defaults, site_url=folder(url(("defaults", "site_url"), tables.defaults.site_url))),
        topics={
            name: replace(options, logo=url(("topics", name, "logo"), options.logo))
            for name, options in tables.topics.items()
        },
    ), mistakes


def _mistakes(tables: Tables) -> Iterator[Mistake]:
    yield from _bad_languages(tables)
    yield from _bad_look(tables)
    yield from _bad_locations(tables)
    yield from _bad_slugs("topics", tables.topics)
    yield from _bad_slugs("newsletters", tables.newsletters)
    yield from _bad_aliases(tables)
    for name in tables.topics:
        if _is_own_ancestor(name, tables.topics):
            yield ("topics", name, "parent"), "leads back to this topic; a topic cannot be its own parent"
    for name in tables.sections:
        if (known := tables.digest.sections) and name not in known:
            yield ("sections", name), f"is not in digest.sections; {did_you_mean(name, known)}"
    for name, newsletter in tables.newsletters.items():
        if not newsletter.topics:
            yield ("newsletters", name, "topics"), "must name at least one topic"
    yield from _bad_defaults(tables.defaults)


def _bad_defaults(defaults: Defaults) -> Iterator[Mistake]:
    if defaults.url and (message := url_pattern.problem(defaults.url)):
        yield ("defaults", "url"), message
    if message := zone_problem(defaults.timezone):
        yield ("defaults", "timezone"), message


def _bad_locations(tables: Tables) -> Iterator[Mistake]:
    for key, texts in (("sources", tables.sources), ("out", (tables.out,))):
        yield from (((key,), message) for text in texts if (message := locations.problem(text)))
    if (editorial := tables.digest.editorial) and locations.is_url(editorial):
        yield ("digest", "editorial"), "must be a folder on this machine, beside feeds.toml"
    elif editorial and any(PurePath(editorial) in (p := PurePath(s), *p.parents) for s in tables.sources):
        yield ("digest", "editorial"), "is a folder of items, see sources; give the editor's files another one"


def _bad_languages(tables: Tables) -> Iterator[Mistake]:
    tags: dict[Key, str] = {("language",): tables.language}
    tags |= {("topics", name, "language"): options.language for name, options in tables.topics.items()}
    tags |= {("newsletters", name, "language"): options.language for name, options in tables.newsletters.items()}
    for key, tag in tags.items():
        if tag in ("", "en"):
            continue
        from feeds.languages import language  # loads CLDR, which takes longer than a build without changes

        try:
            language(tag)
        except ValueError as error:
            yield key, str(error)


def _bad_look(tables: Tables) -> Iterator[Mistake]:
    for name, message in look_of(tables.digest, tables.mailing).problems():
        yield ("digest" if name in LookOptions.__struct_fields__ else "mailing", name), message
    try:
        _ = tables.mailing.profiles
    except ValueError as error:
        for line in str(error).splitlines():
            yield ("mailing", "tool"), line


def _bad_slugs(table: str, named: Mapping[str, EditionOptions]) -> Iterator[Mistake]:
    owners: dict[str, str] = {}
    for name, options in named.items():
        if options.slug and not is_slug(options.slug):
            message = f"must be lower-case words joined by hyphens, such as {slug(options.slug)}"
            yield (table, name, "slug"), message
        if (other := owners.setdefault(options.slug or slug(name), name)) != name:
            yield (table, name), f"has the same address as {other!r}; give one of them another slug"


def _bad_aliases(tables: Tables) -> Iterator[Mistake]:
    named = [*tables.topics.items(), *tables.newsletters.items()]
    owners = {options.slug or slug(name): name for name, options in named}
    addresses = {*owners}
    for name, options in tables.topics.items():
        for alias in options.aliases:
            if not is_slug(alias):
                yield ("topics", name, "aliases"), f"{alias!r} is not a slug; write it like {slug(alias)}"
            elif (other := owners.setdefault(alias, name)) != name or alias in addresses:
                yield ("topics", name, "aliases"), f"{alias!r} is the address of {other!r}; remove it"


def _is_own_ancestor(name: str, topics: Mapping[str, TopicOptions]) -> bool:
    seen: set[str] = set()
    parent = topics[name].parent
    while parent and parent not in seen:
        seen.add(parent)
        parent = topics[parent].parent if parent in topics else ""
    return name in seen
