"""The formats of a feed, one module each: pure functions from an Edition to bytes."""

from collections.abc import Callable

from msgspec import Struct

from feeds.media_types import ATOM, JSON, MEDIA_TYPES, OPML, RSS, STYLESHEET
from feeds.model import Edition
from feeds.renderers.syndication import atom, json_feed, rss

__all__ = ["ATOM", "FORMATS", "JSON", "OPML", "RSS", "STYLESHEET", "Format"]


class Format(Struct, frozen=True):
    """One way to write an edition down."""

    name: str
    """In the configuration: `rss`."""
    label: str
    """For people: `RSS`."""
    file_name: str
    """In the edition's directory: `rss.xml`."""
    render: Callable[[Edition], bytes]

    @property
    def media_type(self) -> str:
        """What `<link rel="alternate">` and a web server should say."""
        return MEDIA_TYPES[self.file_name]


FORMATS = (
    Format("rss", "RSS", RSS, rss.render),
    Format("atom", "Atom", ATOM, atom.render),
    Format("json", "JSON Feed", JSON, json_feed.render),
)
