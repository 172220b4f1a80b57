"""Atom 1.0 (RFC 4287), with Media RSS and Feed History (RFC 5005)."""

from html import escape
from typing import Any

from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.languages import Language, language
from feeds.media_types import ATOM
from feeds.model import Author, Edition, Provider, Story
from feeds.renderers.syndication import entry as content
from feeds.renderers.syndication.entry import HISTORY_NS, XML_LANG
from feeds.urls import canonical_url


def render(edition: Edition) -> bytes:
    """atom.xml: UTF-8, indented."""
    words = language(edition.topic.language)
    feed = FeedGenerator()
    feed.load_extension("media")
    feed.register_extension("rest", _Feed, _Entry, rss=False)
    feed.rest.edition = edition
    _add_feed(feed, edition)
    for story in edition.stories:
        _add_entry(feed, story, words)
    return content.with_stylesheet(feed.atom_str(pretty=True), edition.directory)


def _add_feed(feed: Any, edition: Edition) -> None:
    # One name for the subscription document and its archives: they are one feed (RFC 5005 §4).
    feed.id(canonical_url(edition.url(ATOM, directory=edition.topic.slug)))
    feed.title(content.feed_title(edition.topic))
    feed.subtitle(content.description(edition.topic))
    for link in content.links(edition, ATOM):
        feed.link(link.attributes)
    # Once more, at the end: some readers take the first alternate for the feed's page, newsboat the last. Its language
    # makes it another link (RFC 4287 §4.1.1).
    feed.link(rel="alternate", href=edition.home_url, type="text/html", hreflang=edition.topic.language)
    feed.language(edition.topic.language)
    feed.generator("feeds")
    feed.rights(content.copyright_notice(edition))
    feed.logo(content.logo(edition))
    feed.icon(edition.site.icon)
    # Each entry has an author unless its outlet is unknown: then this one counts (RFC 4287 §4.1.1).
    feed.author(_person(content.author(edition)))


def _add_entry(feed: Any, story: Story, words: Language) -> None:
    lead = story.lead
    entry = feed.add_entry(order="append")
    entry.rest.story = story
    entry.rest.feed_language = words.tag
    entry.id(story.id)
    entry.title(content.title(lead))
    entry.link(href=lead.url)
    # As HTML: rss2email prefers any plain text, were it the summary, to the content with its coverage.
    entry.summary(escape(content.summary(story, words), quote=False), type="html")
    entry.content(content.html(story, words), type="html")
    entry.category([{"term": name} for name in map(content.literal, lead.topics) if name])
    if content.outlet(lead.provider):
        entry.author(_person(lead.provider))
    if picture := content.picture(story):
        entry.media.content(url=picture.url, medium="image", **content.size(picture), group=None)
        entry.media.thumbnail(url=picture.url, **content.size(picture), group=None)


def _person(who: Author | Provider) -> dict[str, str]:
    person = {
        "name": content.outlet(who) if isinstance(who, Provider) else who.name,
        "uri": who.url,
        "email": who.email if isinstance(who, Author) else "",
    }
    return {k: v for k, v in person.items() if v}


class _Feed:
    """What feedgen lacks in a feed."""

    edition: Edition

    def extend_ns(self) -> dict[str, str]:
        return {"fh": HISTORY_NS} if content.is_final(self.edition) else {}

    def extend_atom(self, feed: Any) -> None:
        # With their fractions, so that the feed is as new as its newest entry.
        updated = (content.timestamp(s.updated, content.fraction(s)) for s in self.edition.stories)
        feed.find("updated").text = max(updated, default=content.timestamp(self.edition.updated))
        if content.is_final(self.edition):
            etree.SubElement(feed, f"{{{HISTORY_NS}}}archive")


class _Entry:
    """What feedgen lacks in an entry, or leaves out."""

    story: Story
    feed_language: str

    def extend_atom(self, entry: Any) -> None:
        story, lead = self.story, self.story.lead
        fraction = content.fraction(story)
        etree.SubElement(entry, "published").text = content.timestamp(story.published, fraction)
        entry.find("updated").text = content.timestamp(story.updated, fraction)
        # feedgen 1.0.0 drops all attributes of an entry's links but href (its issue 135).
        alternate = entry.find("link")
        alternate.set("rel", "alternate")
        alternate.set("type", "text/html")
        if lead.language:
            alternate.set("hreflang", lead.language)
        if lead.language not in ("", self.feed_language):
            # Not the entry's: its content and the titles of its related links are in other languages.
            for name in ("title", "summary") if lead.excerpt else ("title",):
                entry.find(name).set(XML_LANG, lead.language)
        for related in story.coverage:
            etree.SubElement(
                entry, "link", rel="related", href=related.url, type="text/html", title=content.title(related)
            )
