"""Parse a TOML text, find the lines of its keys, and say what to do about a mistake in its syntax. Pure."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property

from feeds.config.toml import Key


class TomlError(ValueError):
    """The text is not TOML; the message says what to do: `line 3: the list is not closed; write ] at its end`."""

    def __init__(self, line: int, advice: str) -> None:
        super().__init__(f"line {line}: {advice}")
        self.line, self.advice = line, advice


class TomlText:
    """A text as data, and the lines of its keys, which `tomllib` does not keep. Raise TomlError."""

    def __init__(self, text: str) -> None:
        self._text = text
        try:
            self.data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise _explained(str(error), text) from error

    def line_of(self, key: Key) -> int:
        """Return the line of a key, or else of the innermost table around it; counted from 1, and 0 for neither."""
        return next((self._lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in self._lines), 0)

    @cached_property
    def _lines(self) -> Mapping[Key, int]:
        """The line where the statement of each key begins."""
        lines: dict[Key, int] = {}
        table: Key = ()
        start = 1
        for statement in _statements(self._text):
            is_header = statement.lstrip().startswith("[")
            for key in _keys(tomllib.loads(statement), () if is_header else table):
                lines.setdefault(key, start)
                table = key if is_header else table
            start += statement.count("\n")
        return lines


# What may hide the end of a statement, or a bracket: the four kinds of strings, and comments.
_TOKEN = re.compile(
    r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5}|'{3}(?:[^']|'{1,2}(?!'))*+'{3,5}'''
    r"""|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+'|\#[^\n]*+|[\[\]{}\n]""",
    re.DOTALL,
)


def _statements(text: str) -> Iterator[str]:
    """Yield each statement with its line end; an empty line and a comment are statements, too."""
    start = depth = 0
    for token in _TOKEN.finditer(text):
        found = token.group()
        depth += (found in ("[", "{")) - (found in ("]", "}"))
        if found == "\n" and not depth:
            yield text[start : token.end()]
            start = token.end()
    yield text[start:]


def _keys(value: object, where: Key) -> Iterator[Key]:
    """Yield the keys in a value, each after those that it is in."""
    if isinstance(value, list):
        for entry in value:
            yield from _keys(entry, where)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield (*where, name)
            yield from _keys(inner, (*where, name))


_TWICE = "this key or table occurs twice; delete one of the two"
_HINTS = {
    "Invalid value": 'this is not a valid value; put text in quotes (title = "News"), and write true or false in lower '
    "case",
    "Expected '='": 'the key has no value; write key = value, such as title = "News"',
    "table declaration": 'the header is not closed; write [selection], and names with spaces in quotes: [topics."A B"]',
    "Expected newline": "something follows the value; write one key = value on each line, and put text in quotes",
    "Unterminated string|Expected \"'\"|Expected '\"'": "the quote of this text is never closed; close it",
    "Unclosed array": "the list is not closed; write ] at its end",
    "Unclosed inline table": "the braces are not closed; write { … } on one line",
    "Cannot overwrite|Cannot declare|Cannot mutate|Duplicate": _TWICE,
    "Unescaped|escape": r"a backslash begins an escape; write two of them, or put the text in single quotes: 'C:\news'",
    "Illegal character": "this line contains an invisible character; delete it",
    "": "this is not valid TOML; check the quotes and brackets of this line",
}
"""What to do, for each pattern found in the message of `tomllib`; the first one counts."""
_PLACE = re.compile(r"\(at (?:line ([0-9]+), column [0-9]+|end of document)\)")


def _explained(said: str, text: str) -> TomlError:
    place = _PLACE.search(said)
    line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
    return TomlError(line, next(hint for pattern, hint in _HINTS.items() if re.search(pattern, said)))
