"""The formats of a feed, with a module for each: pure functions from a Feed to bytes."""

from collections.abc import Callable

from msgspec import Struct

from feeds.media_types import FEEDS, MEDIA_TYPES
from feeds.renderers.syndication import atom, json_feed, rss
from feeds.renderers.syndication.feed import Feed


class Format(Struct, frozen=True):
    """One way to write a feed."""

    name: str
    """The name in the configuration: `rss`."""
    label: str
    """The name for people: `RSS`."""
    render: Callable[[Feed], bytes]

    @property
    def file_name(self) -> str:
        return FEEDS[self.name]

    @property
    def media_type(self) -> str:
        """The type for `<link rel="alternate">` and web servers."""
        return MEDIA_TYPES[self.file_name]


FORMATS = (
    Format("rss", "RSS", rss.render),
    Format("atom", "Atom", atom.render),
    Format("json", "JSON Feed", json_feed.render),
)
