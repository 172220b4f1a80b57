"""Read the YAML that programs and most people write, line by line and several times as fast as PyYAML. Pure.

Each line has a key, a value or both, and a value has no more than quotes around it, or is a list of words. PyYAML reads
these lines in one way only. Anything else is left to PyYAML: references, texts of several lines, and every mistake.
"""

import re

from feeds.config.options import Limits

SECRET = "secured"  # noqa: S105  (the key that is never kept, not a secret)
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
"""Words that mean nothing, unless they are in quotes."""
COST_OF_VALUE = 20  # characters, in addition to its text

_NO_TEXT = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff"  # YAML allows some of them, but they are unusual
_BLANK = rf"(?:[ ]*+(?:\#[^{_NO_TEXT}]*+)?\n)*+"
"""Lines that are empty, or only a comment."""
_START = re.compile(rf"(?:---\n)?{_BLANK}")
_LINE = re.compile(
    rf"""(?!\Z)([ ]*+)(-[ ]++)?(?:([A-Za-z_][A-Za-z0-9_-]{{0,99}}+):(?:[ ]++|(?=\n|\Z)))?
    (?:"([^"\\{_NO_TEXT}]++)"|(
        "(?:[^"\\{_NO_TEXT}]++|\\["\\/])*+"
        |'[^'{_NO_TEXT}]*+'
        |-[0-9]++
        |\[[ ]*(?:\w[\w -]*+(?:,[ ]*\w[\w -]*+)*+)?\]
        |(?![\x20"'\[\]{{}}&*!|>%@`\#?:,-])(?:[^:\#{_NO_TEXT}]++|:(?![\x20\n]|\Z)|(?<!\x20)\#)*+
    ))[ ]*+(?:\n{_BLANK}|\Z)
    |[\s\S]+""",
    re.VERBOSE,
)
"""A line's indent, dash and key; the text in its quotes, if that has no escapes; or else its value as it is written.

The blank lines below belong to it. An unusual line is matched with all that follows, and every part is empty.
"""
_ESCAPED = re.compile(r"\\(.)")

_Line = tuple[str, str, str, str, str]


def plain_mapping(text: str, limits: Limits) -> dict[str, object] | None:
    """Return the data that `yaml_reader.parse` returns for this text; None if PyYAML has to read it."""
    start = _START.match(text)
    lines: list[_Line] = _LINE.findall(text, start.end() if start else 0)
    if not _is_within(text, lines, limits):
        return None
    try:
        return _Reader(lines, limits.depth - 1).root()  # one less, for a list in a line
    except _UnusualError:
        return None


def _is_within(text: str, lines: list[_Line], limits: Limits) -> bool:
    """Return whether all values are within the limit of complexity, where there are as many as there may be."""
    if (COST_OF_VALUE + 1) * (len(text) + 2) <= limits.complexity:  # even if there were one at each character
        return True
    most_values = 1 + len(lines) + text.count("- ") + text.count("[") + text.count(",")
    return COST_OF_VALUE * most_values + sum(len(inner) + len(value) for *_, inner, value in lines) <= limits.complexity


class _UnusualError(Exception):
    pass


class _Reader:
    """Read lines from the first one on. An unusual line, all of whose parts are empty, ends every collection."""

    def __init__(self, lines: list[_Line], depth: int) -> None:
        self._lines = lines
        self._depth = depth
        self._at = 0

    def root(self) -> dict[str, object]:
        root = self._mapping(0, 1)
        if not root or self._at < len(self._lines):
            raise _UnusualError
        return root

    def _mapping(self, column: int, depth: int) -> dict[str, object]:
        if depth > self._depth:
            raise _UnusualError
        lines, found = self._lines, dict[str, object]()
        while self._at < len(lines):
            indent, dash, key, text, value = lines[self._at]
            if len(indent) != column or dash or not key:
                break
            if key in found:
                raise _UnusualError
            self._at += 1
            if key != SECRET:
                found[key] = text or (_value(value) if value else self._below(column, depth + 1))
        return found

    def _below(self, column: int, depth: int) -> object:
        """Return the collection below a key in this column, if there is one."""
        if self._at == len(self._lines):
            return None
        indent, dash, *_ = self._lines[self._at]
        if dash and len(indent) >= column:
            return self._sequence(len(indent), depth)
        return self._mapping(len(indent), depth) if len(indent) > column else None

    def _sequence(self, column: int, depth: int) -> list[object]:
        if depth > self._depth:
            raise _UnusualError
        lines, found = self._lines, list[object]()
        while self._at < len(lines):
            indent, dash, key, text, value = lines[self._at]
            if len(indent) != column or not dash:
                break
            if key:
                inner = column + len(dash)
                lines[self._at] = (" " * inner, "", key, text, value)
                found.append(self._mapping(inner, depth + 1))
            elif text or value:
                found.append(text or _value(value))
                self._at += 1
            else:
                raise _UnusualError
        return found


def _value(text: str) -> object:
    match text[0]:
        case '"':
            return _ESCAPED.sub(r"\1", text[1:-1]) if "\\" in text else text[1:-1]
        case "'":
            return text[1:-1]
        case "[":
            return [_plain(word) for word in text[1:-1].split(",")] if text[1:-1].strip(" ") else []
    return _plain(text)


def _plain(text: str) -> str | None:
    text = text.strip(" ")
    return None if text in NULLS else text
