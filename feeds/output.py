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

import msgspec
from msgspec import Struct


class Written(Struct, frozen=True):
    """What a run did to the files below out/, as POSIX paths relative to it."""

    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Made(msgspec.Struct, array_like=True, frozen=True):
    """A file as a build left it."""

    name: str
    """Below out/, POSIX."""
    digest: bytes
    stamp: str
    """Size, modification time and change time, which tell that it is still the same without reading it."""


def write(out: Path, files: Mapping[str, bytes], *, force: bool = False) -> Written:
    """Brings `files` (path relative to `out`, POSIX, to bytes) to disk, in their order; raises OSError.

    A reader of `out` sees the old file or the new one, never a part. `force` writes unchanged files too.
    """
    if link := next((folder for folder in _folders(files) if (out / folder).is_symlink()), None):
        advice = "this folder is a link, which may lead anywhere: remove it, or make a link of the whole output folder"
        raise OSError(errno.ELOOP, advice, str(out / link))
    written, unchanged = [], []
    for name, data in files.items():
        path = out / name
        if not force and _content(path) == data:
            unchanged.append(name)
        else:
            _replace(out, path, data)
            written.append(name)
    return Written(tuple(written), tuple(unchanged))


def made(out: Path, files: Mapping[str, bytes]) -> list[Made]:
    """Of files that were just written."""
    return [Made(name, _digest(data), _stamp(f"{out}/{name}")) for name, data in files.items()]


def still_there(out: Path, files: Iterable[Made]) -> list[Made] | None:
    """The files, with their stamps of today, when all of them are as they were made; else None."""
    found = []
    for file in files:
        path = f"{out}/{file.name}"
        stamp = _stamp(path)
        if stamp != file.stamp:
            content = _content(Path(path)) if stamp else None
            if content is None or _digest(content) != file.digest:
                return None
            file = Made(file.name, file.digest, stamp)
        found.append(file)
    return found


def as_found(out: Path, names: Iterable[str]) -> list[Made] | None:
    """Files that may be as they like, as long as all of them are there; else None."""
    found = [Made(name, b"", _stamp(f"{out}/{name}")) for name in names]
    return found if all(file.stamp for file in found) else None


def present(out: Path, names: Iterable[str]) -> Iterator[str]:
    """Those that are files in out/ itself; whatever they name elsewhere, and links, are passed over."""
    links: dict[str, bool] = {}
    for name in names:
        if not _is_inside(name):
            continue
        for folder in _folders([name]):
            if folder not in links:
                links[folder] = (out / folder).is_symlink()
        if not any(links[folder] for folder in _folders([name])) and _stamp(f"{out}/{name}"):
            yield name


def remove(out: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Removes the files that are there, and the folders that this leaves empty; returns the names it found."""
    removed = []
    for name in present(out, names):
        path = out / name
        with suppress(FileNotFoundError):
            path.unlink()
            removed.append(name)
            for folder in list(path.parents)[: name.count("/")]:
                with suppress(OSError):
                    folder.rmdir()  # only when empty
    return tuple(removed)


def clean(out: Path) -> None:
    """Removes what builds that were killed have left half written. Only for who has out/ to itself."""
    with suppress(FileNotFoundError), os.scandir(out) as scan:
        for entry in scan:
            if _TEMPORARY.fullmatch(entry.name):
                with suppress(OSError):
                    os.unlink(entry.path)  # noqa: PTH108  (it is a string)


def read(out: Path, name: str) -> bytes | None:
    """What an earlier build left there; None when there is nothing to read."""
    return _content(out / name)


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


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
    if not stat.S_ISREG(status.st_mode):
        return ""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if stat.S_ISREG(path.lstat().st_mode) else None
    except OSError:
        return None


_TEMPORARY = re.compile(r"\.feeds-\d+\.tmp")


def _replace(out: Path, path: Path, data: bytes) -> None:
    # In out/, so that the rename stays in one file system, and beside no other file, so that what a killed build leaves
    # is found without a search. Not mkstemp, whose 0600 no web server could read.
    temporary = out / f".feeds-{os.getpid()}.tmp"
    try:
        try:
            temporary.write_bytes(data)
            temporary.replace(path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            temporary.replace(path)
    except OSError as error:  # name the file that people know
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with suppress(OSError):  # of a disk that cannot be written, say: the first error says more
            temporary.unlink(missing_ok=True)
