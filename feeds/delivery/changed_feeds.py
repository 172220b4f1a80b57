"""Which feeds a build has changed, kept until a WebSub hub is told."""

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from feeds.config.load import Config
from feeds.media_types import MEDIA_TYPES

_NAME = "changed-feeds"
_ARCHIVE = re.compile(r"/archive/\d+/[^/]+")


def changed_feeds(config: Config, written: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses of the feeds among the files that a build has written; none without a hub.

    Archive documents are left out: nobody subscribes to them.
    """
    if not config.site.hub:
        return ()
    feeds = (name for name in written if PurePosixPath(name).name in MEDIA_TYPES and not _ARCHIVE.search(name))
    return tuple(f"{config.site.base_url}{name}" for name in feeds)


def remembered(cache: Path | None) -> tuple[str, ...]:
    """Return the addresses that no hub has been told yet."""
    if cache is None or not (path := cache / _NAME).is_file():
        return ()
    return tuple(path.read_text(encoding="utf-8").split())


def remember(cache: Path | None, addresses: Iterable[str]) -> None:
    """Replace the addresses that no hub has been told yet; raise OSError."""
    if cache is None:
        return
    lines = "".join(f"{address}\n" for address in sorted(set(addresses)))
    if lines:
        cache.mkdir(parents=True, exist_ok=True)
        (cache / _NAME).write_text(lines, encoding="utf-8")
    else:
        (cache / _NAME).unlink(missing_ok=True)
