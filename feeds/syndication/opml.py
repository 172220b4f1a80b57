"""OPML 2.0 (opml.org/spec2.opml): a list of feeds, for import into a reader."""

from collections.abc import Sequence

from lxml import etree

from feeds.model import Site, Topic
from feeds.syndication.content import ATOM, description, feed_title, literal


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
    for topic in topics:
        etree.SubElement(
            body,
            "outline",
            type="rss",
            text=feed_title(topic),
            title=feed_title(topic),
            description=description(topic),
            language=topic.language,
            xmlUrl=f"{site.base_url}{topic.slug}/{ATOM}",
            htmlUrl=f"{site.base_url}{topic.slug}/",
        )
    return etree.tostring(opml, encoding="UTF-8", xml_declaration=True, pretty_print=True)
