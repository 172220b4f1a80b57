"""What is said about a mistake in the syntax of a TOML file."""

import tomllib

import pytest

from feeds.config.toml_hints import explain

MISTAKES = {
    "no quotes": ("a = 1\ntitle = News", "line 2: this is not a valid value; put text in quotes"),
    "no value": ("title =\n\n", "line 1: this is not a valid value"),
    "capital": ("x = True", "line 1: this is not a valid value"),
    "YAML": ('title: "x"', "line 1: the key has no value; write key = value"),
    "open header": ("[topics", "line 1: the header is not closed"),
    "name with a space": ("[topics.Computer Vision]", "line 1: the header is not closed"),
    "two on one line": ("a = 1 b = 2", "line 1: something follows the value"),
    "open quote": ('a = "x', "line 1: the quote of this text is never closed"),
    "open single quote": ("a = 'x", "line 1: the quote of this text is never closed"),
    "open list": ('a = 1\nx = ["a"', "line 2: the list is not closed"),
    "open braces": ("a = {b = 1\n}", "line 1: the braces are not closed"),
    "same key": ("a = 1\na = 2", "line 2: this key or table occurs twice"),
    "same table": ("[a]\n[a]", "line 2: this key or table occurs twice"),
    "backslash": ('a = "C:\\news\\q"', "line 1: a backslash begins an escape"),
    "control character": ('a = "\x01"', "line 1: this line contains an invisible character"),
    "something else": ("= 3", "line 1: this is not valid TOML"),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake(text: str, message: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    assert explain(caught.value, text).startswith(message)
