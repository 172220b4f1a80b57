"""URLs as names and as links, and slugs as path segments.

The rules of `canonical_url` and `slug` are frozen: story ids and addresses are made of them, and a change would show
every subscriber every story again. That is why they are written here and not left to a library's next version.
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

# RFC 3986: what may stand unescaped. "%" is dealt with before; "[" and "]" belong to IPv6 hosts only.
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
    r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*(?:\?(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})+)?"
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
    """The URL as it may be published: absolute, http(s), percent-encoded to ASCII (RFC 3986), its host in IDNA.

    Raises ValueError, with a reason for people, for anything else: other schemes (`javascript:`, `data:`), credentials,
    control characters and spaces inside, no host, a port that is none.
    """
    text = text.strip()
    if len(text) <= _MAX_LENGTH and _SAFE.fullmatch(text):  # as most are; all that follows would leave it as it is
        return text
    if len(text) > _MAX_LENGTH:
        raise ValueError(f"it is longer than {_MAX_LENGTH} characters")
    if _FORBIDDEN.search(text):
        raise ValueError("it has a space or a control character inside")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"it is no URL ({error})") from error
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
    """The name of an article: what two addresses of it have in common. `url` is a `safe_url`.

    Do not count: scheme, `www.`, host case, default port, fragment, tracking parameters, AMP variants, a slash at the
    end, how a character is percent-encoded. Everything else does. The result is itself a valid https URL.
    """
    plain = _PLAIN.fullmatch(url)
    if plain and "amp" not in url:
        return f"https://{plain['host'].removeprefix('www.')}{plain['path'].rstrip('/') or '/'}"
    return _canonical(url)


# As most are, and in what follows only the end of the path would change: small letters, no query, no escape, no dot
# that begins a segment.
_PLAIN = re.compile(r"https?://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?P<path>/(?:[a-z0-9_~/-]|(?<!/)\.)*)")


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
    """The same link without tracking parameters; all else, byte for byte, as it was."""
    parts = urlsplit(url)
    if not parts.query:
        return url
    kept = [p for p in parts.query.split("&") if not _TRACKING.fullmatch(unquote(p.partition("=")[0]))]
    return urlunsplit(parts._replace(query="&".join(kept)))


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """A safe path segment, [a-z0-9-]+, at most 60 long, that no other topic's name has.

    Names that differ only in case, spacing and punctuation between words share one. Where more than that is lost
    (accents, other scripts, length), eight hexadecimal digits of the name's SHA-256 keep it apart: `C` → `c`, `C++` →
    `c-plus-plus`, `Ç` → `c-…`, `人工智能` → `topic-…`. No name depends on which other names there are.
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


def is_slug(text: str) -> bool:
    """Whether a configured slug is one safe path segment."""
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
        import idna  # only for international names

        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f"its host name is not valid ({error})") from error
    host = host.rstrip(".").lower()
    if not _HOST.fullmatch(host):
        raise ValueError(f"its host name {host!r} is not valid")
    return host


def _ip_address(host: str) -> str:
    if "%" in host:  # the name of a network interface, which means nothing elsewhere and may hold any character
        raise ValueError(f"its host {host!r} is no address of the web")
    try:
        return f"[{ipaddress.IPv6Address(host).compressed}]"
    except ValueError as error:
        raise ValueError(f"its host {host!r} is no address") from error


def _encode(text: str, safe: str) -> str:
    return quote(_LONE_PERCENT.sub("%25", text), safe=safe)


def _normal_escapes(text: str) -> str:
    """Escapes of unreserved characters decoded, all others in upper case (RFC 3986 §6.2.2)."""
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
    """RFC 3986 §5.2.4; empty segments stay."""
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)
