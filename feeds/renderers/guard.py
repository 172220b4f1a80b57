"""Check rendered files for what must never be published, just before they are written. Pure.

Earlier steps prevent all of it: texts are cleaned, URLs are checked, templates escape, secrets aren't even kept. So
a finding is a mistake in the program or in a template; no document can cause one, as text about `<script>` is escaped
and not found. A build checks hundreds of files, so they aren't parsed: one pass drops the tags that are obviously
harmless, and only the rest is examined.
"""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from html import unescape
from pathlib import PurePosixPath

from msgspec import Struct

from feeds.config.mailing_tools import Profile
from feeds.renderers.digest.tags import unfilled
from feeds.text import SECURED_VALUE


class Expected(Struct, frozen=True, kw_only=True):
    """What a site's files may contain by its configuration, and what they must not."""

    base_url: str = ""
    """Where its own script may be loaded from; relative addresses are always allowed."""
    scripts: frozenset[bytes] = frozenset()
    """The whole script elements of its templates, found by `own_scripts`."""
    tools: tuple[Profile, ...] = ()
    """The mailing tools, the main one first; without any, tags in digests are not checked."""
    secrets: tuple[str, ...] = ()
    """Values that must not appear anywhere, such as a password from the environment."""


NOTHING = Expected()


def violations(name: str, data: bytes, expected: Expected = NOTHING) -> Iterator[str]:
    """Yield what is wrong with a file to be written as `name`, one line for each finding.

    Findings are control characters and invalid UTF-8; scripts, event handlers and unsafe URLs in HTML, also inside
    feeds; tags that no mailing tool fills in; unexpected headers of a mail; and values of `secured`. No message repeats
    a secret.
    """
    yield from _violations(PurePosixPath(name).name, data, expected)


@lru_cache(maxsize=8)  # the parts of a mail are also files, and so are copies of the current digest
def _violations(name: str, data: bytes, expected: Expected) -> tuple[str, ...]:
    _, _, kind = name.rpartition(".")
    return tuple(_mail(name, data, expected) if kind == "eml" else _file(name, kind, data, expected))


def _file(name: str, kind: str, data: bytes, expected: Expected) -> Iterator[str]:
    yield from _characters(data)
    yield from _secrets(data, expected)
    if check := _MARKUP_CHECKS.get(kind):
        yield from check(data, expected)
    if name.startswith("digest") and kind in ("html", "txt"):
        yield from _placeholders(name, data, expected)


def own_scripts(template: str) -> frozenset[bytes]:
    """Return the script elements in a template's source that are published unchanged, for `Expected`."""
    source = template.encode()
    found = (source[start:end] for start, end in _scripts(source))
    return frozenset(script for script in found if b"{{" not in script and b"{%" not in script)


# Characters ----------------------------------------------------------------------------------------------------------

_PRINTABLE = bytes([*b"\t\n", *range(0x20, 0x7F)])
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
# C1 controls, bidi embeddings and overrides, the isolates that digests don't use, and noncharacters.
_INVISIBLE = re.compile("[\x80-\x9f\u202a-\u202e\u2066\u2067\ufdd0-\ufdef\ufffe\uffff]")


def _characters(data: bytes) -> Iterator[str]:
    unusual = data.translate(None, _PRINTABLE)  # removes nearly all of most files
    if match := _CONTROL.search(unusual):
        yield f"line {_line(data, data.index(match.group()))}: control character U+{match.group()[0]:04X}"
    if unusual.isascii():
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        yield f"line {_line(data, error.start)}: invalid UTF-8"
        return
    if found := _INVISIBLE.search(unusual.decode()):  # contains each of these characters whole
        position = data.index(found.group().encode())
        yield f"line {_line(data, position)}: invisible character U+{ord(found.group()):04X}"


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


# Secrets -------------------------------------------------------------------------------------------------------------

_SECURED = re.compile(SECURED_VALUE.lower().encode())


def _secrets(data: bytes, expected: Expected) -> Iterator[str]:
    folded = data.lower()
    if b"secured" in folded and (match := _SECURED.search(folded)):
        yield f"line {_line(data, match.start())}: this looks like a value of `secured`"
    for secret in expected.secrets:
        if secret and (position := data.find(secret.encode())) >= 0:
            yield f"line {_line(data, position)}: a secret"


# Markup --------------------------------------------------------------------------------------------------------------

_DANGEROUS = tuple(b"script iframe frame object embed applet base".split())
_URLS = tuple(b"href src srcset action formaction data poster background ping cite manifest xlink:href".split())

# An obviously harmless tag runs and loads nothing, has web addresses only, and its values are in double quotes. The
# commonest names are tried first, as comparing without regard to case is slow. As they match the general pattern, too,
# the loop over the attributes must not go back: a tag that is not harmless would take exponential time.
_HARMLESS_TAG = (
    rb"(?:(?:a|p|li|ul|h[1-6]|time|span|bdi|article|div|br|link|title|td|tr|table)\b|(?!(?i:"
    + b"|".join(_DANGEROUS)
    + rb")\b)[a-zA-Z][\w:]*)"
    rb'(?:\s+(?:(?:href|src)="(?:https?://|mailto:|#|\.{0,2}/)[^"{|<]*"'
    rb'|(?:class|style|dir|lang|type|rel|title|id|datetime)="[^"]*"(?=[\s/>])'
    rb"|(?!(?i:on|srcdoc|http-equiv|(?:" + b"|".join(_URLS) + rb")[\s=>/]))"
    rb'[a-zA-Z][\w:.-]*(?:="[^"]*"(?=[\s/>])|(?=[\s/>]))))*+\s*/?>'
)
_HARMLESS = re.compile(b"<" + _HARMLESS_TAG)
_TAG_BEGINS = re.compile(rb"<[a-zA-Z]")
_UNUSUAL_TAG = re.compile(rb"<(?=[a-zA-Z])(?!" + _HARMLESS_TAG + rb")")
_TAG = re.compile(rb"<([a-zA-Z][^\s/>]*+)((?:[^\"'>]++|\"[^\"]*+\"|'[^']*+')*+)>")
_ATTRIBUTE = re.compile(rb"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_LINKED_DATA = re.compile(rb'<script type="application/ld\+json">[^<]*</script>')
_OWN_SCRIPT = re.compile(rb'<script src="([^"<>\s]*)site\.js"(?: (?:defer|async|type="module"))*></script>')

# The frame of the digest's preview: the page's own script puts the digest in it, and nothing in it can run.
_OWN_FRAME = re.compile(
    rb'<iframe title="[^"<>]*" sandbox="(?:allow-(?:same-origin|popups|popups-to-escape-sandbox) ?)*"></iframe>'
)


# The page at an earlier address of a topic leads to the present one, which is of the same publication.
_OWN_REDIRECT = re.compile(rb'<meta http-equiv="refresh" content="0; url=([^"<>;\s]*)">')


def _html(data: bytes, expected: Expected) -> Iterator[str]:
    base_url = expected.base_url.encode()
    data = _OWN_REDIRECT.sub(lambda m: b" " if base_url and m[1].startswith(base_url) else m[0], data)
    data = _OWN_FRAME.sub(b" ", data)
    rest, last = b"", 0
    for start, end in _scripts(data):
        if _is_own(data[start:end], expected):
            rest, last = b"%b%b " % (rest, data[last:start]), end
    yield from _markup(rest + data[last:])


def _scripts(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each script element begins and ends."""
    start = data.find(b"<script")
    while start >= 0 and (end := data.find(_SCRIPT_ENDS, start)) >= 0:
        end += len(_SCRIPT_ENDS)
        yield start, end
        start = data.find(b"<script", end)


_SCRIPT_ENDS = b"</script>"


def _is_own(script: bytes, expected: Expected) -> bool:
    """Return whether a script is from the site's templates, data for search engines, or the script of its pages."""
    if script in expected.scripts or _LINKED_DATA.fullmatch(script):
        return True
    match = _OWN_SCRIPT.fullmatch(script)
    if match is None:
        return False
    folder = match[1]
    is_relative = b":" not in folder and not folder.startswith(b"//")
    return is_relative or (bool(expected.base_url) and folder == expected.base_url.encode())


def _markup(data: bytes) -> Iterator[str]:
    if not _UNUSUAL_TAG.search(data):
        return
    rest = _HARMLESS.sub(b" ", data)
    begin = _TAG_BEGINS.search(rest)
    while begin:
        tag = _TAG.match(rest, begin.start())
        if tag is None:
            yield f"a tag that doesn't end: {_shown(rest[begin.start() :])}"
            return
        yield from (f"{reason}: {_shown(tag.group())}" for reason in _objections(tag[1], tag[2]))
        begin = _TAG_BEGINS.search(rest, tag.end())


def _objections(element: bytes, attributes: bytes) -> Iterator[str]:
    if element.lower() in _DANGEROUS:
        yield f"the element {element.decode().lower()}"
    for name, *values in _ATTRIBUTE.findall(attributes):
        reason = _objection(name.lower(), b"".join(values))
        if reason:
            yield reason


def _objection(name: bytes, value: bytes) -> str:
    if name.startswith(b"on"):
        return "an event handler"
    if name in (b"srcdoc", b"http-equiv"):
        return f"the attribute {name.decode()}"
    return _url_objection(value) if name in _URLS else ""


_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")
_SAFE_SCHEMES = ("http", "https", "mailto", "tel", "cid", "feed")
_PICTURE = re.compile(r"data:image/(?:gif|jpeg|png|webp);")


def _url_objection(value: bytes) -> str:
    """Read the URL as a browser does: decode references, and ignore spaces and control characters."""
    url = re.sub(r"[\x00-\x20]", "", unescape(value.decode(errors="replace"))).lower()
    scheme = _SCHEME.match(url)
    if scheme and scheme[1] not in _SAFE_SCHEMES and not _PICTURE.match(url):
        return "an unsafe URL"
    return ""


def _shown(markup: bytes) -> str:
    text = " ".join(markup[:80].decode(errors="replace").split())
    return text if len(markup) <= 80 else f"{text}…"


# Feeds ---------------------------------------------------------------------------------------------------------------

_CDATA = re.compile(rb"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_ENCODED_MARKUP = re.compile(rb">([^<>&]*+(?:&(?!lt;)[^<>&]*+)*+&lt;[^<]*+)<")
_REFERENCE_TO_CONTROL = re.compile(
    rb"&#(?:0*(?:[0-8]|1[1-9]|2[0-9]|3[01]|127)|x0*(?:[0-8bcef]|1[0-9a-f]|7f));", re.IGNORECASE
)


def _xml(data: bytes, expected: Expected) -> Iterator[str]:
    """HTML in a feed is either escaped or in CDATA; plain text contains no tags, thanks to `entry.literal`."""
    if match := _REFERENCE_TO_CONTROL.search(data):
        yield f"line {_line(data, match.start())}: control character {match.group().decode()}"
    inside = _ENCODED_MARKUP.findall(data)
    inside = [text.replace(b"&lt;", b"<").replace(b"&gt;", b">").replace(b"&amp;", b"&") for text in inside]
    if b"<![CDATA[" in data and b"]]>" in data:
        inside += _CDATA.findall(data)
        data = _CDATA.sub(b"", data)
    yield from _markup(data)
    for content in inside:
        yield from _content(content)


@lru_cache(maxsize=128)  # RSS, Atom and JSON Feed have the same contents, one after the other
def _content(html: bytes) -> tuple[str, ...]:
    return tuple(_markup(html))


# Quotes in JSON strings are escaped, so none of these can match inside a string.
_SECURED_MEMBER = re.compile(rb'"secured"\s*:')
_HTML_MEMBER = re.compile(rb'"content_html"\s*:\s*"((?:[^"\\]++|\\.)*+)"')
_URL_MEMBER = re.compile(
    rb'"(?:url|image|banner_image|icon|favicon|avatar|external_url|home_page_url|feed_url|next_url)"'
    rb'\s*:\s*"(?!https?://)[^"]*"'
)
_ESCAPE = re.compile(rb"\\(?:[bfr]|u00[017])", re.IGNORECASE)
_CONTROL_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\(?:[bfr]|u00(?:[01][0-9a-f]|7f))", re.IGNORECASE)


def _json(data: bytes, expected: Expected) -> Iterator[str]:
    if match := _SECURED_MEMBER.search(data):
        yield f"line {_line(data, match.start())}: a field `secured`"
    if match := _ESCAPE.search(data) and _CONTROL_ESCAPE.search(data):
        yield f"line {_line(data, match.start())}: control character {match.group()[-6:].decode()}"
    for match in _URL_MEMBER.finditer(data):
        yield f"line {_line(data, match.start())}: an unsafe URL: {_shown(match.group())}"
    for text in _HTML_MEMBER.findall(data):
        yield from _content(text.replace(rb"\"", b'"').replace(rb"\n", b"\n"))


# Mail ----------------------------------------------------------------------------------------------------------------

_HEADER = re.compile(rb"^([!-9;-~]+):", re.MULTILINE)
_HEADERS = frozenset(
    b"subject from to reply-to date x-unsent message-id mime-version list-id list-unsubscribe list-unsubscribe-post "
    b"content-type content-transfer-encoding content-language".split()
)
_ENCODED_WORD = re.compile(rb"=\?utf-8\?([bq])\?([^?\s]*)\?=", re.IGNORECASE)
_END_OF_HEADERS = b"\r\n\r\n"


def _mail(name: str, data: bytes, expected: Expected) -> Iterator[str]:
    """Check a draft as the digest's renderer makes it: headers, and parts in quoted-printable."""
    if b"\r" in data.replace(b"\r\n", b"") or b"\n" in data.replace(b"\r\n", b""):
        yield "a line ends with a lone CR or LF"
    head, _, body = data.partition(_END_OF_HEADERS)
    yield from _headers(head)
    for part in body.split(b"\r\n--=_" if b'boundary="=_' in head else b"\r\n--"):
        part_head, _, text = part.partition(_END_OF_HEADERS)
        kind = "html" if b"text/html" in part_head.lower() else "txt"
        text = a2b_qp(text).replace(b"\r\n", b"\n")
        stem = name.removesuffix(".eml")
        yield from (f"{kind} part: {reason}" for reason in _violations(f"{stem}.{kind}", text, expected))


def _headers(head: bytes) -> Iterator[str]:
    names = [name.lower() for name in _HEADER.findall(head)]
    for name in dict.fromkeys(names):
        if name not in _HEADERS:
            yield f"an unexpected header: {_shown(name)}"
        elif names.count(name) > 1:
            yield f"the header {_shown(name)} twice"
    yield from _characters(head.replace(b"\r\n", b"\n"))
    for encoding, word in _ENCODED_WORD.findall(head):
        try:
            text = a2b_base64(word) if encoding in b"bB" else a2b_qp(word, header=True)
        except Error:
            yield f"a broken word in the headers: {_shown(word)}"
        else:
            yield from (f"in the headers: {reason}" for reason in _characters(text.replace(b"\n", b"\r")))


# Placeholders --------------------------------------------------------------------------------------------------------

_DELIMITER = re.compile(rb"\{[{%$A-Za-z]|\*\||\[[\[%]|%[%/A-Z]|<%|::[A-Za-z]")


def _placeholders(name: str, data: bytes, expected: Expected) -> Iterator[str]:
    """Check digests only: their texts are neutralised, while a web page may well be about `{{ x }}`."""
    if not expected.tools or not _DELIMITER.search(data):
        return
    named = {f"digest.{tool.name}.": tool for tool in expected.tools}
    tool = next((tool for prefix, tool in named.items() if name.startswith(prefix)), expected.tools[0])
    yield from (f"nothing will fill in {found}" for found in unfilled(data.decode(errors="replace"), tool))


_MARKUP_CHECKS: Mapping[str, Callable[[bytes, Expected], Iterator[str]]] = {
    "html": _html,
    "xml": _xml,
    "opml": _xml,
    "json": _json,
}
