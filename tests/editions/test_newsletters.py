"""Several topics in one newsletter: a section each, and no story twice."""

import json
from pathlib import Path

import pytest

from feeds.problems import ConfigError
from support.building import built, configured, files, write_item

WEEKLY = '[newsletters.weekly]\ntopics = ["Chess", "AI"]\ntitle = "The week"\n'


@pytest.fixture
def items(tmp_path: Path) -> Path:
    """Two stories of AI, one of Chess, one of both, and one that another covers."""
    covered = {
        "title": "Title of covered",
        "webUrl": "https://paper.example/covered",
        "provider": {"name": "The Paper"},
    }
    write_item(tmp_path / "seeds", "ai.md", related=[covered])
    write_item(tmp_path / "seeds", "weak.md", quality=51)
    write_item(tmp_path / "seeds", "both.md", topics=["AI", "Chess"])
    write_item(tmp_path / "seeds", "covered.md", topics=["Chess"], quality=52)
    return tmp_path


def test_a_section_each_and_no_story_twice(items: Path) -> None:
    built(items, f"digest.contents = false\n{WEEKLY}")
    text = (items / "out/weekly/digest.txt").read_text(encoding="utf-8")
    order = ["The week", "Chess\n", "Title of both\n", "AI\n", "Title of ai\n", "Title of weak\n"]
    positions = [text.index(piece) for piece in order]
    assert positions == sorted(positions)
    assert text.count("Title of both\n") == 1
    assert "Title of covered\n" not in text.replace("Title of covered\n  http", "")
    html = (items / "out/weekly/issues/2021-W04/digest.html").read_text(encoding="utf-8")
    assert html.count("<h2") == 3
    assert html == (items / "out/weekly/digest.html").read_text(encoding="utf-8")


def test_what_there_is(items: Path) -> None:
    built(items, WEEKLY)
    made = [n for n in files(items / "out") if n.startswith("weekly/")]
    pages = ["weekly/digest.eml", "weekly/digest.html", "weekly/digest.txt", "weekly/index.html"]
    feeds = [f"weekly/issues/{name}" for name in ("atom.xml", "feed.json", "rss.xml")]
    assert made == sorted([*pages, *(n.replace("weekly", "weekly/issues/2021-W04") for n in pages), *feeds])
    manifest = json.loads((items / "out/manifest.json").read_bytes())
    (entry,) = manifest["newsletters"]
    assert (entry["slug"], entry["issues"][0]["story_count"]) == ("weekly", 3)
    assert "weekly" in (items / "out/index.html").read_text(encoding="utf-8")
    assert "weekly" not in (items / "out/feeds.opml").read_text(encoding="utf-8")
    assert not built(items, WEEKLY).files.written


def test_a_story_of_the_open_issue_stays_where_one_of_a_closed_issue_lists_it(tmp_path: Path) -> None:
    related = [{"title": "Title of new", "webUrl": "https://paper.example/new"}]
    write_item(tmp_path / "seeds", "old.md", heat=10, related=related)
    write_item(tmp_path / "seeds", "new.md", heat=90, publishedDateTime="2021-02-01T05:00:00Z")
    built(tmp_path, WEEKLY)
    assert "Title of new" in (tmp_path / "out/weekly/issues/2021-W05/index.html").read_text(encoding="utf-8")
    assert built(tmp_path, WEEKLY).files.written == ()


def test_the_limit_is_one_for_each_section(items: Path) -> None:
    built(items, WEEKLY + "digest_limit = 1\n")
    text = (items / "out/weekly/digest.txt").read_text(encoding="utf-8")
    assert "Title of both" in text
    assert "Title of ai" in text
    assert "Title of weak" not in text
    assert "1 more story in this issue" in text


WRONG = {
    "no topics": ("[newsletters.x]\n", "newsletters.x.topics: must name at least one topic"),
    "address of a topic": (
        '[newsletters.ai]\ntopics = ["AI"]\n',
        "newsletters.ai: has the same address as the topic 'AI'",
    ),
    "bad slug": (
        '[newsletters.x]\nslug = "X Y"\ntopics = ["AI"]\n',
        "must be lower-case words joined by hyphens, such as x-y",
    ),
    "misspelt": ('[newsletters.x]\ntopic = ["AI"]\n', "newsletters.x.topic: unknown key; did you mean topics?"),
}


@pytest.mark.parametrize(("config", "message"), WRONG.values(), ids=WRONG)
def test_mistakes(items: Path, config: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        built(items, config)
    assert message in str(caught.value)


def test_a_newsletter_that_is_gone_is_no_topic(items: Path) -> None:
    built(items, WEEKLY)
    built(items)
    manifest = json.loads((items / "out/manifest.json").read_bytes())
    assert [t["slug"] for t in manifest["topics"]] == ["ai", "chess"]
    assert configured(items).newsletters == {}
