"""RSS 2.0, with the Atom, Dublin Core, Content, Media RSS and Feed History modules.

Specification: rssboard.org/rss-specification; what is left open there, after the RSS Advisory Board's profile.
"""

from email.utils import format_datetime
from html import escape
from typing import Any
from urllib.parse import urlsplit

from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.languages import Language, language
from feeds.media_types import RSS
from feeds.model import Edition, Story
from feeds.renderers.syndication import entry as content
from feeds.renderers.syndication.entry import ATOM_NS, HISTORY_NS, XML_LANG

_ATOM_LINK = f"{{{ATOM_NS}}}link"


def render(edition: Edition) -> bytes:
    """rss.xml: UTF-8, indented."""
    words = language(edition.topic.language)
    feed = FeedGenerator()
    feed.load_extension("dc")
    feed.load_extension("media")
    feed.register_extension("rest", _Channel, _Item, atom=False)
    feed.rest.edition = edition
    _add_channel(feed, edition)
    for story in edition.stories:
        _add_item(feed, story, words)
    return content.with_stylesheet(feed.rss_str(pretty=True), edition.directory)


def _add_channel(feed: Any, edition: Edition) -> None:
    feed.title(content.feed_title(edition.topic))
    feed.description(content.description(edition.topic))
    feed.link(href=edition.home_url)
    feed.language(edition.topic.language)
    feed.generator("feeds")
    feed.copyright(content.copyright_notice(edition))
    logo = content.logo(edition)
    if _is_bitmap(logo):
        feed.image(logo)  # its title and link are the channel's
    author = content.author(edition)
    if author.email:
        feed.managingEditor(f"{author.email} ({author.name})")
    else:
        feed.dc.dc_creator(author.name)


def _add_item(feed: Any, story: Story, words: Language) -> None:
    lead = story.lead
    item = feed.add_entry(order="append")
    item.rest.story = story
    item.guid(story.id, permalink=False)
    item.title(content.title(lead))
    item.link(href=lead.url)
    item.description(escape(content.summary(story, words), quote=False), isSummary=True)  # RSS: encoded HTML
    item.content(content.html(story, words))
    item.category([{"term": name} for name in map(content.literal, lead.topics) if name])
    if name := content.outlet(lead.provider):
        item.dc.dc_creator(name)  # <author> would be an e-mail address
    if lead.language:
        item.dc.dc_language(lead.language)
    if picture := content.picture(story):
        item.media.content(url=picture.url, medium="image", **content.size(picture), group=None)
        item.media.thumbnail(url=picture.url, **content.size(picture), group=None)


class _Channel:
    """What feedgen lacks in a channel."""

    edition: Edition

    def extend_ns(self) -> dict[str, str]:
        return {"fh": HISTORY_NS} if content.is_final(self.edition) else {}

    def extend_rss(self, rss: Any) -> None:
        rss.set(XML_LANG, self.edition.topic.language)
        (channel,) = rss
        # feedgen's own dates are the clock's, or written under a locale switched for the whole process.
        channel.find("lastBuildDate").text = format_datetime(self.edition.updated)
        etree.SubElement(channel, "pubDate").text = format_datetime(self.edition.updated)
        for link in content.links(self.edition, RSS):
            etree.SubElement(channel, _ATOM_LINK, link.attributes)
        if content.is_final(self.edition):
            etree.SubElement(channel, f"{{{HISTORY_NS}}}archive")


class _Item:
    """What feedgen lacks in an item."""

    story: Story

    def extend_rss(self, item: Any) -> None:
        etree.SubElement(item, "pubDate").text = format_datetime(self.story.published)
        etree.SubElement(item, f"{{{ATOM_NS}}}updated").text = content.timestamp(self.story.updated)
        for related in self.story.coverage:
            etree.SubElement(
                item, _ATOM_LINK, rel="related", href=related.url, type="text/html", title=content.title(related)
            )


def _is_bitmap(url: str) -> bool:
    """Whether an RSS image may show it: GIF, JPEG or PNG, says the specification, and no SVG."""
    parts = urlsplit(url)
    # The validator takes whatever follows the last dot for the type.
    return parts.path.lower().endswith((".png", ".jpg", ".jpeg", ".gif")) and "." not in parts.query + parts.fragment
