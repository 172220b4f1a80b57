"""Read and write remote folders through fsspec: S3 and the like, archives, memory. Errors are ConfigErrors.

Files in memory belong to this process only: build them with `processes.Serial`.
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
    """A remote folder as it is now; nothing is cached except an archive's table of contents.

    A file's name is its POSIX path below the folder, or "" when the URL is itself a file. `root` is the folder that the
    paths of local archives are relative to.
    """

    def __init__(self, url: Url, root: str = "") -> None:
        self.url = url
        with self._clear_errors("opened"):
            self._fs, self._path = _open(url, root)
        self.is_archive = hasattr(self._fs, "fo")
        protocol = self._fs.protocol
        self.is_s3 = "s3" in ((protocol,) if isinstance(protocol, str) else protocol)

    def stamps(self) -> dict[str, str]:
        """Return the stamp of each file by name; nothing when there is no such folder."""
        with self._clear_errors("listed"):
            # The members of an archive take its stamp: that is quick, and works for every kind of archive.
            archive = _stamp(self._fs.fo.fs.info(self._fs.fo.path)) if self.is_archive else ""
            found: dict[str, dict[str, Any]] = self._fs.find(self._path, detail=True)
        return {
            path[len(self._path) :].lstrip("/"): archive or _stamp(info)
            for path, info in found.items()
            if not path.endswith("/")  # some tools leave such an object for a folder
        }

    def stamp(self, name: str) -> str:
        with self._clear_errors("looked at"):
            return _stamp(self._fs.info(self._full(name)))

    def read(self, name: str) -> bytes | None:
        """Return a file's content, or None when there is no such file."""
        with self._clear_errors("read"):
            try:
                return bytes(self._fs.cat_file(self._full(name)))
            except FileNotFoundError:
                return None

    def beginnings(self, names: Sequence[str], size: int) -> Iterator[bytes | OSError]:
        """Yield at most `size` bytes of each file, or why that one cannot be read."""
        with self._clear_errors("read"):
            paths = [self._full(name) for name in names]
            found = self._fs.cat_ranges(paths, 0, [size] * len(paths), on_error="return")
            for path, content in zip(paths, found, strict=True):
                yield self._content_or_error(path, content)

    def _content_or_error(self, path: str, content: bytes | Exception) -> bytes | OSError:
        if isinstance(content, FileNotFoundError | PermissionError):
            return content
        if isinstance(content, OSError) and content.errno == errno.EINVAL and self._fs.info(path)["size"] == 0:
            return b""  # S3 rejects a range of an empty file
        if isinstance(content, Exception) and self.is_archive:  # each library of a compression has errors of its own
            return OSError(errno.EIO, "it is damaged, encrypted or compressed in an unknown way")
        if isinstance(content, Exception):
            raise content
        return bytes(content)

    def write(self, name: str, data: bytes, headers: Mapping[str, str]) -> None:
        """Write a file. Only S3 takes the headers; other services set their own."""
        with self._clear_errors("written"):
            self._fs.pipe_file(self._full(name), data, **(headers if self.is_s3 else {}))

    def remove(self, name: str) -> None:
        with self._clear_errors("changed"):
            self._fs.rm_file(self._full(name))

    def _full(self, name: str) -> str:
        return f"{self._path}/{name}" if name and self._path else name or self._path

    @contextmanager
    def _clear_errors(self, what: str) -> Iterator[None]:
        """Turn any exception into a ConfigError: the services' own errors share no base class."""
        try:
            yield
        except ImportError as error:
            install = "run pip install fsspec s3fs" if "fsspec" in str(error) else str(error)
            raise ConfigError("", [f"{self.url} cannot be {what}: a library is missing; {install}"]) from error
        except Exception as error:
            kind = type(error).__name__
            reason = f"{' '.join(str(error).split()) or kind}{_ADVICE.get(kind, '')}"
            raise ConfigError("", [f"{self.url} cannot be {what}: {reason}"]) from error


def _open(url: Url, root: str) -> tuple[Any, str]:
    """Return the file system and the folder's path in it."""
    from fsspec.core import url_to_fs  # optional, and slow to load

    chain = url.text.split("::")
    if len(chain) > 1 and "://" not in chain[-1]:
        chain[-1] = os.path.join(root, chain[-1])  # noqa: PTH118  (may be a URL)
    address = "::".join(chain)
    files, path = url_to_fs(address, use_listings_cache=False)
    if hasattr(files, "fo"):  # fsspec has kept the archive as it was when first opened
        files.clear_instance_cache()
        files.fo.fs.invalidate_cache()
        files, path = url_to_fs(address)
    return files, path.rstrip("/")


_ADVICE = {"NoCredentialsError": "; set them as AWS's own tools expect, for instance in AWS_ACCESS_KEY_ID"}
"""What to do, by the name of an error class whose library is not loaded here."""


_TAGS = ("ETag", "etag", "sha")
_TIMES = ("LastModified", "last_modified", "mtime", "modified", "created")


def _stamp(info: Mapping[str, Any]) -> str:
    """Return a stamp like a local file's (`find.stamp`), with the service's tag for the content where there is one."""
    if tag := next((info[key] for key in _TAGS if info.get(key)), ""):
        return f"{info['size']} 0 0 {tag}"
    when = next((info[key] for key in _TIMES if info.get(key)), None)
    if isinstance(when, datetime):
        when = when.timestamp()
    changed = int(when * 1e9) if isinstance(when, int | float) else time_ns()
    return f"{info['size']} {changed} {changed}"


def beginnings(sources: Sources, url: Url, names: Sequence[str], size: int) -> Iterator[bytes | OSError]:
    """Yield at most `size` bytes of each file below `url`, fetched together where the service allows it."""
    return _shared(url, sources.root, sources.token, os.getpid()).beginnings(names, size)


@lru_cache(maxsize=8)
def _shared(url: Url, root: str, _token: int, _process: int) -> RemoteFolder:
    """Open a folder once per build and process, so that an archive's table of contents is read only once."""
    return RemoteFolder(url, root)
