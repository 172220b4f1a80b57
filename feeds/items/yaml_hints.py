"""Explain PyYAML's errors in words that help. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import yaml


class UnusableError(Exception):
    """Why there is no document."""

    def __init__(self, code: str, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.code, self.message, self.line = code, message, line


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


def _explain(error: yaml.MarkedYAMLError, text: Sequence[str]) -> UnusableError:
    said = f"{error.context}: {error.problem}"
    at, context = error.problem_mark, error.context_mark
    if at is None:
        return UnusableError("bad-yaml", _NOT_YAML)
    line = text[at.line] if at.line < len(text) else ""
    if "\t" in line[: at.column + 1] and ("tab" in said or "start any token" in said):
        return UnusableError("bad-yaml", _TAB, at.line + 1)
    if "mapping values" in said:
        return UnusableError("bad-yaml", _about_colon(line[: at.column]), at.line + 1)
    for hint in _HINTS:
        if re.search(hint.pattern, said):
            where = context if hint.at_context and context else at
            return UnusableError("bad-yaml", hint.message, min(where.line + 1, len(text)))  # libyaml may be one beyond
    return UnusableError("bad-yaml", _NOT_YAML, min(at.line + 1, len(text)))


def _about_colon(before: str) -> str:
    """About a colon that cannot mean what it means to YAML; `before` is what stands before it in its line."""
    if ":" in before:
        return "a second colon stands in this line: put a value that has a colon and a space in it in quotes"
    return "this line does not go on with the one above: indent it alike, and put a space after the colon above"


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def _control_character(text: str) -> UnusableError:
    found = _CONTROL.search(text)
    if found is None:
        return UnusableError("bad-yaml", "a backslash escape in this file names no character: write two backslashes")
    message = f"the invisible character U+{ord(found.group()):04X} stands in this line: delete it"
    return UnusableError("control-character", message, text.count("\n", 0, found.start()) + 1)
