"""Tell a WebSub hub that feeds have changed, so that it fetches them and passes them on (w3.org/TR/websub).

The specification leaves the request to publisher and hub; this is the one of PubSubHubbub 0.4, which hubs agree on.
"""

from collections.abc import Iterable, Iterator

import urllib3
from msgspec import Struct
from urllib3.exceptions import HTTPError

from feeds.fetch import why_failed

_TIMEOUT = 30
"""Seconds."""


class Answer(Struct, frozen=True):
    """What the hub said of one feed."""

    address: str
    problem: str = ""
    """Empty if the hub knows that the feed has changed."""


def publish(hub: str, addresses: Iterable[str]) -> Iterator[Answer]:
    """Tell the hub about each feed in turn. A hub that cannot be reached is not tried again."""
    # Redirects are refused as well: after one, the request would be a GET and tell the hub nothing.
    pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=False, headers={"User-Agent": "feeds"})
    unreachable = ""
    for address in addresses:
        problem = unreachable
        if not problem:
            fields = {"hub.mode": "publish", "hub.url": address}
            try:
                answer = pool.request("POST", hub, fields=fields, encode_multipart=False, preload_content=False)
                answer.close()  # only the status matters, and a body may be endless
                problem = f"it answered {answer.status} {answer.reason}" if answer.status >= 300 else ""
            except HTTPError as error:
                problem = unreachable = why_failed(error)
        yield Answer(address, problem)
