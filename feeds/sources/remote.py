"""Folders elsewhere, through fsspec: S3 and its like, archives, memory. Whatever goes wrong there is a ConfigError.

What is in memory is seen by this process only: build it with `executors.Serial`.
Credentials come from where each service's own tools look for them: the environment, or files in the home directory.
"""

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from time import time_ns
from typing import Any

from feeds.config.locations import Sources, Url
from feeds.problems import ConfigError


class RemoteFolder:
    """A folder elsewhere, as it is now: nothing is remembered but an archive's table of contents.

    Its files go by their names below it, POSIX; the name of a URL that is itself a file is empty. `root` is the folder
    in which the paths of local archives begin.
    """

    def __init__(self, url: Url, root: str = "") -> None:
        self.url = url
        with self._clearly("found"):
            self._fs, self._path = _opened(url, root)
        self.is_archive = hasattr(self._fs, "fo")
        protocol = self._fs.protocol
        self.is_s3 = "s3" in ((protocol,) if isinstance(protocol, str) else protocol)

    def stamps(self) -> dict[str, str]:
        """Of all files: size and times as those of local files, and what else changes with the content.

        Empty where there is no such folder.
        """
        with self._clearly("listed"):
            # The members of an archive are as old as it is: a cheap rule, and one that holds for all of them.
            archive = _stamp(self._fs.fo.fs.info(self._fs.fo.path)) if self.is_archive else ""
            found: dict[str, dict[str, Any]] = self._fs.find(self._path, detail=True)
        return {
            path[len(self._path) :].lstrip("/"): archive or _stamp(info)
            for path, info in found.items()
            if not path.endswith("/")  # what some tools leave for a folder
        }

    def stamp(self, name: str) -> str:
        with self._clearly("looked at"):
            return _stamp(self._fs.info(self._full(name)))

    def read(self, name: str) -> bytes | None:
        """None when it is not there."""
        with self._clearly("read"):
            try:
                return bytes(self._fs.cat_file(self._full(name)))
            except FileNotFoundError:
                return None

    def beginnings(self, names: Sequence[str], size: int) -> Iterator[bytes | OSError]:
        """At most so many bytes of each, or why it alone cannot be read."""
        with self._clearly("read"):
            paths = [self._full(name) for name in names]
            found = self._fs.cat_ranges(paths, 0, [size] * len(paths), on_error="return")
            for path, content in zip(paths, found, strict=True):
                yield self._judged(path, content)

    def _judged(self, path: str, content: bytes | Exception) -> bytes | OSError:
        if isinstance(content, FileNotFoundError | PermissionError):
            return content
        if isinstance(content, OSError) and content.errno == errno.EINVAL and self._fs.info(path)["size"] == 0:
            return b""  # S3 has no first byte of it
        if isinstance(content, Exception):
            raise content
        return bytes(content)

    def write(self, name: str, data: bytes, headers: Mapping[str, str]) -> None:
        """`headers`: as S3 calls them; other services are left to their own rules."""
        with self._clearly("written"):
            self._fs.pipe_file(self._full(name), data, **(headers if self.is_s3 else {}))

    def remove(self, name: str) -> None:
        with self._clearly("changed"):
            self._fs.rm_file(self._full(name))

    def _full(self, name: str) -> str:
        return f"{self._path}/{name}" if name and self._path else name or self._path

    @contextmanager
    def _clearly(self, what: str) -> Iterator[None]:
        """Each service has errors of its own, of no common kind."""
        try:
            yield
        except ImportError as error:
            install = "install it with pip install 'feeds[remote]'" if "fsspec" in str(error) else str(error)
            raise ConfigError("", [f"{self.url} cannot be {what}: a library for it is missing: {install}"]) from error
        except Exception as error:
            kind = type(error).__name__
            said = f"{' '.join(str(error).split()) or kind}{_ADVICE.get(kind, '')}"
            raise ConfigError("", [f"{self.url} cannot be {what}: {said}"]) from error


def _opened(url: Url, root: str) -> tuple[Any, str]:
    """The file system, and the folder's path in it."""
    from fsspec.core import url_to_fs

    chain = url.text.split("::")
    if len(chain) > 1 and "://" not in chain[-1]:
        chain[-1] = os.path.join(root, chain[-1])  # noqa: PTH118  (may be a URL)
    address = "::".join(chain)
    files, path = url_to_fs(address, use_listings_cache=False)
    if hasattr(files, "fo"):  # as it was when it was first opened
        files.clear_instance_cache()
        files.fo.fs.invalidate_cache()
        files, path = url_to_fs(address)
    return files, path.rstrip("/")


_ADVICE = {"NoCredentialsError": ": give them as AWS's own tools take them, for instance in AWS_ACCESS_KEY_ID"}
"""What to do, by the name of an error of a library that is not loaded here."""


_TAGS = ("ETag", "etag", "sha")
_TIMES = ("LastModified", "last_modified", "mtime", "modified", "created")


def _stamp(info: Mapping[str, Any]) -> str:
    """As `finding.File` has it: size, and times by which to see whether it may still be changing."""
    if tag := next((info[key] for key in _TAGS if info.get(key)), ""):
        return f"{info['size']} 0 0 {tag}"
    when = next((info[key] for key in _TIMES if info.get(key)), None)
    if isinstance(when, datetime):
        when = when.timestamp()
    changed = int(when * 1e9) if isinstance(when, int | float) else time_ns()
    return f"{info['size']} {changed} {changed}"


# ---- reading, on whatever machine


def beginnings(sources: Sources, url: Url, names: Sequence[str], size: int) -> Iterator[bytes | OSError]:
    """As a folder's. What one process reads together is fetched at once, where the service can."""
    return _shared(url, sources.root, sources.token, os.getpid()).beginnings(names, size)


@lru_cache(maxsize=8)
def _shared(url: Url, root: str, _token: int, _process: int) -> RemoteFolder:
    """An archive's table of contents is read once, not for each chunk of documents."""
    return RemoteFolder(url, root)
