"""Read the bytes of documents, on this machine or elsewhere."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from time import time_ns

from feeds.config.locations import Location, Sources, Url
from feeds.problems import Problem
from feeds.sources.find import unreadable
from feeds.sources.remote import beginnings


def sources_of(locations: Iterable[Location]) -> Sources:
    """Return what another process, or another machine, needs to know to read the documents."""
    urls = tuple(location for location in locations if isinstance(location, Url))
    return Sources(os.getcwd(), urls, time_ns())  # noqa: PTH109


def contents(paths: Sequence[str], sources: Sources, size: int) -> Iterator[bytes | Problem]:
    """Yield at most `size` bytes of each document, or why that one cannot be read.

    Raise ConfigError when a remote source as a whole cannot be read.
    """
    for url, group in groupby(paths, sources.url):
        if url is None:
            yield from (_local(path, sources.root, size) for path in group)
        else:
            yield from _remote(url, list(group), sources, size)


def _local(path: str, root: str, size: int) -> bytes | Problem:
    try:
        return beginning(os.path.join(root, path), size)  # noqa: PTH118
    except OSError as error:
        return unreadable(path, error)


def _remote(url: Url, paths: Sequence[str], sources: Sources, size: int) -> Iterator[bytes | Problem]:
    names = [path[len(url.text) + 1 :] for path in paths]
    for path, content in zip(paths, beginnings(sources, url, names, size), strict=True):
        yield unreadable(path, content) if isinstance(content, OSError) else content


_USUAL_SIZE = 64 * 1024  # bytes
# Without O_NONBLOCK, a pipe that has taken the place of a file would wait for a writer forever.
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


def beginning(path: str, size: int) -> bytes:
    """Return at most `size` bytes of a file; raise OSError.

    Called once per document: allocating `size` bytes would take four times as long as reading an item.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        mode = os.fstat(descriptor).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # reading a folder raises an error that names it
            raise OSError(errno.EINVAL, "it is a device or a pipe", path)
        head = os.read(descriptor, min(size, _USUAL_SIZE))
        return head if len(head) < _USUAL_SIZE else head + os.read(descriptor, size - len(head))
    finally:
        os.close(descriptor)
