"""Tell a WebSub hub that feeds have changed, so that it fetches them and passes them on (w3.org/TR/websub).

The specification leaves the request to publisher and hub; this is the one of PubSubHubbub 0.4, which hubs agree on.
"""

from collections.abc import Iterable, Iterator
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from msgspec import Struct

_TIMEOUT = 30
"""Seconds."""


class Answer(Struct, frozen=True):
    """What the hub said of one feed."""

    address: str
    problem: str = ""
    """Empty if the hub knows that the feed has changed."""


def publish(hub: str, addresses: Iterable[str]) -> Iterator[Answer]:
    """Tell the hub about each feed in turn. A hub that cannot be reached is not tried again."""
    opener = build_opener(_NoRedirects)
    unreachable = ""
    for address in addresses:
        if not unreachable:
            body = urlencode({"hub.mode": "publish", "hub.url": address}).encode()
            request = Request(hub, body, {"User-Agent": "feeds"})  # noqa: S310  (the configuration checks its scheme)
            try:
                opener.open(request, timeout=_TIMEOUT).close()
            except HTTPError as error:
                error.close()
                yield Answer(address, f"it answered {error.code} {error.reason}")
                continue
            except (HTTPException, OSError) as error:
                unreachable = f"it cannot be reached: {getattr(error, 'reason', '') or error or type(error).__name__}"
        yield Answer(address, unreachable)


class _NoRedirects(HTTPRedirectHandler):
    """Refuse redirects: after one, the request would be a GET and tell the hub nothing."""

    def redirect_request(self, *args: Any, **options: Any) -> None:
        return None
