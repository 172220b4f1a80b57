"""Hostile sources: each is built in bounded time and memory, without an exception, to files that harm nobody."""

import json
import os
import re
import subprocess
import sys
from email import message_from_bytes, policy
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import pytest

from feeds import load_config
from feeds.config.look import DigestLook
from feeds.config.mailing_tools import profile
from feeds.config.options import Defaults, Limits
from feeds.delivery.test_mail import as_sent
from feeds.items.front_matter import Document
from feeds.items.validate import validate
from feeds.problems import ConfigError
from feeds.renderers.digest import render as digest
from support.examples import issue, read_document, story
from support.harmless import harms, harms_of
from support.hostile import CORPUS, GENERATED, NOW
from support.places import TESTS

MOST_SECONDS, MOST_MEGABYTES = 2, 300
CASES = [*GENERATED, *sorted(p.name for p in CORPUS.iterdir())]
EXPECTED = re.compile(rb"^# expect: (\d+): (error|warning) ([a-z0-9-]+)$", re.MULTILINE)

# What is said of those that are made here: the code of a problem, or nothing where what comes out is harmless.
CODES = {
    "50 MB": {"too-large"},
    "50 MB in one line": {"too-large"},
    "50 MB of dashes": {"too-large"},
    "50 MB of text below": {"too-large"},
    "50 MB of carriage returns": {"too-large"},
    "1 MB number": {"bad-heat"},
    "1 MB date": {"bad-date"},
    "1 MB URL": set[str](),
    "1 MB key": {"bad-yaml"},
    "1 MB topic": {"duplicate-key", "bad-topic"},
    "10,000 lists": {"too-complex"},
    "10,000 mappings": {"too-complex"},
    "10,000 lists in blocks": {"too-complex"},
    "10,000 keys": {"bad-yaml"},
    "25,000 brackets": {"too-complex"},
    "25,000 brackets that are secured": {"too-complex"},
    "100,000 mappings that are secured": {"too-complex"},
    "100,000 lists in blocks that are secured": {"too-complex"},
    "a million related entries": {"too-large"},
    "20,000 related entries": {"too-many"},
    "90,000 related entries that are none": {"too-many", "bad-related"},
    "1 MB title of spaces": {"missing-title"},
    "15,000 bad related entries": {"too-many", "bad-title", "bad-url", "bad-quality", "bad-date"},
    "500 related entries of 100 images": {"too-many"},
    "5,000 topics": {"duplicate-key", "too-many"},
    "40,000 images": {"too-many"},
    "90,000 duplicate keys": {"duplicate-key"},
    "50,000 colons": {"bad-yaml"},
    "100,000 escapes": {"bad-yaml"},
    "billion laughs": {"too-complex"},
    "quadratic aliases": {"too-complex"},
    "merged bombs": {"too-complex"},
    "merged blanks": {"too-complex"},
    "merged in a chain": {"too-complex"},
    "500 hosts to encode": {"bad-url"},
    "nested tags by alias": {"missing-title"},
    "open tags by alias": {"missing-title"},
    "nested lists by alias": {"missing-title"},
    "nested annotations by alias": {"missing-title"},
    "1 MB of directives": {"bad-yaml"},
    "1 MB of directives below": {"bad-yaml"},
    "tables by alias": {"missing-title"},
    "5,000 digits in TOML": {"bad-toml"},
    "5,000 hexadecimal digits in TOML": {"bad-toml"},
    "49,000 dots in a key of TOML": {"too-complex"},
    "90,000 lines in a text of TOML": {"bad-type"},
    "1,900 bad related entries in TOML": {"too-many", "missing-title", "bad-url", "bad-quality", "bad-date"},
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    """Each case, built in a process of its own."""
    folder = tmp_path_factory.mktemp("hostile")
    done = subprocess.run(
        [sys.executable, "-m", "support.hostile", folder],
        cwd=TESTS,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here, which the measured processes are made with")
@pytest.mark.parametrize("case", CASES)
def test_a_hostile_source_harms_nobody(case: str, measured: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    folder, cases = measured
    result = cases[case]
    assert "error" not in result, result["error"]
    assert result["seconds"] < MOST_SECONDS
    assert result["megabytes"] < MOST_MEGABYTES
    for name, line, _, code, message in result["problems"]:
        assert line >= 1
        assert name
        assert code
        assert len(message) < 500
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", message)
        assert "hunter2" not in message
    assert harms(folder / result["folder"] / "out") == []
    feed = json.loads((folder / result["folder"] / "out" / "ai" / "feed.json").read_bytes())
    assert "A good item" in [item["title"] for item in feed["items"]], "the others are built"
    assert b"hunter2" not in b"".join(p.read_bytes() for p in (folder / result["folder"] / "out").rglob("*.*"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here, which the measured processes are made with")
@pytest.mark.parametrize("case", GENERATED)
def test_what_is_said_of_large_sources(case: str, measured: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    problems = measured[1][case]["problems"]
    assert {code for _, _, _, code, _ in problems} == CODES.get(case, set())
    assert len(problems) < 5000


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda p: p.name)
def test_what_is_said_of_small_sources(path: Path) -> None:
    """The problems that its comments name, and no others."""
    document, problems = read_document(path, path.name)
    if document:
        problems += validate(document, Defaults())[1]
    said = [(line.decode(), severity.decode(), code.decode()) for line, severity, code in
            EXPECTED.findall(path.read_bytes())]  # fmt: skip
    assert [(str(p.line), str(p.severity), p.code) for p in sorted(problems)] == said


def test_all_of_them_at_once(tmp_path: Path) -> None:
    """What is harmless alone is harmless together: as coverage, in one issue, in one subject."""
    from feeds import build

    (tmp_path / "feeds.toml").write_text(f"sources = ['{CORPUS.as_posix()}']\nfeed.all = true\n", encoding="utf-8")
    report = build(load_config(start=tmp_path), NOW)
    assert report.stories > 25
    assert harms(tmp_path / "out") == []


ENCODED = (
    "=?utf-8?Q?=0D=0ABcc:_x@evil.example?=",
    "=?utf-8?B?DQpCY2M6IHhAZXZpbC5leGFtcGxl?= and more",
    "‘Ban=?utf-8?q?=0d=0aBcc:_x?= é",
    "=?utf-8?Q?=0D=0A?==?utf-8?Q?=0D=0A?=can",
    "=?us-ascii?Q?=00?= =?iso-8859-1*en?Q?=0D=0A?=",
    "=?=?utf-8?Q?=0A?=?=",
    "==??utf-8?Q?=0A?=",
)


@pytest.mark.parametrize("title", ENCODED)
def test_a_title_that_looks_encoded_makes_no_header(title: str) -> None:
    made = digest.render(issue(story(title=title)), DigestLook(), profile("none"))
    assert list(harms_of("digest.eml", made.eml)) == []
    subject = str(message_from_bytes(made.eml, policy=policy.default)["Subject"])
    assert subject.replace("\u2060", "") == made.subject
    again = message_from_bytes(as_sent(made.eml, Address("A", "a", "a.example"), ["b@b.example"], NOW).as_bytes())
    assert set(again.keys()) >= {"Subject", "From", "To", "Date"}
    assert not {"Bcc", "bcc"} & set(again.keys())


# ---- limits


def said(limits: Limits, **data: object) -> list[str]:
    fields: dict[str, object] = {"title": "x", "webUrl": "https://x.example/", "date": "2021-01-26"}
    _, problems = validate(Document("x.md", fields | data, lambda where: 7), Defaults(), limits)
    return [f"{p.line}: {p.severity} {p.code} {p.message}" for p in problems]


@pytest.mark.parametrize(
    ("limits", "data", "problem"),
    [
        (Limits(related=1), {"related": [{"title": "x", "webUrl": "https://y.example/"}] * 2}, "related has 2 entries"),
        (Limits(topics=2), {"topics": ["a", "b", "c"]}, "topics has 3 entries, but only the first 2 are used; shorten"),
        (Limits(images=0), {"images": ["https://x.example/1.jpg"]}, "images has 1 entries, but only the first 0"),
        (Limits(name_length=3), {"topics": ["long"]}, 'topic "long" has more than 3 characters'),
    ],
)
def test_what_is_beyond_a_limit_is_left_out_and_reported(limits: Limits, data: dict[str, Any], problem: str) -> None:
    assert said(Limits(), **data) == []
    (message,) = said(limits, **data)
    assert message.startswith(("7: warning too-many ", "7: warning bad-topic "))
    assert problem in message


def test_what_is_beyond_a_limit_is_cut() -> None:
    data: dict[str, object] = {"title": "One two three", "excerpt": "Four five six", "date": "2021-01-26"}
    data |= {"webUrl": "https://x.example/", "provider": {"name": "Seven eight"}}
    limits = Limits(title_length=9, excerpt_length=10, name_length=8)
    item, problems = validate(Document("x.md", data, lambda where: 1), Defaults(), limits)
    assert problems == ()
    assert item is not None
    assert (item.title, item.excerpt, item.provider.name) == ("One two…", "Four five…", "Seven…")


@pytest.mark.parametrize(
    ("limits", "code", "said"),
    [
        (Limits(document_bytes=50), "too-large", "the file is larger than 50 bytes"),
        (Limits(document_bytes=2**20), None, ""),
        (Limits(depth=2), "too-complex", "nested more than 2 deep"),
        (Limits(complexity=60), "too-complex", "the document has too many values"),
    ],
)
def test_limits_of_documents(tmp_path: Path, limits: Limits, code: str | None, said: str) -> None:
    path = tmp_path / "x.md"
    path.write_text("---\ntitle: A headline\nrelated: [{ title: x, topics: [a] }]\n---\n", encoding="utf-8")
    document, problems = read_document(path, path.name, limits)
    assert (document is None) == bool(code)
    assert [p.code for p in problems] == ([code] if code else [])
    assert all(said in p.message for p in problems)


def test_limits_are_configurable(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text("[limits]\ntopics = 5\ndepth = 10\n", encoding="utf-8")
    assert load_config(start=tmp_path).limits == Limits(topics=5, depth=10)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("depth = 1000", "line 2: limits.depth: must be a whole number from 3 to 100"),
        ("depth = 2", "line 2: limits.depth: must be a whole number from 3 to 100"),
        ("title_length = 0", "line 2: limits.title_length: must be a whole number of at least 1"),
        ("related = -1", "line 2: limits.related: must be a whole number of at least 0"),
        ("realted = 1", "line 2: limits.realted: unknown key; did you mean related?"),
        ('topics = "all"', "line 2: limits.topics: must be a whole number of at least 0"),
    ],
)
def test_limits_that_cannot_be_used(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "feeds.toml").write_text(f"[limits]\n{text}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_config(start=tmp_path)
    assert error.value.problems == [problem]


def test_the_greatest_depth_is_possible(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(b"---\nx: " + b"[" * 99 + b"]" * 99 + b"\n---\n")
    document, problems = read_document(path, path.name, Limits(depth=100))
    assert document is not None, problems
