"""Writes files: atomically, and only those whose bytes change; removes what a build has withdrawn."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec


@dataclass(frozen=True, slots=True)
class Written:
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
    written, unchanged = [], []
    for name, data in files.items():
        path = out / name
        if not force and _content(path) == data:
            unchanged.append(name)
        else:
            _replace(path, data)
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


def remove(out: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Removes the files that are there, and the folders that this leaves empty; returns the names it found."""
    removed = []
    for name in names:
        path = out / name
        with suppress(FileNotFoundError):
            path.unlink()
            removed.append(name)
            for folder in list(path.parents)[: name.count("/")]:
                with suppress(OSError):
                    folder.rmdir()  # only when empty
    return tuple(removed)


def read(out: Path, name: str) -> bytes | None:
    """What an earlier build left there; None when there is nothing to read."""
    return _content(out / name)


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def _stamp(path: str) -> str:
    """Empty when there is no such file."""
    try:
        status = os.stat(path)  # noqa: PTH116  (hot: once per file in out/)
    except OSError:
        return ""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _replace(path: Path, data: bytes) -> None:
    # Beside the file, so that the rename stays in one file system; not mkstemp, whose 0600 no web server could read.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            temporary.write_bytes(data)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
