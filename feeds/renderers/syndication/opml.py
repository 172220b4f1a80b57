"""OPML 2.0 (opml.org/spec2.opml): a list of feeds, for import into a reader."""

import re
from collections import Counter
from collections.abc import Sequence

from lxml import etree

from feeds.media_types import ATOM
from feeds.model import Site, Topic
from feeds.renderers.syndication.entry import description, feed_title, literal


def render(site: Site, topics: Sequence[Topic]) -> bytes:
    """feeds.opml: UTF-8, indented. One outline per topic, in the order given: its Atom feed.

    Readers subscribe to every outline they import, so three formats would show each story three times. Atom is the
    one that says most: both dates, related links with titles, languages. `version` is left out, as it knows RSS only,
    and so are dates: no topic's feed would need them, and the clock is no one's business.
    """
    opml = etree.Element("opml", version="2.0")
    head = etree.SubElement(opml, "head")
    etree.SubElement(head, "title").text = literal(site.title)
    if site.author:
        etree.SubElement(head, "ownerName").text = literal(site.author.name)
    body = etree.SubElement(opml, "body")
    names = Counter(map(_name, topics))
    for topic in topics:
        title = feed_title(topic) if names[_name(topic)] == 1 else f"{feed_title(topic)} ({topic.slug})"
        etree.SubElement(
            body,
            "outline",
            type="rss",
            text=title,
            title=title,
            description=description(topic),
            language=topic.language,
            xmlUrl=f"{site.base_url}{topic.slug}/{ATOM}",
            htmlUrl=f"{site.base_url}{topic.slug}/",
        )
    return etree.tostring(opml, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _name(topic: Topic) -> str:
    """What rss2email makes of a text to name a feed. If two are the same it imports nothing; sfeed mixes the two."""
    return re.sub(r"[^\w.-]+", "-", feed_title(topic))
