"""JSON over HTTP for mailing tools: bounded in time and size, no redirects, no retries that nobody hears of.

What went wrong is said in one line, in which no key is ever found. The line between PushError ("it was not done") and
UnclearError ("it may have been done") decides whether a draft is created twice.
"""

import ipaddress
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
import urllib3
from msgspec import Struct
from urllib3.exceptions import ConnectTimeoutError, HTTPError, LocationParseError, NewConnectionError, SSLError

from feeds.delivery.push.protocol import PushError, UnclearError, key_variable
from feeds.fetch import LimitError, pieces
from feeds.text import one_line, truncate

T = TypeVar("T")

_DETAIL_LENGTH = 200
"""Characters of an answer that are repeated in a message."""
_DETAIL_KEYS = ("message", "context", "detail", "msg", "field")
"""Where the tools' answers say what is wrong."""


class Patience(Struct, frozen=True, kw_only=True):
    """How long to wait, in seconds, and how much to read, in bytes."""

    connect: float = 10
    answer: float = 30
    """For each piece of an answer."""
    whole: float = 120
    """For a whole answer, however small its pieces."""
    longest_pause: float = 60
    """That a tool may ask for (429, Retry-After); a longer one ends the run."""
    pauses: int = 3
    most_bytes: int = 32 * 1024 * 1024


class Http:
    """A client for one tool's API."""

    def __init__(
        self,
        tool: str,
        base: str,
        *,
        authorization: Callable[[], str],
        headers: Mapping[str, str] | None = None,
        secrets: tuple[str, ...] = (),
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Refuse an address without encryption, unless it is this machine's; raise PushError.

        `authorization` returns the header's value anew for each request. `secrets` are blanked out wherever an answer
        repeats them.
        """
        self._tool = tool
        self.base = _checked(tool, base)
        self._authorization = authorization
        self._headers = dict(headers or {})
        self._secrets = secrets
        self._patience = patience or Patience()
        self._sleep = sleep
        timeout = urllib3.Timeout(connect=self._patience.connect, read=self._patience.answer)
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False)

    def url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """Return the address of a path below the API's own."""
        return f"{self.base}{path}{'?' + urlencode(query) if query else ''}"

    def get(self, kind: type[T], path: str, query: Mapping[str, str] | None = None) -> T:
        """Return the answer as a record of this kind; raise PushError."""
        url = self.url(path, query)
        return self._decoded(kind, self._answer("GET", url, None), url)

    def send(self, kind: type[T], method: str, path: str, body: Mapping[str, Any]) -> T:
        """Send what changes something, and return the answer as a record; raise PushError or UnclearError."""
        url = self.url(path)
        return self._decoded(kind, self._answer(method, url, msgspec.json.encode(body)), url)

    def _answer(self, method: str, url: str, body: bytes | None) -> bytes:
        response = self._request(method, url, body)
        for _ in range(self._patience.pauses):
            if response.status != 429:
                break
            self._pause(response, url)
            response = self._request(method, url, body)
        data = self._read(response, url)
        if 200 <= response.status < 300:
            return data
        raise self._refusal(response, data, url)

    def _request(self, method: str, url: str, body: bytes | None) -> urllib3.BaseHTTPResponse:
        authorization = self._authorization()
        headers = self._headers | {
            "Authorization": authorization,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "feeds",
            # Each request has a connection of its own: an idle one that the server is closing could swallow a POST.
            "Connection": "close",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return self._pool.request(
                method, url, body=body, headers=headers, redirect=False, retries=False, preload_content=False
            )
        except (NewConnectionError, ConnectTimeoutError, LocationParseError) as error:
            raise self._error(url, _unreachable(error)) from None
        except SSLError as error:
            if isinstance(error.__context__, ssl.SSLCertVerificationError):
                raise self._error(url, "the server's certificate cannot be trusted") from None
            raise self._unclear(url, "the encrypted connection failed; does the server speak TLS?") from None
        except (HTTPError, OSError, ValueError) as error:
            raise self._unclear(url, _no_answer(error)) from None

    def _pause(self, response: urllib3.BaseHTTPResponse, url: str) -> None:
        """Wait as the tool asks: a request that it answers with 429 was not carried out."""
        response.close()
        asked = response.headers.get("Retry-After", "")
        seconds = float(asked) if asked.isdecimal() else 1.0
        if seconds > self._patience.longest_pause:
            raise self._error(url, f"429 too many requests; run this again in {seconds:.0f} seconds")
        self._sleep(seconds)

    def _read(self, response: urllib3.BaseHTTPResponse, url: str) -> bytes:
        try:
            return b"".join(pieces(response, self._patience.most_bytes, self._patience.whole))
        except LimitError as error:
            raise self._unclear(url, str(error)) from None
        except (HTTPError, OSError) as error:
            raise self._unclear(url, _no_answer(error)) from None
        finally:
            response.close()

    def _decoded(self, kind: type[T], data: bytes, url: str) -> T:
        try:
            return msgspec.json.decode(data, type=kind)
        except msgspec.ValidationError as error:
            raise self._unclear(url, f"the answer is not what the API promises: {self._safe(str(error))}") from None
        except (ValueError, RecursionError):
            raise self._unclear(url, "the answer is not JSON; is `url` the address of the API?") from None

    def _refusal(self, response: urllib3.BaseHTTPResponse, data: bytes, url: str) -> PushError:
        status = response.status
        detail = self._safe("; ".join(_details(data)))
        said = f": {detail}" if detail else ""
        if status >= 500:
            return self._unclear(url, f"the server failed with {status}{said}")
        if 300 <= status < 400:
            target = self._safe(response.headers.get("Location", "nowhere"))
            return self._error(url, f"{status} redirects to {target}; set `url` in [push.{self._tool}] to that")
        if status in (401, 403):
            return self._error(url, f"{status} the key was refused; check {key_variable(self._tool)}{said}")
        if status == 404:
            return self._error(url, f"404 not found; check `url` in [push.{self._tool}]{said}")
        return self._error(url, f"{status}{said or ' the request was refused'}")

    def _error(self, url: str, message: str, kind: type[PushError] = PushError) -> PushError:
        return kind(f"{self._tool}: {url.partition('?')[0]}: {message}")

    def _unclear(self, url: str, message: str) -> PushError:
        return self._error(url, message, UnclearError)

    def _safe(self, text: str) -> str:
        """Return what an answer says as one short line, without anything secret that it repeats."""
        for secret in filter(None, (*self._secrets, self._authorization())):
            text = text.replace(secret, "…")
        return truncate(one_line(text), _DETAIL_LENGTH)


def _checked(tool: str, base: str) -> str:
    try:
        parts = urlsplit(base)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    where = f"`url` in [push.{tool}]"
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise PushError(f"{where} is not an address; set it to one such as https://news.example/")
    if parts.username is not None:
        raise PushError(f"{where} has a user name or a password in it; remove it")
    if parts.scheme == "http" and not _is_loopback(host):
        raise PushError(f"{where} must begin with https://: the key must not travel without encryption")
    return base.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unreachable(error: Exception) -> str:
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "there is no server of that name"
    return "no connection; is the server running, and is `url` right?"


def _no_answer(error: Exception) -> str:
    if isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError):
        return "no answer in time"
    return "the connection ended before the answer was complete"


def _details(data: bytes) -> Iterator[str]:
    """Yield what an answer says is wrong, whichever tool's shape it has."""
    try:
        answer = msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return
    yield from dict.fromkeys(_texts(answer, depth=4))


def _texts(value: object, depth: int, *, is_wanted: bool = False) -> Iterator[str]:
    if isinstance(value, str) and is_wanted:
        yield value
    elif depth and isinstance(value, list):
        for inner in value:
            yield from _texts(inner, depth - 1, is_wanted=is_wanted)
    elif depth and isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, depth - 1, is_wanted=name in _DETAIL_KEYS)
