"""Find the documents below the sources."""

import errno
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from feeds.config.locations import Location, Url
from feeds.problems import ConfigError, Problem, Severity
from feeds.sources.remote import RemoteFolder

YAML_SUFFIXES = frozenset({".yml", ".yaml"})
SUFFIXES = YAML_SUFFIXES | {".md", ".markdown", ".txt", ".html"}
_ENDINGS = tuple(sorted(SUFFIXES))

_ESCAPED_IN_NAMES = re.compile(r"[\\\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BYTES = range(0xDC80, 0xDD00)
"""Code points that stand for the bytes of a name that is not UTF-8 (PEP 383)."""
_HERE = f".{os.sep}"
_LEADS_OUT = "this link leads out of its source folder and is not followed; set follow_links = true to allow it"
_IS_A_FOLDER = "this is a folder with the name of a document; rename it without the suffix"


class File(NamedTuple):
    """A document that was found."""

    path: str
    """The path on this machine, or an address below the URL of a source."""
    stamp: str
    """See `stamp`. A remote file's stamp may have more parts."""

    @property
    def name(self) -> str:
        """See `document_name`."""
        return document_name(self.path)

    @property
    def changed(self) -> int:
        """When the file was last changed, in nanoseconds since 1970."""
        return max(map(int, self.stamp.split()[1:3]))


def stamp(status: os.stat_result) -> str:
    """Return size, modification time and change time: while these are the same, so is the file's content."""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


def find_documents(
    sources: Sequence[Location], *, exclude: Iterable[Location] = (), follow_links: bool = False
) -> tuple[list[File], list[Problem]]:
    """Return the documents below the sources, sorted by path within each source, and what cannot be opened.

    A source is a folder or a document. Dot files, dot folders, circular links and the folders in `exclude` (the output,
    which may be inside a source) are skipped; a file that can be reached in several ways comes once. A link out of
    all sources is a problem, and only followed with `follow_links`: whoever may write items could publish any file.
    Raise ConfigError for sources that do not exist.
    """
    if missing := [source for source in sources if isinstance(source, Path) and not _exists(source)]:
        advice = "correct the path or `sources` in feeds.toml, or run `feeds init` to begin here"
        raise ConfigError("", [f"source '{document_name(str(m))}' does not exist; {advice}" for m in missing])
    finder = _Finder(sources, exclude, follow_links=follow_links)
    return [file for source in sources for file in finder.of(source)], finder.problems


def why_no_document(path: str, sources: Sequence[Location]) -> str:
    """Return why a file is not among the documents, and what to do; "" when there is no such file."""
    place = Path(path)
    if not _exists(place):
        return ""
    name = document_name(path)
    if place.is_file() and not _is_document(path):
        *others, last = sorted(SUFFIXES)
        return f"{name} is not a document; use the suffix {', '.join(others)} or {last}"
    folders = [source for source in sources if isinstance(source, Path)]
    if place.is_symlink() and any(place.absolute().is_relative_to(folder.absolute()) for folder in folders):
        return f"{name} is skipped: {_LEADS_OUT}, or the document is found by another name"
    if not any(place.resolve().is_relative_to(folder.resolve()) for folder in folders):
        names = ", ".join(document_name(str(source)) for source in sources)
        return f"{name} is not in any source ({names}); move it there, or add its folder to sources"
    return f"{name} is skipped: it has no front matter, its name begins with a dot, or it is found by another name"


def path_key(name: str, sources: tuple[Location, ...]) -> str:
    """Return a short fingerprint of a document's name, relative to its source: the same wherever the source is."""
    inner = min((name.removeprefix(start) for start in _starts(sources)), key=len, default=name)
    return blake2b((inner or name.rpartition("/")[2]).encode(), digest_size=8).hexdigest()


@cache
def _starts(sources: tuple[Location, ...]) -> list[str]:
    names = [document_name(str(source)).rstrip("/") for source in sources]
    return [*(f"{name}/" for name in names), *names]  # a source may be a document itself


def document_name(path: str) -> str:
    """Return the name that a document goes by everywhere: its path, POSIX, in one line and printable.

    Bytes that are not UTF-8 and characters that cannot be shown are escaped as in Python, and so are backslashes.
    Different paths have different names.
    """
    path = path.replace(os.sep, "/")
    is_usual = path.isprintable() and "\\" not in path  # nearly every name, which the rest would not change
    return path if is_usual else _ESCAPED_IN_NAMES.sub(_escaped, path)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    if match.group() == "\\":
        return r"\\"
    return f"\\x{code - 0xDC00:02x}" if code in _BYTES else f"\\u{code:04x}"


def unreadable(path: str, error: OSError, what: str = "file") -> Problem:
    """Return the problem of a file or folder that cannot be read."""
    if error.errno == errno.EISDIR:
        return _problem(path, "is-a-directory", _IS_A_FOLDER)
    reason = error.strerror or "no reason given"
    message = f"this {what} cannot be read ({reason}); make it readable, or move it away"
    return _problem(path, f"unreadable-{what}", message)


def _problem(path: str, code: str, message: str, severity: Severity = Severity.ERROR) -> Problem:
    return Problem(document_name(path.removeprefix(_HERE)), 1, severity, code, message)


def _exists(path: Path) -> bool:
    try:
        return path.is_dir() or path.is_file()
    except (OSError, ValueError):
        return False


class _Finder:
    """Remembers what it has seen, so that links and overlapping sources yield nothing twice.

    Paths are plain strings here because there may be a million of them.
    """

    def __init__(self, sources: Iterable[Location], exclude: Iterable[Location], *, follow_links: bool) -> None:
        self.problems: list[Problem] = []
        self._roots = [Path(os.path.realpath(source)) for source in sources if isinstance(source, Path)]
        self._follows_all = follow_links
        self._seen = {os.path.realpath(folder) for folder in exclude if isinstance(folder, Path)}
        self._excluded = tuple(f"{url}/" for url in exclude if isinstance(url, Url))
        # Waiting to be visited. A recursion would limit how deep folders may be.
        self._folders: list[str] = []
        self._links: list[os.DirEntry[str]] = []

    def of(self, source: Location) -> list[File]:
        return self._remote(source) if isinstance(source, Url) else self._local(str(source))

    def _remote(self, source: Url) -> list[File]:
        stamps = RemoteFolder(source, os.getcwd()).stamps()  # noqa: PTH109
        if not stamps:
            advice = "correct it, or put your items there"
            raise ConfigError("", [f"the source {source} does not exist or is empty; {advice}"])
        names = (name for name in stamps if _is_document(name or source.text) and not _is_hidden(name))
        found = (File(f"{source}/{name}" if name else source.text, stamps[name]) for name in names)
        below = tuple(url for url in self._excluded if url.startswith(f"{source}/"))  # not one that holds the source
        return sorted(f for f in found if not f.path.startswith(below) and self._is_new(f.path))

    def _local(self, source: str) -> list[File]:
        if not os.path.isdir(source):  # noqa: PTH112
            return [File(source, stamp(os.stat(source)))] if self._is_new(os.path.realpath(source)) else []  # noqa: PTH116
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
            self.problems.append(unreadable(folder, error, "folder"))
            return
        for entry in entries:
            if entry.is_symlink():
                self._links.append(entry)
            elif entry.is_dir():
                self._visit_later(entry.path)
            elif _is_document(entry.name) and self._is_new(f"{real_path}{os.sep}{entry.name}"):
                yield from self._file(entry)

    def _link(self, link: os.DirEntry[str]) -> Iterator[File]:
        try:
            is_folder = link.is_dir()
            link.stat()
        except OSError as error:
            if error.errno != errno.ELOOP and _is_document(link.name):
                message = "the target of this link is missing; correct or delete it"
                self.problems.append(_problem(link.path, "unreadable-file", message))
            return
        if not is_folder and not _is_document(link.name):
            return
        target = os.path.realpath(link)
        if not self._may_follow(target):
            self.problems.append(_problem(link.path, "link-out", _LEADS_OUT, Severity.WARNING))
        elif is_folder:
            self._visit_later(link.path)
        elif self._is_new(target):
            yield from self._file(link)

    def _may_follow(self, target: str) -> bool:
        return self._follows_all or any(Path(target).is_relative_to(root) for root in self._roots)

    def _visit_later(self, folder: str) -> None:
        if _is_document(folder):
            self.problems.append(_problem(folder, "is-a-directory", _IS_A_FOLDER))
        self._folders.append(folder)

    def _file(self, entry: os.DirEntry[str]) -> Iterator[File]:
        if entry.is_file():
            yield File(entry.path.removeprefix(_HERE), stamp(entry.stat()))
        else:  # reading a pipe would wait for a writer forever
            message = "this is a device or a pipe; replace it with an ordinary file"
            self.problems.append(_problem(entry.path, "unreadable-file", message))


def _is_document(name: str) -> bool:
    return name.endswith(_ENDINGS) or name.lower().endswith(_ENDINGS)


def _is_hidden(name: str) -> bool:
    """Return whether this is a dot file, or a file in a dot folder."""
    return any(part.startswith(".") for part in name.split("/"))
