"""Pictures and videos in RSS and Atom (Media RSS 1.5, rssboard.org/media-rss)."""

from typing import Any

from lxml import etree

from feeds.media_types import type_of_address
from feeds.renderers.syndication.entry import FeedEntry, size

MEDIA_NS = "http://search.yahoo.com/mrss/"
_CONTENT, _PLAYER, _THUMBNAIL = (f"{{{MEDIA_NS}}}{name}" for name in ("content", "player", "thumbnail"))


def add_media(element: Any, entry: FeedEntry) -> None:
    """Add the entry's picture and video, without `media:group`: the W3C validator warns about it.

    The picture comes first: some readers show the first `media:content` as the picture, whatever it is.
    """
    if picture := entry.picture:
        etree.SubElement(element, _CONTENT, _typed(picture.url) | {"medium": "image"} | size(picture))
        etree.SubElement(element, _THUMBNAIL, {"url": picture.url} | size(picture))
    if entry.video and type_of_address(entry.video).startswith("video/"):
        etree.SubElement(element, _CONTENT, _typed(entry.video) | {"medium": "video"})
    elif entry.video:  # a page that plays it
        content = etree.SubElement(element, _CONTENT, {"medium": "video"})
        etree.SubElement(content, _PLAYER, {"url": entry.video})


def _typed(url: str) -> dict[str, str]:
    media_type = type_of_address(url)
    return {"url": url, "type": media_type} if media_type else {"url": url}
