"""Writes files: atomically, and only those whose bytes change; removes what a build has withdrawn.

Never leaves out/: a link in the place of a file is replaced, one in the place of a folder is refused.
"""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from feeds.config.locations import Location
from feeds.sources.find import stamp


class FileChanges(Struct, frozen=True):
    """What a run did to the files below out/, as POSIX paths relative to it."""

    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class WrittenFile(msgspec.Struct, array_like=True, frozen=True):
    """A file as a build left it."""

    name: str
    """Below out/, POSIX."""
    fingerprint: bytes
    stamp: str
    """Size, modification time and change time, which tell that it is still the same without reading it."""


class OutputFolder(Protocol):
    """Where outputs lie; files go by their names below it, POSIX."""

    def stamp(self, name: str) -> str:
        """Empty when there is no such file."""

    def read(self, name: str) -> bytes | None:
        """What lies there; None when there is nothing to read."""

    def write(self, files: Mapping[str, bytes], *, force: bool) -> Iterable[str]:
        """Writes those that do not lie there already, or all by force; returns their names.

        A reader sees the old file or the new one, never a part, and the last one not before the others.
        """

    def present(self, names: Iterable[str]) -> Iterator[str]:
        """Those that are files in this folder; whatever they name elsewhere is passed over."""

    def remove(self, names: Iterable[str]) -> tuple[str, ...]:
        """Removes the files that are there, and the folders that this leaves empty; returns the names it found."""

    def clean(self, names: Iterable[str]) -> None:
        """Removes what builds that were killed have left half written beside these files.

        Only for who has the folder to itself.
        """


def folder(out: Location) -> OutputFolder:
    """On this machine or elsewhere; of the latter, errors are ConfigErrors rather than OSErrors."""
    if isinstance(out, Path):
        return LocalOutput(out)
    from feeds.output.remote import RemoteOutput

    return RemoteOutput(out)


def write(out: OutputFolder, files: Mapping[str, bytes], *, force: bool = False) -> FileChanges:
    """Brings `files` (name to bytes) there, in their order; raises OSError. `force` writes unchanged files too."""
    written = set(out.write(files, force=force))
    return FileChanges(tuple(n for n in files if n in written), tuple(n for n in files if n not in written))


def made(out: OutputFolder, files: Mapping[str, bytes]) -> list[WrittenFile]:
    """Of files that were just written."""
    return [WrittenFile(name, _fingerprint(data), out.stamp(name)) for name, data in files.items()]


def still_there(out: OutputFolder, files: Iterable[WrittenFile]) -> list[WrittenFile] | None:
    """The files, with their stamps of today, when all of them are as they were made; else None."""
    found = []
    for file in files:
        stamp = out.stamp(file.name)
        if stamp != file.stamp:
            content = out.read(file.name) if stamp else None
            if content is None or _fingerprint(content) != file.fingerprint:
                return None
            file = WrittenFile(file.name, file.fingerprint, stamp)
        found.append(file)
    return found


def as_found(out: OutputFolder, names: Iterable[str]) -> list[WrittenFile] | None:
    """Files that may be as they like, as long as all of them are there; else None."""
    found = [WrittenFile(name, b"", out.stamp(name)) for name in names]
    return found if all(file.stamp for file in found) else None


def _fingerprint(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


# ---- on this machine

_IS_A_LINK = "this folder is a link, which may lead anywhere: remove it, or make a link of the whole output folder"


class LocalOutput:
    """Its files are replaced as a whole; raises OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def stamp(self, name: str) -> str:
        return _stamp(f"{self._path}/{name}")

    def read(self, name: str) -> bytes | None:
        return _content(f"{self._path}/{name}")

    def write(self, files: Mapping[str, bytes], *, force: bool) -> Iterable[str]:
        if link := next((folder for folder in _folders(files) if (self._path / folder).is_symlink()), None):
            raise OSError(errno.ELOOP, _IS_A_LINK, str(self._path / link))
        written = []
        for name, data in files.items():
            path = f"{self._path}/{name}"
            if force or _content(path) != data:
                _replace(path, data)
                written.append(name)
        return written

    def present(self, names: Iterable[str]) -> Iterator[str]:
        links: dict[str, bool] = {}
        for name in names:
            if not _is_inside(name):
                continue
            for folder in _folders([name]):
                if folder not in links:
                    links[folder] = (self._path / folder).is_symlink()
            if not any(links[folder] for folder in _folders([name])) and self.stamp(name):
                yield name

    def remove(self, names: Iterable[str]) -> tuple[str, ...]:
        removed = []
        for name in self.present(names):
            with suppress(FileNotFoundError):
                (self._path / name).unlink()
                removed.append(name)
        self.clean(removed)
        for folder in sorted(_folders(removed), reverse=True):  # the inner ones first
            with suppress(OSError):
                (self._path / folder).rmdir()  # only when empty
        return tuple(removed)

    def clean(self, names: Iterable[str]) -> None:
        for folder in ("", *_folders(names)):
            with suppress(OSError), os.scandir(self._path / folder) as scan:
                for entry in scan:
                    if _TEMPORARY.fullmatch(entry.name):
                        os.unlink(entry.path)  # noqa: PTH108  (it is a string)


def _folders(names: Iterable[str]) -> Iterator[str]:
    """Those between out/ and the files, each once, the upper ones first."""
    seen: set[str] = set()
    for name in names:
        end = name.find("/")
        while end >= 0:
            if (folder := name[:end]) not in seen:
                seen.add(folder)
                yield folder
            end = name.find("/", end + 1)


def _is_inside(name: str) -> bool:
    """Whether it can only mean something below out/, on any system."""
    is_plain = name.isprintable() and not any(c in name for c in "\\:")
    return is_plain and all(part not in ("", ".", "..") for part in name.split("/"))


def _stamp(path: str) -> str:
    """Empty when there is no such file; what a link leads to is none."""
    try:
        status = os.lstat(path)
    except OSError:
        return ""
    return stamp(status) if stat.S_ISREG(status.st_mode) else ""


def _content(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes() if stat.S_ISREG(os.lstat(path).st_mode) else None
    except OSError:
        return None


_TEMPORARY = re.compile(r"\.feeds-\d+\.tmp")


def _replace(path: str, data: bytes) -> None:
    # Beside the file, for a rename into another folder takes twice as long. No mkstemp: no web server could read 0600.
    temporary = os.path.join(os.path.dirname(path), f".feeds-{os.getpid()}.tmp")  # noqa: PTH118, PTH120  (hot)
    try:
        try:
            _write(temporary, data)
        except FileNotFoundError:
            Path(temporary).parent.mkdir(parents=True, exist_ok=True)
            _write(temporary, data)
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException as error:
        with suppress(OSError):  # of a disk that cannot be written, say: the first error says more
            Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):  # name the file that people know
            raise OSError(error.errno, error.strerror, path) from error
        raise


def _write(path: str, data: bytes) -> None:
    """A new file: what stands there, left by a build that was killed or a link that somebody has put there, goes."""
    try:
        file = open(path, "xb")  # noqa: PTH123, SIM115
    except FileExistsError:
        Path(path).unlink()
        file = open(path, "xb")  # noqa: PTH123, SIM115
    with file:
        file.write(data)
