"""Reading documents; what their fields mean is in test_validate.py."""

import pickle
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.items import yaml_reader
from feeds.items.front_matter import Document
from feeds.items.syntax import Where
from feeds.problems import Problem, Severity
from support.examples import read_document
from support.places import TESTS

HERE = TESTS / "documents"
HEADLINE = b"title: A headline\n"
JARGON = re.compile(r"NoneType|Traceback|\bNone\b|\bdict\b|\bstr\b|Error|expected|token|scalar|not allowed in this|\\x")


@pytest.fixture(params=["libyaml", "python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs a test with each of PyYAML's parsers."""
    if request.param == "python":
        monkeypatch.setattr(yaml_reader, "_open_events", yaml_reader._PythonEvents)
    else:
        pytest.importorskip("yaml._yaml", reason="PyYAML comes without libyaml")
    return str(request.param)


def write(folder: Path, name: str, content: bytes = b"---\ntitle: A headline\n---\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def read(path: Path) -> Document:
    document, problems = read_document(path, path.name)
    assert document is not None, problems
    assert problems == ()
    return document


def problem_of(path: Path) -> Problem:
    document, problems = read_document(path, path.name)
    assert document is None
    (problem,) = problems
    assert problem.path == path.name
    assert problem.severity is Severity.ERROR
    assert "\n" not in problem.message
    assert re.search(r"[;:] ", problem.message), "says what is wrong; and what to do"
    assert not JARGON.search(problem.message)
    return problem


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("path", sorted((HERE / "valid").iterdir()), ids=lambda path: path.name)
def test_reads_valid_documents(path: Path) -> None:
    data = read(path).data
    assert {"title", "publishedDateTime"} < data.keys()
    assert data["publishedDateTime"] == "2021-01-26T17:45:00Z"
    assert "hunter2" not in repr(data)


@pytest.mark.usefixtures("parser")
def test_every_scalar_is_text_or_null(tmp_path: Path) -> None:
    text = b"""---
year: 2021
no: No
date: 2021-13-45
date2: 2021-01-26T17:45:00Z
octal: 0o17
infinite: .inf
quoted: "2021"
sexagesimal: 1:30
tagged: !!int 5
tagged2: !!str 5
local: ! x
list: [1, no, ~, null, "", '~', !!null ]
tilde: ~
null: Null
absent:
empty: ""
block: |
  null
---
"""
    assert read(write(tmp_path, "x.md", text)).data == {
        "year": "2021",
        "no": "No",
        "date": "2021-13-45",
        "date2": "2021-01-26T17:45:00Z",
        "octal": "0o17",
        "infinite": ".inf",
        "quoted": "2021",
        "sexagesimal": "1:30",
        "tagged": "5",
        "tagged2": "5",
        "local": "x",
        "list": ["1", "no", None, None, "", "~", ""],
        "tilde": None,
        "null": None,
        "absent": None,
        "empty": "",
        "block": "null\n",
    }


@pytest.mark.usefixtures("parser")
def test_merge_keys_fill_in_what_a_mapping_does_not_say(tmp_path: Path) -> None:
    text = b"a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\nd: {<<: *b}\n"
    document = read(write(tmp_path, "x.yml", text))
    assert document.data["c"] == {"x": "3", "y": "1", "z": "2"}
    assert document.data["d"] == {"y": "2", "z": "2"}
    assert [document.line_of(("c", key)) for key in "xyz"] == [5, 1, 2]


LINES = b"""---
title: x

provider:
  name: y
related:
  - title: one
    images: [{url: a,
      width: 5}]
  -
    title: two
list:
  - a

  - b
---
"""


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("title",), 2),
        (("provider",), 4),
        (("provider", "name"), 5),
        (("related",), 6),
        (("related", 0), 7),
        (("related", 0, "images", 0, "url"), 8),
        (("related", 0, "images", 0, "width"), 9),
        (("related", 1), 11),
        (("related", 1, "title"), 11),
        (("list", 1), 15),
        ((), 2),
        (("absent",), 2),
        (("absent", 3, "deeper"), 2),
        (("provider", "absent"), 4),
        (("title", "inside"), 2),
        (("related", 7, "title"), 6),
    ],
    ids=str,
)
def test_line_of(tmp_path: Path, line_end: bytes, where: Where, line: int) -> None:
    document = read(write(tmp_path, "x.md", LINES.replace(b"\n", line_end)))
    assert document.line_of(where) == line


def test_a_document_can_go_to_another_process(tmp_path: Path) -> None:
    document = pickle.loads(pickle.dumps(read(write(tmp_path, "x.md", LINES))))
    assert document.line_of(("related", 1, "title")) == 11


@pytest.mark.parametrize("path", sorted((HERE / "valid").glob("secured*")), ids=lambda path: path.name)
def test_secured_is_nowhere_in_a_document(path: Path) -> None:
    document = read(path)
    assert b"hunter2" not in pickle.dumps(document)
    assert document.data["provider"] == {"name": "Example"}
    assert document.line_of(("secured",)) == 2, "as of a key that is not there"


@pytest.mark.parametrize("name", ["README.md", "readme.txt", "License.TXT", "CHANGELOG.html", "contributing.md"])
@pytest.mark.parametrize(
    "content",
    [b"# About\n", b"", b"---\n\nA line above.\n", "Über".encode("utf-16"), b"\0", b"x" * 2_000_000],
    ids=["text", "empty", "rule", "UTF-16", "NUL", "large"],
)
def test_companions_without_front_matter_are_skipped(tmp_path: Path, name: str, content: bytes) -> None:
    assert read_document(write(tmp_path, name, content), name) == (None, ())


@pytest.mark.parametrize("name", ["README.md", "licenses.md"])
def test_companions_with_front_matter_are_documents(tmp_path: Path, name: str) -> None:
    assert read(write(tmp_path, name)).data == {"title": "A headline"}


@pytest.mark.parametrize("name", ["readme-first.md", "my-readme.md", "licenses.md"])
def test_other_names_are_not_companions(tmp_path: Path, name: str) -> None:
    assert problem_of(write(tmp_path, name, b"# About\n")).code == "no-front-matter"


UTF16 = "---\ntitle: A headline\n---\n"


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("content", "line", "code", "said"),
    [
        pytest.param(b"", 1, "empty-file", "empty", id="0 bytes"),
        pytest.param(b" \r\n\t\n", 1, "empty-file", "empty", id="blank"),
        pytest.param(b"\xef\xbb\xbf", 1, "empty-file", "empty", id="byte order mark only"),
        pytest.param(UTF16.encode("utf-16-le"), 1, "not-utf8", "UTF-16", id="UTF-16 LE"),
        pytest.param(UTF16.encode("utf-16-be"), 1, "not-utf8", "UTF-16", id="UTF-16 BE"),
        pytest.param(UTF16.encode("utf-16"), 1, "not-utf8", "save it as UTF-8", id="UTF-16 with mark"),
        pytest.param(b"---\na: b\ntitle: caf\xe9\n---\n", 3, "not-utf8", "save it as UTF-8", id="Latin-1"),
        pytest.param(b"---\ntitle: \xed\xa0\x80\n---\n", 2, "not-utf8", "save it as UTF-8", id="surrogate in UTF-8"),
        pytest.param(b"---\r\ntitle: a\r\n\r\nx: \0\r\n---\r\n", 4, "nul-byte", "NUL", id="NUL"),
        pytest.param(b"---\n" + HEADLINE + b"---\nbody\0\n", 4, "nul-byte", "NUL", id="NUL in the body"),
        pytest.param(b"\0" * 64, 1, "nul-byte", "NUL", id="only NUL"),
        pytest.param(b"---\n" + HEADLINE + b"---\n" + b"x" * 2**20, 1, "too-large", "1 MiB", id="too large"),
        pytest.param(b"---\r\n" * 2 + b"\r\n" * 2**19, 1, "too-large", "1 MiB", id="too large for its CRLF"),
        pytest.param(b"---\na: b\nx: a\x07b\n---\n", 3, "control-character", "U+0007", id="control character"),
        pytest.param("---\nx: a\x90b\n---\n".encode(), 2, "control-character", "U+0090", id="C1"),
        pytest.param("---\nx: a\ufffeb\n---\n".encode(), 2, "control-character", "U+FFFE", id="noncharacter"),
        pytest.param(b'---\nx: "\\UFFFFFFFF"\n---\n', None, "bad-yaml", "backslash", id="escape beyond Unicode"),
        pytest.param(b"---\nx: " + b"[" * 10_000 + b"\n---\n", 2, "too-complex", "50 deep", id="deep lists"),
        pytest.param(b"---\n" + b"- " * 10_000 + b"\n---\n", 2, "too-complex", "50 deep", id="deep blocks"),
        pytest.param(b"---\n" + b"{a: " * 10_000 + b"\n---\n", 2, "too-complex", "50 deep", id="deep mappings"),
        pytest.param(b"---\n" + b"? " * 10_000 + b"\n---\n", 2, "bad-yaml", "this key is", id="deep keys"),
        pytest.param(b"---\n" + b"- x\n" * 200_000 + b"---\n", None, "too-complex", "too many values", id="long list"),
    ],
)
def test_what_is_no_document(tmp_path: Path, content: bytes, line: int | None, code: str, said: str) -> None:
    problem = problem_of(write(tmp_path, "x.md", content))
    assert problem.code == code
    assert said in problem.message
    assert line in (problem.line, None)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    "leaf",
    ["x", f'"{"x" * 1000}"', "&y {a: b}"],
    ids=["small", "large", "anchored"],
)
def test_aliases_cannot_blow_up(tmp_path: Path, leaf: str) -> None:
    lines = [f"a0: &a0 [{leaf}]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    started = time.perf_counter()
    problem = problem_of(write(tmp_path, "x.yml", "\n".join(lines).encode()))
    assert problem.code == "too-complex"
    assert "aliases" in problem.message
    assert time.perf_counter() - started < 1


@pytest.mark.usefixtures("parser")
def test_secured_may_be_as_deep_as_it_likes(tmp_path: Path) -> None:
    text = b"---\ntitle: x\nsecured: " + b"[" * 500 + b"]" * 500 + b"\n---\n"
    assert read(write(tmp_path, "x.md", text)).data == {"title": "x"}


@pytest.mark.usefixtures("parser")
def test_no_problem_is_beyond_the_last_line(tmp_path: Path) -> None:
    assert problem_of(write(tmp_path, "x.yml", b"#\n#*#\n[")).line == 3


def test_reads_without_libyaml() -> None:
    code = "import sys; sys.modules['yaml._yaml'] = None; import feeds.items.yaml_reader as y; print(y._open_events)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "_PythonEvents" in done.stdout


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "x.md").mkdir()
    assert problem_of(tmp_path / "x.md").code in {"is-a-directory", "unreadable-file"}  # the latter on Windows


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    problem = problem_of(tmp_path / "x.md")
    assert problem.code == "unreadable-file"
    assert "No such file" in problem.message


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "README.md")

    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.open", refuse)  # the tests may run as root, whom no mode keeps out
    problem = problem_of(path)
    assert problem.code == "unreadable-file"
    assert "Permission denied" in problem.message
    assert str(tmp_path) not in problem.message


@settings(
    deadline=None, derandomize=True, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.text(
        st.sampled_from("ab:-?[]{}&*!|>'\"%@`#,~<\\ \t\n\r\x85\u2028\x07\ufeff😀") | st.characters(codec="utf-8")
    )
)
def test_reading_never_raises(tmp_path: Path, parser: str, text: str) -> None:
    path = write(tmp_path, "x.yml", text.encode())
    document, problems = read_document(path, "x.yml")
    assert (document is None) == any(p.severity is Severity.ERROR for p in problems)
    for problem in problems:
        assert 1 <= problem.line <= len(re.split("\r\n|\r|\n", text))
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e]", problem.message)


@settings(
    deadline=None, derandomize=True, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary())
def test_reading_bytes_never_raises(tmp_path: Path, content: bytes) -> None:
    read_document(write(tmp_path, "x.md", b"---\n" + content + b"\n---\n"), "x.md")
