"""Writes files: atomically, and only those whose bytes change; removes what a build has withdrawn."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Written:
    """What a run did to the files below out/, as POSIX paths relative to it."""

    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


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


def exists(out: Path, name: str) -> bool:
    return (out / name).is_file()


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside the file, so that the rename stays in one file system; not mkstemp, whose 0600 no web server could read.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
