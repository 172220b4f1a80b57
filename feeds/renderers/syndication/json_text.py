"""How a JSON Feed is written. Pure, and light: withdrawing a story from an archive loads no renderer."""

from collections.abc import Mapping
from typing import Any

from msgspec.json import encode


def written(feed: Mapping[str, Any]) -> bytes:
    """Return a feed as UTF-8, compact, with a line for each item, by which nightly changes can be compared.

    Indentation would be a fifth of its size.
    """
    head = encode({name: value for name, value in feed.items() if name != "items"})
    items = b",\n".join(map(encode, feed["items"]))
    return b'%b,"items":[\n%b\n]}\n' % (head.removesuffix(b"}"), items)
