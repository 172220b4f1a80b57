"""sitemap.xml (sitemaps.org, version 0.9), which lists the pages for search engines."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from lxml import etree

from feeds.editions.plan import TopicPlan
from feeds.model import NO_DATE, EditionPlan, Site

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_MOST = 50_000
"""Addresses that the protocol allows in one file; beyond that, the oldest issues are left out."""


def render(site: Site, plans: Sequence[TopicPlan]) -> bytes:
    """Return the sitemap, UTF-8 and indented: the landing page, each topic and newsletter, and their issues.

    A page's date is that of its newest article, never the clock's; a page without articles has no date.
    """
    homes = [plan.feed for plan in plans]
    issues = [issue for plan in plans for issue in plan.issues.newest]
    newest = max((e.updated for e in homes), default=NO_DATE)
    urlset = etree.Element("urlset", xmlns=_NAMESPACE)
    for address, updated in [(site.base_url, newest), *_dated(homes), *_by_age(issues)][:_MOST]:
        url = etree.SubElement(urlset, "url")
        etree.SubElement(url, "loc").text = address
        if updated != NO_DATE:
            etree.SubElement(url, "lastmod").text = updated.isoformat()
    return etree.tostring(urlset, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _dated(outlines: Sequence[EditionPlan]) -> Iterator[tuple[str, datetime]]:
    return ((e.url(), e.updated) for e in outlines)


def _by_age(issues: Sequence[EditionPlan]) -> list[tuple[str, datetime]]:
    """Return the newest issues first, so that the oldest are left out."""
    return sorted(sorted(_dated(issues)), key=lambda entry: entry[1], reverse=True)
