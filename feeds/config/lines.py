"""Find the line of a key in a TOML text, since `tomllib` keeps no lines. Pure."""

import tomllib
from collections.abc import Iterator, Mapping

from feeds.config.toml import Key


def line_of(text: str, key: Key) -> int | None:
    """Return the line of a key, or else of the innermost table around it that the text has; counted from 1.

    The text must be valid TOML.
    """
    lines = _lines(text)
    return next((lines[key[:length]] for length in range(len(key), 0, -1) if key[:length] in lines), None)


def _lines(text: str) -> Mapping[Key, int]:
    """Return the line where the statement of each key begins."""
    lines: dict[Key, int] = {}
    table: Key = ()
    statement, start = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        statement += f"{line}\n"
        try:
            parsed = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:  # the value continues on the next line
            continue
        is_header = statement.lstrip().startswith("[")
        for key in _keys(parsed, () if is_header else table):
            lines.setdefault(key, start)
            table = key if is_header else table
        statement, start = "", number + 1
    return lines


def _keys(value: object, where: Key) -> Iterator[Key]:
    """Yield the keys in a value, each after those that it is in."""
    if isinstance(value, list):
        for entry in value:
            yield from _keys(entry, where)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield (*where, name)
            yield from _keys(inner, (*where, name))
