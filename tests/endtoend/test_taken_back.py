"""What is taken back leaves the output everywhere, and nothing else does."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.building import NOW, built, files, undated, write_item

ARCHIVES = "[selection]\nfeed_limit = 2\n[feed]\narchive = true\narchive_size = 2\n"


def write_story(root: Path, number: int, **changes: object) -> Path:
    return write_item(root / "seeds", f"item-{number}.md", publishedDateTime=f"2021-01-1{number}T12:00:00Z", **changes)


@pytest.mark.parametrize("how", ["unpublished", "deleted"])
@pytest.mark.parametrize("force", [False, True], ids=["", "forced"])
def test_a_story_that_is_taken_back_leaves_its_full_archive(tmp_path: Path, how: str, *, force: bool) -> None:
    for number in range(8):
        write_story(tmp_path, number)
    built(tmp_path, ARCHIVES)
    before = files(tmp_path / "out")
    held = {name for name, data in before.items() if "/archive/" in name and b"paper.example/item-2" in data}
    assert held
    path = write_story(tmp_path, 2, published=False)
    if how == "deleted":
        path.unlink()
    built(tmp_path, ARCHIVES, force=force, prune=force)
    after = files(tmp_path / "out")
    assert [name for name, data in after.items() if b"item-2" in data] == []
    assert all(b"paper.example/item-3" in after[name] for name in held)
    others = {name for name in before if "/archive/" in name} - held
    assert {name: after[name] for name in others} == {name: before[name] for name in others}


@pytest.mark.parametrize("damage", [b"{", b"{}", b'{"items": 5}', b"<entry><id>\xff</id></entry>"], ids=str)
def test_a_full_archive_that_somebody_has_damaged_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    for number in range(8):
        write_story(tmp_path, number)
    built(tmp_path, ARCHIVES)
    names = [f"ai/archive/1/{name}" for name in ("feed.json", "atom.xml", "rss.xml")]
    for name in names:
        (tmp_path / "out" / name).write_bytes(damage)
    write_story(tmp_path, 1, published=False)
    built(tmp_path, ARCHIVES)
    after = files(tmp_path / "out")
    assert [name for name, data in after.items() if b"item-1" in data] == []
    assert all(b"paper.example/item-0" in after[name] for name in names)


@pytest.mark.parametrize("changes", [{"quality": 10}, {"topics": ["Chess"]}], ids=str)
def test_a_story_that_gets_poorer_or_another_topic_stays_in_its_full_archive(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    for number in range(8):
        write_story(tmp_path, number)
    built(tmp_path, ARCHIVES)
    before = files(tmp_path / "out")
    write_story(tmp_path, 2, **changes)
    built(tmp_path, ARCHIVES)
    after = files(tmp_path / "out")
    archives = {name for name in before if name.startswith("ai/archive/")}
    assert {name: after[name] for name in archives} == {name: before[name] for name in archives}


@pytest.mark.parametrize("now", [datetime(1, 1, 1, tzinfo=UTC), datetime(2020, 12, 31, tzinfo=UTC)], ids=str)
def test_a_clock_that_is_late_removes_nothing_and_says_so(tmp_path: Path, now: datetime) -> None:
    for number in range(8):
        write_story(tmp_path, number)
    built(tmp_path, ARCHIVES)
    before = files(tmp_path / "out")
    report = built(tmp_path, ARCHIVES, now=now, prune=True)
    assert any("the clock seems to be wrong" in alert for alert in report.alerts)
    assert before.keys() <= files(tmp_path / "out").keys()
    built(tmp_path, ARCHIVES)
    assert undated(files(tmp_path / "out")) == undated(before)


def test_what_a_late_clock_has_kept_is_taken_back_by_the_next_build(tmp_path: Path) -> None:
    """Though nothing has changed since, and a cache says so."""
    write_item(tmp_path / "seeds", "other.md", publishedDateTime="2021-01-19")
    gone = write_item(tmp_path / "seeds", "one.md")
    newest = write_item(tmp_path / "seeds", "new.md", topics=["Chess"], publishedDateTime=f"{NOW - timedelta(hours=1)}")
    built(tmp_path, '[topics.Chess]\nslug = "games"\n')
    os.utime(tmp_path / "seeds/other.md", (0, 0))  # so that its stamp is trusted
    gone.unlink()
    newest.unlink()
    late = NOW - timedelta(hours=2)
    issue = tmp_path / "out/ai/issues/2021-W04/index.html"
    built(tmp_path, now=late)  # forgets the topic by which the clock is late
    assert issue.exists()
    built(tmp_path, now=late)
    assert not issue.exists()


def test_the_manifest_forgets_a_story_though_no_other_file_changes(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "other.md", topics=["Chess"])
    path = write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    path.write_text("broken", encoding="utf-8")
    renamed = '[topics.AI]\nslug = "machines"\naliases = ["ai"]\n'
    manifest = tmp_path / "out/manifest.json"
    built(tmp_path, renamed)
    assert "https://paper.example/one" in manifest.read_text(encoding="utf-8")
    path.unlink()
    built(tmp_path, renamed)
    assert "https://paper.example/one" not in manifest.read_text(encoding="utf-8")
