"""The date of a feed or an archive grows with its content, whatever is known of what was published before."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from feeds.renderers.syndication.feed_date import parsed
from support.building import built, files, write_item

ARCHIVES = "[selection]\nfeed_limit = 2\n[feed]\narchive = true\narchive_size = 3\n"
"""With six stories: three in a full archive, one in the next, two in the feed."""


def write_story(root: Path, number: int, **changes: object) -> None:
    write_item(root / "seeds", f"item-{number}.md", publishedDateTime=f"2021-01-1{number}T12:00:00Z", **changes)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(6):
        write_story(tmp_path, number)
    built(tmp_path, ARCHIVES)
    return tmp_path


def _add_an_old_one(root: Path) -> None:
    write_item(root / "seeds", "late.md", publishedDateTime="2021-01-01T12:00:00Z")


def _correct(root: Path) -> None:
    write_story(root, 3, title="Corrected")


def _take_back(number: int) -> Callable[[Path], None]:
    return lambda root: write_story(root, number, published=False)


CHANGES = {
    "an old story joins the open archive": (2, _add_an_old_one),
    "a story of the open archive is corrected": (2, _correct),
    "the newest story of the open archive is taken back": (2, _take_back(3)),
    "the newest story of a full archive is taken back": (1, _take_back(2)),
    "another story of a full archive is taken back": (1, _take_back(1)),
}


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
@pytest.mark.parametrize(("number", "change"), CHANGES.values(), ids=CHANGES)
def test_an_archive_that_changes_has_a_later_date(
    root: Path, number: int, change: Callable[[Path], None], name: str
) -> None:
    path = root / f"out/ai/archive/{number}" / name
    before, others = path.read_bytes(), _other_archives(root, number)
    change(root)
    built(root, ARCHIVES)
    assert _content(path.read_bytes()) != _content(before)
    assert _date(path.read_bytes()) > _date(before)
    assert _other_archives(root, number) == others


def _other_archives(root: Path, number: int) -> dict[str, bytes]:
    return {n: d for n, d in files(root / "out/ai/archive").items() if not n.startswith(f"{number}/")}


def _content(document: bytes) -> bytes:
    return re.sub(rb"<(lastBuildDate|updated)>[^<]*</", b"", document, count=1)


def _date(document: bytes) -> datetime:
    match = re.search(rb"<(?:lastBuildDate|updated)>([^<]*)</", document)
    assert match
    return parsed(match[1].decode())


def test_the_feed_of_issues_keeps_its_date_while_a_document_is_broken(root: Path) -> None:
    before = _issue_feeds(root)
    assert before[0]["updated"]
    (root / "seeds/item-5.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    built(root, ARCHIVES)
    assert _issue_feeds(root) == before


def _issue_feeds(root: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((root / "out/manifest.json").read_bytes())["topics"][0]["issue_feeds"]
    return found


def test_a_feed_whose_manifest_is_lost_is_no_file_of_somebody_else(tmp_path: Path) -> None:
    """Its date is later than those of its stories."""
    write_story(tmp_path, 1)
    built(tmp_path)
    write_story(tmp_path, 1, title="Corrected")
    built(tmp_path)
    before = files(tmp_path / "out")
    (tmp_path / "out/manifest.json").unlink()
    built(tmp_path)
    assert files(tmp_path / "out") == before
