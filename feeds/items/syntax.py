"""What the readers of YAML and of TOML make of a front matter. Pure."""

from collections.abc import Callable
from typing import NamedTuple

Where = tuple[str | int, ...]
"""A place in a document's data: `("related", 2, "title")`."""


class Parsed(NamedTuple):
    data: dict[str, object]
    """Made of dict, list, str and None only; no mapping has a key `secured`."""
    line_of: Callable[[Where], int]
    """Return the line, counted from 1, of a place in `data`, or of the nearest place around one that is missing."""
    repeated: tuple[tuple[str, int], ...]
    """Keys that a mapping has already, and their lines."""


class UnusableError(Exception):
    """Why a file is not a document."""

    def __init__(self, code: str, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.code, self.message, self.line = code, message, line
