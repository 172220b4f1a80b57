"""Read answers over HTTP within limits of time and size; fetch public web pages, never from a private network."""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterator
from email.message import Message
from typing import Any
from urllib.parse import urljoin

import urllib3
from msgspec import Struct
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

_CHUNK = 65_536
_RETRIES = urllib3.Retry(total=None, connect=0, read=0, status=0, other=0, redirect=5)
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
    """For the whole answer, however small its pieces."""
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
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or ip
    return bool(inner.is_global and not inner.is_multicast)


_USUAL = Patience()


def fetch(url: str, patience: Patience = _USUAL, is_allowed: Callable[[str], bool] = is_public) -> Fetched:
    """Return the page at an http(s) URL; raise FetchError. `is_allowed` says which IP addresses may be connected to."""
    with _pool(patience, is_allowed) as pool:
        try:
            response = pool.request("GET", url, headers=_HEADERS, retries=_RETRIES, preload_content=False)
            try:
                return _page(response, url, patience)
            finally:
                response.close()
        except HTTPError as error:
            raise FetchError(why_failed(error)) from None
        except (OSError, ValueError) as error:
            raise FetchError(f"the page cannot be read ({error})") from None


def _page(response: urllib3.BaseHTTPResponse, url: str, patience: Patience) -> Fetched:
    if response.status != 200:
        raise FetchError(f"the server answers {response.status}")
    kind = Message()
    kind["Content-Type"] = response.headers.get("Content-Type", "text/html")
    if kind.get_content_type() not in _HTML:
        raise FetchError(f"this is {kind.get_content_type()}, not a web page")
    try:
        data = b"".join(pieces(response, patience.most_bytes, patience.whole))
    except LimitError as error:
        raise FetchError(str(error)) from None
    for step in response.retries.history if response.retries else ():
        url = urljoin(url, step.redirect_location or "")
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
        (urllib3.exceptions.ResponseError, "there are too many redirects"),
        (urllib3.exceptions.SSLError, "the encrypted connection failed"),
    ):
        if isinstance(error, kind) or isinstance(getattr(error, "reason", None), kind):
            return text
    return "the server's answer cannot be read"


class _PrivateAddressError(HTTPError):
    """Raised before anything is sent to an address that is not allowed."""


def _pool(patience: Patience, is_allowed: Callable[[str], bool]) -> urllib3.PoolManager:
    def checked(connection: socket.socket) -> socket.socket:
        # The address that is connected to is checked, not one that was looked up before: the next look-up may differ.
        if is_allowed(connection.getpeername()[0]):
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

    pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=patience.answer, read=patience.answer))
    pool.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}
    return pool
