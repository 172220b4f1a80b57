"""A remote output folder: as few requests as possible, many of them at a time."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import PurePosixPath
from typing import TypeVar

from feeds.config.locations import Url
from feeds.media_types import MEDIA_TYPES, media_type
from feeds.output.protocol import Occupied, StagedFile, fingerprint
from feeds.problems import ConfigError
from feeds.sources.remote import RemoteFolder

T = TypeVar("T")
R = TypeVar("R")

_AT_A_TIME = 16
"""Requests at a time."""
_SHORT, _LONG = 300, 3600
"""Seconds that documents may be cached, and styles, scripts and icons, which change with this software only."""
_KEPT_LONGER = frozenset({".css", ".js", ".svg", ".png", ".ico"})


class RemoteOutput:
    """List the folder once and rely on the list: nothing else writes while a build runs."""

    is_shared = False

    def __init__(self, url: Url, root: str = "") -> None:
        self._folder = RemoteFolder(url, root)
        if self._folder.is_archive:
            raise ConfigError("", [f"out: {url} is an archive; write to a folder and pack that"])

    @cached_property
    def _stamps(self) -> dict[str, str]:
        return self._folder.stamps()

    def stamp(self, name: str) -> str:
        return self._stamps.get(name, "")

    def read(self, name: str) -> bytes | None:
        return self._folder.read(name) if name in self._stamps else None

    def stage(self, files: Mapping[str, bytes], *, force: bool) -> dict[str, StagedFile]:
        same = _at_once(lambda name: not force and self._holds(name, files[name]), files)
        return {
            name: StagedFile(fingerprint(data), None if is_same else data)
            for (name, data), is_same in zip(files.items(), same, strict=True)
        }

    def write(self, files: Mapping[str, StagedFile]) -> list[str]:
        changed = {name: file.content for name, file in files.items() if isinstance(file.content, bytes)}
        *others, last = changed or [""]
        _at_once(lambda name: self._write(name, changed[name]), others)
        if last:  # it may refer to the others
            self._write(last, changed[last])
        return list(changed)

    def _holds(self, name: str, data: bytes) -> bool:
        """Compare size and ETag, which on S3 is usually the MD5 of the content; otherwise compare the content."""
        size, *marks = self.stamp(name).split() or ("",)
        if size != str(len(data)):
            return False
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return marks[2:] == [f'"{md5}"'] or self._folder.read(name) == data

    def _write(self, name: str, data: bytes) -> None:
        self._folder.write(name, data, headers(name))
        self._stamps[name] = self._folder.stamp(name)

    def present(self, names: Iterable[str]) -> Iterator[str]:
        return (name for name in names if name in self._stamps)

    def occupied(self, names: Iterable[str]) -> Iterator[Occupied]:
        return (Occupied(name, name, is_replaceable=True) for name in names if name in self._stamps)

    def remove(self, names: Iterable[str]) -> tuple[str, ...]:
        there = tuple(self.present(names))
        _at_once(self._folder.remove, there)
        for name in there:
            del self._stamps[name]
        return there

    def clean(self, names: Iterable[str]) -> None:
        """Do nothing: remote files appear only when they are complete."""


def headers(name: str) -> dict[str, str]:
    """Return the HTTP headers of a file, with the names that S3 uses for them."""
    seconds = _LONG if PurePosixPath(name).suffix in _KEPT_LONGER else _SHORT
    return {"ContentType": media_type(name, MEDIA_TYPES), "CacheControl": f"public, max-age={seconds}"}


def _at_once(function: Callable[[T], R], things: Iterable[T]) -> list[R]:
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        return list(pool.map(function, things))
