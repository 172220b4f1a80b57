"""JSON Feed 1.1 (jsonfeed.org/version/1.1), with an extension `_feeds` for coverage."""

from typing import Any

from feeds.media_types import JSON
from feeds.model import Author
from feeds.renderers.syndication.dates import distinct_timestamp, timestamp
from feeds.renderers.syndication.entry import FeedEntry, RelatedLink
from feeds.renderers.syndication.feed import HOMEPAGE, Feed
from feeds.renderers.syndication.json_text import written


def render(feed: Feed) -> bytes:
    """Return feed.json."""
    edition = feed.edition
    document = _filled(
        version="https://jsonfeed.org/version/1.1",
        title=feed.title,
        home_page_url=edition.home_url,
        feed_url=edition.url(JSON),
        description=feed.description,
        # In the subscription document as in an archive, the next page is the older one.
        next_url=edition.url(JSON, directory=edition.prev_archive) if edition.prev_archive else "",
        icon=feed.logo,
        favicon=edition.site.icon,
        authors=[_person(feed.author)],
        language=feed.language,
        hubs=[{"type": "WebSub", "url": edition.site.hub}] if edition.site.hub else [],
    )
    return written(document | {"items": [_item(entry) for entry in feed.entries]})  # required, even if empty


def _item(entry: FeedEntry) -> dict[str, Any]:
    return _filled(
        id=entry.id,
        url=entry.url,
        title=entry.title,
        content_html=entry.html,
        summary=entry.summary,
        image=entry.picture.url if entry.picture else "",
        date_published=timestamp(entry.published),
        date_modified=distinct_timestamp(entry.updated),
        authors=[_person(entry.author)] if entry.author else [],
        tags=entry.categories,
        language=entry.language,
        _feeds=_extension(entry),
    )


def _extension(entry: FeedEntry) -> dict[str, Any]:
    """Return an object, as the specification wants of extensions; an empty one is left out."""
    related = [_related(link) for link in entry.related]
    return {"about": f"{HOMEPAGE}docs/readers.md#json-feed", "related": related} if related else {}


def _related(link: RelatedLink) -> dict[str, Any]:
    date = timestamp(link.published) if link.published else ""
    return _filled(url=link.url, title=link.title, outlet=link.outlet, date_published=date)


def _person(author: Author) -> dict[str, Any]:
    return _filled(name=author.name, url=author.url)


def _filled(**members: Any) -> dict[str, Any]:
    """Leave out unknown members: JSON Feed has no empty values."""
    return {name: value for name, value in members.items() if value}
