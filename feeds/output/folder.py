"""Write files, atomically and only if their bytes change, and remove files that a build has withdrawn.

Nothing is written outside out/: a link in the place of a file is replaced; one in the place of a folder is refused.
"""

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import msgspec
from msgspec import Struct

from feeds.config.locations import Location
from feeds.output.protocol import Occupied, OutputFolder, StagedFile, fingerprint
from feeds.sources.find import stamp


class FileChanges(Struct, frozen=True):
    """What a build did to the files in out/; all names are POSIX paths relative to it."""

    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class WrittenFile(msgspec.Struct, array_like=True, frozen=True):
    """A file as a build has left it."""

    name: str
    fingerprint: bytes
    stamp: str
    """Size, modification time and change time: while they are the same, the file needn't be read."""


def open_output(out: Location) -> OutputFolder:
    """Return the output folder; a remote one raises ConfigError where a local one raises OSError."""
    if isinstance(out, Path):
        return LocalOutput(out)
    from feeds.output.remote import RemoteOutput  # its libraries are optional and slow to load

    return RemoteOutput(out)


def write_files(out: OutputFolder, files: Mapping[str, bytes], *, force: bool = False) -> FileChanges:
    """Write files, given as bytes by name, in their order; `force` writes unchanged ones too. Raise OSError."""
    return write_staged(out, out.stage(files, force=force))


def write_staged(out: OutputFolder, files: Mapping[str, StagedFile]) -> FileChanges:
    """Write staged files in their order; raise OSError."""
    written = set(out.write(files))
    return FileChanges(tuple(n for n in files if n in written), tuple(n for n in files if n not in written))


def written_files(out: OutputFolder, files: Mapping[str, StagedFile]) -> list[WrittenFile]:
    """Return the records of files that were just written."""
    return [WrittenFile(name, file.fingerprint, out.stamp(name)) for name, file in files.items()]


def unchanged_files(out: OutputFolder, files: Sequence[WrittenFile]) -> list[WrittenFile] | None:
    """Return the files with their current stamps; None unless all have the bytes that were written."""
    found = [WrittenFile(file.name, file.fingerprint, out.stamp(file.name)) for file in files]
    touched = [(file, now) for file, now in zip(files, found, strict=True) if now.stamp != file.stamp]
    if any(_size(file) != _size(now) for file, now in touched):
        return None
    return found if all(_is_same(out, now) for _, now in touched) else None


def _size(file: WrittenFile) -> str:
    return file.stamp.partition(" ")[0]


def _is_same(out: OutputFolder, file: WrittenFile) -> bool:
    content = out.read(file.name)
    return content is not None and fingerprint(content) == file.fingerprint


def existing_files(out: OutputFolder, names: Iterable[str]) -> list[WrittenFile] | None:
    """Return the files, whatever their bytes; None unless all of them exist."""
    found = [WrittenFile(name, b"", out.stamp(name)) for name in names]
    return found if all(file.stamp for file in found) else None


# The local folder ----------------------------------------------------------------------------------------------------

_IS_A_LINK = "this folder is a link; remove it, or link the whole output folder instead"


class LocalOutput:
    """A folder on this machine; all methods raise OSError."""

    is_shared = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def stamp(self, name: str) -> str:
        return _stamp(f"{self._path}/{name}")

    def read(self, name: str) -> bytes | None:
        return _content(f"{self._path}/{name}")

    def stage(self, files: Mapping[str, bytes], *, force: bool) -> dict[str, StagedFile]:
        if link := next((folder for folder in _folders(files) if (self._path / folder).is_symlink()), None):
            raise OSError(errno.ELOOP, _IS_A_LINK, str(self._path / link))
        staged: dict[str, StagedFile] = {}
        with _discarded_if_it_fails(staged):
            for name, data in files.items():
                path = f"{self._path}/{name}"
                temporary = _staged(path, data) if force or _content(path) != data else None
                staged[name] = StagedFile(fingerprint(data), temporary)
        return staged

    def write(self, files: Mapping[str, StagedFile]) -> list[str]:
        written = []
        with _discarded_if_it_fails(files):
            for name, file in files.items():
                if isinstance(file.content, str):
                    _put(file.content, f"{self._path}/{name}")
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

    def occupied(self, names: Iterable[str]) -> Iterator[Occupied]:
        for name in names:
            try:
                mode = os.lstat(f"{self._path}/{name}").st_mode
            except FileNotFoundError:
                continue
            except NotADirectoryError:
                place = next(f for f in _folders([name]) if not (self._path / f).is_dir())
                yield Occupied(name, place, is_replaceable=False)
            else:
                yield Occupied(name, name, is_replaceable=not stat.S_ISDIR(mode))

    def remove(self, names: Iterable[str]) -> tuple[str, ...]:
        removed = []
        for name in self.present(names):
            with suppress(FileNotFoundError):
                (self._path / name).unlink()
                removed.append(name)
        self.clean(removed)
        return tuple(removed)

    def clean(self, names: Iterable[str]) -> None:
        for folder in (*sorted(_folders(filter(_is_inside, names)), reverse=True), ""):  # inner folders first
            path = self._path / folder
            with suppress(OSError):
                found = os.listdir(path)  # noqa: PTH208  (iterdir takes longer)
                temporary = [name for name in found if _TEMPORARY.fullmatch(name)]
                for name in temporary:
                    (path / name).unlink()
                if folder and len(temporary) == len(found):
                    path.rmdir()


def _folders(names: Iterable[str]) -> Iterator[str]:
    """Yield each folder between out/ and the files once, outer folders first."""
    seen: set[str] = set()
    for name in names:
        end = name.find("/")
        while end >= 0:
            if (folder := name[:end]) not in seen:
                seen.add(folder)
                yield folder
            end = name.find("/", end + 1)


def _is_inside(name: str) -> bool:
    """Return whether a name can only lead to a file in out/, on any system."""
    is_plain = name.isprintable() and not any(c in name for c in "\\:")
    return is_plain and all(part not in ("", ".", "..") for part in name.split("/"))


def _stamp(path: str) -> str:
    """Return the stamp of a file; "" if there is none, or only a link."""
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


_TEMPORARY = re.compile(r"\.feeds-\d+(-\d+)?\.tmp")
_numbers = count()


def _staged(path: str, data: bytes) -> str:
    """Write a file's bytes to a temporary file beside it, and return the path of that."""
    # Renaming from another folder takes twice as long. Not mkstemp: no web server could read its mode 0600.
    folder, _, _ = path.rpartition("/")
    temporary = f"{folder}/.feeds-{os.getpid()}-{next(_numbers)}.tmp"
    with _named(path):
        try:
            try:
                _write(temporary, data)
            except FileNotFoundError:
                Path(folder).mkdir(parents=True, exist_ok=True)
                _write(temporary, data)
        except BaseException:
            _discard(temporary)
            raise
    return temporary


def _put(temporary: str, path: str) -> None:
    with _named(path):
        os.replace(temporary, path)  # noqa: PTH105


@contextmanager
def _named(path: str) -> Iterator[None]:
    """Raise errors with the name of the file that people know, not of the temporary one."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error


@contextmanager
def _discarded_if_it_fails(files: Mapping[str, StagedFile]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for file in files.values():
            if isinstance(file.content, str):
                _discard(file.content)
        raise


def _discard(temporary: str) -> None:
    with suppress(OSError):  # the first error says more
        Path(temporary).unlink(missing_ok=True)


def _write(path: str, data: bytes) -> None:
    """Write a new file; replace what a killed build has left in its place, or a link that somebody has put there."""
    try:
        file = open(path, "xb")  # noqa: PTH123, SIM115
    except FileExistsError:
        Path(path).unlink()
        file = open(path, "xb")  # noqa: PTH123, SIM115
    with file:
        file.write(data)
