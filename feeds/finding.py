"""Finding the documents below the sources."""

import errno
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from feeds.problems import ConfigError, Problem, Severity

YAML_SUFFIXES = frozenset({".yml", ".yaml"})
SUFFIXES = YAML_SUFFIXES | {".md", ".markdown", ".txt", ".html"}

_UNPRINTABLE_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def find_documents(sources: Sequence[Path], *, exclude: Path | None = None) -> tuple[list[Path], list[Problem]]:
    """The documents below the sources, and what cannot be looked into; in each source sorted by POSIX relative path.

    A source is a folder or a document. Dot files, dot folders, links that lead in a circle and the folder `exclude`
    (the output, which may stand in a source) are skipped; a file that can be reached in several ways comes once.
    Raises ConfigError for sources that do not exist.
    """
    if missing := [source for source in sources if not _exists(source)]:
        advice = "create it, or name the folder that your items are in"
        raise ConfigError("", [f"source folder '{document_name(path)}' does not exist: {advice}" for path in missing])
    finder = _Finder(exclude)
    paths = [path for source in sources for path in finder.below(source)]
    return paths, finder.problems


def document_name(path: Path) -> str:
    """A path for people: POSIX, in one line, and fit to print whatever its bytes are."""
    return _UNPRINTABLE_IN_NAMES.sub("\ufffd", path.as_posix())


def _exists(path: Path) -> bool:
    try:
        return path.is_dir() or path.is_file()
    except (OSError, ValueError):
        return False


class _Finder:
    """Remembers what it has seen, so that links and overlapping sources yield nothing twice."""

    def __init__(self, exclude: Path | None) -> None:
        self.problems: list[Problem] = []
        self._seen = set() if exclude is None else {os.path.realpath(exclude)}
        self._folders: list[Path] = []
        """Still to be looked into, as are the links; not by recursion, for folders may be as deep as they like."""
        self._links: list[os.DirEntry[str]] = []

    def below(self, source: Path) -> list[Path]:
        if not source.is_dir():
            return [source] if self._is_new(os.path.realpath(source)) else []
        found: list[Path] = []
        self._folders.append(source)
        while self._folders or self._links:
            # Links come last, so that a file goes by its own name rather than by a link's.
            found += self._folder(self._folders.pop()) if self._folders else self._link(self._links.pop(0))
        return sorted(found, key=lambda path: path.relative_to(source).as_posix())

    def _is_new(self, real_path: str) -> bool:
        is_new = real_path not in self._seen
        self._seen.add(real_path)
        return is_new

    def _folder(self, folder: Path) -> Iterator[Path]:
        real_path = os.path.realpath(folder)
        if not self._is_new(real_path):
            return
        try:
            with os.scandir(folder) as scan:
                entries = sorted((e for e in scan if not e.name.startswith(".")), key=lambda e: e.name)
        except OSError as error:
            self._report(folder, *why_unreadable(error, "folder"))
            return
        for entry in entries:
            if entry.is_symlink():
                self._links.append(entry)
            elif entry.is_dir():
                self._later(Path(entry))
            elif _is_document(entry.name) and self._is_new(os.path.join(real_path, entry.name)):  # noqa: PTH118  (hot)
                yield from self._file(Path(entry), entry.is_file())

    def _link(self, link: os.DirEntry[str]) -> Iterator[Path]:
        try:
            is_folder, is_file = link.is_dir(), link.is_file()
            Path(link).stat()
        except OSError as error:
            if error.errno != errno.ELOOP and _is_document(link.name):
                self._report(Path(link), "unreadable-file", "this link leads nowhere: correct or delete it")
            return
        if is_folder:
            self._later(Path(link))
        elif _is_document(link.name) and self._is_new(os.path.realpath(link)):
            yield from self._file(Path(link), is_file)

    def _later(self, folder: Path) -> None:
        if _is_document(folder.name):
            self._report(folder, "is-a-directory", _IS_A_FOLDER)
        self._folders.append(folder)

    def _file(self, path: Path, is_file: bool) -> Iterator[Path]:
        if is_file:
            yield path
        else:  # a pipe would wait for a writer for ever
            self._report(path, "unreadable-file", "this is a device or a pipe: documents are ordinary files")

    def _report(self, path: Path, code: str, message: str) -> None:
        self.problems.append(Problem(document_name(path), 1, Severity.ERROR, code, message))


_IS_A_FOLDER = "this is a folder with the name of a document: rename it without the suffix"


def _is_document(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122  (hot: once per directory entry)


def why_unreadable(error: OSError, what: str) -> tuple[str, str]:
    """Code and message."""
    if error.errno == errno.EISDIR:
        return "is-a-directory", _IS_A_FOLDER
    reason = error.strerror or "no reason given"
    return f"unreadable-{what}", f"this {what} cannot be read ({reason}): make it readable, or move it away"
