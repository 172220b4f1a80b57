"""Find the line of a key in a TOML text, since TOML's reader keeps no lines. Pure."""

import re
import tomllib
from collections.abc import Mapping

from feeds.config.toml import Key

_TOKEN = re.compile(
    r"""(?P<text> \"{3} (?:[^\\]|\\.)*? \"{3,5} | '{3} .*? '{3,5} | "(?:[^"\\\n]|\\.)*" | '[^'\n]*')
    | (?P<comment> \#[^\n]*) | (?P<mark> [\[\]{}=,\n]) | (?P<bare> [^\s"'\#\[\]{}=,.]+)""",
    re.DOTALL | re.VERBOSE,
)


def line_of(text: str, key: Key) -> int | None:
    """Return the line of a key, or else of the innermost table around it that the text has; counted from 1.

    The text must be valid TOML.
    """
    lines = _lines(text)
    return next((lines[key[:length]] for length in range(len(key), 0, -1) if key[:length] in lines), None)


def _lines(text: str) -> Mapping[Key, int]:
    scanner = _Scanner()
    for token in _TOKEN.finditer(text):
        if token["mark"]:
            scanner.mark(token["mark"])
        elif not token["comment"]:
            scanner.word(token["text"] or token["bare"], is_quoted=bool(token["text"]))
        scanner.line += token.group().count("\n")
    return scanner.lines


class _Scanner:
    """Follows the tables and brackets of a TOML text, token by token."""

    def __init__(self) -> None:
        self.lines: dict[Key, int] = {}
        self.line = 1
        self._table: Key = ()
        self._key: Key = ()
        """The key whose value is being read, with its tables."""
        self._parts: list[str] | None = []
        """The parts of the key being read; None inside a value."""
        self._in_header = False
        self._open: list[tuple[str, Key]] = []
        """Brackets inside a value, with the key that each belongs to."""

    def word(self, word: str, *, is_quoted: bool) -> None:
        if self._parts is not None:
            self._parts.append(tomllib.loads(f"key = {word}")["key"] if is_quoted else word)

    def mark(self, mark: str) -> None:
        if mark == "\n":
            if not self._open:
                self._parts = []
        elif mark == "=" and self._parts is not None:
            self._key = self._found(self._open[-1][1] if self._open else self._table)
        elif self._in_header or (mark == "[" and self._parts == [] and not self._open):
            self._header(mark)
        else:
            self._bracket(mark)

    def _header(self, mark: str) -> None:
        self._in_header = mark == "["
        if mark == "]":
            self._table = self._found(())

    def _bracket(self, mark: str) -> None:
        if mark in "[{":
            in_list = bool(self._open) and self._open[-1][0] == "["
            self._open.append((mark, self._open[-1][1] if in_list else self._key))
        elif mark in "]}" and self._open:
            self._open.pop()
        begins_key = mark in "{," and bool(self._open) and self._open[-1][0] == "{"
        self._parts = [] if begins_key else None

    def _found(self, table: Key) -> Key:
        """Note the line of the key that has just been read."""
        key = (*table, *(self._parts or ()))
        for length in range(1, len(key) + 1):
            self.lines.setdefault(key[:length], self.line)
        self._parts = None
        return key
