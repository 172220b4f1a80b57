"""What is read without PyYAML is what PyYAML would have read."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from bench import corpus
from feeds.config.options import Limits
from feeds.items import yaml_reader
from feeds.items.front_matter import parse_document
from feeds.items.plain_yaml import plain_mapping
from support.places import TESTS

LIMITS = Limits()
USUAL = """\
---
# A comment
title: "A \\"quoted\\" headline"
excerpt: 'One: two # three'
date:   2021-01-26T17:45:00Z
webUrl: https://paper.example/a?b=c#d

provider:
  name: Paper
  # another one
  domain: ~
topics: [AI, Computer Vision]
tags: []
quality: 60
heat: -1
secured: "hunter2"
related:
- title: One
  images:
    - url: https://paper.example/1.jpg
      width: 600
    - https://paper.example/2.jpg
-   title: Two
    quality:

"""


def test_usual_text() -> None:
    assert plain_mapping(USUAL, LIMITS) == {
        "title": 'A "quoted" headline',
        "excerpt": "One: two # three",
        "date": "2021-01-26T17:45:00Z",
        "webUrl": "https://paper.example/a?b=c#d",
        "provider": {"name": "Paper", "domain": None},
        "topics": ["AI", "Computer Vision"],
        "tags": [],
        "quality": "60",
        "heat": "-1",
        "related": [
            {
                "title": "One",
                "images": [{"url": "https://paper.example/1.jpg", "width": "600"}, "https://paper.example/2.jpg"],
            },
            {"title": "Two", "quality": None},
        ],
    }
    assert plain_mapping(USUAL, LIMITS) == yaml_reader.parse(USUAL, LIMITS).data


def test_lines_are_those_of_pyyaml() -> None:
    document, _ = parse_document(USUAL.encode(), "x.yml", LIMITS)
    assert document
    line_of = document.line_of
    places = (), ("title",), ("provider", "name"), ("related", 0, "images", 1), ("related", 1, "quality"), ("x",)
    assert [line_of(where) for where in places] == [3, 3, 9, 22, 24, 3]


@pytest.mark.parametrize("number", range(5))
def test_documents_of_programs_need_no_pyyaml(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml_reader, "parse")
    document, problems = parse_document(corpus.document(number).encode(), "x.md", LIMITS)
    assert document
    assert (document.data["category"], problems) == ("news", ())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("- a", id="a list"),
        pytest.param("only text", id="only text"),
        pytest.param("a: 1\na: 2", id="a key twice"),
        pytest.param("a: 1\n  b: 2", id="indented too far"),
        pytest.param("a:\n    b: 1\n  c: 2", id="indented differently"),
        pytest.param("a: 1\n- b", id="a list in a mapping"),
        pytest.param("a:\n  - b\n  c: 1", id="a mapping in a list"),
        pytest.param("a: one\n  two", id="a text of two lines"),
        pytest.param("a: |\n  one", id="a block of lines"),
        pytest.param("a: b: c", id="a second colon"),
        pytest.param("a: b # c", id="a comment after a value"),
        pytest.param("a: *b", id="an alias"),
        pytest.param("a: &b c", id="an anchor"),
        pytest.param("a: !b c", id="a tag"),
        pytest.param("<<: {a: b}", id="a merge key"),
        pytest.param("a: {b: c}", id="brackets"),
        pytest.param("a: [b, [c]]", id="a list in a list"),
        pytest.param('a: "\\n"', id="an escape"),
        pytest.param("a: 'b''c'", id="a quote in quotes"),
        pytest.param('a: "b', id="an open quote"),
        pytest.param("a:\tb", id="a tab"),
        pytest.param("a: \x07", id="a control character"),
        pytest.param("a: b\n...\n", id="an end"),
        pytest.param("a: b\n---\nc: d\n", id="two documents"),
        pytest.param("%YAML 1.1\n---\na: b\n", id="a directive"),
        pytest.param("secured:\n  a: b\n", id="a mapping that is secured"),
        pytest.param("secured:\n- a\n", id="a list that is secured"),
        *(pytest.param(f"a: {sign}b", id=f"{sign} at the beginning") for sign in "-?:,[]{}#&*!|>'\"%@`"),
        *(
            pytest.param(f"a: [{words}]", id=f"[{words}]")
            for words in ("b:", "b: c", "b,", ",b", "b # c", "b]", "{", "é, *b")
        ),
        pytest.param(f"{'a' * 101}: b", id="a long key"),
    ],
)
def test_what_is_left_to_pyyaml(text: str) -> None:
    assert plain_mapping(text, LIMITS) is None


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (Limits(depth=3), "a:\n  - b:\n      c: d\n"),
        (Limits(depth=3), "a:\n  b:\n  - [c]\n"),
        (Limits(complexity=60), "a: [b, c]"),
    ],
    ids=["depth", "depth of a list in a line", "complexity"],
)
def test_limits_are_left_to_pyyaml(limits: Limits, text: str) -> None:
    assert plain_mapping(text, LIMITS) is not None
    assert plain_mapping(text, limits) is None


DOCUMENTS = sorted(path for path in (TESTS / "documents").rglob("*") if path.is_file())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_documents(path: Path) -> None:
    text = path.read_bytes().decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    _compare(text.partition("\n---\n")[0] + "\n")


# Texts near the limits of what is usual: a valid one, of which a line may then be changed, moved or removed.

KEYS = ("a", "b", "c", "x-y", "_k", "Title", "secured")
USUAL_VALUES = (
    "x",
    "x y ",
    "1",
    "-1",
    '""',
    '"x"',
    "''",
    "'x'",
    "null",
    "~",
    '"a\\"b"',
    "[a, b]",
    "[]",
    "é",
    "x:y",
    "x#y",
)
VALUES = (
    *USUAL_VALUES,
    *("-", "-x", "- x", "Null", '"x" y', '"\\\\"', '"\\n"', "it's", "'it''s'", "[ ]", "[a,b]", "[a,]", "[ a, null]"),
    *("[a: b]", "[a - b]", "[-a]", "[a] x", "[é, 人工]", "{}", "{a: b}", "x: y", "x :y", "x : y", "x:", "x #y", "#y"),
    *("x\t", "&a x", "*a", "! y", "|", ">-", "%x", "@x", "`x", "? x", ": x", ":x", "=", "<", "<<", "x\u00a0", "\u2028"),
    *(
        "\x7f",
        "\ufeff",
        "\ufffd",
        "\x85",
        "12:30",
        "...",
        "---",
        "x...",
        'y"z',
        "y, z",
        "y ] z",
        "x\\",
        '"x',
        "+1",
        ".",
    ),
)
STARTS = ("", "a: ", "b:", "a:", "<<: ", '"a": ', "? a", "1: ", "é: ", "- ", "-  ", "-", "- - ", "a:b")
ENDS = ("\n", "\n", "\n", "\n", "\n\n", "\n  \n", "\n# c\n", "\n    # c: d\n", "\n \t\n", "\n#\x01\n", "\n...\n", "")

Line = list[str]
"""Its indent, its dash and its key, and its value."""


@pytest.mark.parametrize("seed", range(20))
def test_texts_near_the_limits_of_what_is_usual(seed: int) -> None:
    random = Random(seed)
    read = sum(_compare(_text(random), Limits(depth=random.choice((3, 50)))) for _ in range(300))
    assert read > 30


def _compare(text: str, limits: Limits = LIMITS) -> bool:
    """Return whether the text is read without PyYAML; then it is read alike."""
    data = plain_mapping(text, limits)
    if data is None:
        return False
    parsed = yaml_reader.parse(text, limits)
    assert (repr(parsed.data), parsed.repeated) == (repr(data), ()), text
    return True


def _text(random: Random) -> str:
    lines = list(_mapping(random, 0))
    for _ in range(random.choice((0, 0, 1, 2))):
        _change(random, lines)
    return random.choice(("", "---\n", "---\n# c\n")) + "".join(
        indent + start + value + random.choice(ENDS) for indent, start, value in lines
    )


def _mapping(random: Random, column: int) -> Iterator[Line]:
    for key in random.sample(KEYS, random.choice((1, 2, 3))):
        kind = random.random()
        if kind < 0.6 or column > 8:
            yield [" " * column, f"{key}: ", random.choice(USUAL_VALUES)]
            continue
        yield [" " * column, f"{key}:", ""]
        if kind < 0.8:
            yield from _mapping(random, column + random.choice((1, 2, 4)))
        elif kind < 0.95:
            yield from _list(random, column + random.choice((0, 2)))


def _list(random: Random, column: int) -> Iterator[Line]:
    for dash in random.choices(("- ", "- ", "-   "), k=random.choice((1, 2))):
        if random.random() < 0.5:
            yield [" " * column, dash, random.choice(USUAL_VALUES)]
            continue
        (_, start, value), *others = _mapping(random, column + len(dash))
        yield [" " * column, dash + start, value]
        yield from others


def _change(random: Random, lines: list[Line]) -> None:
    line = random.choice(lines)
    match random.randrange(5):
        case 0:
            line[0] = random.choice((line[0][1:], line[0][2:], f"{line[0]} ", f"{line[0]}  "))
        case 1:
            line[1] = random.choice(STARTS)
        case 2:
            line[2] = random.choice(VALUES)
        case 3:
            lines.insert(random.randrange(len(lines)), list(line))
        case 4:
            line[:] = ["", "", ""]
