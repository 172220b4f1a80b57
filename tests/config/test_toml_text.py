"""Where a key is in a TOML text, and what is said about a mistake in its syntax."""

import pytest

from feeds.config.toml import Key
from feeds.config.toml_text import TomlError, TomlText

TEXT = '''\
title = "[topics.AI]" # language = [
digest.issues = 12
"base_url"="https://x.example/"
sources = [
  "a", # out = 1
  'out = "b"',
]
author = { name = "Ada", url = "x", "an address" = { city = 1 } }
description = """
slug = "nowhere"
\\""" still "text""""
copyright = \'\'\'
[feed]\'\'\'

[topics.AI]
slug = "ai"
language = "en"

  [ topics . "Computer Vision" ]  # a header with spaces
slug = "cv"
language = "english"
logo = { }

[newsletters]
weekly.language = "x"
weekly.topics = [["a"], [{ logo = 1 }, { icon = 2 }]]
[[feed]]
hub = 1979-05-27 07:32:00
'''

LINES: dict[Key, int] = {
    ("title",): 1,
    ("digest", "issues"): 2,
    ("base_url",): 3,
    ("sources",): 4,
    ("author", "url"): 8,
    ("author", "an address", "city"): 8,
    ("author", "email"): 8,
    ("description",): 9,
    ("copyright",): 12,
    ("topics", "AI"): 15,
    ("topics", "AI", "slug"): 16,
    ("topics", "AI", "language"): 17,
    ("topics", "AI", "logo"): 15,
    ("topics", "Computer Vision"): 19,
    ("topics", "Computer Vision", "slug"): 20,
    ("topics", "Computer Vision", "language"): 21,
    ("topics", "Computer Vision", "logo", "x"): 22,
    ("newsletters", "weekly"): 25,
    ("newsletters", "weekly", "language"): 25,
    ("newsletters", "weekly", "topics", "icon"): 26,
    ("feed", "hub"): 28,
    ("out",): 0,
    ("slug",): 0,
}


def test_the_text_is_toml() -> None:
    assert TomlText(TEXT).data["description"] == 'slug = "nowhere"\n""" still "text"'


@pytest.mark.parametrize(("key", "line"), LINES.items(), ids=[".".join(key) for key in LINES])
def test_lines(key: Key, line: int) -> None:
    assert TomlText(TEXT).line_of(key) == line


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
    with pytest.raises(TomlError) as caught:
        TomlText(text)
    assert str(caught.value).startswith(message)
