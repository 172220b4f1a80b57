"""The benchmark measures what it says: its documents are what they should be, and its runner runs."""

import hashlib
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench import builders, corpus
from bench.measure import MIB, Measured, run
from bench.rows import Documents
from bench.table import Result, markdown
from bench.verify import differences
from feeds.config.options import Defaults
from feeds.items.validate import validate
from feeds.urls import canonical_url
from support.examples import read_document
from support.places import REPOSITORY, TESTS

RUN = TESTS / "bench" / "run.py"
SEEDS = REPOSITORY / "seeds"


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _data(text: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.load(text.split("---\n")[1], _LOADER)
    return data


@pytest.fixture(scope="module")
def items() -> list[dict[str, Any]]:
    return [_data(corpus.document(number)) for number in range(300)]


# The corpus ----------------------------------------------------------------------------------------------------------


def test_documents_have_no_problems(tmp_path: Path) -> None:
    corpus.write(tmp_path, 300)
    paths = sorted(tmp_path.rglob("*.*"))
    assert len(paths) == 300
    for path in paths:
        document, problems = read_document(path, path.name)
        assert document
        item, found = validate(document, Defaults())
        assert item
        assert (problems, found) == ((), ())


def test_a_document_is_the_same_whatever_the_count(tmp_path: Path) -> None:
    corpus.write(tmp_path / "few", 20)
    corpus.write(tmp_path / "more", 120)
    few = {p.relative_to(tmp_path / "few"): p.read_bytes() for p in tmp_path.glob("few/*/*")}
    more = {p.relative_to(tmp_path / "more"): p.read_bytes() for p in tmp_path.glob("more/*/*")}
    assert len(few) == 20
    assert few.items() <= more.items()


def test_results_of_different_days_can_be_compared() -> None:
    """The figures in docs/performance.md were measured with these documents: measure again when this changes."""
    texts = "".join(f"{corpus.path_of(n)}\n{corpus.document(n)}" for n in (*range(200), 1_000, 99_999))
    assert hashlib.sha256(texts.encode()).hexdigest()[:16] == "e7fda7db07701e28"


def test_paths_are_unique_and_in_no_order() -> None:
    paths = [corpus.path_of(number) for number in range(0, 100_000, 7)]
    assert len(set(paths)) == len(paths)
    assert max(Counter(p.partition("/")[0] for p in map(corpus.path_of, range(30_000))).values()) == 1000
    assert paths not in (sorted(paths), sorted(paths, reverse=True))


def test_proportions(items: list[dict[str, Any]]) -> None:
    published = [i for i in items if i["published"]]
    assert len(published) == 90
    assert sum(i["quality"] >= 50 for i in published) == 63
    assert [n for n, i in enumerate(items) if i["published"] and i["quality"] >= 50] == [
        n for n in range(300) if corpus.is_eligible(n)
    ]
    ids = [canonical_url(i["webUrl"]) for i in items]
    assert len(set(ids)) == 297
    assert [n for n in range(1, 300) if ids[n] == ids[n - 1]] == [n for n in range(300) if corpus.is_copy(n)]


def test_topics() -> None:
    counts = Counter(name for n in range(1000) for name in _TOPIC.findall(corpus.document(n)))
    assert set(counts) == set(corpus.TOPICS)
    assert len(counts) == 30
    assert 1300 < counts.total() < 1700
    assert counts["AI"] > 5 * min(counts.values())


_TOPIC = re.compile(r"^  - ([^:\n]+)$", re.MULTILINE)


def test_they_have_the_shape_of_the_seeds(items: list[dict[str, Any]]) -> None:
    seeds = [_data(path.read_text(encoding="utf-8")) for path in SEEDS.iterdir()]
    assert {_shape(item) for item in seeds} <= {_shape(item) for item in items}
    assert {_shape(r) for i in seeds for r in i["related"]} <= {_shape(r) for i in items for r in i["related"]}
    assert {i["heat"] == -1 for i in items if not i["published"]} == {True}
    assert {i["heat"] == i["quality"] + 10 * len(i["related"]) for i in items if i["published"]} == {True}
    sizes = sorted(len(corpus.document(n).encode()) for n in range(300))
    assert 2_500 < sizes[0] < 4_500 < 7_000 < sum(sizes) / 300 < 11_000 < 20_000 < sizes[-1] < 26_000


def _shape(record: dict[str, Any]) -> tuple[object, ...]:
    """Fields in their order, with types, and those of records in them; lists by their first record."""
    return tuple((key, _shape_of(value)) for key, value in record.items() if key != "related")


def _shape_of(value: object) -> object:
    if isinstance(value, dict):
        return _shape(value)
    if isinstance(value, list):
        return _shape_of(value[0])
    return type(value).__name__


def test_dates_end_at_the_newest_and_go_back_evenly(items: list[dict[str, Any]]) -> None:
    dates = [i["publishedDateTime"] for i in items]
    assert max(dates) <= corpus.NEWEST
    assert 3 <= (corpus.NEWEST - min(dates)).days <= 4
    assert all(r["publishedDateTime"] <= corpus.NEWEST for i in items for r in i["related"])


def test_a_fifth_of_related_articles_are_documents_too(items: list[dict[str, Any]]) -> None:
    """With the same facts, as in seeds/."""
    known = {i["webUrl"]: deepcopy(i) for i in items}
    related = [r for i in items[100:200] for r in i["related"]]
    shared = [r for r in related if r["webUrl"] in known]
    assert 0.15 < len(shared) / len(related) < 0.25
    for article in shared:
        document = known[article["webUrl"]]
        document["provider"].pop("images", None)  # related articles do without
        assert {k: document[k] for k in article} == article


# The runner ----------------------------------------------------------------------------------------------------------


def test_the_runner_prints_a_table(tmp_path: Path) -> None:
    command = [sys.executable, str(RUN), "--counts", "200", "--runs", "1", "--against", "none", "--profile"]
    done = subprocess.run([*command, "--work", tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.split("|")[1].strip() for line in done.stdout.splitlines() if line.startswith("| ")]
    assert rows[0] == "median of 1 (goal)"
    assert [r for r in rows[1:] if r != "first build, only what Hugo makes too"] == [
        "first build, all default outputs",
        "second build, nothing changed",
        "fresh clone: all files new, cache and out/ kept",
        "one document edited",
        "peak memory of a first build",
    ]
    assert re.search(r"\| \d+\.\d\d s \|", done.stdout)
    assert re.search(r"\| \d+ MiB \|", done.stdout)
    assert "200 documents, cold:" in done.stdout
    assert not any("Edited" in path.read_text(encoding="utf-8") for path in tmp_path.glob("docs-200/*/*"))


@pytest.mark.parametrize("name", ["hugo", "eleventy"])
def test_others_make_the_same(name: str, tmp_path: Path) -> None:
    peer = builders.find_peer(name)
    if not peer:
        pytest.skip(f"{name} is not installed")
    documents = Documents(tmp_path, 200, per_day=100)
    documents.make()
    ours = builders.feeds(tmp_path / "feeds", documents.folder)
    theirs = peer.builder(tmp_path / "theirs", documents.folder)
    for side in (ours, theirs):
        run(side.command, side.folder)
    assert differences(ours, theirs) == []

    feed = theirs.out / "ai" / "rss.xml"
    feed.write_text(re.sub("<item>.*?</item>", "", feed.read_text(encoding="utf-8"), count=1, flags=re.DOTALL))
    assert differences(ours, theirs) == ["ai/rss.xml"]


def test_feedgen_alone_makes_feeds(tmp_path: Path) -> None:
    documents = Documents(tmp_path, 200, per_day=100)
    documents.make()
    peer = builders.find_peer("feedgen")
    assert peer
    theirs = peer.builder(tmp_path / "theirs", documents.folder)
    run(theirs.command, theirs.folder)
    entries = ET.parse(theirs.out / "ai/atom.xml").getroot().findall("{http://www.w3.org/2005/Atom}entry")
    dates = [entry.findtext("{http://www.w3.org/2005/Atom}published") or "" for entry in entries]
    assert len(dates) > 5
    assert dates == sorted(dates, reverse=True)


def test_an_edit_is_taken_back(tmp_path: Path) -> None:
    documents = Documents(tmp_path, 100, per_day=100)
    documents.make()
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    documents.edit("Edited 1:")
    changed = [p for p in before if not p.exists() or p.read_bytes() != before[p]]
    assert sorted(p.suffix for p in changed) == [".md", ".stamp"]
    documents.restore()
    assert {p: p.read_bytes() for p in before} == before


def test_documents_are_made_once_unless_an_edit_was_left(tmp_path: Path) -> None:
    documents = Documents(tmp_path, 100, per_day=100)
    documents.make()
    path = next(documents.folder.rglob("*.md"))
    os.utime(path, (1, 1))
    documents.make()
    assert path.stat().st_mtime == 1
    documents.edit("Edited 1:")  # and then the runner is killed
    documents.make()
    assert path.stat().st_mtime > 1
    assert not any("Edited" in p.read_text(encoding="utf-8") for p in documents.folder.rglob("*.md"))


_CHILDREN = """
import subprocess, sys, time
hold = "import sys; held = b'x' * (250 << 20); print(flush=True); sys.stdin.read(1)"
children = [subprocess.Popen([sys.executable, "-c", hold], stdin=-1, stdout=-1) for _ in range(2)]
for child in children: child.stdout.readline()
time.sleep(0.4)
for child in children: child.communicate(b"x")
"""


_MEASURES = """
import sys
from pathlib import Path
from bench.measure import MIB, run
for all_processes in (False, True):
    print(run([sys.executable, "-c", sys.argv[1]], Path(), all_processes=all_processes).peak / MIB)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="children's memory is read from /proc")
def test_memory_of_all_processes(tmp_path: Path) -> None:
    # Measured by a small process: before a process is itself, it is as large as its parent.
    command = [sys.executable, "-c", _MEASURES, _CHILDREN]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(TESTS)}, capture_output=True, check=True
    )
    largest, together = map(float, done.stdout.split())
    assert 250 < largest < 300
    assert 500 < together < 600


def test_a_failing_program_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"exit status 3 of .*:\nno such thing"):
        run([sys.executable, "-c", "print('no such thing'); raise SystemExit(3)"], tmp_path)


def _took(*seconds: float, mebibytes: int = 0) -> tuple[Measured, ...]:
    return tuple(Measured(s, mebibytes * MIB, "") for s in seconds)


def test_goals() -> None:
    results = {
        ("cold", 1_000): Result(_took(0.9, 0.3, 0.2), _took(0.25)),
        ("cold", 200): Result(_took(0.3), _took(0.25)),
        ("edited", 1_000): Result(_took(0.1), _took(0.25)),
        ("memory", 1_000): Result(_took(1, mebibytes=101), _took(1, mebibytes=160)),
    }
    assert list(markdown(results, [200, 1_000], "Hugo 0.1", 3)) == [
        "| ratio to Hugo 0.1, median of 3 (goal) | 200 documents | 1,000 documents |",
        "|---|---|---|",
        "| first build, all default outputs | **1.20×** 0.30 : 0.25 s | **1.20×** 0.30 : 0.25 s (≤ 1.3×: met) |",
        "| one document edited |  | **0.40×** 0.10 : 0.25 s |",
        "| peak memory of a first build |  | 101 : 160 MiB (≤ 100 MiB: not met) |",
    ]
