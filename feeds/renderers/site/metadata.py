"""What a web page says of itself to programs: Open Graph (ogp.me) and schema.org, as JSON-LD. Pure."""

import json
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from msgspec import Struct

from feeds.editions.stories import newest_first
from feeds.model import Article, Edition, Image, Site, Story
from feeds.text import truncate

_DESCRIPTION = 200
"""Characters: what search engines and link previews show at most."""
_LEAST_WIDTH = 200
"""Pixels: what is narrower is an icon, or counts visitors."""
_LISTED = 10
"""Stories in the landing page's list, however many topics there are."""
_compact = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


class Metadata(Struct, frozen=True, kw_only=True):
    title: str
    description: str
    url: str
    """The canonical one, absolute."""
    image: str
    """Absolute URL; empty for none."""
    json_ld: Markup
    """Can stand in a script element: nothing in it ends one."""


def of_landing(site: Site, stories: Iterable[Story]) -> Metadata:
    """Of the page of all topics; `stories`: the newest of each, of which it lists the newest."""
    newest = newest_first({s.id: s for s in stories}.values())[:_LISTED]
    return Metadata(
        title=site.title,
        description=_shortened(site.description or site.title),
        url=site.base_url,
        image=site.logo,
        json_ld=_json_ld(_page(site, site.title, site.base_url, site.language, newest)),
    )


def of_edition(edition: Edition, title: str) -> Metadata:
    """Of the page of a topic, or of an issue."""
    site, topic, stories = edition.site, edition.topic, edition.stories
    pictures = (p for s in stories if (p := picture(s.lead)))
    titles = " · ".join(s.lead.title for s in stories[:3])
    return Metadata(
        title=title,
        description=_shortened(titles if edition.period and titles else topic.description),
        url=edition.url(),
        image=next((p.url for p in pictures), topic.logo or site.logo),
        json_ld=_json_ld(_page(site, title, edition.url(), topic.language, stories)),
    )


def picture(article: Article) -> Image | None:
    """The first one that shows something: its size is unknown, or neither an icon's nor a banner's."""
    return next((i for i in article.images if not _is_ornament(i)), None)


def _is_ornament(image: Image) -> bool:
    too_narrow = image.width is not None and image.width < _LEAST_WIDTH
    return too_narrow or bool(image.width and image.height and image.width > 4 * image.height)


def _shortened(text: str) -> str:
    return truncate(text, _DESCRIPTION)


def _page(site: Site, title: str, url: str, language: str, stories: Sequence[Story]) -> dict[str, Any]:
    elements = [{"@type": "ListItem", "position": n, "item": _news(s)} for n, s in enumerate(stories, 1)]
    return {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": title,
        "url": url,
        "inLanguage": language,
        "isPartOf": {"@type": "WebSite", "name": site.title, "url": site.base_url},
        "mainEntity": {"@type": "ItemList", "itemListElement": elements},
    }


def _news(story: Story) -> dict[str, Any]:
    lead, shown = story.lead, picture(story.lead)
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
    if shown:
        news["image"] = shown.url
    return news | ({"inLanguage": lead.language} if lead.language else {})


def _json_ld(page: dict[str, Any]) -> Markup:
    """Without <, > and &, which HTML would read first."""
    return htmlsafe_json_dumps(page, dumps=_compact)
