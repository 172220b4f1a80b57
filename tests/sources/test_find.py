"""Finding documents below the sources."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.problems import ConfigError
from feeds.sources.find import document_name, find_documents
from support.places import REPOSITORY

SEEDS = REPOSITORY / "seeds"


def write(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("---\ntitle: A headline\n---\n", encoding="utf-8")
    return path


def names(
    folder: Path, *sources: Path, exclude: Path | None = None, follow_links: bool = False
) -> tuple[list[str], list[str]]:
    """What is found, and the problems, both with paths below the folder."""
    found, problems = find_documents(
        sources or [folder], exclude=[exclude] if exclude else [], follow_links=follow_links
    )
    shown = [f"{p.path.removeprefix(folder.as_posix() + '/')}: {p.code}" for p in problems]
    return [Path(file.path).relative_to(folder).as_posix() for file in found], shown


def test_finds_the_seeds() -> None:
    files, problems = find_documents([SEEDS])
    assert [Path(file.path).name[:3] for file in files] == ["000", "001", "002", "003", "004"]
    assert problems == []


def test_finds_documents_by_suffix_below_the_folder_in_the_order_of_paths(tmp_path: Path) -> None:
    for name in ["b/x.md", "b-c/x.md", "a.yml", "B.MD", "z.Markdown", "c.txt", "d.html", "e.YAML"]:
        write(tmp_path, name)
    for name in ["picture.png", "md", "x.md.bak", "x.rst", ".hidden.md", ".git/x.md", "b/.draft/x.md", ".md"]:
        write(tmp_path, name)
    found = ["B.MD", "a.yml", "b-c/x.md", "b/x.md", "c.txt", "d.html", "e.YAML", "z.Markdown"]
    assert names(tmp_path) == (found, [])


def test_order_does_not_depend_on_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = tmp_path / "items"
    for name in ["a.md", "b/a.md", "b.md", "c/d/e.md", "../elsewhere/x.md"]:
        write(items, name)
    (items / "a-link").symlink_to(tmp_path / "elsewhere")
    (items / "b-link").symlink_to(tmp_path / "elsewhere")
    expected = ["a-link/x.md", "a.md", "b.md", "b/a.md", "c/d/e.md"]
    assert names(items, follow_links=True) == (expected, [])
    scandir = os.scandir

    class Reversed:
        def __init__(self, path: str) -> None:
            with scandir(path) as entries:
                self.entries = list(entries)[::-1]

        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            return iter(self.entries)

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(os, "scandir", Reversed)
    assert names(items, follow_links=True) == (expected, [])


@pytest.mark.skipif(sys.platform != "linux", reason="paths are shorter here")
def test_folders_may_be_deep(tmp_path: Path) -> None:
    name = "d/" * 500 + "x.md"
    write(tmp_path, name)
    assert names(tmp_path) == ([name], [])


def test_a_source_may_be_a_document(tmp_path: Path) -> None:
    notes = write(tmp_path, "notes.rst")
    assert names(tmp_path, write(tmp_path, ".x.md"), notes) == ([".x.md", "notes.rst"], [])


def test_a_source_may_be_a_dot_folder(tmp_path: Path) -> None:
    write(tmp_path, ".items/x.md")
    assert names(tmp_path, tmp_path / ".items") == ([".items/x.md"], [])


def test_sources_come_in_the_order_given(tmp_path: Path) -> None:
    write(tmp_path, "b/x.md")
    write(tmp_path, "a/x.md")
    assert names(tmp_path, tmp_path / "b", tmp_path / "a") == (["b/x.md", "a/x.md"], [])


def test_a_file_under_two_sources_comes_once(tmp_path: Path) -> None:
    one = write(tmp_path, "a/one.md")
    write(tmp_path, "a/b/two.md")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    found = names(tmp_path, tmp_path / "a/b", tmp_path, tmp_path / "a", one, tmp_path / "link")
    assert found == (["a/b/two.md", "a/one.md"], [])


def test_a_file_goes_by_its_own_name_rather_than_by_a_link(tmp_path: Path) -> None:
    write(tmp_path, "z/real.md")
    (tmp_path / "a.md").symlink_to(tmp_path / "z/real.md")
    (tmp_path / "b").symlink_to(tmp_path / "z")
    assert names(tmp_path) == (["z/real.md"], [])


def test_links_out_of_the_folder_are_followed_only_on_request(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/x.md")
    write(tmp_path, "elsewhere/y.md")
    write(tmp_path, "elsewhere/picture.png")
    write(tmp_path, "items/z.md")
    (tmp_path / "items/folder").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "items/a.md").symlink_to(tmp_path / "elsewhere/y.md")
    (tmp_path / "items/b.md").symlink_to("../elsewhere/../elsewhere/y.md")
    (tmp_path / "items/picture.png").symlink_to(tmp_path / "elsewhere/picture.png")
    (tmp_path / "items/root").symlink_to("/")
    problems = ["items/a.md: link-out", "items/b.md: link-out", "items/folder: link-out", "items/root: link-out"]
    assert names(tmp_path, tmp_path / "items") == (["items/z.md"], problems)
    (tmp_path / "items/root").unlink()
    found = ["items/a.md", "items/folder/x.md", "items/z.md"]
    assert names(tmp_path, tmp_path / "items", follow_links=True) == (found, [])


def test_a_link_may_lead_out_through_another_link(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/x.md")
    write(tmp_path, "items/deep/z.md")
    (tmp_path / "items/one").symlink_to("deep")
    (tmp_path / "items/deep/out").symlink_to("../../elsewhere")
    (tmp_path / "items/two").symlink_to("one/out")
    found, problems = names(tmp_path, tmp_path / "items")
    assert found == ["items/deep/z.md"]
    assert set(problems) == {"items/deep/out: link-out", "items/two: link-out"}


def test_a_source_may_be_a_link_and_links_lead_to_other_sources(tmp_path: Path) -> None:
    write(tmp_path, "real/x.md")
    write(tmp_path, "other/y.md")
    (tmp_path / "items").symlink_to("real")
    (tmp_path / "real/link").symlink_to(tmp_path / "other")
    assert names(tmp_path, tmp_path / "items", tmp_path / "other") == (["items/link/y.md", "items/x.md"], [])


def test_links_in_a_circle_are_skipped(tmp_path: Path) -> None:
    write(tmp_path, "a/x.md")
    (tmp_path / "a/up").symlink_to(tmp_path)
    (tmp_path / "self.md").symlink_to(tmp_path / "self.md")
    (tmp_path / "one.md").symlink_to(tmp_path / "other.md")
    (tmp_path / "other.md").symlink_to(tmp_path / "one.md")
    assert names(tmp_path) == (["a/x.md"], [])


def test_a_link_to_nothing_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "x.md").symlink_to(tmp_path / "gone")
    (tmp_path / "picture.png").symlink_to(tmp_path / "gone")
    assert names(tmp_path) == ([], ["x.md: unreadable-file"])


def test_a_folder_with_the_name_of_a_document_is_a_problem_and_looked_into(tmp_path: Path) -> None:
    write(tmp_path, "x.md/y.md")
    assert names(tmp_path) == (["x.md/y.md"], ["x.md: is-a-directory"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_a_problem_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.md")
    (tmp_path / "y.md").symlink_to(tmp_path / "x.md")
    assert names(tmp_path) == ([], ["x.md: unreadable-file"])


def test_an_unreadable_folder_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a/x.md")
    write(tmp_path, "b/x.md")
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # the tests may run as root, whom no mode keeps out
    assert names(tmp_path) == (["b/x.md"], ["a: unreadable-folder"])


def test_the_output_folder_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "x.md")
    write(tmp_path, "out/index.html")
    assert names(tmp_path, exclude=tmp_path / "nowhere/../out") == (["x.md"], [])


def test_missing_sources_are_reported_together(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        find_documents([tmp_path, Path("gone"), Path("seeds\0")])
    advice = "does not exist; correct the path or `sources` in feeds.toml, or run `feeds init` to begin here"
    assert error.value.problems == [f"source 'gone' {advice}", f"source 'seeds\\u0000' {advice}"]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        pytest.param("a/b.md", "a/b.md", id="posix"),
        pytest.param("a\nb\x1b[31m.md", r"a\u000ab\u001b[31m.md", id="control characters"),
        pytest.param(os.fsdecode(b"caf\xe9.md"), r"caf\xe9.md", id="bytes that are no text"),
        pytest.param("\u202egpj.md", r"\u202egpj.md", id="bidi override"),
        pytest.param(r"caf\xe9.md", r"caf\\xe9.md", id="a name that looks escaped"),
        pytest.param("人工智能 é.md", "人工智能 é.md", id="other scripts"),
    ],
)
def test_document_name(path: str, shown: str) -> None:
    assert document_name(path) == shown
