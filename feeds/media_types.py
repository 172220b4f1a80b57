"""The names of output files that several modules share, and the media types of files. Pure."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

RSS, ATOM, JSON = "rss.xml", "atom.xml", "feed.json"
OPML = "feeds.opml"
SITEMAP = "sitemap.xml"
STYLESHEET = "feed.css"
SITE_STYLESHEET, SITE_SCRIPT = "site.css", "site.js"
PAGE = "index.html"

FEEDS = {"rss": RSS, "atom": ATOM, "json": JSON}
"""The file of each feed format, keyed by the format's name in the configuration."""

MEDIA_TYPES = {RSS: "application/rss+xml", ATOM: "application/atom+xml", JSON: "application/feed+json"}

_BY_SUFFIX = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".txt": "text/plain",
    ".xml": "application/xml",
    ".xsl": "application/xml",
    ".json": "application/json",
    ".opml": "text/x-opml",
    ".eml": "message/rfc822",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/vnd.microsoft.icon",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".ogv": "video/ogg",
}


def media_type(name: str, known: Mapping[str, str]) -> str:
    """Return the Content-Type of a file, with `charset=utf-8` where the type has that parameter."""
    path = PurePosixPath(name)
    found = known.get(path.name) or _BY_SUFFIX.get(path.suffix.lower(), "application/octet-stream")
    has_charset = found.startswith("text/") or found.endswith("xml")
    return f"{found}; charset=utf-8" if has_charset else found


def type_of_address(url: str) -> str:
    """Return the type of a picture or a video as far as its address tells it; else ""."""
    found = _BY_SUFFIX.get(PurePosixPath(urlsplit(url).path).suffix.lower(), "")
    return found if found.startswith(("image/", "video/")) else ""
