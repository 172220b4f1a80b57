"""The web pages: what readers and programs find on them."""

from pathlib import Path
from typing import Any

import pytest
from lxml import html
from test_build import built, write_item

BASE = "https://news.example/"
CONFIG = 'logo = "https://news.example/logo.png"\n[newsletters.weekly]\ntopics = ["AI"]\n'
IMAGE = {"url": "https://paper.example/one.jpg", "width": 1200, "height": 630, "title": "A picture"}
HOSTILE = "<script>alert(1)</script> \"quoted\" & {{ tag }} 'so'"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("site")
    related = [{"title": "Elsewhere", "webUrl": "https://other.example/x", "provider": {"name": "Other"}}]
    write_item(root / "seeds", "one.md", images=[IMAGE], related=related, type="video")
    write_item(root / "seeds", "two.md", topics=["Chess"], title=HOSTILE.replace("<", "&lt;"), language="de")
    built(root, CONFIG)
    return root / "out"


def page(out: Path, name: str) -> Any:
    return html.fromstring((out / name).read_bytes().decode())


TYPES = {"rss.xml": "application/rss+xml", "atom.xml": "application/atom+xml", "feed.json": "application/feed+json"}


@pytest.mark.parametrize(("name", "topics"), [("index.html", ["ai", "chess"]), ("ai/index.html", ["ai"])])
def test_point_19_feeds_can_be_discovered(out: Path, name: str, topics: list[str]) -> None:
    links = page(out, name).xpath("//head/link[@rel='alternate'][@type!='text/x-opml']")
    expected = [(f"{BASE}{topic}/{file}", media_type) for topic in topics for file, media_type in TYPES.items()]
    assert [(link.get("href"), link.get("type")) for link in links] == expected


PAGES = ["index.html", "ai/index.html", "chess/index.html", "weekly/index.html", "ai/issues/2021-W04/index.html"]


@pytest.mark.parametrize("name", PAGES)
def test_every_page(out: Path, name: str) -> None:
    found = page(out, name)
    assert found.get("lang") == "en"
    assert len(found.xpath("//h1")) == 1
    assert found.xpath("//title")[0].text
    assert found.xpath("//link[@rel='canonical']/@href") == [BASE + name.removesuffix("index.html")]
    links = found.xpath("//body//a/@href")
    assert links
    assert all(link.startswith("https://") for link in links)
    local = [link.removeprefix(BASE) for link in links if link.startswith(BASE)]
    assert [link for link in local if not (out / (link or "index.html")).exists()] == []


def test_an_issue_has_each_story_with_its_coverage_where_digests_point(out: Path) -> None:
    (article,) = page(out, "ai/issues/2021-W04/index.html").xpath("//article")
    assert article.get("id").startswith("story-")
    assert article.xpath("h2/a/@href") == ["https://paper.example/one"]
    assert article.xpath(".//li/a/@href") == ["https://other.example/x"]
    assert article.xpath(".//img/@src") == [IMAGE["url"]]
    assert article.xpath(".//span[@class='label']/text()") == ["Video"]


def test_text_of_items_stays_text(out: Path) -> None:
    found = page(out, "chess/index.html")
    (article,) = found.xpath("//article")
    assert article.xpath("h2/a/text()") == [HOSTILE]
    assert article.get("lang") == "de"
    assert not article.xpath(".//script")


def test_a_topic_lists_its_issues(out: Path) -> None:
    assert page(out, "ai/index.html").xpath("//ul[@class='issues']//a/@href") == [f"{BASE}ai/issues/2021-W04/"]
