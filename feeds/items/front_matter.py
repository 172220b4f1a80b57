"""Parse the front matter of a document. Pure."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import PurePath
from typing import NamedTuple

from msgspec import Struct

from feeds.config.options import Limits
from feeds.items.plain_yaml import plain_mapping
from feeds.items.syntax import Parsed, UnusableError, Where
from feeds.items.toml_reader import parse_toml
from feeds.problems import Problem, Severity
from feeds.sources.find import YAML_SUFFIXES
from feeds.text import one_line, truncate

_MAX_REPEATED = 20  # warnings; more would not help


Problems = tuple[Problem, ...]


class Document(Struct, frozen=True):
    name: str
    """The path as people see it: `seeds/one.md`."""
    data: dict[str, object]
    """See `Parsed`."""
    line_of: Callable[[Where], int]


class DocumentWithText(NamedTuple):
    """A document whose text counts, too."""

    fields: Document
    text: str
    """What follows the front matter."""
    line: int
    """The line where the text begins, counted from 1."""


_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_OPENING = re.compile(rb"(?:---|(?P<toml>\+\+\+))[ \t]*(?:\n|\Z)")
# They begin with the end of the line before, because searching for ^ takes five times as long.
_CLOSING = re.compile(rb"\n(?P<line>(?:---|\.\.\.)[ \t]*)(?=\n|\Z)")
_CLOSING_TOML = re.compile(rb"\n(?P<line>\+\+\+[ \t]*)(?=\n|\Z)")
COMPANION = re.compile(r"(?:readme|license|changelog|contributing)\.", re.IGNORECASE)
"""The name of a file that people put beside others to explain them."""

_NOT_UTF8 = "save it as UTF-8 (in most editors: Save As, encoding UTF-8)"


def parse_document(raw: bytes, name: str, limits: Limits = Limits()) -> tuple[Document | None, Problems]:
    """Return the front matter of a file with this content, and the problems of its syntax. Never raise.

    The suffix of `name` says whether the whole file is YAML; otherwise the text after the front matter is ignored.
    A README, LICENSE, CHANGELOG or CONTRIBUTING without front matter is neither a document nor a problem.
    """
    try:
        front_matter = _front_matter(raw, PurePath(name), limits.document_bytes)
        if front_matter is None:
            return None, ()
        return _document(name, _decode(front_matter), limits)
    except UnusableError as reason:
        return None, (_problem(name, reason),)


def parse_with_text(raw: bytes, name: str, limits: Limits = Limits()) -> tuple[DocumentWithText | None, Problems]:
    """Return the front matter and the text of a file, either of which may be missing. Never raise."""
    try:
        _check_size(raw, limits.document_bytes)
        data = _with_newlines(raw)
        _check_bytes(data)
        everything = _decode(data)  # names the right line of a text that is not UTF-8
        opening = _OPENING.match(data)
        if opening is None:
            return DocumentWithText(Document(name, {}, lambda where: 1), everything, 1), ()
        closing = _closing(opening, data)
        if closing is None:
            raise UnusableError("unclosed-front-matter", _unclosed(opening))
        front_matter, text = _decode(data[: closing.start("line")]), _decode(data[closing.end() + 1 :])
        line = _line_at(data, closing.end()) + 1
        if not any(map(_is_content, front_matter.splitlines()[1:])):
            return DocumentWithText(Document(name, {}, lambda where: 1), text, line), ()
        document, problems = _document(name, front_matter, limits)
        return DocumentWithText(document, text, line), problems
    except UnusableError as reason:
        return None, (_problem(name, reason),)


def _document(name: str, text: str, limits: Limits) -> tuple[Document, Problems]:
    is_toml = text.startswith("+++")
    parsed = parse_toml(text.partition("\n")[2], limits) if is_toml else _parse_yaml(text, limits)
    advice = "is repeated here, and only this value is used; delete one of them"
    return Document(name, parsed.data, parsed.line_of), tuple(
        Problem(name, line, Severity.WARNING, "duplicate-key", f'"{truncate(one_line(key), 60)}" {advice}')
        for key, line in parsed.repeated[:_MAX_REPEATED]
    )


def _parse_yaml(text: str, limits: Limits) -> Parsed:
    """Return the mapping that a YAML text contains; raise UnusableError."""
    data = plain_mapping(text, limits)
    if data is None:
        return _read_by_pyyaml(text, limits)
    again = cache(lambda: _read_by_pyyaml(text, limits).line_of)  # only problems have lines, and few documents do
    return Parsed(data, lambda where: again()(where), ())


def _read_by_pyyaml(text: str, limits: Limits) -> Parsed:
    from feeds.items.yaml_reader import parse  # loading PyYAML takes as long as reading 30 items, and few need it

    return parse(text, limits)


def _closing(opening: re.Match[bytes], data: bytes) -> re.Match[bytes] | None:
    return (_CLOSING_TOML if opening["toml"] else _CLOSING).search(data, opening.end() - 1)


def _unclosed(opening: re.Match[bytes]) -> str:
    line = "+++" if opening["toml"] else "---"
    return f"the front matter that begins here is never closed; add a line with only {line} after its last line"


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _problem(name: str, reason: UnusableError) -> Problem:
    return Problem(name, reason.line, Severity.ERROR, reason.code, reason.message)


def _front_matter(raw: bytes, name: PurePath, max_bytes: int) -> bytes | None:
    """Return the file from its first line, so that line numbers are right, up to the closing line; None for a README
    and the like.
    """
    data = _with_newlines(raw)
    opening = _OPENING.match(data)
    closing = _closing(opening, data) if opening else None
    if closing is None and COMPANION.match(name.name):
        return None
    _check_size(raw, max_bytes)
    if not data.strip():
        raise UnusableError("empty-file", "the file is empty; write an item into it, or delete it")
    _check_bytes(data)
    if name.suffix.lower() in YAML_SUFFIXES:
        return data
    if opening is None:
        raise UnusableError("no-front-matter", _no_front_matter(data))
    if closing is None:
        raise UnusableError("unclosed-front-matter", _unclosed(opening))
    return data[: closing.start("line")]


def _with_newlines(raw: bytes) -> bytes:
    data = raw.removeprefix(_UTF8_BOM)
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def _check_size(raw: bytes, max_bytes: int) -> None:
    if len(raw) > max_bytes:
        size = f"{max_bytes // 2**20} MiB" if max_bytes % 2**20 == 0 else f"{max_bytes:,} bytes"
        raise UnusableError("too-large", f"the file is larger than {size}; shorten it, or move it away")


def _no_front_matter(data: bytes) -> str:
    if _OPENING.match(data.lstrip()):
        return "there is text before the first ---; make --- the first line of the file"
    return "the first line is not ---; begin the file with its fields (title: …) between two lines of ---"


def _check_bytes(data: bytes) -> None:
    even, odd = data[:4:2], data[1:4:2]
    if data.startswith(_UTF16_BOMS) or (b"\0\0" in (even, odd) and even != odd):
        raise UnusableError("not-utf8", f"the file is UTF-16 text; {_NOT_UTF8}")
    if b"\0" in data:
        message = "this line contains a NUL byte; delete it, or restore the file from a copy"
        raise UnusableError("nul-byte", message, _line_at(data, data.index(b"\0")))


def _line_at(text: bytes, position: int) -> int:
    return text.count(b"\n", 0, position) + 1


_SURROGATE_ESCAPE = re.compile(
    r"\\u(d[89ab][0-9a-f]{2})(?:\\u(d[c-f][0-9a-f]{2}))?|\\ud[c-f][0-9a-f]{2}", re.IGNORECASE
)


def _decode(front_matter: bytes) -> str:
    try:
        text = front_matter.decode()
    except UnicodeDecodeError as error:
        message = f"this line is not UTF-8 text; {_NOT_UTF8}"
        raise UnusableError("not-utf8", message, _line_at(front_matter, error.start)) from None
    # YAML ends a line at these, editors do not, and scraped text contains them.
    for separator in "\x85\u2028\u2029":
        text = text.replace(separator, " ")
    if "\\u" in text:  # JSON writes a character beyond U+FFFF as two escapes, which YAML does not join
        text = _SURROGATE_ESCAPE.sub(_join_surrogates, text)
    return text


def _join_surrogates(match: re.Match[str]) -> str:
    high, low = match.groups()
    return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF)) if low else "\ufffd"
