"""What readers know a feed and its entries by survives moves; the feed of issues tells of each issue once."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeds.config.load import load_config
from feeds.media_types import FEEDS, PAGE
from feeds.pipeline import build
from support.building import NOW, built, configured, files, write_item
from support.examples import utc

LATER = NOW + timedelta(days=1)


def _feed_id(root: Path, slug: str = "ai") -> str:
    ids: list[str] = re.findall(r"<id>([^<]*)</id>", (root / "out" / slug / "atom.xml").read_text())
    return ids[0]


def _built_at(root: Path, base_url: str, text: str = "", now: datetime = NOW) -> None:
    (root / "feeds.toml").write_text(f'title = "Test"\nbase_url = "{base_url}"\n{text}', encoding="utf-8")
    build(load_config(start=root), now)


def test_the_feed_keeps_its_id_when_the_site_moves(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    _built_at(tmp_path, "https://old.example/")
    first = _feed_id(tmp_path)
    _built_at(tmp_path, "https://new.example/news/")
    assert _feed_id(tmp_path) == first == "https://old.example/ai/atom.xml"


def test_an_address_of_this_machine_is_no_identity(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    _built_at(tmp_path, "http://localhost:8000/")
    _built_at(tmp_path, "https://news.example/")
    assert json.loads((tmp_path / "out/manifest.json").read_text())["id"] == "https://news.example/"


def test_a_configured_id_is_the_publication_s(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    _built_at(tmp_path, "https://new.example/", 'id = "https://old.example/"\n')
    assert _feed_id(tmp_path) == "https://old.example/ai/atom.xml"


def test_a_renamed_topic_goes_on_at_its_old_address(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    before = _feed_id(tmp_path)
    closed = json.loads((tmp_path / "out/manifest.json").read_text())["topics"][0]["closed"]
    built(tmp_path, '[topics.AI]\nslug = "ml"\naliases = ["ai"]\n')
    out = files(tmp_path / "out")
    assert _feed_id(tmp_path, "ml") == before
    for name in ("rss.xml", "atom.xml", "feed.json"):
        assert out[f"ai/{name}"] == out[f"ml/{name}"]
    assert b"https://news.example/ml/rss.xml" in out["ai/rss.xml"]
    assert b'url=https://news.example/ml/"' in out["ai/index.html"]
    assert b"/ai/" not in out["feeds.opml"]
    assert json.loads(out["manifest.json"])["topics"][0]["closed"] == closed


def test_without_a_manifest_the_first_alias_gives_the_id(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path, '[topics.AI]\nslug = "ml"\naliases = ["ai"]\n')
    assert _feed_id(tmp_path, "ml") == "https://news.example/ai/atom.xml"


def test_an_alias_repeats_feeds_only(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path, '[topics.AI]\nslug = "ml"\naliases = ["ai"]\n')
    out = files(tmp_path / "out")
    assert {name for name in out if name.startswith("ai/")} == {f"ai/{name}" for name in (*FEEDS.values(), PAGE)}
    assert b"/ai/" not in out["feeds.opml"] + out["sitemap.xml"]


def _related(name: str) -> list[dict[str, Any]]:
    return [{"title": f"Title of {name}", "webUrl": f"https://paper.example/{name}"}]


def test_a_published_lead_stays_the_lead(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "a.md", heat=90, related=_related("b"))
    built(tmp_path)
    write_item(tmp_path / "seeds", "b.md", quality=90, heat=95, related=_related("a"))
    built(tmp_path)
    ids = re.findall(r"<guid[^>]*>([^<]*)<", (tmp_path / "out/ai/rss.xml").read_text())
    assert ids == ["https://paper.example/a"]


DAILY = '[digest]\nperiod = "day"\nissues = 1\n[selection]\nfeed_limit = {}\n'
REMEMBERED = {
    "in the feed": (DAILY.format(50), True, 0),
    "in an archive": (DAILY.format(1) + "[feed]\narchive = true\n", True, 0),
    "in a closed issue": (DAILY.format(1), False, 0),
    "in an open issue": (DAILY.format(1).replace("day", "month"), False, 0),
    "nowhere": (DAILY.format(1), True, 1),
}


@pytest.mark.parametrize(("config", "is_late", "covered"), REMEMBERED.values(), ids=REMEMBERED)
def test_a_lead_is_remembered_where_it_was_published(
    tmp_path: Path, config: str, covered: int, *, is_late: bool
) -> None:
    """A stronger newcomer that lists it takes its place only if it was nowhere; one that comes late is in no issue."""
    for name, date in {"first": "2021-01-01", "newer": "2021-01-27"}.items():
        write_item(tmp_path / "seeds", f"{name}.md", publishedDateTime=date)
    now = utc("2021-01-28")
    if is_late:
        built(tmp_path, config, now=now)
    write_item(tmp_path / "seeds", "a.md", publishedDateTime="2021-01-01")
    built(tmp_path, config, now=now)
    write_item(tmp_path / "seeds", "b.md", publishedDateTime="2021-01-02", quality=90, related=_related("a"))
    assert built(tmp_path, config, now=now).outcomes["covered"] == covered


def _issue_entries(root: Path) -> dict[str, str]:
    feed = json.loads((root / "out/ai/issues/feed.json").read_text())
    return {item["id"]: item["title"] for item in feed["items"]}


def test_the_feed_of_issues_has_each_closed_issue_once(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md", publishedDateTime="2021-01-26")
    built(tmp_path, now=utc("2021-01-27"))
    assert _issue_entries(tmp_path) == {}
    assert (tmp_path / "out/ai/issues/rss.xml").is_file()
    built(tmp_path, now=utc("2021-02-01"))
    first = _issue_entries(tmp_path)
    assert list(first) == ["https://news.example/ai/issues/2021-W04/"]
    write_item(tmp_path / "seeds", "two.md", publishedDateTime="2021-02-02")
    built(tmp_path, now=utc("2021-02-03"))
    assert _issue_entries(tmp_path) == first
    built(tmp_path, now=utc("2021-02-08"))
    assert list(_issue_entries(tmp_path)) == ["https://news.example/ai/issues/2021-W05/", *first]
    content = (tmp_path / "out/ai/issues/rss.xml").read_text()
    assert "https://paper.example/two" in content
    assert "unsubscribe" not in content.lower()


def test_feeds_of_issues_can_be_left_out(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    build(configured(tmp_path, "[feed]\nissues = false\n"), LATER)
    assert not (tmp_path / "out/ai/issues/rss.xml").exists()
