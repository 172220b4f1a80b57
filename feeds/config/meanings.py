"""What can be set in feeds.toml: each option's place, type, default and meaning, for files and schemas made of them.

Places, types and defaults are those of the records in `settings`; only the meanings are written here. Pure.
"""

import typing
from collections.abc import Iterator

import msgspec
from msgspec import NODEFAULT, Struct

from feeds.config.options import Tables
from feeds.config.push_tools import PushTools
from feeds.config.toml import Key, is_record

NAME = "*"
"""In a key, stands for a name that the user chooses: ("topics", "*", "slug")."""


class Option(Struct, frozen=True, kw_only=True):
    key: Key
    kind: object
    """Its type, as the record says."""
    default: object
    meaning: str
    """For people, in a line, without a full stop."""


def options() -> Iterator[Option]:
    """All of them, in the order in which they stand in a file."""
    yield from _options(Tables, ())


def _options(record: type[Struct], where: Key) -> Iterator[Option]:
    kinds = typing.get_type_hints(record)
    fields = msgspec.structs.fields(record)
    # Those of a table come before the tables in it, as TOML demands.
    for field in sorted(fields, key=lambda f: table_of(kinds[f.name]) is not None):
        key, kind = (*where, field.name), kinds[field.name]
        table = table_of(kind)
        if table is None:
            yield Option(key=key, kind=kind, default=_default(field), meaning=MEANINGS[".".join(key)])
        elif is_record(kind):
            yield from _options(table, key)
        else:
            yield from _options(table, (*key, NAME))


def table_of(kind: object) -> type[Struct] | None:
    """The record that an option's table is read into, or each of its tables; None for one that is no table."""
    args = typing.get_args(kind)
    inner = args[1] if typing.get_origin(kind) is dict else kind
    return inner if is_record(inner) else None


def _default(field: msgspec.structs.FieldInfo) -> object:
    return field.default if field.default_factory is NODEFAULT else field.default_factory()


MEANINGS = {
    "title": "the publication's name",
    "base_url": "public address of the output folder: links in feeds and mail need it",
    "description": "what it is about, in a sentence",
    "language": "BCP 47, such as de or pt-BR: dates and fixed words follow it",
    "author": 'a name, or { name = "…", email = "…", url = "…" }',
    "copyright": "such as © Ada",
    "logo": "address of a picture, https://…",
    "icon": "address of a small square picture, https://…",
    "sources": "folders of items, or single ones; or URLs of them, such as s3://bucket/items or zip://items.zip",
    "out": "where the build writes; may be s3://bucket/site",
    "templates": "folder of templates of your own: each replaces the shipped one of its name",
    "build.outputs": "what is made: all of these, as a rule",
    "limits.document_bytes": "of a file; a larger one is an error",
    "limits.depth": "lists and mappings inside one another",
    "limits.complexity": "characters of all values together, aliases written out",
    "limits.related": "related articles of an item; further ones are left out",
    "limits.topics": "topics of an item",
    "limits.images": "pictures of an article, or of its outlet",
    "limits.title_length": "characters; a longer title is cut between words",
    "limits.excerpt_length": "a longer excerpt is cut between words",
    "limits.name_length": "of an outlet's name, which is cut, and of a topic's, which is refused",
    "selection.min_quality": "items of a lower quality stay out",
    "selection.feed_limit": "stories in a feed",
    "selection.digest_limit": "stories in a digest",
    "feed.archive": "keep what leaves the feed in archive documents (RFC 5005)",
    "feed.archive_size": "stories in an archive document",
    "feed.all": "also make a feed of all topics, at all/",
    "feed.hub": "address of a WebSub hub",
    "feed.strip_tracking": "remove utm_… and the like from links",
    "digest.timezone": "in which days begin and end, such as Europe/Berlin",
    "digest.accent": "colour of links, #rrggbb; its contrast is checked",
    "digest.accent_dark": "the same in dark mode; derived from accent when empty",
    "digest.font": "of the text, as in CSS, names in single quotes",
    "digest.heading_font": "of titles",
    "digest.images": "show pictures",
    "digest.logo_size": "[width, height] in pixels at which the logo is shown; without, the icon is",
    "digest.lead_coverage": "related articles under the lead story",
    "digest.coverage": "and under each other one",
    "digest.max_bytes": "over this, coverage is shortened, then stories: Gmail clips at about 102 KB",
    "digest.reason": "such as You get this e-mail because …",
    "digest.subject": "names in it: {topic} {site} {issue} {period} {count} {lead} {others} {excerpt}",
    "digest.preheader": "what mail clients show beside the subject; the same names",
    "digest.period": "day, week or month: what an issue covers",
    "digest.first_weekday": "monday … sunday: on which weeks begin",
    "digest.issues": 'how many of the newest issues are built, or "all"',
    "mailing.address": "your postal address, for tools that have no tag for it",
    "mailing.sender_name": "From, in digest.eml and test mails",
    "mailing.sender_address": "its address",
    "mailing.list_unsubscribe": "an address, or https://…: where the tool has no tag for leaving",
    "mailing.tool": 'such as "mailchimp"; several: ["mailchimp", "buttondown"]',
    "mailing.tags": 'tags of your own, such as { unsubscribe = "{{ leave }}" }',
    "mailing.smtp.host": "server for test mails (feeds send); the password is taken from FEEDS_SMTP_PASSWORD only",
    "mailing.smtp.port": "0: the usual one",
    "mailing.smtp.security": "starttls, tls, or, on this machine only, none",
    "mailing.smtp.username": "with which to log in",
    "mailing.smtp.timeout": "seconds to wait for each answer",
    "defaults.published": "what an item without published: is taken to be",
    "defaults.quality": "what an item without quality: is taken to have",
    "defaults.url": "address of one without: https://blog.example/{year}/{month}/{day}/{slug}.html",
    "alerts.max_broken_percent": "when more of the documents than this have errors, a build warns",
    "alerts.max_age_days": "when the newest story is older than this, a build warns; 0: never",
    "fields.title": "key, or keys, in your items that hold what is called title here",
    "fields.url": "such as link",
    "fields.date": "without any, the date is that of a file's name: 2021-01-26-title.md",
    "fields.excerpt": "such as description",
    "fields.topics": 'such as ["categories", "tags"]: all of them count',
    "fields.published": "true or false",
    "fields.quality": "such as rating",
    "fields.provider": "such as source",
    "fields.images": "such as image",
    "fields.language": "such as lang",
    "fields.related": "such as coverage",
    "topics.*.slug": "its folder in the output",
    "topics.*.title": "of its feeds, pages and digests",
    "topics.*.description": "what it is about, in a sentence",
    "topics.*.language": "of its feeds, where it is not the publication's",
    "topics.*.copyright": "where it is not the publication's",
    "topics.*.logo": "where it is not the publication's",
    "topics.*.parent": "name of a topic that takes these stories in, too",
    "topics.*.min_quality": "as in [selection], for this topic",
    "topics.*.feed_limit": "as in [selection], for this topic",
    "topics.*.digest_limit": "as in [selection], for this topic",
    "newsletters.*.topics": "their names, in the order of the sections",
    "newsletters.*.slug": "its folder in the output",
    "newsletters.*.title": "of its pages and digests",
    "newsletters.*.description": "what it is about, in a sentence",
    "newsletters.*.language": "where it is not the publication's",
    "newsletters.*.digest_limit": "stories in each section",
}

MEANINGS |= {
    f"push.{tool}.{name}": typing.get_args(annotation)[1].description
    for tool, record in typing.get_type_hints(PushTools).items()
    for name, annotation in typing.get_type_hints(record, include_extras=True).items()
}
