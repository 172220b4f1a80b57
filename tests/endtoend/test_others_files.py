"""A build never replaces or removes a file that no build has made, and forgets none of its own."""

import json
import shutil
from pathlib import Path

import pytest

from feeds.engine import claims
from feeds.engine.claims import PENDING
from feeds.problems import ConfigError
from feeds.renderers import manifest
from support.building import built, configured, files, write_item
from support.commands import Run, run

__all__ = ["run"]

EVERYTHING = (
    "[feed]\narchive = true\narchive_size = 1\nall = true\n"
    '[newsletters.weekly]\ntopics = ["AI"]\n'
    '[mailing]\ntool = ["mailchimp", "buttondown"]\n[selection]\nfeed_limit = 1\n'
    '[digest]\ncurrent = "open"\n[topics.AI]\naliases = ["intelligence"]\n'
)


def put(root: Path, name: str, text: str = "mine") -> None:
    (root / "out" / name).parent.mkdir(parents=True, exist_ok=True)
    (root / "out" / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", ["index.html", "sitemap.xml", "site.css", "feeds.opml", "index.html/mine"])
def test_a_file_of_others_stops_the_build(tmp_path: Path, run: Run, name: str) -> None:
    configured(tmp_path)
    write_item(tmp_path / "seeds", "one.md")
    put(tmp_path, name)
    done = run("build")
    assert done.returncode == 2
    place = f"out/{name.removesuffix('/mine')}"
    assert done.stderr.startswith(f"error: {place} is in the way and was not made by feeds; move it away, use another")
    assert files(tmp_path / "out") == {name: b"mine"}


def test_all_that_is_in_the_way_is_listed(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    for name in ("index.html", "sitemap.xml", "ai/rss.xml", "mine.html"):
        put(tmp_path, name)
    with pytest.raises(ConfigError) as caught:
        built(tmp_path)
    places = [problem.partition(" ")[0].removeprefix(f"{tmp_path}/out/") for problem in caught.value.problems]
    assert places == ["ai/rss.xml", "index.html", "sitemap.xml"]


def test_overwrite_adopts_files(tmp_path: Path, run: Run) -> None:
    configured(tmp_path)
    write_item(tmp_path / "seeds", "one.md")
    for name in ("index.html", "ai/rss.xml", "mine.html"):
        put(tmp_path, name)
    assert run("build", "--overwrite").returncode == 0
    found = files(tmp_path / "out")
    assert found["mine.html"] == b"mine"
    assert b"mine" not in (found["index.html"], found["ai/rss.xml"])
    assert {*json.loads(found["manifest.json"])["files"]} == {*found} - {"mine.html"}
    write_item(tmp_path / "seeds", "one.md", title="Another")
    assert run("build").returncode == 0


def test_files_with_the_same_bytes_are_adopted(tmp_path: Path) -> None:
    """As when only the manifest was lost."""
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    before = files(tmp_path / "out")
    (tmp_path / "out/manifest.json").unlink()
    assert built(tmp_path).files.written == ("manifest.json",)
    assert files(tmp_path / "out") == before


def test_the_output_of_a_version_without_a_list_is_taken_over(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    path = tmp_path / "out/manifest.json"
    record = json.loads(path.read_bytes())
    for key in ("files", "documents", "id"):
        del record[key]
    path.write_text(json.dumps(record | {"version": 1}), encoding="utf-8")
    built(tmp_path)
    found = json.loads(path.read_bytes())
    assert (found["version"], found["files"]) == (2, sorted(files(tmp_path / "out")))


@pytest.mark.parametrize("name", ["about/index.html", "about"], ids=["a page", "a file in the place of the folder"])
def test_a_topic_that_would_replace_a_file_is_a_problem_of_its_items(tmp_path: Path, name: str) -> None:
    write_item(tmp_path / "seeds", "one.md", topics=["AI", "About"])
    write_item(tmp_path / "seeds", "two.md", topics=["AI"])
    put(tmp_path, name)
    report = built(tmp_path)
    assert (tmp_path / "out" / name).read_text(encoding="utf-8") == "mine"
    assert [(p.path.rpartition("/")[2], p.code) for p in report.problems] == [("one.md", "topic-in-the-way")]
    assert report.mistakes == ()
    assert {*files(tmp_path / "out")} - {name} == {*json.loads((tmp_path / "out/manifest.json").read_bytes())["files"]}
    assert b"out/about" not in (tmp_path / "out/index.html").read_bytes()
    assert built(tmp_path, prune=True).problems == report.problems
    (tmp_path / "out" / name).unlink()
    assert built(tmp_path).problems == ()
    assert (tmp_path / "out/about/index.html").exists()


def test_the_start_page_is_as_new_while_a_topic_is_not_built(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md", topics=["About"])
    write_item(tmp_path / "seeds", "two.md", topics=["AI"])
    built(tmp_path, '[build]\noutputs = ["rss", "pages"]\n')
    put(tmp_path, "about/atom.xml")
    built(tmp_path)
    write_item(tmp_path / "seeds", "one.md", topics=["About"], title="Another")
    built(tmp_path)
    found = files(tmp_path / "out")
    shutil.rmtree(tmp_path / ".feeds_cache")
    assert built(tmp_path).files.written == ()
    assert files(tmp_path / "out") == found


@pytest.mark.parametrize("text", ["[topics.About]\n", '[newsletters.about]\ntopics = ["AI"]\n'])
def test_a_configured_topic_that_would_replace_a_file_is_an_error(tmp_path: Path, text: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    put(tmp_path, "about/index.html")
    report = built(tmp_path, text)
    (mistake,) = report.mistakes
    assert "out/about/index.html is in the way" in mistake
    assert (tmp_path / "out/ai/rss.xml").exists()
    assert {name for name in files(tmp_path / "out") if name.startswith("about")} == {"about/index.html"}


def test_what_is_withdrawn_takes_no_file_of_others_along(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    old = write_item(tmp_path / "seeds", "old.md", publishedDateTime="2021-01-05")
    built(tmp_path)
    put(tmp_path, "ai/issues/2021-W01/digest.ghost.html")
    old.unlink()
    built(tmp_path, prune=True)
    assert [path.name for path in (tmp_path / "out/ai/issues/2021-W01").iterdir()] == ["digest.ghost.html"]


@pytest.mark.parametrize(
    ("out", "sources"),
    [(".", "seeds"), ("seeds", "seeds"), ("content", "content/news"), ("..", "seeds"), ("sub/..", "seeds")],
)
def test_folders_that_are_no_output(tmp_path: Path, run: Run, out: str, sources: str) -> None:
    (tmp_path / "feeds.toml").write_text(f'out = "{out}"\nsources = ["{sources}"]\n', encoding="utf-8")
    (tmp_path / "sub").mkdir()
    write_item(tmp_path / sources, "one.md")
    before = files(tmp_path)
    done = run("build")
    assert (done.returncode, files(tmp_path)) == (2, before)
    assert done.stderr.startswith("error: out: ")


def test_a_source_may_hold_the_output(tmp_path: Path) -> None:
    write_item(tmp_path, "one.md")
    assert built(tmp_path, 'sources = ["."]\n').mistakes == ()


# ---- files of builds that did not come to their end


def stopped(monkeypatch: pytest.MonkeyPatch, root: Path, text: str = "") -> None:
    """Build until the manifest is to be written."""
    with monkeypatch.context() as patch:
        patch.setattr(manifest, "render", fail)
        with pytest.raises(OSError, match="no space"):
            built(root, text)


def fail(*_: object, **__: object) -> bytes:
    raise OSError(28, "no space")


@pytest.mark.parametrize("text", ["", EVERYTHING, '[build]\noutputs = ["rss"]\n', '[build]\noutputs = ["digest"]\n'])
def test_all_names_are_noted_before_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    for number in range(3):
        write_item(tmp_path / "seeds", f"{number}.md", publishedDateTime=f"2021-01-{10 + 7 * number}")
    stopped(monkeypatch, tmp_path, text)
    noted = (tmp_path / "out" / PENDING).read_text(encoding="utf-8").split()
    assert set(noted) == {*files(tmp_path / "out"), "manifest.json"} - {PENDING}
    built(tmp_path, text)
    assert sorted(files(tmp_path / "out")) == noted


@pytest.mark.parametrize("prune", [True, False], ids=["pruned", "not pruned"])
@pytest.mark.parametrize("has_cache", [True, False], ids=["with a cache", "without one"])
def test_files_of_a_failed_build_that_are_no_longer_made_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, prune: bool, has_cache: bool
) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    before = files(tmp_path / "out")
    retracted = write_item(tmp_path / "seeds", "retracted.md", topics=["Chess"])
    stopped(monkeypatch, tmp_path)
    assert (tmp_path / "out/chess/rss.xml").exists()
    retracted.unlink()
    if not has_cache:
        shutil.rmtree(tmp_path / ".feeds_cache")
    built(tmp_path, prune=prune)
    assert files(tmp_path / "out") == before


def test_a_build_that_changes_nothing_notes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    noted: list[object] = []
    monkeypatch.setattr(claims, "note", lambda _, names: noted.extend(names))
    write_item(tmp_path / "seeds", "one.md", title="Another")
    assert built(tmp_path).files.written
    assert noted == []
