"""Safe and canonical URLs, and slugs.

The rules of `canonical_url` and `slug` are frozen: story ids and addresses are made of them, and a change would show
every subscriber every story again. So they are written here, where no new version of a library can change them.
"""

import hashlib
import ipaddress
import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit, urlunsplit

_SCHEMES = ("http", "https")
_DEFAULT_PORTS = (None, 80, 443)
_MAX_LENGTH = 4096
_MAX_HOST = 253  # RFC 1035 §2.3.4; the time that IDNA takes grows with the square of it

# Characters that RFC 3986 allows unescaped. "%" is handled first; "[" and "]" are allowed in IPv6 hosts only.
_PATH_SAFE = "!$&'()*+,;=:@/%"
_QUERY_SAFE = _PATH_SAFE + "?"
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")

_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SAFE = re.compile(
    rf"https?://(?=[^/]{{1,253}}/){_LABEL}(?:\.{_LABEL})+/"
    r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]++|%[0-9A-Fa-f]{2})*+"
    r"(?:\?(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]++|%[0-9A-Fa-f]{2})++)?"
)

_TRACKING = re.compile(
    r"(?:utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id|srsltid"
    r"|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|vero_id|vero_conv|oly_anon_id|oly_enc_id|_openstat|wickedid|s_kwcid"
    r"|guccounter|guce_referrer|guce_referrer_sig|cmpid|_ga|_gl|ml_subscriber|ml_subscriber_hash|rb_clickid)",
    re.IGNORECASE,
)
_AMP_PARAMETER = re.compile(r"(?:amp(?:=(?:1|true|yes)?)?|outputtype=amp)", re.IGNORECASE)
_AMP_CACHE = re.compile(r"/(?:[a-z]/)?(?:s/)?(?P<host>[^/]+\.[^/]+)(?P<path>/.*)?")
_AMP_HOSTS = (".cdn.ampproject.org", "www.google.com")
_AMP_VIEWER = re.compile("/amp" + _AMP_CACHE.pattern)
_AMP_PATH = re.compile(r"(?:/amp|\.amp(?:\.html?)?)/?\Z", re.IGNORECASE)
_AMP_SEGMENT = re.compile(r"/(?:\.amp|google-amp)(?=/)", re.IGNORECASE)

_SLUG_LENGTH = 60
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)")


def safe_url(text: str) -> str:
    """Return the URL as it may be published: absolute, http(s), percent-encoded to ASCII (RFC 3986), its host in IDNA.

    Raise ValueError, with a reason for messages, for anything else: other schemes (`javascript:`, `data:`),
    credentials, control characters and spaces inside, no host, an invalid port.
    """
    text = text.strip()
    if len(text) <= _MAX_LENGTH and _SAFE.fullmatch(text):  # the usual case, which the rest would not change
        return text
    if len(text) > _MAX_LENGTH:
        raise ValueError(f"it is longer than {_MAX_LENGTH} characters")
    if _FORBIDDEN.search(text):
        raise ValueError("it has a space or a control character inside")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"it is not a valid URL ({error})") from error
    scheme = parts.scheme.lower()
    if scheme not in _SCHEMES:
        raise ValueError("it does not begin with http:// or https://")
    if "@" in parts.netloc or "\\" in parts.netloc:
        raise ValueError("it carries a user name or password")
    host = _ascii_host(parts.hostname or "")
    netloc = host if port is None else f"{host}:{port}"
    return urlunsplit(
        (
            scheme,
            netloc,
            _encode(parts.path, _PATH_SAFE) or "/",
            _encode(parts.query, _QUERY_SAFE),
            _encode(parts.fragment, _QUERY_SAFE),
        )
    )


def canonical_url(url: str) -> str:
    """Return the name of an article, which is the same for all its addresses. `url` is a `safe_url`.

    It ignores the scheme, `www.`, the case of the host, a default port, the fragment, tracking parameters, AMP
    variants, a slash at the end, and how characters are percent-encoded; nothing else. It is itself a valid https URL.

    A path that begins with `/amp/` stays as it is, although that is AMP, too: taking it away would move ids that
    readers know.
    """
    plain = _PLAIN.fullmatch(url)
    if plain and not _PERHAPS_AMP.search(url):
        return f"https://{plain['host'].removeprefix('www.')}{plain['path'].rstrip('/') or '/'}"
    return _canonical(url)


# The usual case, in which only the end of the path can change: small letters, no query, no escape, and no segment
# that begins with a dot.
_PLAIN = re.compile(r"https?://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?P<path>/(?:[a-z0-9_~/-]++|(?<!/)\.)*+)")
_PERHAPS_AMP = re.compile(r"amp(?:[/.]|\Z|project)")  # but not in `example` or `campaign`


def _canonical(url: str) -> str:
    parts = urlsplit(url)
    host, path = _without_amp(parts.hostname or "", _normal_escapes(parts.path))
    if ":" in host:
        host = f"[{host}]"
    if parts.port not in _DEFAULT_PORTS:
        host = f"{host}:{parts.port}"
    query = "&".join(p for p in _normal_escapes(parts.query).split("&") if p and not _is_noise(p))
    return urlunsplit(("https", host, _remove_dot_segments(path).rstrip("/") or "/", query, ""))


def strip_tracking(url: str) -> str:
    """Return the link without tracking parameters, and otherwise byte for byte the same."""
    parts = urlsplit(url)
    if not parts.query:
        return url
    kept = [p for p in parts.query.split("&") if not _TRACKING.fullmatch(unquote(p.partition("=")[0]))]
    return urlunsplit(parts._replace(query="&".join(kept)))


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """Return a safe path segment for a name, [a-z0-9-]+, at most 60 characters long.

    Names that differ only in case, spacing and punctuation between words share a slug. If more is lost (accents, other
    scripts, length), eight hexadecimal digits of the name's SHA-256 make it unique: `C` → `c`, `C++` → `c-plus-plus`,
    `Ç` → `c-…`, `人工智能` → `topic-…`. A slug never depends on other names.
    """
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    spoken = folded.replace("+", " plus ").replace("#", " sharp ").replace("&", " and ").replace("@", " at ")
    plain = unicodedata.normalize("NFKD", spoken).encode("ascii", "ignore").decode("ascii")
    words = re.findall(r"[a-z0-9]+", plain)
    result = "-".join(words)
    lossless = plain == spoken and re.fullmatch(r"[a-z0-9][a-z0-9 _/-]*", plain) is not None
    if lossless and len(result) <= _SLUG_LENGTH and not _RESERVED.fullmatch(result):
        return result
    digest = hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{result[: _SLUG_LENGTH - 9].strip('-') or 'topic'}-{digest}"


def is_unreadable(slug: str) -> bool:
    """Return whether nothing of the name is in its slug but the hash: `topic-cf2abf0c` for 日本."""
    return re.fullmatch(r"topic-[0-9a-f]{8}", slug) is not None


def is_slug(text: str) -> bool:
    """Return whether a configured slug is one safe path segment."""
    return re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", text) is not None and (
        len(text) <= _SLUG_LENGTH and not _RESERVED.fullmatch(text)
    )


def _ascii_host(host: str) -> str:
    if not host:
        raise ValueError("it has no host name")
    if ":" in host:
        return _ip_address(host)
    if len(host) > _MAX_HOST:
        raise ValueError(f"its host name is longer than {_MAX_HOST} characters")
    if not host.isascii():
        import idna  # slow to load, and only international names need it

        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f"its host name is not valid ({error})") from error
    host = host.rstrip(".").lower()
    if not _HOST.fullmatch(host):
        raise ValueError(f"its host name {host!r} is not valid")
    return host


def _ip_address(host: str) -> str:
    if (
        "%" in host
    ):  # the name of a network interface, which means nothing on other machines and may contain any character
        raise ValueError(f"its host {host!r} is not a public address")
    try:
        return f"[{ipaddress.IPv6Address(host).compressed}]"
    except ValueError as error:
        raise ValueError(f"its host {host!r} is not an IP address") from error


def _encode(text: str, safe: str) -> str:
    return quote(_LONE_PERCENT.sub("%25", text), safe=safe)


def _normal_escapes(text: str) -> str:
    """Decode escapes of unreserved characters, and write all others in upper case (RFC 3986 §6.2.2)."""
    return _ESCAPES.sub(lambda m: re.sub(r"%(..)", _normal_escape, m.group()), text)


def _normal_escape(match: re.Match[str]) -> str:
    char = chr(int(match.group(1), 16))
    return char if char in _UNRESERVED else match.group().upper()


def _without_amp(host: str, path: str) -> tuple[str, str]:
    served_by_google = _AMP_CACHE if host.endswith(".cdn.ampproject.org") else _AMP_VIEWER
    match = served_by_google.fullmatch(path) if host.endswith(_AMP_HOSTS) else None
    if match and _HOST.fullmatch(match["host"].lower()):
        host, path = match["host"].lower(), match["path"] or "/"
    host = host.removeprefix("www.")
    if host.count(".") > 1:
        host = host.removeprefix("amp.")
    path = _AMP_SEGMENT.sub("", path, count=1)
    return host, _AMP_PATH.sub("", path) or "/"


def _is_noise(parameter: str) -> bool:
    name = unquote(parameter.partition("=")[0])
    return bool(_TRACKING.fullmatch(name) or _AMP_PARAMETER.fullmatch(parameter))


def _remove_dot_segments(path: str) -> str:
    """Remove `.` and `..` (RFC 3986 §5.2.4), but keep empty segments."""
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)
