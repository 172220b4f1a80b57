"""RSS 2.0, with the Atom, Dublin Core, Content, Media RSS and Feed History modules.

Specification: rssboard.org/rss-specification; what it leaves open follows the RSS Advisory Board's profile.
"""

from email.utils import format_datetime
from html import escape
from typing import Any
from urllib.parse import urlsplit

from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.media_types import RSS
from feeds.renderers.syndication.dates import distinct_timestamp
from feeds.renderers.syndication.entry import FeedEntry
from feeds.renderers.syndication.feed import (
    ATOM_NS,
    GENERATOR,
    HISTORY_NS,
    HOMEPAGE,
    XML_LANG,
    Feed,
    version,
    with_stylesheet,
)
from feeds.renderers.syndication.media import MEDIA_NS, add_media

SYNDICATION_NS = "http://purl.org/rss/1.0/modules/syndication/"
_MINUTES = {"hourly": 60, "daily": 24 * 60, "weekly": 7 * 24 * 60}
_ATOM_LINK = f"{{{ATOM_NS}}}link"


def render(feed: Feed) -> bytes:
    """Return rss.xml: UTF-8, indented."""
    document = FeedGenerator()
    document.load_extension("dc")
    document.register_extension("rest", _ChannelRest, _ItemRest, atom=False)
    document.rest.feed = feed
    _add_channel(document, feed)
    for entry in feed.entries:
        _add_item(document, entry)
    return with_stylesheet(document.rss_str(pretty=True), feed.edition.directory)


def _add_channel(document: Any, feed: Feed) -> None:
    document.title(feed.title)
    document.description(feed.description)
    document.link(href=feed.edition.home_url)
    document.language(feed.language)
    document.generator(f"{GENERATOR} {version()} ({HOMEPAGE})")  # RSS has no attributes for them
    document.copyright(feed.copyright)
    if _is_bitmap(feed.logo):
        document.image(feed.logo)  # its title and link are the channel's
    if feed.author.email:
        document.managingEditor(f"{feed.author.email} ({feed.author.name})")
    else:
        document.dc.dc_creator(feed.author.name)


def _add_item(document: Any, entry: FeedEntry) -> None:
    item = document.add_entry(order="append")
    item.rest.entry = entry
    item.guid(entry.id, permalink=False)
    item.title(entry.title)
    item.link(href=entry.url)
    item.description(escape(entry.summary, quote=False), isSummary=True)  # RSS: encoded HTML
    item.content(entry.html)
    item.category([{"term": name} for name in entry.categories])
    if entry.author:
        item.dc.dc_creator(entry.author.name)  # <author> would be an e-mail address
    if entry.language:
        item.dc.dc_language(entry.language)


class _ChannelRest:
    """A feedgen extension that adds what feedgen lacks in a channel."""

    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        namespaces = {"media": MEDIA_NS}
        if self.feed.update:
            namespaces["sy"] = SYNDICATION_NS
        if self.feed.is_final:
            namespaces["fh"] = HISTORY_NS
        return namespaces

    def extend_rss(self, rss: Any) -> None:
        rss.set(XML_LANG, self.feed.language)
        (channel,) = rss
        # feedgen's own dates come from the clock, or are written in a locale that it switches for the whole process.
        channel.find("lastBuildDate").text = format_datetime(self.feed.updated)
        if self.feed.update:
            etree.SubElement(channel, "ttl").text = str(_MINUTES[self.feed.update])
            etree.SubElement(channel, f"{{{SYNDICATION_NS}}}updatePeriod").text = self.feed.update
        for link in self.feed.links(RSS):
            etree.SubElement(channel, _ATOM_LINK, link)
        if self.feed.is_final:
            etree.SubElement(channel, f"{{{HISTORY_NS}}}archive")


class _ItemRest:
    """A feedgen extension that adds what feedgen lacks in an item."""

    entry: FeedEntry

    def extend_rss(self, item: Any) -> None:
        add_media(item, self.entry)
        etree.SubElement(item, "pubDate").text = format_datetime(self.entry.published)
        etree.SubElement(item, f"{{{ATOM_NS}}}updated").text = distinct_timestamp(self.entry.updated)
        for related in self.entry.related:
            etree.SubElement(item, _ATOM_LINK, rel="related", href=related.url, type="text/html", title=related.title)


def _is_bitmap(url: str) -> bool:
    """Return whether an RSS image may show it: the specification allows GIF, JPEG and PNG, not SVG."""
    parts = urlsplit(url)
    # The W3C validator takes whatever follows the last dot for the type.
    return parts.path.lower().endswith((".png", ".jpg", ".jpeg", ".gif")) and "." not in parts.query + parts.fragment
