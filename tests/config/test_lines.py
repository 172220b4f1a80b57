"""Where a key is in a TOML text."""

import tomllib

import pytest

from feeds.config.lines import line_of
from feeds.config.toml import Key

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

LINES: dict[Key, int | None] = {
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
    ("out",): None,
    ("slug",): None,
}


def test_the_text_is_toml() -> None:
    assert tomllib.loads(TEXT)["description"] == 'slug = "nowhere"\n""" still "text"'


@pytest.mark.parametrize(("key", "line"), LINES.items(), ids=[".".join(key) for key in LINES])
def test_lines(key: Key, line: int | None) -> None:
    assert line_of(TEXT, key) == line
