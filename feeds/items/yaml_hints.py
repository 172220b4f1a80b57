"""Explain PyYAML's errors in plain words. Pure.

The content of a line is never repeated, because it may be secret.
"""

import re
from collections.abc import Mapping, Sequence

import yaml

from feeds.items.syntax import UnusableError

LIKE_AN_ALIAS = "YAML reads a value that begins with * or & as a reference; put it in quotes"
LIKE_A_TAG = "YAML reads a value that begins with ! as the name of a type; put it in quotes"
DIRECTIVE = "a line cannot begin with % here, or follow a line of ...; delete it"
_TAB = "tab found; indent with spaces"
_COLON = 'the value contains ": "; put it in quotes'
_INDENTATION = "this line does not continue the one above; indent both alike, and put a space after the colon above"


# Found in what either of PyYAML's parsers says: its context, a colon, its problem. The first that is found counts.
_WHERE_IT_BEGAN = {
    "scanning a quoted scalar: found unexpected": "the quote that opens here is never closed; close it "
    "(write a quote inside single quotes twice)",
    "could not find expected ':'": "this line has no colon; write key: value, with a space between them",
    "parsing a flow": "the bracket that opens here is not closed properly; close it, or put the value in quotes",
}
_WHERE_IT_FAILED = {
    "block collection": "this line does not continue the list above; begin it with -, or indent it differently",
    "block mapping: ": "invalid YAML here: check the quotes and the indentation of this line",
    "escape|hexdecimal": "a backslash in double quotes begins an escape; write two backslashes, or use single quotes",
    "scanning an (alias|anchor)": LIKE_AN_ALIAS,
    " tag": LIKE_A_TAG,
    "block scalar": "YAML reads a value that begins with | or > as a block of lines; put it in quotes",
    "directive|document start|incompatible": DIRECTIVE,
    "start any token|node content|mapping keys are not allowed": "a value cannot begin with this character; put it in "
    "quotes",
    "": "this is not valid YAML; indent with spaces, and put values with special characters in quotes",
}


def explain(error: yaml.MarkedYAMLError, text: Sequence[str]) -> UnusableError:
    """Return what to do about an error in these lines."""
    said = f"{error.context}: {error.problem}"
    at, context = error.problem_mark, error.context_mark
    if at is None:
        return UnusableError("bad-yaml", _WHERE_IT_FAILED[""])
    line = text[at.line] if at.line < len(text) else ""
    if "\t" in line[: at.column + 1] and ("tab" in said or "start any token" in said):
        return UnusableError("bad-yaml", _TAB, at.line + 1)
    if "mapping values" in said:
        return UnusableError("bad-yaml", _COLON if ":" in line[: at.column] else _INDENTATION, at.line + 1)
    message = _found(_WHERE_IT_BEGAN, said)
    where = context if message and context else at
    # libyaml may be one line beyond the end
    return UnusableError("bad-yaml", message or _found(_WHERE_IT_FAILED, said), min(where.line + 1, len(text)))


def _found(hints: Mapping[str, str], said: str) -> str:
    return next((hint for pattern, hint in hints.items() if re.search(pattern, said)), "")


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def control_character(text: str) -> UnusableError:
    """Return what to do about a character that YAML does not allow."""
    found = _CONTROL.search(text)
    if found is None:
        return UnusableError("bad-yaml", "a backslash escape in this file names no character; write two backslashes")
    message = f"this line contains the invisible character U+{ord(found.group()):04X}; delete it"
    return UnusableError("control-character", message, text.count("\n", 0, found.start()) + 1)
