"""Documents with unusual names are built as all others are."""

import json
import os
import zipfile
from pathlib import Path

import pytest

from feeds.config.load import load_config
from feeds.config.locations import located
from feeds.engine.processes import Serial
from feeds.pipeline import build
from feeds.sources.find import document_name
from support.building import NOW, built, configured, feed, write_item
from support.commands import Run, run

__all__ = ["run"]

NAMES = {
    "bytes that are not UTF-8": os.fsdecode(b"caf\xe9.md"),
    "a newline": "a\nb.md",
    "a control character": "a\x1b[31m.md",
    "a bidi override": "\u202egpj.md",
    "a backslash": "a\\xe9.md",
    "a folder that is not UTF-8": os.fsdecode(b"\xff\xfe/one.md"),
}
posix_only = pytest.mark.skipif(os.name != "posix", reason="no such names here")


@posix_only
@pytest.mark.parametrize("published", [True, False], ids=["published", "draft"])
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_any_name_is_built(tmp_path: Path, name: str, *, published: bool) -> None:
    write_item(tmp_path / "seeds", "good.md")
    write_item(tmp_path / "seeds", name, published=published, webUrl="https://paper.example/odd", title="Odd")
    for title in ("Odd", "Odd again"):
        write_item(tmp_path / "seeds", name, published=published, webUrl="https://paper.example/odd", title=title)
        assert built(tmp_path).problems == ()
        assert (title in [item["title"] for item in feed(tmp_path)["items"]]) is published
    (tmp_path / "seeds" / name).unlink()
    built(tmp_path)
    assert [item["title"] for item in feed(tmp_path)["items"]] == ["Title of good"]


@posix_only
def test_names_that_look_alike_are_different_documents(tmp_path: Path) -> None:
    names = [os.fsdecode(b"caf\xe9.md"), os.fsdecode(b"caf\xe8.md"), r"caf\xe9.md", "caf\u202e.md"]
    for number, name in enumerate(names):
        write_item(tmp_path / "seeds", name, webUrl=f"https://paper.example/{number}")
    built(tmp_path)
    assert {item["url"][-1] for item in feed(tmp_path)["items"]} == set("0123")


@posix_only
def test_a_problem_shows_the_name_escaped(tmp_path: Path, run: Run) -> None:
    configured(tmp_path)
    write_item(tmp_path / "seeds", "good.md")
    (tmp_path / "seeds" / os.fsdecode(b"caf\xe9\n.md")).write_text("broken", encoding="utf-8")
    shown = r"seeds/caf\xe9\u000a.md:1: error no-front-matter"
    done = run("build")
    assert (done.returncode, done.stderr.startswith(shown)) == (0, True)
    assert run("check").stdout.startswith(shown)
    assert run("explain", os.fsdecode(b"seeds/caf\xe9\n.md")).returncode == 0


def test_members_of_an_archive_may_have_any_name(tmp_path: Path) -> None:
    item = write_item(tmp_path, "one.md").read_bytes()
    with zipfile.ZipFile(tmp_path / "items.zip", "w") as archive:
        for number, name in enumerate(["a\nb.md", "\u202egpj.md", "a\\b.md"]):
            archive.writestr(name, item.replace(b"example/one", b"example/%d" % number))
    config = load_config(start=tmp_path, sources=(located("zip://items.zip", tmp_path),))
    assert build(config, NOW, executor=Serial()).problems == ()
    items = json.loads((tmp_path / "out/ai/feed.json").read_bytes())["items"]
    assert {item["url"][-1] for item in items} == set("012")


def test_different_paths_have_different_names() -> None:
    paths = ["a", "a\n", "a\\", r"a\n", r"a\u000a", "a\udce9", r"a\xe9", "a\xe9", "a\ud800", r"a\ud800", "a\x85"]
    assert len({document_name(path) for path in paths}) == len(paths)
