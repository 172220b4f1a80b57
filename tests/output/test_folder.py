import os
import stat
from pathlib import Path

import pytest

from feeds.output import folder
from feeds.output.folder import LocalOutput, unchanged_files, write_files, write_staged, written_files


def test_writes_only_what_changes(tmp_path: Path) -> None:
    first = write_files(LocalOutput(tmp_path), {"a/b.txt": b"1", "c.txt": b"2"})
    assert (first.written, first.unchanged) == (("a/b.txt", "c.txt"), ())
    before = (tmp_path / "c.txt").stat().st_mtime_ns
    second = write_files(LocalOutput(tmp_path), {"a/b.txt": b"3", "c.txt": b"2"})
    assert (second.written, second.unchanged) == (("a/b.txt",), ("c.txt",))
    assert (tmp_path / "a/b.txt").read_bytes() == b"3"
    assert (tmp_path / "c.txt").stat().st_mtime_ns == before


def test_force_writes_everything(tmp_path: Path) -> None:
    write_files(LocalOutput(tmp_path), {"a": b"1"})
    assert write_files(LocalOutput(tmp_path), {"a": b"1"}, force=True).written == ("a",)


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(LocalOutput(tmp_path), {"a": b"old"})

    def full(path: str, data: bytes) -> None:
        Path(path).write_bytes(data[:1])
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(folder, "_write", full)
    with pytest.raises(OSError, match="No space left"):
        write_files(LocalOutput(tmp_path), {"a": b"new"})
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]  # noqa: PTH208  (hidden files count)


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_files_can_be_read_by_a_web_server(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        write_files(LocalOutput(tmp_path), {"a": b"1"})
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o644


def test_remove_takes_empty_folders_along(tmp_path: Path) -> None:
    write_files(LocalOutput(tmp_path), {"ai/issues/1/a": b"", "ai/issues/1/b": b"", "ai/rss.xml": b""})
    assert LocalOutput(tmp_path).remove(["ai/issues/1/a", "ai/issues/1/b", "ai/issues/1/none"]) == (
        "ai/issues/1/a",
        "ai/issues/1/b",
    )
    assert [p.name for p in (tmp_path / "ai").iterdir()] == ["rss.xml"]


@pytest.mark.parametrize("name", ["../other/empty/a", "{root}/other/empty/a"], ids=["relative", "absolute"])
def test_clean_looks_nowhere_else(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "other/empty").mkdir(parents=True)
    (tmp_path / "other/empty/.feeds-1-1.tmp").touch()
    LocalOutput(tmp_path / "out").clean([name.format(root=tmp_path)])
    assert (tmp_path / "other/empty/.feeds-1-1.tmp").exists()


@pytest.mark.parametrize(
    ("now", "is_unchanged", "reads"),
    [
        pytest.param(b"same", True, 1, id="the same bytes"),
        pytest.param(b"diff", False, 1, id="other bytes of the same size"),
        pytest.param(b"longer", False, 0, id="another size"),
        pytest.param(None, False, 0, id="gone"),
    ],
)
def test_a_touched_file_is_read_only_if_it_can_be_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: bytes | None, reads: int, *, is_unchanged: bool
) -> None:
    out = LocalOutput(tmp_path)
    read: list[str] = []
    files = {"a.txt": b"same", "untouched.txt": b"same"}
    staged = out.stage(files, force=False)
    write_staged(out, staged)
    written = written_files(out, staged)
    touched = tmp_path / "a.txt"
    touched.unlink() if now is None else touched.write_bytes(now)
    if now is not None:
        os.utime(touched, (1, 1))

    def noted(_: LocalOutput, name: str) -> bytes:
        read.append(name)
        return (tmp_path / name).read_bytes()

    monkeypatch.setattr(LocalOutput, "read", noted)
    found = unchanged_files(out, written)
    assert read == ["a.txt"] * reads
    assert (found is not None) == is_unchanged
    if found:
        assert [file.stamp for file in found] == [out.stamp(name) for name in files]
