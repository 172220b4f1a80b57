"""Read answers over HTTP within limits of time and size; fetch public web pages, never from a private network."""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from threading import Timer
from typing import Any
from urllib.parse import urljoin

import urllib3
from msgspec import Struct
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from feeds.text import one_line, truncate

_CHUNK = 65_536
_REDIRECTS = 5
_HEADERS = {"User-Agent": "feeds (feeds new --url)", "Accept": "text/html", "Accept-Encoding": "identity"}
_HTML = ("text/html", "application/xhtml+xml")


class FetchError(Exception):
    """Why a page cannot be had, in one line without its address."""


class LimitError(Exception):
    """Why an answer cannot be used: it is too large, too slow, or not whole."""


class Patience(Struct, frozen=True, kw_only=True):
    """How long to wait, in seconds, and how much to read, in bytes."""

    answer: float = 10
    """For a connection, and for each piece of an answer."""
    whole: float = 30
    """For everything, however small the pieces of an answer, and over all redirects."""
    most_bytes: int = 4 * 1024 * 1024


class Fetched(Struct, frozen=True):
    """A page."""

    url: str
    """After redirects."""
    data: bytes
    charset: str
    """The one that its server states; empty if it states none."""


def is_public(address: str) -> bool:
    """Return False for an IP address of this machine, of a private network, or otherwise reserved."""
    ip: Any = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6:
        ip = _ipv4_inside(ip) or ip
    return bool(ip.is_global and not ip.is_multicast and (ip.version == 4 or ip in _GLOBAL_UNICAST))


_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _ipv4_inside(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a network translates an IPv6 address to."""
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else ip.ipv4_mapped or ip.sixtofour


_USUAL = Patience()


def fetch(url: str, patience: Patience = _USUAL, is_allowed: Callable[[str], bool] = is_public) -> Fetched:
    """Return the page at an http(s) URL; raise FetchError. `is_allowed` says which IP addresses may be connected to."""
    deadline = time.monotonic() + patience.whole
    found: Fetched | str
    try:
        with _pool(patience, is_allowed) as pool:
            found = _followed(pool, url, patience)
    except FetchError as error:
        found = str(error)
    except HTTPError as error:
        found = why_failed(error)
    except (OSError, ValueError) as error:
        found = f"the page cannot be read ({one_line(str(error))})"
    if time.monotonic() >= deadline:  # what was cut off may look whole
        found = f"the answer is not complete after {patience.whole:g} seconds"
    if isinstance(found, str):
        raise FetchError(found)
    return found


def _followed(pool: urllib3.PoolManager, url: str, patience: Patience) -> Fetched:
    """Follow redirects. urllib3 would read the whole body of each, however large."""
    for _ in range(_REDIRECTS + 1):
        response = pool.request("GET", url, headers=_HEADERS, retries=False, redirect=False, preload_content=False)
        try:
            location = response.get_redirect_location()
            if not location:
                return _page(response, url, patience)
        finally:
            response.close()
        url = urljoin(url, location)
    raise FetchError("there are too many redirects")


def _page(response: urllib3.BaseHTTPResponse, url: str, patience: Patience) -> Fetched:
    if response.status != 200:
        raise FetchError(f"the server answers {response.status}")
    kind = Message()
    kind["Content-Type"] = response.headers.get("Content-Type", "text/html")
    if kind.get_content_type() not in _HTML:
        raise FetchError(f"this is {truncate(one_line(kind.get_content_type()), 60)}, not a web page")
    try:
        data = b"".join(pieces(response, patience.most_bytes, patience.whole))
    except LimitError as error:
        raise FetchError(str(error)) from None
    return Fetched(url=url, data=data, charset=kind.get_content_charset() or "")


def pieces(response: urllib3.BaseHTTPResponse, most_bytes: int, seconds: float) -> Iterator[bytes]:
    """Yield an answer's body; raise LimitError when it is too large, incomplete, or not complete in time."""
    deadline, size = time.monotonic() + seconds, 0
    while piece := response.read1(_CHUNK):
        size += len(piece)
        if size > most_bytes:
            raise LimitError(f"the answer is larger than {most_bytes:,} bytes")
        if time.monotonic() > deadline:
            raise LimitError(f"the answer is not complete after {seconds:g} seconds")
        yield piece
    expected = response.headers.get("Content-Length", "")
    if expected.isdecimal() and int(expected) != size:
        raise LimitError("the answer ends too early")


def why_failed(error: HTTPError) -> str:
    """Return the reason why there is no answer, in plain words."""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, _PrivateAddressError):
            return "the address is in a private network"
        cause = getattr(cause, "reason", None) or cause.__context__
    for kind, text in (
        (urllib3.exceptions.NameResolutionError, "there is no server with this name"),
        (urllib3.exceptions.NewConnectionError, "the server cannot be reached"),
        (urllib3.exceptions.TimeoutError, "the server did not answer in time"),
        (urllib3.exceptions.SSLError, "the encrypted connection failed"),
    ):
        if isinstance(error, kind) or isinstance(getattr(error, "reason", None), kind):
            return text
    return "the server's answer cannot be read"


class _PrivateAddressError(HTTPError):
    """Raised before anything is sent to an address that is not allowed."""


@contextmanager
def _pool(patience: Patience, is_allowed: Callable[[str], bool]) -> Iterator[urllib3.PoolManager]:
    """Open connections to allowed addresses only, and end them all when the time is over."""
    opened: list[socket.socket] = []

    def checked(connection: socket.socket) -> socket.socket:
        # The address that is connected to is checked, not one that was looked up before: the next look-up may differ.
        if is_allowed(connection.getpeername()[0]):
            opened.append(connection.dup())  # encryption takes the socket itself away
            return connection
        connection.close()
        raise _PrivateAddressError

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return checked(super()._new_conn())

    class Encrypted(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return checked(super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls: Any = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls: Any = Encrypted

    def end() -> None:
        for connection in opened:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    # Timeouts are for each piece: a server could send headers forever.
    timer = Timer(patience.whole, end)
    timer.daemon = True
    timer.start()
    try:
        with urllib3.PoolManager(timeout=urllib3.Timeout(connect=patience.answer, read=patience.answer)) as pool:
            pool.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}
            yield pool
    finally:
        timer.cancel()
        for connection in opened:
            connection.close()
