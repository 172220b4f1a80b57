"""OPML 2.0 (opml.org/spec2.opml): a list of feeds, for import into a reader."""

import re
from collections import Counter
from collections.abc import Sequence

from lxml import etree

from feeds.media_types import ATOM
from feeds.model import EVERYTHING, Site, Topic
from feeds.renderers.syndication.entry import literal
from feeds.renderers.syndication.feed import feed_description, feed_title


def render(site: Site, topics: Sequence[Topic]) -> bytes:
    """Return feeds.opml: UTF-8, indented, with one outline per topic, in the order given.

    Readers subscribe to every outline they import, so each topic is listed once, with its Atom feed: Atom says the
    most (both dates, titles of related links, languages). `version` is left out, as it knows RSS only, and so are
    dates: the clock must not reach an output.
    """
    opml = etree.Element("opml", version="2.0")
    head = etree.SubElement(opml, "head")
    etree.SubElement(head, "title").text = literal(site.title)
    if site.author:
        etree.SubElement(head, "ownerName").text = literal(site.author.name)
    body = etree.SubElement(opml, "body")
    # The feed of all topics would bring each story once more.
    topics = [t for t in topics if t.name != EVERYTHING] or topics
    names = Counter(map(_name, topics))
    for topic in topics:
        title = feed_title(topic) if names[_name(topic)] == 1 else f"{feed_title(topic)} ({topic.slug})"
        etree.SubElement(
            body,
            "outline",
            type="rss",
            text=title,
            title=title,
            description=feed_description(topic),
            language=topic.language,
            xmlUrl=f"{site.base_url}{topic.slug}/{ATOM}",
            htmlUrl=f"{site.base_url}{topic.slug}/",
        )
    return etree.tostring(opml, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _name(topic: Topic) -> str:
    """Return the name that rss2email gives a feed. It imports nothing when two are equal, and sfeed mixes them up."""
    return re.sub(r"[^\w.-]+", "-", feed_title(topic))
