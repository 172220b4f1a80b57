"""Whether what a build wrote can harm anybody, read as those would read it who get it: with parsers.

`feeds.renderers.guard` looks for the same with other means, so that each of the two is a test of the other.
"""

import json
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

from feeds.config.mailing_tools import PROFILES
from feeds.renderers.guard import Expected, own_scripts, violations
from feeds.renderers.shipped import templates_dir

SCRIPTS = frozenset[bytes]().union(*(own_scripts(p.read_text("utf-8")) for p in templates_dir().glob("*.html")))
EXPECTED = Expected(scripts=SCRIPTS, tools=(PROFILES["none"],))

_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066\u2067\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_URLS = {"href", "src", "srcset", "action", "formaction", "data", "poster", "background", "ping", "cite"}
_RUNS = {"script", "iframe", "frame", "object", "embed", "applet", "base", "form"}
_HEADERS = {"subject", "date", "x-unsent", "mime-version", "content-type", "from", "list-unsubscribe"}


def harms(out: Path) -> list[str]:
    """What is wrong with the files below `out`, one line each."""
    files = {p.relative_to(out).as_posix(): p for p in sorted(out.rglob("*")) if not p.is_dir()}
    return [f"{name}: {harm}" for name, path in files.items() for harm in _of_file(name, path)]


def harms_of(name: str, data: bytes) -> Iterator[str]:
    """Of one file."""
    look = {".xml": _xml, ".opml": _xml, ".json": _json, ".html": _html, ".txt": _text, ".eml": _mail}
    suffix = Path(name).suffix
    yield from look[suffix](data) if suffix in look else ()
    yield from (f"inspection: {v}" for v in violations(name, data, EXPECTED))


def _of_file(name: str, path: Path) -> Iterator[str]:
    if path.is_symlink() or any(_RESERVED.fullmatch(part) or part.startswith(".") for part in name.split("/")):
        yield "no name for a file"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9./-]*", name) or ".." in name or len(name) > 120:
        yield "no name for a file"
    yield from harms_of(name, path.read_bytes())


def _text(data: bytes) -> Iterator[str]:
    text = data.decode()
    if match := _UNWANTED.search(text):
        yield f"U+{ord(match.group()):04X} at {match.start()}"


def _address(url: str) -> Iterator[str]:
    """Absolute ones of the web, or relative ones; nothing that a browser would still mend."""
    mended = re.sub(r"[\x00-\x20]", "", url).removeprefix("feed:")
    url = url.removeprefix("feed:")
    parts = urlsplit(mended)
    is_own = not parts.scheme and not parts.netloc
    if mended != url or not url.isascii():
        yield f"address {url!r} is not encoded"
    if not is_own and not (parts.scheme in ("http", "https") and parts.hostname) and parts.scheme != "mailto":
        yield f"address {url!r}"
    if parts.username is not None or parts.password is not None:
        yield f"address {url!r} has credentials"


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _RUNS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in ("srcdoc", "http-equiv"):
                self.found.append(f"<{tag} {name}>")
            if name in _URLS or name.endswith(":href"):
                self.found += _address(value or "")
            if len({n for n, _ in attrs}) != len(attrs):
                self.found.append(f"<{tag}> says something twice")
        if tag in ("div", "ul", "table", "article", "main", "body"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("div", "ul", "table", "article", "main", "body") and (not self.open or self.open.pop() != tag):
            self.found.append(f"</{tag}> is out of place")

    def handle_data(self, data: str) -> None:
        if match := _UNWANTED.search(data):
            self.found.append(f"U+{ord(match.group()):04X}")


def _markup(text: str) -> Iterator[str]:
    parser = _Markup()
    parser.feed(text)
    parser.close()
    yield from parser.found
    if parser.open:
        yield f"<{parser.open[-1]}> is left open"


def _html(data: bytes) -> Iterator[str]:
    yield from _text(data)
    for script in SCRIPTS:
        data = data.replace(script, b"")
    for linked_data in _LINKED_DATA.findall(data):
        json.loads(linked_data)
    for own in (_LINKED_DATA, _OWN_SCRIPT, _OWN_FORM, _OWN_FRAME):
        data = own.sub(b"", data)
    yield from _markup(data.decode())


_OWN_SCRIPT = re.compile(rb'<script src="(?:\.\./)*site\.js" defer></script>')
_OWN_FORM = re.compile(rb'<form class="bar">')
_OWN_FRAME = re.compile(
    rb'<iframe title="[^"<>]*" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe>'
)
_LINKED_DATA = re.compile(rb'<script type="application/ld\+json">([^<>&]*)</script>')


_HTML_ELEMENTS = {"description", "{http://purl.org/rss/1.0/modules/content/}encoded"}


def _xml(data: bytes) -> Iterator[str]:
    yield from _text(data)
    for element in etree.fromstring(data, etree.XMLParser(resolve_entities=False)).iter(etree.Element):
        if element.tag in _HTML_ELEMENTS or element.get("type") == "html":
            yield from _markup(element.text or "")
        for name, value in element.attrib.items():
            if name in ("href", "url", "xmlUrl", "htmlUrl"):
                yield from _address(str(value))
        if element.tag in ("link", "url"):
            yield from _address(element.text or "")


def _json(data: bytes) -> Iterator[str]:
    yield from _text(data)
    yield from _member("", json.loads(data))


def _member(name: str, value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _member(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _member(name, inner)
    elif isinstance(value, str):
        if match := _UNWANTED.search(value):
            yield f"U+{ord(match.group()):04X} in {name}"
        if name == "content_html":
            yield from _markup(value)
        if name == "url" or name.endswith("_url") or name in ("image", "icon", "favicon"):
            yield from _address(value)


def _mail(data: bytes) -> Iterator[str]:
    message = message_from_bytes(data, policy=policy.default)
    names = [name.lower() for name in message.keys()]  # noqa: SIM118  (a message has no other iterator of names)
    if set(names) - _HEADERS or len(set(names)) != len(names):
        yield f"headers {names}"
    if message.defects or any(len(line) > 998 for line in data.split(b"\r\n")):
        yield f"no proper mail: {message.defects}"
    if _UNWANTED.search(str(message["Subject"])):
        yield "subject"
    parts = list(message.iter_parts())
    if [part.get_content_type() for part in parts] != ["text/plain", "text/html"]:
        yield f"parts {[part.get_content_type() for part in parts]}"
        return
    yield from _text(parts[0].get_content().replace("\r\n", "\n").encode())
    yield from _markup(parts[1].get_content().replace("\r\n", "\n"))
