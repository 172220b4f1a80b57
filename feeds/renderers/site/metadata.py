"""The metadata of a web page: Open Graph (ogp.me), and schema.org as JSON-LD. Pure."""

import json
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from msgspec import Struct

from feeds.editions.stories import newest_first
from feeds.model import Edition, Image, Site, Story
from feeds.renderers.pictures import for_pages
from feeds.text import truncate

_DESCRIPTION = 200
"""Characters that search engines and link previews show at most."""
_LISTED = 10
"""Stories in the landing page's list."""
_compact = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


class Metadata(Struct, frozen=True, kw_only=True):
    title: str
    description: str
    url: str
    """The canonical URL."""
    image: str
    """An absolute URL, or empty."""
    json_ld: Markup
    """Safe inside a script element: nothing in it can end one."""


def landing_metadata(site: Site, stories: Iterable[Story]) -> Metadata:
    """Return the metadata of the page of all topics; `stories` are the newest ones of each topic."""
    newest = newest_first({s.id: s for s in stories}.values())[:_LISTED]
    return Metadata(
        title=site.title,
        description=_shortened(site.description or site.title),
        url=site.base_url,
        image=site.logo,
        json_ld=_json_ld(_page(site, site.title, site.base_url, site.language, newest)),
    )


def edition_metadata(edition: Edition, title: str) -> Metadata:
    """Return the metadata of the page of a topic, a newsletter or an issue."""
    site, topic, stories = edition.site, edition.topic, edition.stories
    images = filter(None, for_pages(stories))
    titles = " · ".join(s.lead.title for s in stories[:3])
    return Metadata(
        title=title,
        description=_shortened(titles if edition.period and titles else topic.description),
        url=edition.url(),
        image=next((image.url for image in images), topic.logo or site.logo),
        json_ld=_json_ld(_page(site, title, edition.url(), topic.language, stories)),
    )


def _shortened(text: str) -> str:
    return truncate(text, _DESCRIPTION)


def _page(site: Site, title: str, url: str, language: str, stories: Sequence[Story]) -> dict[str, Any]:
    found = zip(stories, for_pages(stories), strict=True)
    elements = [{"@type": "ListItem", "position": n, "item": _news(s, i)} for n, (s, i) in enumerate(found, 1)]
    return {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": title,
        "url": url,
        "inLanguage": language,
        "isPartOf": {"@type": "WebSite", "name": site.title, "url": site.base_url},
        "mainEntity": {"@type": "ItemList", "itemListElement": elements},
    }


def _news(story: Story, image: Image | None) -> dict[str, Any]:
    lead = story.lead
    publisher = {"@type": "Organization", "name": lead.provider.name}
    if lead.provider.url:
        publisher["url"] = lead.provider.url
    news: dict[str, Any] = {
        "@type": "NewsArticle",
        "headline": lead.title,
        "url": lead.url,
        "datePublished": lead.published.isoformat(),
        "publisher": publisher,
    }
    if image:
        news["image"] = image.url
    return news | ({"inLanguage": lead.language} if lead.language else {})


def _json_ld(page: dict[str, Any]) -> Markup:
    """Return JSON without <, > and &, which HTML would read first."""
    return htmlsafe_json_dumps(page, dumps=_compact)
