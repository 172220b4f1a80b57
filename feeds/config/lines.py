"""Find the line of a key in a TOML text, since `tomllib` keeps no lines. Pure."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache

from feeds.config.toml import Key

# What may hide the end of a statement, or a bracket: the four kinds of strings, and comments.
_TOKEN = re.compile(
    r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5}|'{3}(?:[^']|'{1,2}(?!'))*+'{3,5}'''
    r"""|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+'|\#[^\n]*+|[\[\]{}\n]""",
    re.DOTALL,
)


def line_of(text: str, key: Key) -> int | None:
    """Return the line of a key, or else of the innermost table around it that the text has; counted from 1.

    The text must be valid TOML.
    """
    lines = _lines(text)
    return next((lines[key[:length]] for length in range(len(key), 0, -1) if key[:length] in lines), None)


@lru_cache(maxsize=1)  # an item may have many problems
def _lines(text: str) -> Mapping[Key, int]:
    """Return the line where the statement of each key begins."""
    lines: dict[Key, int] = {}
    table: Key = ()
    start = 1
    for statement in _statements(text):
        is_header = statement.lstrip().startswith("[")
        for key in _keys(tomllib.loads(statement), () if is_header else table):
            lines.setdefault(key, start)
            table = key if is_header else table
        start += statement.count("\n")
    return lines


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
