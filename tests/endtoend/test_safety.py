"""Nothing lost: what lies in out/, and around it, when builds are killed, meet, run out of space or find it changed."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from feeds.config.load import CACHE_FOLDER
from feeds.engine import cache
from feeds.engine.lock import locked
from feeds.engine.outcomes import OUTCOMES
from feeds.engine.processes import Serial
from feeds.output import folder as output_folder
from feeds.output.folder import LocalOutput, write_files
from feeds.problems import ConfigError
from feeds.report import BuildError, BuildReport
from feeds.sources import pages
from feeds.sources.find import find_documents
from support.building import NOW, built, configured, files, undated, write_item
from support.commands import Run, run
from support.places import TESTS

__all__ = ["run"]

IS_POSIX = os.name == "posix"
IS_ROOT = IS_POSIX and os.geteuid() == 0
posix_only = pytest.mark.skipif(not IS_POSIX, reason="needs POSIX signals, links or modes")


def real_files(out: Path) -> dict[str, bytes]:
    """Without what a killed build has left half written."""
    return {name: data for name, data in files(out).items() if not PurePosixPath(name).name.startswith(".feeds-")}


# ---- links, and files of others


def test_out_itself_may_be_a_link(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    report = built(tmp_path)
    assert (tmp_path / "out").is_symlink()
    assert sorted(files(tmp_path / "disk")) == sorted(report.files.written)


@pytest.mark.parametrize("target", ["x", "none"], ids=["of a file", "that leads nowhere"])
def test_a_link_in_the_place_of_a_file_is_replaced(tmp_path: Path, target: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    page = (tmp_path / "out/index.html").read_bytes()
    (tmp_path / "x").write_bytes(page)
    (tmp_path / "out/index.html").unlink()
    (tmp_path / "out/index.html").symlink_to(tmp_path / target)
    write_item(tmp_path / "seeds", "one.md", title="Another")
    assert "index.html" in built(tmp_path).files.written
    assert not (tmp_path / "out/index.html").is_symlink()
    assert (tmp_path / "x").read_bytes() == page
    assert not (tmp_path / "none").exists()


def test_a_link_to_the_very_same_bytes_is_replaced_too(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    (tmp_path / "out/index.html").rename(tmp_path / "x")
    (tmp_path / "out/index.html").symlink_to(tmp_path / "x")
    assert built(tmp_path).files.written == ("index.html",)
    assert not (tmp_path / "out/index.html").is_symlink()


@posix_only
@pytest.mark.parametrize(
    ("name", "said"), [("out", "a broken link"), ("more", "source 'more' does not exist")], ids=["out", "source"]
)
def test_a_folder_that_is_a_link_to_itself_is_an_error(run: Run, tmp_path: Path, name: str, said: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    configured(tmp_path, 'sources = ["seeds", "more"]\n' if name == "more" else "")
    (tmp_path / name).symlink_to(name)
    done = run("build")
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


@pytest.mark.parametrize("linked", ["ai", "ai/issues"])
def test_a_link_in_the_place_of_a_folder_is_refused(run: Run, tmp_path: Path, linked: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    configured(tmp_path)
    assert run("build").returncode == 0
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/precious").write_text("x", encoding="utf-8")
    shutil.rmtree(tmp_path / "out" / linked)
    (tmp_path / "out" / linked).symlink_to(tmp_path / "elsewhere")
    done = run("build")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: cannot write out/{linked}: this folder is a link; remove it")
    assert sorted(files(tmp_path / "elsewhere")) == ["precious"]


def test_a_pipe_in_the_place_of_a_file_is_replaced(run: Run, tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no named pipes here")
    write_item(tmp_path / "seeds", "one.md")
    configured(tmp_path)
    assert run("build").returncode == 0
    (tmp_path / "out/index.html").unlink()
    os.mkfifo(tmp_path / "out/index.html")
    assert run("build").returncode == 0  # and does not wait for somebody to write into it
    assert (tmp_path / "out/index.html").is_file()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_in_the_place_of_a_document_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of one that was a file when it was found, and of an editor's file."""
    write_item(tmp_path / "seeds", "one.md")
    two = write_item(tmp_path / "seeds", "two.md")
    assert built(tmp_path).problems == ()
    (tmp_path / "issues/ai").mkdir(parents=True)
    os.mkfifo(tmp_path / "issues/ai/2021-W04.md")

    def found(*args: Any, **options: Any) -> Any:
        documents = find_documents(*args, **options)
        two.unlink()
        os.mkfifo(two)
        return documents

    write_item(tmp_path / "seeds", "two.md", title="Changed")
    monkeypatch.setattr(pages, "find_documents", found)
    report = built(tmp_path)  # and does not wait for somebody to write into them
    assert [(Path(p.path).name, p.code) for p in report.problems] == [
        ("2021-W04.md", "unreadable-file"),
        ("two.md", "unreadable-file"),
    ]
    assert (tmp_path / "out/ai/index.html").exists()


NOT_OURS = ["../precious", "{root}/precious", "ai/../../precious", "ai/./x", "link/precious", "ai//x", "", "ai", "a\\b"]


@pytest.mark.parametrize("name", NOT_OURS)
def test_nothing_outside_of_out_is_removed_whatever_the_manifest_says(tmp_path: Path, name: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    for path in ("precious", "elsewhere/precious", "out/a\\b"):
        (tmp_path / path).write_text("x", encoding="utf-8")
    (tmp_path / "out/link").symlink_to(tmp_path / "elsewhere")
    before = {p for p in tmp_path.rglob("*") if CACHE_FOLDER not in p.parts}
    manifest = tmp_path / "out/manifest.json"
    record = json.loads(manifest.read_bytes())
    record["files"] = [*record["files"], name.replace("{root}", str(tmp_path))]
    manifest.write_text(json.dumps(record), encoding="utf-8")
    assert not built(tmp_path, prune=True).files.removed
    assert {p for p in tmp_path.rglob("*") if CACHE_FOLDER not in p.parts} == before
    assert name not in json.loads(manifest.read_bytes())["files"]


DAMAGED: dict[str, tuple[list[str | int], object]] = {
    "an issue in another folder": (["topics", 0, "closed", 0, "id"], "../../../elsewhere"),
    "a shown issue in another folder": (["topics", 0, "issues", 0, "id"], ".."),
    "a topic in another folder": (["topics", 0, "slug"], "../elsewhere"),
    "stories that are no list": (["topics", 0, "stories"], 5),
    "a date without a zone": (["topics", 0, "updated"], "2021-01-01T00:00:00"),
    "a period without a zone": (["topics", 0, "closed", 0, "end"], "2021-01-01T00:00:00"),
    "a period at the end of time": (["topics", 0, "closed", 0, "end"], "9999-12-31T23:59:59Z"),
    "a feed without a date": (["topics", 0, "feeds", 0, "updated"], "/tmp"),
    "a feed at the end of time": (["topics", 0, "feeds", 1, "updated"], "9999-12-31T23:59:59Z"),
    "lists in lists": (["topics"], json.loads("[" * 900 + "]" * 900)),
}


@pytest.mark.parametrize(("place", "value"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_manifest_stops_the_build_before_it_changes_anything(
    tmp_path: Path, place: list[str | int], value: object
) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    manifest = tmp_path / "out/manifest.json"
    record: Any = json.loads(manifest.read_bytes())
    *outer, last = place
    entry = record
    for part in outer:
        entry = entry[part]
    assert last in entry or isinstance(last, int)
    entry[last] = value
    manifest.write_text(json.dumps(record), encoding="utf-8")
    write_item(tmp_path / "seeds", "one.md", title="Changed")
    before = files(tmp_path)
    with pytest.raises(ConfigError) as caught:
        built(tmp_path, prune=True)
    assert caught.value.path == str(manifest)
    assert "the manifest is damaged" in str(caught.value)
    after = files(tmp_path)
    assert {n: d for n, d in after.items() if CACHE_FOLDER not in n} == {
        n: d for n, d in before.items() if CACHE_FOLDER not in n
    }


@posix_only
@pytest.mark.parametrize("name", ["CACHEDIR.TAG", ".gitignore", "feeds.sqlite3"])
def test_links_in_the_cache_folder_are_not_followed(tmp_path: Path, name: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / CACHE_FOLDER).mkdir()
    (tmp_path / CACHE_FOLDER / name).symlink_to(tmp_path / "elsewhere")
    built(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


# ---- pruning

TWO_TOOLS = '[mailing]\ntool = ["mailchimp", "buttondown"]\n'
PRUNED: dict[str, tuple[str, str, set[str]]] = {
    "a mailing tool": (
        TWO_TOOLS,
        '[mailing]\ntool = "mailchimp"\n',
        {
            f"ai/{folder}digest.{tool}.{kind}"
            for folder in ("", "issues/2021-W04/")
            for tool in ("mailchimp", "buttondown")
            for kind in ("html", "txt", "eml")
        },
    ),
    "issues beyond the window": (
        "",
        "[digest]\nissues = 1\n",
        set(),  # the page of an issue that is closed stays, and this one never had a mail
    ),
    "a format": (
        "",
        '[build]\noutputs = ["rss", "atom", "digest", "pages"]\n',
        {"ai/feed.json", "ai/issues/feed.json"},
    ),
    "nothing": ("", "", set()),
}


@pytest.mark.parametrize("has_cache", [True, False], ids=["with the cache", "after the cache is lost"])
@pytest.mark.parametrize(("old", "new", "expected"), PRUNED.values(), ids=PRUNED)
def test_pruning_removes_what_is_no_longer_made(
    tmp_path: Path, old: str, new: str, expected: set[str], *, has_cache: bool
) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", publishedDateTime="2021-01-05")
    built(tmp_path, old)
    before = set(files(tmp_path / "out"))
    for name in ("CNAME", "ai/own.txt", "ai/issues/2021-W01/own.txt"):
        (tmp_path / "out" / name).write_text("mine", encoding="utf-8")
    for _ in range(2):  # what is not pruned at once is not forgotten
        assert not built(tmp_path, new).files.removed
    if not has_cache:
        shutil.rmtree(tmp_path / CACHE_FOLDER)
    report = built(tmp_path, new, prune=True)
    assert set(report.files.removed) == expected
    assert set(files(tmp_path / "out")) == before - expected | {"CNAME", "ai/own.txt", "ai/issues/2021-W01/own.txt"}
    again = built(tmp_path, new, prune=True)
    assert (again.files.removed, again.files.written) == ((), ())


def test_pruning_removes_topics_that_are_gone(tmp_path: Path) -> None:
    config = '[topics.Chess]\nslug = "chess"\n[topics.Go]\nslug = "go"\n'
    for topic in ("AI", "Chess", "Typo", "Go"):
        write_item(tmp_path / "seeds", f"{topic}.md", topics=[topic])
    built(tmp_path, config)
    for topic in ("Chess", "Typo", "Go"):
        write_item(tmp_path / "seeds", f"{topic}.md", topics=["Go" if topic == "Go" else "AI"])
    config = config.replace('"go"', '"weiqi"')
    built(tmp_path, config)
    assert feed_names(tmp_path) == {"ai", "chess", "typo", "go", "weiqi"}
    report = built(tmp_path, config, prune=True)
    assert feed_names(tmp_path) == {"ai", "chess", "weiqi"}  # an empty one that is configured keeps its readers
    assert {name.partition("/")[0] for name in report.files.removed} == {"typo", "go"}
    assert not (tmp_path / "out/typo").exists()
    assert b"typo" not in b"".join(files(tmp_path / "out").values())


def feed_names(root: Path) -> set[str]:
    return {p.parent.name for p in (root / "out").glob("*/rss.xml")}


def test_nothing_is_pruned_of_a_topic_while_a_document_of_it_is_broken(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    path = write_item(tmp_path / "seeds", "two.md", topics=["Chess"])
    built(tmp_path, TWO_TOOLS)
    before = set(files(tmp_path / "out"))
    path.write_text("broken", encoding="utf-8")
    report = built(tmp_path, prune=True)
    assert {n.partition("/")[0] for n in before - set(files(tmp_path / "out"))} == {"ai"}
    note = "note: nothing of chess is pruned while the document of a published story cannot be used"
    assert report.notes == (note,)
    path.unlink()
    built(tmp_path, prune=True)
    assert not (tmp_path / "out/chess").exists()


def test_pruning_keeps_what_a_topic_that_cannot_be_made_had(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", topics=["Chess"])
    built(tmp_path, TWO_TOOLS)
    before = {n: d for n, d in files(tmp_path / "out").items() if n.startswith("chess/")}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/topic.html").write_text("{% if edition.topic.name == 'Chess' %}{{ nothing }}{% endif %}")
    report = built(tmp_path, 'templates = "mine"\n', prune=True)
    assert report.mistakes
    assert report.files.removed
    assert {n: d for n, d in files(tmp_path / "out").items() if n.startswith("chess/")} == before


def test_what_a_killed_build_has_left_of_an_issue_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while a document of the issue cannot be read, which keeps an issue that was published as it is."""
    write_item(tmp_path / "seeds", "one.md")
    path = write_item(tmp_path / "seeds", "two.md")
    built(tmp_path, 'build.outputs = ["atom"]\n')  # closes the issue
    put = output_folder._put

    def die_after_the_page(temporary: str, name: str) -> None:
        put(temporary, name)
        if name.endswith("ai/issues/2021-W04/index.html"):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(output_folder, "_put", die_after_the_page)
        with pytest.raises(KeyboardInterrupt):
            built(tmp_path, executor=Serial())
    assert (tmp_path / "out/ai/issues/2021-W04/index.html").exists()
    assert not (tmp_path / "out/ai/issues/2021-W04/digest.html").exists()
    path.write_text("broken", encoding="utf-8")
    built(tmp_path)
    before = files(tmp_path / "out")
    assert {f"ai/issues/2021-W04/{name}" for name in ("index.html", "digest.html", "digest.txt")} <= before.keys()
    assert built(tmp_path).files.written == ()
    assert files(tmp_path / "out") == before


def test_mail_alone_stays_as_it_was_sent_while_a_document_of_it_is_broken(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    path = write_item(tmp_path / "seeds", "two.md")
    text = 'build.outputs = ["digest"]\n'
    built(tmp_path, text)
    before = files(tmp_path / "out")["ai/issues/2021-W04/digest.html"]
    assert b"Title of two" in before
    path.write_text("broken", encoding="utf-8")
    built(tmp_path, text)
    assert files(tmp_path / "out")["ai/issues/2021-W04/digest.html"] == before


def test_pruning_is_for_all_topics(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    with pytest.raises(ConfigError, match="--prune looks at all topics; leave out --topic"):
        built(tmp_path, prune=True, topics=["ai"])


# ---- kill -9

KILLS = 50
"""With a cache, and as many without."""


class Killer:
    """Builds, and kills builds, without loading the program anew for each."""

    def __init__(self, root: Path) -> None:
        command = [sys.executable, str(TESTS / "support" / "killing.py"), str(root)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def build(self, *, has_cache: bool, how: str = "never", number: float = 0) -> tuple[float, int]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([has_cache, how, number]) + "\n")
        self._process.stdin.flush()
        seconds, events = json.loads(self._process.stdout.readline())
        return seconds, events

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()
        assert self._process.wait(10) == 0


@pytest.fixture
def killer(tmp_path: Path) -> Iterator[Killer]:
    if not hasattr(os, "fork"):
        pytest.skip("processes cannot be forked here")
    configured(tmp_path)
    version(tmp_path, 0)
    killer = Killer(tmp_path)
    yield killer
    killer.close()


def version(root: Path, number: int) -> None:
    """One of two states of the sources, with other stories, issues, topics and texts."""
    for item in range(6):
        topics = ["AI", "Chess"] if item % 2 else ["Chess"]
        day = f"2021-01-{5 + 4 * item:02}"
        published = item != 4 * number + 1
        topics = ["AI", "Only now"] if item == 3 and number else topics
        title = f"Number {item} of version {number} " + "and so on " * 50
        changes = {"publishedDateTime": day, "published": published, "topics": topics, "title": title}
        write_item(root / "seeds", f"{item}.md", **changes)


@pytest.mark.parametrize("has_cache", [True, False], ids=["with a cache", "without one"])
def test_a_killed_build_leaves_whole_files_and_the_next_one_heals_it(
    tmp_path: Path, killer: Killer, *, has_cache: bool
) -> None:
    expected: dict[int, dict[str, bytes]] = {}
    lasts: tuple[float, int] = (0, 0)
    for state in (0, 1, 0, 1):  # until each is what follows the other
        version(tmp_path, state)
        lasts = killer.build(has_cache=has_cache)
        expected[state] = undated(files(tmp_path / "out"))
    assert expected[0].keys() != expected[1].keys()
    assert lasts[1] > 50
    chance = random.Random(7)
    mixed = half_written = 0
    for kill in range(KILLS):
        version(tmp_path, kill % 2)
        new, old = expected[kill % 2], expected[1 - kill % 2]
        how = "event" if kill % 4 < 2 else "time"
        number: float = chance.randint(1, lasts[1]) if how == "event" else chance.uniform(0, lasts[0])
        killer.build(has_cache=has_cache, how=how, number=number)
        found = undated(real_files(tmp_path / "out"))
        wrong = {n for n in {*found, *old, *new} if found.get(n) not in (old.get(n), new.get(n))}
        assert wrong == set(), (kill, how, number)
        mixed += found not in (old, new)
        half_written += undated(files(tmp_path / "out")) != found
        killer.build(has_cache=has_cache)
        assert undated(files(tmp_path / "out")) == new, (kill, how, number)
    assert mixed >= KILLS // 5
    assert half_written >= KILLS // 10


def test_what_another_left_half_written_is_removed_and_nothing_else(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").write_text("x", encoding="utf-8")
    (tmp_path / "out/ai").mkdir()
    for name in (".feeds-123.tmp", "ai/.feeds-5.tmp", ".feeds-x.tmp", "ai/feeds-1.tmp", ".nojekyll"):
        (tmp_path / "out" / name).write_text("x", encoding="utf-8")
    (tmp_path / "out/.feeds-4.tmp").symlink_to(tmp_path / "elsewhere")
    report = built(tmp_path)
    assert set(files(tmp_path / "out")) - set(report.files.written) == {".feeds-x.tmp", "ai/feeds-1.tmp", ".nojekyll"}
    assert (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("folder", [".", "ai", "ai/issues/2021-W04"])
def test_a_link_in_the_place_of_what_is_being_written_is_not_followed(
    tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container each build may have the same process id, so that anybody can tell the name."""
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "elsewhere").write_text("x", encoding="utf-8")
    place = tmp_path / "out" / folder
    place.mkdir(parents=True)
    monkeypatch.setattr(output_folder, "_numbers", count())
    for number in range(100):
        (place / f".feeds-{os.getpid()}-{number}.tmp").symlink_to(tmp_path / "elsewhere")
    report = built(tmp_path)
    assert (tmp_path / "elsewhere").read_text(encoding="utf-8") == "x"
    assert set(files(tmp_path / "out")) == set(report.files.written)
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_symlink()]


def test_what_is_half_written_goes_even_where_nothing_else_changes(tmp_path: Path) -> None:
    """As when what a killed build was to make was taken back."""
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "chess.md", topics=["Chess"])
    built(tmp_path)
    (tmp_path / "out/ai/.feeds-5.tmp").write_text("x", encoding="utf-8")
    write_item(tmp_path / "seeds", "chess.md", topics=["Chess"], title="Another title")
    report = built(tmp_path)
    assert "ai/rss.xml" in report.files.unchanged
    assert ".feeds-5.tmp" not in "".join(files(tmp_path / "out"))


def test_what_is_half_written_keeps_no_folder(tmp_path: Path) -> None:
    issues = tmp_path / "out/ai/issues"
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "old.md", publishedDateTime="2021-01-12")
    built(tmp_path)
    (issues / "2021-W02/.feeds-5.tmp").write_text("x", encoding="utf-8")
    (tmp_path / "seeds/old.md").unlink()
    built(tmp_path)
    assert [path.name for path in issues.iterdir() if path.is_dir()] == ["2021-W04"]


# ---- several builds at once

WAITS = "waiting for another build to finish\n"


def started(root: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "feeds", "build", "--now", "2021-02-01", *arguments]
    return subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


def wait_until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.01)
    pytest.fail("it never came to that")


def is_locked(folder: Path) -> bool:
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@posix_only
@pytest.mark.parametrize("quiet", [False, True], ids=["and says so", "and is quiet"])
def test_a_second_build_waits_for_the_first(tmp_path: Path, *, quiet: bool) -> None:
    for number in range(20):
        write_item(tmp_path / "seeds", f"{number}.md", topics=[f"T{number}"])
    configured(tmp_path)
    first = started(tmp_path)
    wait_until(lambda: is_locked(tmp_path / "out"))
    first.send_signal(signal.SIGSTOP)
    second = started(tmp_path, *(["-q"] if quiet else []))
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(2)
    first.send_signal(signal.SIGCONT)
    assert [p.wait(60) for p in (first, second)] == [0, 0]
    outputs = [p.communicate() for p in (first, second)]
    assert outputs[0][1] == ""
    assert outputs[1][1] == ("" if quiet else WAITS)
    assert quiet or ": 0 written" in outputs[1][0]


@posix_only
def test_a_second_build_goes_on_when_the_first_is_killed(tmp_path: Path) -> None:
    """At a moment when the first has processes at work: these must neither hold the lock nor stay."""
    for number in range(900):
        write_item(tmp_path / "seeds", f"{number}.md", topics=[f"T{number % 9}"])
    configured(tmp_path)
    first = started(tmp_path, "--jobs", "2")
    children = Path(f"/proc/{first.pid}/task/{first.pid}/children")
    if not children.exists():
        first.kill()
        pytest.skip("this system does not tell which processes a process has")
    workers = wait_until(lambda: len(children.read_text().split()) == 2 and children.read_text().split())
    first.send_signal(signal.SIGSTOP)
    second = started(tmp_path, "--jobs", "1")
    assert second.stderr
    assert second.stderr.readline() == WAITS
    first.kill()
    first.communicate()
    assert second.wait(60) == 0
    second.communicate()
    wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


@posix_only
def test_builds_of_several_folders_share_a_cache(tmp_path: Path) -> None:
    """Again and again, for two that waited for each other did so every other time only."""
    for number in range(20):
        write_item(tmp_path / "seeds", f"{number}.md", topics=[f"T{number % 5}"])
    configured(tmp_path)
    for attempt in range(4):
        all_at_once = [started(tmp_path, "--out", f"{name}{attempt}") for name in ("one", "two")]
        for process in all_at_once:
            _, said = process.communicate(timeout=30)
            assert (process.returncode, said.replace(WAITS, "")) == (0, "")
        one, two = (files(tmp_path / f"{name}{attempt}") for name in ("one", "two"))
        assert one == two != {}
        shutil.rmtree(tmp_path / CACHE_FOLDER)


def test_a_cache_that_another_program_holds_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    before = files(tmp_path / "out")
    database = tmp_path / CACHE_FOLDER / "feeds.sqlite3"
    known = (database.stat().st_ino, database.read_bytes())
    monkeypatch.setattr(cache, "_PATIENCE", 0.2)
    calls: list[str] = []
    other = sqlite3.connect(database)
    other.execute("BEGIN EXCLUSIVE")
    write_item(tmp_path / "seeds", "one.md", title="Another")
    report = built(tmp_path, waiting=lambda: calls.append("waits"))
    other.close()
    assert report.files.written
    assert calls == ["waits"]
    assert files(tmp_path / "out") != before
    assert (database.stat().st_ino, database.read_bytes()) == known


def test_a_folder_that_stays_empty_does_not_stay(tmp_path: Path) -> None:
    with locked(tmp_path / "a/b/out") as is_ours:
        assert is_ours
        assert (tmp_path / "a/b/out").is_dir()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mine").mkdir()
    with locked(tmp_path / "mine"):
        pass
    assert (tmp_path / "mine").is_dir()


def test_threads_wait_for_each_other_too(tmp_path: Path) -> None:
    from threading import Thread

    log: list[str] = []

    def hold() -> None:
        with locked(tmp_path, lambda: log.append("waits")):
            log.append("in")

    with locked(tmp_path):
        thread = Thread(target=hold)
        thread.start()
        wait_until(lambda: log)
        log.append("out")
    thread.join(10)
    assert log == ["waits", "out", "in"]


# ---- a disk that is full, or cannot be written


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    if not IS_ROOT or sys.platform != "linux":
        pytest.skip("only root can mount a file system, on Linux")
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("free", [0, 8, 40, 80], ids=lambda kilobytes: f"{kilobytes} KB free")
def test_a_full_disk(tmp_path: Path, disk: Path, run: Run, free: int) -> None:
    arguments = ("build", "--prune", "--now", "2021-02-01", "--jobs", "1")
    on_disk = (*arguments, "--out", "disk/out", "--cache", "disk/cache")
    configured(tmp_path)
    version(tmp_path, 0)
    assert run(*on_disk).returncode == 0
    old = files(disk / "out")
    version(tmp_path, 1)
    shutil.copytree(disk / "out", tmp_path / "out")
    assert run(*arguments).returncode == 0
    new = files(tmp_path / "out")
    _fill(disk, free * 1024)
    done = run(*on_disk)
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot write disk/out/")
    assert done.stderr.endswith(": No space left on device; free some disk space and build again\n")
    found = real_files(disk / "out")
    assert {n for n in {*found, *old, *new} if found.get(n) not in (old.get(n), new.get(n))} == set()
    (disk / "filler").unlink()
    assert run(*on_disk).returncode == 0
    assert files(disk / "out") == new
    assert ": 0 written" in run(*on_disk).stdout


def _fill(disk: Path, free: int) -> None:
    with (disk / "filler").open("wb", buffering=0) as filler:
        with suppress(OSError):
            while True:
                filler.write(bytes(4096))
        filler.truncate(filler.tell() - free)


def test_a_read_only_disk(tmp_path: Path, disk: Path, run: Run) -> None:
    arguments = ("build", "--now", "2021-02-01", "--out", "disk/out")
    configured(tmp_path)
    version(tmp_path, 0)
    assert run(*arguments).returncode == 0
    before = files(disk / "out")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    assert run(*arguments).returncode == 0  # there is nothing to write
    version(tmp_path, 1)
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot write disk/out/")
    assert done.stderr.endswith(": Read-only file system\n")
    assert files(disk / "out") == before


def build_with(root: Path, folder: str, mode: int) -> subprocess.CompletedProcess[str]:
    """Build while a folder has this mode."""
    program = [sys.executable, "-m", "feeds", "build", "--now", "2021-02-01"]
    if IS_ROOT:  # whom modes do not concern, unless it gives that up
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv is not installed, and modes do not concern root")
        program = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *program]
    (root / folder).chmod(mode)
    try:
        return subprocess.run(program, cwd=root, capture_output=True, text=True, check=False)
    finally:
        (root / folder).chmod(0o755)


@posix_only
@pytest.mark.parametrize("folder", ["issues", "issues/ai"])
def test_a_folder_of_the_editor_s_that_cannot_be_read(tmp_path: Path, folder: str) -> None:
    configured(tmp_path)
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "issues/ai").mkdir(parents=True)
    (tmp_path / "issues/ai/2021-W04.md").write_text("A note.\n")
    done = build_with(tmp_path, folder, 0)
    assert "issues/ai/2021-W04.md:1: warning unreadable-file this file cannot be read" in done.stderr
    assert done.returncode == 0


@posix_only
@pytest.mark.parametrize("closed", ["out", "out/ai", "out/chess"])
def test_folders_that_may_not_be_written(tmp_path: Path, closed: str) -> None:
    configured(tmp_path)
    version(tmp_path, 0)
    built(tmp_path)
    before = files(tmp_path / "out")
    version(tmp_path, 1)
    done = build_with(tmp_path, closed, 0o555)
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot write out/")
    assert done.stderr.endswith(": Permission denied\n")
    assert {n for n in before if n.startswith(f"{closed[4:]}/") and files(tmp_path / "out")[n] != before[n]} == set()
    built(tmp_path)
    assert not [n for n in files(tmp_path / "out") if n.endswith(".tmp")]


def test_a_failed_write_names_the_file_and_not_a_temporary_one(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="a") as caught:
        write_files(LocalOutput(tmp_path), {"a": b"1"})
    assert caught.value.filename == str(tmp_path / "a")
    assert sorted(os.listdir(tmp_path)) == ["a"]  # noqa: PTH208  (hidden files count)


# ---- old output survives


def test_when_every_document_is_broken_all_is_as_it_was(run: Run, tmp_path: Path) -> None:
    configured(tmp_path)
    version(tmp_path, 0)
    assert run("build").returncode == 0
    before = files(tmp_path / "out")
    for path in (tmp_path / "seeds").iterdir():
        path.write_text("---\ntitle: [\n---\n", encoding="utf-8")
    for arguments in ((), ("--prune",), ("--force",)):
        done = run("build", *arguments)
        assert done.returncode == 2
        assert done.stderr.endswith("error: no document can be used; out/ is left as it is\n")
        assert done.stderr.count("\n") == 7
        assert files(tmp_path / "out") == before


TEMPLATES = {
    "an unknown name": ("topic.html", "<p>\n{{ nothing }}</p>", "topic.html:2: 'nothing' is undefined (in chess)"),
    "in an issue": ("issue.html", "\n\n{{ nothing.at.all }}", "issue.html:3: 'nothing' is undefined (in chess)"),
    "in a digest": ("digest.html", "\n{{ nothing }}", "digest.html:2: 'nothing' is undefined (in chess)"),
    "the sandbox": ("topic.html", "\n{{ ''.__class__.__mro__ }}", "topic.html:2: access to attribute '__class__'"),
}


@pytest.mark.parametrize(("name", "text", "message"), TEMPLATES.values(), ids=TEMPLATES)
def test_a_template_s_mistake_names_template_line_and_topic(
    run: Run, tmp_path: Path, name: str, text: str, message: str
) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", topics=["Chess"])
    configured(tmp_path)
    assert run("build").returncode == 0
    before = {n: d for n, d in files(tmp_path / "out").items() if n.startswith("chess/")}
    (tmp_path / "mine").mkdir()
    about = "digest.home_url" if name.startswith("digest") else "edition.topic.slug"
    before_it, it = text.split("{{", 1)
    condition = f"{{% if 'chess' in {about} %}}{{{{{it}{{% endif %}}"
    whole = f"<!DOCTYPE html><html><head><title>t</title></head><body>{before_it}{condition}<p>x</p></body></html>"
    (tmp_path / "mine" / name).write_text(whole, encoding="utf-8")
    configured(tmp_path, 'templates = "mine"\n')
    done = run("build")
    assert done.returncode == 2
    assert f"error: {message}" in done.stderr
    assert "(in chess)" in done.stderr
    assert {n: d for n, d in files(tmp_path / "out").items() if n.startswith("chess/")} == before


# ---- what a build says of itself


def test_each_document_is_counted_by_what_it_came_to(tmp_path: Path, run: Run) -> None:
    """By the words of `feeds explain`, where the document is an item at all."""
    folder = tmp_path / "seeds"
    related = [{"title": "Covered", "webUrl": "https://paper.example/covered"}]
    write_item(folder, "one.md", related=related, heat=500)
    write_item(folder, "covered.md")
    write_item(folder, "copy.md", webUrl="https://paper.example/one?utm_source=x")
    write_item(folder, "future.md", publishedDateTime="2021-02-02")
    write_item(folder, "no-topic.md", topics=[])
    write_item(folder, "poor.md", quality=10)
    write_item(folder, "poorer.md", quality="20")
    write_item(folder, "poor-copy.md", webUrl="https://paper.example/one", quality=10)
    write_item(folder, "poor-without-topic.md", topics=[], quality=10)
    write_item(folder, "too-poor-for-chess.md", topics=["Chess"], quality=55)
    write_item(folder, "draft.md", published=False)
    write_item(folder, "draft-of-future.md", published="no", publishedDateTime="2021-02-02")
    (folder / "broken.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    (folder / "empty.md").write_text("", encoding="utf-8")
    (folder / "README.md").write_text("How to write items.\n", encoding="utf-8")
    config = "[topics.Chess]\nmin_quality = 60\n"
    expected = {
        "story": 1,
        "covered": 1,
        "duplicate": 1,
        "future": 1,
        "no-topic": 1,
        "low-quality": 5,
        "unpublished": 2,
        "broken": 2,
        "no-item": 1,
    }
    report = built(tmp_path, config)
    assert (report.outcomes, tuple(report.outcomes), report.documents) == (expected, OUTCOMES, 15)
    again = built(tmp_path, config)
    assert (again.outcomes, again.files.written) == (expected, ())
    assert json.loads(run("build", "--json", "--now", NOW.isoformat()).stdout)["outcomes"] == expected
    explained = json.loads(run("explain", "--json", "--now", NOW.isoformat()).stdout)
    verdicts = {e["path"]: verdict for e in explained for verdict in e["verdicts"]}
    codes = {path: "story" if v["included"] else v["code"] for path, v in verdicts.items()}
    counted = [o for o in OUTCOMES for _ in range(expected[o]) if o != "no-item"]
    assert sorted(codes.values()) == sorted(counted)


def aged(root: Path, days: int, config: str) -> BuildReport:
    return built(root, config, NOW + timedelta(days=days))


def test_old_news_is_an_alert_even_when_nothing_changes(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    config = "[alerts]\nmax_age_days = 14\n"
    assert [len(aged(tmp_path, days, config).alerts) for days in (0, 8, 9, 10)] == [0, 0, 1, 1]
    (alert,) = aged(tmp_path, 11, config).alerts
    start = "the newest story is from 2021-01-26, more than 14 days ago"
    assert alert.startswith(start)
    assert not aged(tmp_path, 5000, "").alerts


def test_a_topic_that_was_emptied_is_an_alert_once(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", topics=["Chess"])
    assert not built(tmp_path).alerts
    write_item(tmp_path / "seeds", "two.md", topics=["Chess"], published=False)
    assert built(tmp_path, prune=True).alerts == ("topic chess had stories in the last build and has none now",)
    assert not built(tmp_path).alerts


@pytest.mark.parametrize(
    ("broken", "config", "alerts"),
    [
        (1, "", 0),
        (2, "", 1),
        (2, "[alerts]\nmax_broken_percent = 40\n", 0),
        (1, "[alerts]\nmax_broken_percent = 0\n", 1),
    ],
    ids=["as many as may be", "more", "more than that, which is allowed", "any"],
)
def test_many_broken_documents_are_an_alert(tmp_path: Path, broken: int, config: str, alerts: int) -> None:
    for number in range(5):
        write_item(tmp_path / "seeds", f"{number}.md")
    for number in range(broken):
        (tmp_path / f"seeds/{number}.md").write_text("broken", encoding="utf-8")
    for _ in range(2):
        assert len(built(tmp_path, config).alerts) == alerts


def test_alerts_are_said_and_strict_counts_them(run: Run, tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    configured(tmp_path, "[alerts]\nmax_age_days = 3\n")
    expected = "the newest story is from 2021-01-26, more than 3 days ago; check that new items still arrive"
    done = run("build", "-q", "--now", "2021-02-01")
    assert (done.returncode, done.stderr) == (0, f"warning: {expected}\n")
    done = run("build", "--json", "--strict", "--now", "2021-02-01")
    assert (done.returncode, json.loads(done.stdout)["alerts"]) == (1, [expected])
    assert run("build", "--strict", "--out", "new", "--now", "2021-01-27").returncode == 0
    summary = tmp_path / "summary.md"
    done = run("build", "--github", "--now", "2021-02-01", GITHUB_STEP_SUMMARY=str(summary))
    assert f"::warning::{expected}" in done.stdout
    assert "more than 3 days ago" in summary.read_text(encoding="utf-8")


def test_a_build_of_nothing_has_no_report_but_an_error(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    with pytest.raises(BuildError):
        built(tmp_path, "[alerts]\nmax_age_days = 3\n")
    assert not (tmp_path / "out").exists()
