"""Finding documents and reading their front matter: plain data, and the line of each part of it.

All that YAML decides here is structure. Every scalar is text, or None for null: what `2021`, `no` or `2021-01-26` mean
is for `validation` to say. The data is built straight from the parser's events, which is as fast as PyYAML's own way
through nodes, bounded in depth and size (libyaml's composer crashes on deep nesting), and drops `secured` unread.
"""

import errno
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import yaml

from feeds.problems import ConfigError, Problem, Severity
from feeds.text import one_line, truncate

YAML_SUFFIXES = frozenset({".yml", ".yaml"})
SUFFIXES = YAML_SUFFIXES | {".md", ".markdown", ".txt", ".html"}

_SECRET = "secured"  # noqa: S105  (the key that is never kept, not a secret)
_MAX_BYTES = 1024 * 1024  # real documents have some 5 to 25 kB
_MAX_DEPTH = 50
_MAX_COST = 2 * _MAX_BYTES  # characters with all aliases written out
_COST_OF_VALUE = 20  # characters, besides its text

_UNPRINTABLE_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

Where = tuple[str | int, ...]
"""A place in a document's data: `("related", 2, "title")`."""


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    """Where it was read, for people and problems: `seeds/one.md`."""
    data: dict[str, object]
    """Of dict, list, str and None only; never with a key `secured`."""
    line_of: Callable[[Where], int]
    """The line, counted from 1, of a place in `data`; of the nearest place around it where there is no such place."""


class _UnusableError(Exception):
    """Why there is no document."""

    def __init__(self, code: str, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.code, self.message, self.line = code, message, line


# ---- finding


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
        self._links: list[os.DirEntry[str]] = []

    def below(self, source: Path) -> list[Path]:
        if not source.is_dir():
            return [source] if self._is_new(os.path.realpath(source)) else []
        found = list(self._folder(source))
        # Links come last, so that a file goes by its own name rather than by a link's.
        while self._links:
            found += self._link(self._links.pop(0))
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
            self._report(folder, *_why_unreadable(error, "folder"))
            return
        for entry in entries:
            if entry.is_symlink():
                self._links.append(entry)
            elif entry.is_dir():
                yield from self._named_folder(Path(entry))
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
            yield from self._named_folder(Path(link))
        elif _is_document(link.name) and self._is_new(os.path.realpath(link)):
            yield from self._file(Path(link), is_file)

    def _named_folder(self, folder: Path) -> Iterator[Path]:
        if _is_document(folder.name):
            self._report(folder, "is-a-directory", _IS_A_FOLDER)
        yield from self._folder(folder)

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


def _why_unreadable(error: OSError, what: str) -> tuple[str, str]:
    """Code and message."""
    if error.errno == errno.EISDIR:
        return "is-a-directory", _IS_A_FOLDER
    reason = error.strerror or "no reason given"
    return f"unreadable-{what}", f"this {what} cannot be read ({reason}): make it readable, or move it away"


# ---- reading

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_OPENING = re.compile(rb"---[ \t]*(?:\n|\Z)")
_CLOSING = re.compile(rb"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_COMPANION = re.compile(r"(?:readme|license|changelog|contributing)\.", re.IGNORECASE)

_NOT_UTF8 = "save it as UTF-8 (in most editors: Save As, encoding UTF-8)"


def read_document(path: Path, name: str) -> tuple[Document | None, tuple[Problem, ...]]:
    """The document's front matter, and what is wrong with it; `name` stands for the path in problems.

    No document and no problem either: a README, LICENSE, CHANGELOG or CONTRIBUTING without front matter, which people
    keep beside documents. The text after the front matter is not looked at. Never raises.
    """
    try:
        front_matter = _front_matter(path)
        return (None, ()) if front_matter is None else _parse(name, _decode(front_matter))
    except _UnusableError as reason:
        return None, (Problem(name, reason.line, Severity.ERROR, reason.code, reason.message),)


def _front_matter(path: Path) -> bytes | None:
    """From the first line on, so that lines count as in the file, without the closing line; None for a companion."""
    raw = _read(path)
    data = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removeprefix(_UTF8_BOM)
    closing = _CLOSING.search(data, opening.end()) if (opening := _OPENING.match(data)) else None
    if closing is None and _COMPANION.match(path.name):
        return None
    if len(raw) > _MAX_BYTES:
        raise _UnusableError("too-large", "this is more than 1 MiB, too much for an item: shorten it, or move it away")
    _check_bytes(data)
    if path.suffix.lower() in YAML_SUFFIXES:
        return data
    if opening is None:
        raise _UnusableError("no-front-matter", _no_front_matter(data))
    if closing is None:
        message = "the front matter that begins here has no end: put a line with only --- after its last line"
        raise _UnusableError("unclosed-front-matter", message)
    return data[: closing.start()]


def _read(path: Path) -> bytes:
    """At most one byte more than a document may have."""
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise _UnusableError(*_why_unreadable(error, "file")) from None


def _no_front_matter(data: bytes) -> str:
    if _OPENING.match(data.lstrip()):
        return "there is something before the first ---: make --- the first line of the file"
    return "the first line is not ---: begin the file with its fields (title: …) between two lines of ---"


def _check_bytes(data: bytes) -> None:
    if not data.strip():
        raise _UnusableError("empty-file", "the file is empty: write an item into it, or delete it")
    even, odd = data[:4:2], data[1:4:2]
    if data.startswith(_UTF16_BOMS) or (b"\0\0" in (even, odd) and even != odd):
        raise _UnusableError("not-utf8", f"the file is in UTF-16: {_NOT_UTF8}")
    if b"\0" in data:
        message = "a NUL byte stands in this line, which is no text: delete it, or restore the file from a copy"
        raise _UnusableError("nul-byte", message, _line_at(data, data.index(b"\0")))


def _line_at(text: bytes, position: int) -> int:
    return text.count(b"\n", 0, position) + 1


_SURROGATE_ESCAPE = re.compile(r"\\u(d[89ab][0-9a-f]{2})(?:\\u(d[c-f][0-9a-f]{2}))?", re.IGNORECASE)


def _decode(front_matter: bytes) -> str:
    try:
        text = front_matter.decode()
    except UnicodeDecodeError as error:
        message = f"this line is not UTF-8 text: {_NOT_UTF8}"
        raise _UnusableError("not-utf8", message, _line_at(front_matter, error.start)) from None
    # To YAML they end a line, to editors they do not; scraped text has them.
    for separator in "\x85\u2028\u2029":
        text = text.replace(separator, " ")
    if "\\u" in text:  # JSON writes a character beyond U+FFFF as two escapes, of which YAML knows nothing
        text = _SURROGATE_ESCAPE.sub(_join_surrogates, text)
    return text


def _join_surrogates(match: re.Match[str]) -> str:
    high, low = match.groups()
    return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF)) if low else "\ufffd"


# ---- parsing


class _Events(Protocol):
    def get_event(self) -> yaml.Event | None: ...


class _PythonEvents(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """PyYAML's parser in Python, for where it comes without libyaml."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)


_open_events: Callable[[str], _Events]
try:
    from yaml._yaml import CParser
except ImportError:
    _open_events = _PythonEvents
else:
    _open_events = CParser


class _Lines(NamedTuple):
    """The lines of a value and of its parts, counted from 0 as YAML does."""

    line: int
    parts: Mapping[str | int, "_Lines"] = {}


class _Node(NamedTuple):
    value: object
    lines: _Lines


_Mapping = tuple[dict[str, object], Mapping[str | int, _Lines]]
"""A mapping's values, and their lines."""


def _parse(name: str, text: str) -> tuple[Document, tuple[Problem, ...]]:
    try:
        builder = _Builder(text)
        root = builder.document()
    except yaml.MarkedYAMLError as error:
        raise _explain(error, text.split("\n")) from None
    except (yaml.YAMLError, ValueError, OverflowError):  # a control character; in Python's parser, a bad escape
        raise _control_character(text) from None
    if not isinstance(root.value, dict):
        found = "empty" if root.value is None else "a list" if isinstance(root.value, list) else "only text"
        message = f"the front matter is {found}: write fields, one a line, such as title: …"
        raise _UnusableError("not-a-mapping", message, 1 if root.value is None else root.lines.line + 1)
    twice = [Problem(name, line + 1, Severity.WARNING, "duplicate-key", _twice(key)) for key, line in builder.twice]
    return Document(name, root.value, partial(_line_of, root.lines)), tuple(twice)


def _twice(key: str) -> str:
    return f'"{truncate(one_line(key), 60)}" stands here a second time, and only this one counts: delete one of them'


def _line_of(lines: _Lines, where: Where) -> int:
    for part in where:
        if part not in lines.parts:
            break
        lines = lines.parts[part]
    return lines.line + 1


_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_STANDARD = "tag:yaml.org,2002:"
_TAGS = frozenset(
    {None, "!", *(_STANDARD + name for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map"))}
)


class _Builder:
    """Makes values of a parser's events. How deep they are is limited, and so is what aliases blow up."""

    def __init__(self, text: str) -> None:
        self.twice: list[tuple[str, int]] = []
        """Keys that stand twice in one mapping, and the line of the second, counted from 0."""
        self._next: Callable[[], Any] = _open_events(text).get_event
        """The next event; None only after the end of the stream, which nobody reads past."""
        self._anchors: dict[str, tuple[_Node, int]] = {}
        self._cost = 0

    def document(self) -> _Node:
        """The stream's first document, which has to be the only one."""
        self._next()  # start of the stream
        root = _Node(None, _Lines(0))
        if isinstance(self._next(), yaml.DocumentStartEvent):
            root = self._node(self._next(), 0)
            self._next()  # end of the document
            self._check_end()
        return root

    def _check_end(self) -> None:
        """An empty document may follow: the closing line of a front matter looks like the beginning of one."""
        while isinstance(start := self._next(), yaml.DocumentStartEvent):
            content = self._next()
            if not (isinstance(content, yaml.ScalarEvent) and _value(content) is None):
                message = "a second document begins here: keep one item in a file, and no text after its YAML"
                raise _UnusableError("multiple-documents", message, _line(start) + 1)
            self._next()  # end of the document

    def _node(self, event: yaml.NodeEvent, depth: int) -> _Node:
        before = self._cost
        if isinstance(event, yaml.ScalarEvent):
            self._pay(_COST_OF_VALUE + len(event.value), event)
            node = _Node(_value(event), _Lines(_line(event)))
        elif isinstance(event, yaml.CollectionStartEvent):
            self._pay(_COST_OF_VALUE, event)
            node = self._collection(event, depth)
        else:
            return self._alias(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = node, self._cost - before
        return node

    def _alias(self, event: yaml.NodeEvent) -> _Node:
        found = self._anchors.get(event.anchor or "")
        if found is None:
            raise _UnusableError("bad-yaml", _LIKE_AN_ALIAS, _line(event) + 1)
        node, cost = found
        self._pay(cost, event)
        return node

    def _pay(self, cost: int, event: yaml.Event) -> None:
        self._cost += cost
        if self._cost > _MAX_COST:
            message = "the document has too many values, or repeats too many by aliases (*name): make it shorter"
            raise _UnusableError("too-complex", message, _line(event) + 1)

    def _collection(self, event: yaml.CollectionStartEvent, depth: int) -> _Node:
        if depth == _MAX_DEPTH:
            message = f"more than {_MAX_DEPTH} lists or mappings stand one in the other here: make it flatter"
            raise _UnusableError("too-complex", message, _line(event) + 1)
        _check_tag(event.tag, event)
        collect = self._sequence if isinstance(event, yaml.SequenceStartEvent) else self._mapping
        return collect(_line(event), depth + 1)

    def _sequence(self, line: int, depth: int) -> _Node:
        values: list[object] = []
        parts: dict[str | int, _Lines] = {}
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            node = self._node(event, depth)
            parts[len(values)] = node.lines
            values.append(node.value)
        return _Node(values, _Lines(line, parts))

    def _mapping(self, line: int, depth: int) -> _Node:
        values: dict[str, object] = {}
        parts: dict[str | int, _Lines] = {}
        merged: list[_Mapping] = []
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = _key(event)
            if key == _SECRET:
                self._skip()
                continue
            node = self._node(self._next(), depth)
            if key == "<<":
                merged += _mappings(node, event)
                continue
            if key in values:
                self.twice.append((key, _line(event)))
            values[key] = node.value
            parts[key] = _Lines(_line(event), node.lines.parts)
        for more_values, more_parts in merged:
            for name, value in more_values.items():
                values.setdefault(name, value)
                parts.setdefault(name, more_parts[name])
        return _Node(values, _Lines(line, parts))

    def _skip(self) -> None:
        """Passes over one value."""
        depth = 0
        while True:
            event = self._next()
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if not depth:
                return


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else 0


def _value(event: yaml.ScalarEvent) -> str | None:
    _check_tag(event.tag, event)
    return None if event.implicit[0] and event.value in _NULLS else event.value


def _key(event: yaml.Event) -> str:
    if isinstance(event, yaml.ScalarEvent):
        return event.value
    message = "a list or a mapping stands here where a key should: put a value that begins with {, [ or * in quotes"
    raise _UnusableError("bad-yaml", message, _line(event) + 1)


def _check_tag(tag: str | None, event: yaml.Event) -> None:
    if tag not in _TAGS:
        raise _UnusableError("bad-yaml", _LIKE_A_TAG, _line(event) + 1)


def _mappings(node: _Node, event: yaml.Event) -> Iterator[_Mapping]:
    """What the merge key `<<` takes in: one mapping, or each of a list, of which the first counts most."""
    nodes = [node]
    if isinstance(node.value, list):
        nodes = [_Node(value, node.lines.parts[index]) for index, value in enumerate(node.value)]
    for value, lines in nodes:
        if not isinstance(value, dict):
            message = "<< takes in mappings only: write an alias (*name) of one after it"
            raise _UnusableError("bad-yaml", message, _line(event) + 1)
        yield value, lines.parts


# ---- explaining: what PyYAML says, in words that help; the content of a line is never repeated, it may be secret

_LIKE_AN_ALIAS = "YAML takes a value that begins with * or & for a reference: put it in quotes"
_LIKE_A_TAG = "YAML takes a value that begins with ! for the name of a type: put it in quotes"
_TAB = "a tab stands here, and YAML allows only spaces: indent with spaces"
_NOT_YAML = "this is not valid YAML: indent with spaces, and put values with special characters in quotes"


class _Hint(NamedTuple):
    pattern: str
    """Found in what either of PyYAML's parsers says: its context, a colon, its problem."""
    message: str
    at_context: bool = False
    """Whether the line to mend is where the construct began rather than where the parser gave up."""


_HINTS = (
    _Hint(
        "scanning a quoted scalar: found unexpected",
        "a quote is opened here and never closed: close it, and write a quote inside single quotes twice",
        at_context=True,
    ),
    _Hint(
        "could not find expected ':'", "this line has no colon: write key: value, with a space between", at_context=True
    ),
    _Hint(
        "parsing a flow",
        "a bracket is opened here and not closed as it should be: close it, or put the value in quotes",
        at_context=True,
    ),
    _Hint(
        "block collection", "this line does not go on with the list above it: begin it with -, or indent it differently"
    ),
    _Hint(
        "block mapping: ",
        "this does not go on with what stands above it: put a value with quotes or brackets in it in quotes "
        '(a quote inside is written \\"), and indent keys that belong together alike',
    ),
    _Hint(
        "escape|hexdecimal",
        "a backslash in double quotes begins an escape: write two of them, or use single quotes",
    ),
    _Hint("scanning an (alias|anchor)", _LIKE_AN_ALIAS),
    _Hint(" tag", _LIKE_A_TAG),
    _Hint("block scalar", "YAML takes a value that begins with | or > for a block of lines: put it in quotes"),
    _Hint(
        "directive|document start|incompatible", "a line that begins with % or follows ... cannot stand here: delete it"
    ),
    _Hint(
        "cannot start any token|node content|mapping keys are not allowed",
        "a value cannot begin with this character: put it in quotes",
    ),
)


def _explain(error: yaml.MarkedYAMLError, text: Sequence[str]) -> _UnusableError:
    said = f"{error.context}: {error.problem}"
    at, context = error.problem_mark, error.context_mark
    if at is None:
        return _UnusableError("bad-yaml", _NOT_YAML)
    line = text[at.line] if at.line < len(text) else ""
    if "\t" in line[: at.column + 1] and ("tab" in said or "start any token" in said):
        return _UnusableError("bad-yaml", _TAB, at.line + 1)
    if "mapping values" in said:
        return _UnusableError("bad-yaml", _about_colon(line[: at.column]), at.line + 1)
    for hint in _HINTS:
        if re.search(hint.pattern, said):
            where = context if hint.at_context and context else at
            return _UnusableError("bad-yaml", hint.message, min(where.line + 1, len(text)))
    return _UnusableError("bad-yaml", _NOT_YAML, at.line + 1)


def _about_colon(before: str) -> str:
    """About a colon that cannot mean what it means to YAML; `before` is what stands before it in its line."""
    if ":" in before:
        return "a second colon stands in this line: put a value that has a colon and a space in it in quotes"
    return "this line does not go on with the one above: indent it alike, and put a space after the colon above"


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def _control_character(text: str) -> _UnusableError:
    found = _CONTROL.search(text)
    if found is None:
        return _UnusableError("bad-yaml", "a backslash escape in this file names no character: write two backslashes")
    message = f"the invisible character U+{ord(found.group()):04X} stands in this line: delete it"
    return _UnusableError("control-character", message, text.count("\n", 0, found.start()) + 1)
