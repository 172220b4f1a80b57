"""Atom 1.0 (RFC 4287), with Media RSS and Feed History (RFC 5005)."""

from html import escape
from typing import Any

from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.media_types import ATOM
from feeds.model import Author
from feeds.renderers.syndication.dates import distinct_timestamp, timestamp
from feeds.renderers.syndication.entry import FeedEntry
from feeds.renderers.syndication.feed import GENERATOR, HISTORY_NS, HOMEPAGE, XML_LANG, Feed, version, with_stylesheet
from feeds.renderers.syndication.media import MEDIA_NS, add_media


def render(feed: Feed) -> bytes:
    """Return atom.xml: UTF-8, indented."""
    document = FeedGenerator()
    document.register_extension("rest", _FeedRest, _EntryRest, rss=False)
    document.rest.feed = feed
    _add_feed(document, feed)
    for entry in feed.entries:
        _add_entry(document, entry, feed.language)
    return with_stylesheet(document.atom_str(pretty=True), feed.edition.directory)


def _add_feed(document: Any, feed: Feed) -> None:
    edition = feed.edition
    document.id(feed.id)
    document.title(feed.title)
    document.subtitle(feed.description)
    for link in feed.links(ATOM):
        document.link(link)
    # The page is linked again at the end: some readers take the first alternate for the feed's page, newsboat the last.
    # Its hreflang makes it a different link (RFC 4287 §4.1.1).
    document.link(rel="alternate", href=edition.home_url, type="text/html", hreflang=feed.language)
    document.language(feed.language)
    document.generator(GENERATOR, version=version(), uri=HOMEPAGE)
    document.rights(feed.copyright)
    document.logo(feed.logo)
    document.icon(edition.site.icon)
    # The author of all entries whose outlet is unknown (RFC 4287 §4.1.1).
    document.author(_person(feed.author))


def _add_entry(document: Any, entry: FeedEntry, feed_language: str) -> None:
    added = document.add_entry(order="append")
    added.rest.entry = entry
    added.rest.feed_language = feed_language
    added.id(entry.id)
    added.title(entry.title)
    added.link(href=entry.url)
    # The summary is HTML, since rss2email prefers plain text, even a summary, to the content with its coverage.
    added.summary(escape(entry.summary, quote=False), type="html")
    added.content(entry.html, type="html")
    added.category([{"term": name} for name in entry.categories])
    if entry.author:
        added.author(_person(entry.author))


def _person(author: Author) -> dict[str, str]:
    person = {"name": author.name, "uri": author.url, "email": author.email}
    return {name: value for name, value in person.items() if value}


class _FeedRest:
    """A feedgen extension that adds what feedgen lacks in a feed."""

    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        return {"media": MEDIA_NS} | ({"fh": HISTORY_NS} if self.feed.is_final else {})

    def extend_atom(self, feed: Any) -> None:
        feed.find("updated").text = distinct_timestamp(self.feed.updated)
        if self.feed.is_final:
            etree.SubElement(feed, f"{{{HISTORY_NS}}}archive")


class _EntryRest:
    """A feedgen extension that adds what feedgen lacks in an entry."""

    entry: FeedEntry
    feed_language: str

    def extend_atom(self, element: Any) -> None:
        entry = self.entry
        add_media(element, entry)
        etree.SubElement(element, "published").text = timestamp(entry.published)
        element.find("updated").text = distinct_timestamp(entry.updated)
        # feedgen 1.0.0 drops all attributes of an entry's links but href (its issue 135).
        alternate = element.find("link")
        alternate.set("rel", "alternate")
        alternate.set("type", "text/html")
        if entry.language:
            alternate.set("hreflang", entry.language)
        if entry.language not in ("", self.feed_language):
            # The entry itself has none: its content and the titles of its related links are in other languages.
            for name in ("title", "summary") if entry.has_excerpt else ("title",):
                element.find(name).set(XML_LANG, entry.language)
        for related in entry.related:
            etree.SubElement(element, "link", rel="related", href=related.url, type="text/html", title=related.title)
