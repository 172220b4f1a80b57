"""Finding the documents below the sources."""

import errno
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from feeds.config.locations import Location, Url
from feeds.problems import ConfigError, Problem, Severity

YAML_SUFFIXES = frozenset({".yml", ".yaml"})
SUFFIXES = YAML_SUFFIXES | {".md", ".markdown", ".txt", ".html"}
_ENDINGS = tuple(sorted(SUFFIXES))

_UNPRINTABLE_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class File(NamedTuple):
    """A document that was found."""

    path: str
    """As the operating system wants it; or below the URL of a source."""
    stamp: str
    """Size, modification time and change time, in bytes and nanoseconds: the same while the content is the same.

    Of one elsewhere, more may follow.
    """

    @property
    def changed(self) -> int:
        """When it was last changed, in nanoseconds since 1970."""
        return max(map(int, self.stamp.split()[1:3]))


def find_documents(
    sources: Sequence[Location], *, exclude: Iterable[Location] = ()
) -> tuple[list[File], list[Problem]]:
    """The documents below the sources, and what cannot be looked into; in each source sorted by POSIX relative path.

    A source is a folder or a document. Dot files, dot folders, links that lead in a circle and the folders in `exclude`
    (the output, which may stand in a source) are skipped; a file that can be reached in several ways comes once.
    Raises ConfigError for sources that do not exist.
    """
    if missing := [source for source in sources if isinstance(source, Path) and not _exists(source)]:
        advice = "create it, or name the folder that your items are in"
        problems = [f"source folder '{document_name(str(path))}' does not exist: {advice}" for path in missing]
        raise ConfigError("", problems)
    finder = _Finder(exclude)
    return [file for source in sources for file in finder.of(source)], finder.problems


def why_no_document(path: str, sources: Sequence[Location]) -> str:
    """Why a file is none of the documents below the sources, and what to do; empty when it is not there."""
    place = Path(path)
    if not _exists(place):
        return ""
    name = document_name(path)
    if place.is_file() and not _is_document(path):
        *others, last = sorted(SUFFIXES)
        return f"{name} is no document: those end in {', '.join(others)} or {last}"
    folders = [source for source in sources if isinstance(source, Path)]
    if not any(place.resolve().is_relative_to(folder.resolve()) for folder in folders):
        names = ", ".join(document_name(str(source)) for source in sources)
        return f"{name} is in none of the sources ({names}): move it there, or name its folder in sources"
    return f"{name} is passed over: it has no front matter, a dot before its name, or another name that counts"


def document_name(path: str) -> str:
    """A path for people: POSIX, in one line, and fit to print whatever its bytes are."""
    return _UNPRINTABLE_IN_NAMES.sub("\ufffd", path.replace(os.sep, "/"))


def _exists(path: Path) -> bool:
    try:
        return path.is_dir() or path.is_file()
    except (OSError, ValueError):
        return False


class _Finder:
    """Remembers what it has seen, so that links and overlapping sources yield nothing twice.

    Paths are plain strings here, for there may be a million of them.
    """

    def __init__(self, exclude: Iterable[Location]) -> None:
        self.problems: list[Problem] = []
        self._seen = {os.path.realpath(folder) for folder in exclude if isinstance(folder, Path)}
        self._excluded = tuple(f"{url}/" for url in exclude if isinstance(url, Url))
        self._folders: list[str] = []
        """Still to be looked into, as are the links; not by recursion, for folders may be as deep as they like."""
        self._links: list[os.DirEntry[str]] = []

    def of(self, source: Location) -> list[File]:
        return self._elsewhere(source) if isinstance(source, Url) else self._below(str(source))

    def _elsewhere(self, source: Url) -> list[File]:
        from feeds.sources.remote import RemoteFolder

        stamps = RemoteFolder(source, os.getcwd()).stamps()  # noqa: PTH109
        if not stamps:
            advice = "correct it, or put your items there"
            raise ConfigError("", [f"the source {source} does not exist, or is empty: {advice}"])
        names = (name for name in stamps if _is_document(name or source.text) and not _is_hidden(name))
        found = (File(f"{source}/{name}" if name else source.text, stamps[name]) for name in names)
        below = tuple(url for url in self._excluded if url.startswith(f"{source}/"))  # not one that the source is in
        return sorted(f for f in found if not f.path.startswith(below) and self._is_new(f.path))

    def _below(self, source: str) -> list[File]:
        if not os.path.isdir(source):  # noqa: PTH112
            return [File(source, _stamp(os.stat(source)))] if self._is_new(os.path.realpath(source)) else []  # noqa: PTH116
        found: list[File] = []
        self._folders.append(source)
        while self._folders or self._links:
            # Links come last, so that a file goes by its own name rather than by a link's.
            found += self._folder(self._folders.pop()) if self._folders else self._link(self._links.pop(0))
        return sorted(found)

    def _is_new(self, real_path: str) -> bool:
        is_new = real_path not in self._seen
        self._seen.add(real_path)
        return is_new

    def _folder(self, folder: str) -> Iterator[File]:
        real_path = os.path.realpath(folder)
        if not self._is_new(real_path):
            return
        try:
            with os.scandir(folder) as scan:
                entries = sorted((e for e in scan if not e.name.startswith(".")), key=attrgetter("name"))
        except OSError as error:
            self._report(folder, *why_unreadable(error, "folder"))
            return
        for entry in entries:
            if entry.is_symlink():
                self._links.append(entry)
            elif entry.is_dir():
                self._later(entry.path)
            elif _is_document(entry.name) and self._is_new(f"{real_path}{os.sep}{entry.name}"):
                yield from self._file(entry)

    def _link(self, link: os.DirEntry[str]) -> Iterator[File]:
        try:
            is_folder = link.is_dir()
            link.stat()
        except OSError as error:
            if error.errno != errno.ELOOP and _is_document(link.name):
                self._report(link.path, "unreadable-file", "this link leads nowhere: correct or delete it")
            return
        if is_folder:
            self._later(link.path)
        elif _is_document(link.name) and self._is_new(os.path.realpath(link)):
            yield from self._file(link)

    def _later(self, folder: str) -> None:
        if _is_document(folder):
            self._report(folder, "is-a-directory", _IS_A_FOLDER)
        self._folders.append(folder)

    def _file(self, entry: os.DirEntry[str]) -> Iterator[File]:
        if entry.is_file():
            yield File(entry.path.removeprefix(_HERE), _stamp(entry.stat()))
        else:  # a pipe would wait for a writer for ever
            self._report(entry.path, "unreadable-file", "this is a device or a pipe: documents are ordinary files")

    def _report(self, path: str, code: str, message: str) -> None:
        name = document_name(path.removeprefix(_HERE))
        self.problems.append(Problem(name, 1, Severity.ERROR, code, message))


_HERE = f".{os.sep}"


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


_IS_A_FOLDER = "this is a folder with the name of a document: rename it without the suffix"


def _is_document(name: str) -> bool:
    return name.endswith(_ENDINGS) or name.lower().endswith(_ENDINGS)


def _is_hidden(name: str) -> bool:
    """A dot file, or one in a dot folder."""
    return any(part.startswith(".") for part in name.split("/"))


_USUAL_SIZE = 64 * 1024  # bytes


def beginning(path: str | Path, size: int) -> bytes:
    """At most so many bytes of a file; raises OSError.

    Hot, once per document: memory for so many bytes would take four times as long to get as an item takes to read.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        head = os.read(descriptor, min(size, _USUAL_SIZE))
        return head if len(head) < _USUAL_SIZE else head + os.read(descriptor, size - len(head))
    finally:
        os.close(descriptor)


def why_unreadable(error: OSError, what: str) -> tuple[str, str]:
    """Code and message."""
    if error.errno == errno.EISDIR:
        return "is-a-directory", _IS_A_FOLDER
    reason = error.strerror or "no reason given"
    return f"unreadable-{what}", f"this {what} cannot be read ({reason}): make it readable, or move it away"
