"""Workers stage the files that they render; the build itself puts them in their places."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from feeds.engine import claims
from feeds.engine.rendering import StagedTopic
from feeds.output import folder
from feeds.pipeline import build
from feeds.problems import ConfigError
from support.building import NOW, built, configured, files, write_item

T = TypeVar("T")
R = TypeVar("R")


class Recording:
    """An executor that remembers the topics that its work returned, and looks into their folder then."""

    def __init__(self, out: Path, *, is_here: bool) -> None:
        self.is_here = is_here
        self._out = out
        self.topics: list[object] = []
        self.visible: set[str] = set()

    def map(self, function: Callable[[T], R], things: Iterable[T]) -> Iterator[R]:
        results = list(map(function, things))
        self.topics += [r for r in results if hasattr(r, "slug")]
        self.visible |= {name for name in files(self._out) if not name.endswith(".tmp")}
        return iter(results)


@pytest.mark.parametrize("is_here", [True, False], ids=["this machine", "another machine"])
def test_only_workers_with_the_same_disk_stage_files(tmp_path: Path, *, is_here: bool) -> None:
    for topic in ("AI", "Chess"):
        write_item(tmp_path / "seeds", f"{topic}.md", topics=[topic])
    built(tmp_path, 'out = "expected"\n')
    (tmp_path / "out").mkdir()
    executor = Recording(tmp_path / "out", is_here=is_here)
    build(configured(tmp_path), NOW, executor=executor)
    assert [isinstance(topic, StagedTopic) for topic in executor.topics] == [is_here, is_here]
    assert executor.visible == {claims.PENDING}
    assert files(tmp_path / "out") == files(tmp_path / "expected")


def test_a_mistake_in_every_topic_leaves_no_note(tmp_path: Path) -> None:
    """The next build would take files that somebody else puts there for those of this one."""
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/digest.txt").write_text("{{ nothing }}", encoding="utf-8")
    with pytest.raises(ConfigError, match="nothing"):
        built(tmp_path, 'templates = "own"\n')
    assert files(tmp_path / "out") == {}


def test_a_build_that_fails_leaves_nothing_staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for topic in ("AI", "Chess"):
        write_item(tmp_path / "seeds", f"{topic}.md", topics=[topic])
    (tmp_path / "out").mkdir()

    def full(temporary: str, path: str) -> None:
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(folder, "_put", full)
    monkeypatch.setattr(claims, "note", lambda *_: None)
    with pytest.raises(OSError, match="No space left"):
        build(configured(tmp_path), NOW, executor=Recording(tmp_path / "out", is_here=True))
    assert list((tmp_path / "out").iterdir()) == []
