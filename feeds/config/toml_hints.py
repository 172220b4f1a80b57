"""Say what to do about a mistake in the syntax of a TOML file. Pure."""

import re
import tomllib

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


def explain(error: tomllib.TOMLDecodeError, text: str) -> str:
    """Return the line and what to do: `line 3: the list is not closed; write ] at its end`."""
    said = str(error)
    place = _PLACE.search(said)
    line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
    return f"line {line}: {next(hint for pattern, hint in _HINTS.items() if re.search(pattern, said))}"
