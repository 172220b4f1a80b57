"""A feed as all formats show it: its texts, its links and its entries."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib import metadata

from msgspec import Struct
from msgspec.structs import replace

from feeds.languages import language
from feeds.media_types import ATOM, MEDIA_TYPES, STYLESHEET
from feeds.model import Author, Edition, Topic
from feeds.renderers.syndication.dates import distinct
from feeds.renderers.syndication.entry import FeedEntry, entry_of, literal
from feeds.urls import canonical_url

GENERATOR = "feeds"
HOMEPAGE = "https://feeds.example/"
"""Where people find out about the program, and about its extension of JSON Feed."""
ATOM_NS = "http://www.w3.org/2005/Atom"
HISTORY_NS = "http://purl.org/syndication/history/1.0"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class Feed(Struct, frozen=True):
    """An edition with its entries, ready to be written in any format."""

    edition: Edition
    entries: tuple[FeedEntry, ...]

    @property
    def language(self) -> str:
        """BCP 47."""
        return self.edition.topic.language

    @property
    def id(self) -> str:
        """The id in Atom. The subscription document and its archives share it: they are one feed (RFC 5005 §4)."""
        edition = self.edition
        inner = "issues/" if edition.directory.endswith("/issues") else ""
        return canonical_url(f"{edition.topic.id or edition.home_url}{inner}{ATOM}")

    @property
    def updated(self) -> datetime:
        """The newest `updated` of the entries, or the date of the edition."""
        return max((entry.updated for entry in self.entries), default=self.edition.updated)

    @property
    def title(self) -> str:
        return literal(self.edition.title) or feed_title(self.edition.topic)

    @property
    def description(self) -> str:
        return feed_description(self.edition.topic)

    @property
    def author(self) -> Author:
        """The site's author, or the site itself; the name is never empty, as Atom requires one."""
        given = self.edition.site.author
        if given and (name := literal(given.name)):
            return replace(given, name=name)
        return Author(name=literal(self.edition.site.title) or self.edition.topic.slug)

    @property
    def copyright(self) -> str:
        return literal(self.edition.topic.copyright or self.edition.site.copyright)

    @property
    def logo(self) -> str:
        """A URL, or empty."""
        return self.edition.topic.logo or self.edition.site.logo

    @property
    def update(self) -> str:
        """How often it changes, as `sy:updatePeriod` says it: `daily`; empty if nobody has told."""
        return self.edition.site.update

    @property
    def is_final(self) -> bool:
        """Whether `fh:archive` may say that the document never changes (RFC 5005 §4).

        The newest archive document, which has no successor, still grows: a client would miss what is added.
        """
        return self.edition.is_archive and bool(self.edition.next_archive)

    def links(self, file_name: str) -> Iterator[dict[str, str]]:
        """Yield the attributes of each Atom link of the document `file_name`; RSS has the same ones as `atom:link`."""
        edition = self.edition
        # The page comes first: some programs (Ruby's rss, several from npm) take the first link for it.
        yield {"rel": "alternate", "href": edition.home_url, "type": "text/html"}
        yield {"rel": "self", "href": edition.url(file_name), "type": MEDIA_TYPES[file_name]}
        for name in MEDIA_TYPES:
            if name != file_name:
                yield {"rel": "alternate", "href": edition.url(name), "type": MEDIA_TYPES[name]}
        if edition.site.hub:
            yield {"rel": "hub", "href": edition.site.hub}
        archives = {
            "prev-archive": edition.prev_archive,
            "next-archive": edition.next_archive,
            "current": edition.topic.slug if edition.is_archive else "",
        }
        for rel, directory in archives.items():
            if directory:
                yield {"rel": rel, "href": edition.url(file_name, directory=directory)}


def feed_of(edition: Edition) -> Feed:
    """Return the feed of an edition; making the entries takes most of the time, so do it once for all formats."""
    words = language(edition.topic.language)
    updated = distinct((story.updated, story.id) for story in edition.stories)
    return Feed(edition, tuple(entry_of(story, updated[story.id], words) for story in edition.stories))


@cache
def version() -> str:
    """Return the version of this program; "" if it runs without being installed."""
    try:
        return metadata.version("feeds")
    except metadata.PackageNotFoundError:
        return ""


def feed_title(topic: Topic) -> str:
    """Return the topic's title, or its slug."""
    return literal(topic.title) or topic.slug


def feed_description(topic: Topic) -> str:
    """Return the topic's description, or its title: RSS requires one."""
    return literal(topic.description) or feed_title(topic)


def with_stylesheet(document: bytes, directory: str) -> bytes:
    """Return an XML document in `directory` (below out/) with a link to the stylesheet after its XML declaration."""
    declaration, root = document.split(b"\n", 1)
    href = "../" * len(directory.split("/")) + STYLESHEET if directory else STYLESHEET
    return b'%b\n<?xml-stylesheet type="text/css" href="%b"?>\n%b' % (declaration, href.encode(), root)
