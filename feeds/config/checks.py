"""What settings lack in meaning, once their types are right; all of it at once. Pure."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from feeds.config import locations
from feeds.config import url_pattern as permalinks
from feeds.config.look import LookOptions
from feeds.config.options import BuildOptions, NewsletterOptions, Tables, TopicOptions, look_of
from feeds.config.toml import Key
from feeds.model import Author
from feeds.urls import is_slug, safe_url, slug


def checked(tables: Tables) -> tuple[Tables, list[tuple[Key, str]]]:
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
    for name, message in look_of(tables.digest, tables.mailing).problems():
        yield ("digest" if name in LookOptions.__struct_fields__ else "mailing", name), message
    try:
        _ = tables.mailing.profiles
    except ValueError as error:
        for line in str(error).splitlines():
            yield ("mailing", "tool"), line


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
