"""Explain PyYAML's errors in plain words. Pure.

The content of a line is never repeated, because it may be secret.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import yaml


class UnusableError(Exception):
    """Why a file is not a document."""

    def __init__(self, code: str, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.code, self.message, self.line = code, message, line


LIKE_AN_ALIAS = "YAML reads a value that begins with * or & as a reference; put it in quotes"
LIKE_A_TAG = "YAML reads a value that begins with ! as the name of a type; put it in quotes"
_TAB = "tab found; indent with spaces"
_COLON = 'the value contains ": "; put it in quotes'
_INDENTATION = "this line does not continue the one above; indent both alike, and put a space after the colon above"
_INVALID = "this is not valid YAML; indent with spaces, and put values with special characters in quotes"


class _Hint(NamedTuple):
    pattern: str
    """Found in what either of PyYAML's parsers says: its context, a colon, its problem."""
    message: str
    at_context: bool = False
    """True when the mistake is where the construct began, not where the parser gave up."""


_HINTS = (
    _Hint(
        "scanning a quoted scalar: found unexpected",
        "the quote that opens here is never closed; close it, and write a quote inside single quotes twice",
        at_context=True,
    ),
    _Hint(
        "could not find expected ':'",
        "this line has no colon; write key: value, with a space between them",
        at_context=True,
    ),
    _Hint(
        "parsing a flow",
        "the bracket that opens here is not closed properly; close it, or put the value in quotes",
        at_context=True,
    ),
    _Hint("block collection", "this line does not continue the list above; begin it with -, or indent it differently"),
    _Hint("block mapping: ", "invalid YAML here: check the quotes and the indentation of this line"),
    _Hint(
        "escape|hexdecimal",
        "a backslash in double quotes begins an escape; write two backslashes, or use single quotes",
    ),
    _Hint("scanning an (alias|anchor)", LIKE_AN_ALIAS),
    _Hint(" tag", LIKE_A_TAG),
    _Hint("block scalar", "YAML reads a value that begins with | or > as a block of lines; put it in quotes"),
    _Hint(
        "directive|document start|incompatible", "a line cannot begin with % here, or follow a line of ...; delete it"
    ),
    _Hint(
        "cannot start any token|node content|mapping keys are not allowed",
        "a value cannot begin with this character; put it in quotes",
    ),
)


def explain(error: yaml.MarkedYAMLError, text: Sequence[str]) -> UnusableError:
    """Return what to do about an error in these lines."""
    said = f"{error.context}: {error.problem}"
    at, context = error.problem_mark, error.context_mark
    if at is None:
        return UnusableError("bad-yaml", _INVALID)
    line = text[at.line] if at.line < len(text) else ""
    if "\t" in line[: at.column + 1] and ("tab" in said or "start any token" in said):
        return UnusableError("bad-yaml", _TAB, at.line + 1)
    if "mapping values" in said:
        return UnusableError("bad-yaml", _COLON if ":" in line[: at.column] else _INDENTATION, at.line + 1)
    hint = next((hint for hint in _HINTS if re.search(hint.pattern, said)), _Hint("", _INVALID))
    where = context if hint.at_context and context else at
    return UnusableError("bad-yaml", hint.message, min(where.line + 1, len(text)))  # libyaml may be one beyond


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def control_character(text: str) -> UnusableError:
    """Return what to do about a character that YAML does not allow."""
    found = _CONTROL.search(text)
    if found is None:
        return UnusableError("bad-yaml", "a backslash escape in this file names no character; write two backslashes")
    message = f"this line contains the invisible character U+{ord(found.group()):04X}; delete it"
    return UnusableError("control-character", message, text.count("\n", 0, found.start()) + 1)
