"""RSS, Atom, JSON Feed and OPML: point by point, against each other, and whole documents."""

import json
import os
import re
import subprocess
import sys
from calendar import timegm
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from importlib.metadata import version
from typing import Any

import feedgen.entry
import feedgen.feed
import feedparser
import listparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from feeds.languages import language
from feeds.media_types import ATOM, JSON, OPML, RSS, STYLESHEET
from feeds.model import EVERYTHING, Edition, Image, Story
from feeds.renderers.shipped import templates_dir
from feeds.renderers.syndication import atom, entry, json_feed, opml, rss
from feeds.renderers.syndication.feed import feed_of
from feeds.renderers.syndication.formats import FORMATS, Format
from support.editions import (
    ARABIC,
    ARCHIVE,
    EMPTY,
    FULL_SITE,
    GERMAN,
    GROWING,
    HOSTILE,
    LOGOS,
    MANY,
    RICH,
    SCAN,
    everywhere,
)
from support.examples import PICTURE, coverage, edition, issue, site, story, topic, utc
from support.places import TESTS

NAMESPACES = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "fh": "http://purl.org/syndication/history/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
ENGLISH = language("en")

FORMAT_IDS = [f.file_name for f in FORMATS]
each_format = pytest.mark.parametrize("format_", FORMATS, ids=FORMAT_IDS)


def xml(document: bytes) -> Any:
    return etree.fromstring(document)


def xpath(document: bytes, path: str) -> Any:
    """The strings, or elements, at a path below the root."""
    found = xml(document).xpath(path, namespaces=NAMESPACES)
    return [str(f) for f in found] if isinstance(found, list) and all(isinstance(f, str) for f in found) else found


def texts(stories: Any) -> str:
    return str(html.fragment_fromstring(stories).text_content())


# Whole documents -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "made"),
    {"rich": RICH, "archive": ARCHIVE, "empty": EMPTY}.items(),
    ids=["rich", "archive", "empty"],
)
@each_format
def test_whole_documents(golden: Callable[[str, bytes], None], format_: Format, name: str, made: Edition) -> None:
    golden(f"syndication/{name}/{format_.file_name}", format_.render(feed_of(made)))


def test_whole_opml(golden: Callable[[str, bytes], None]) -> None:
    golden(f"syndication/{OPML}", opml.render(FULL_SITE, [topic("AI"), topic("Computer Vision", language="de")]))


# Point by point: what differs between the formats stands side by side -------------------------------------------------

SELF, HUB = "https://news.example/ai/", "https://hub.example/"
ITEM, ENTRY = "channel/item[1]", "a:entry[1]"
SCAN_ID = "https://paper.example/scan"
RELATED_TITLES = ["Ban advances in Minneapolis", "What fox says", "Nobody knows when"]
RELATED_URLS = ["https://weau.example/story", "https://fox.example/story", "https://nobody.example/story"]

MORE = "+ 3 more: WEAU, Fox 9, nobody.example"

RSS_SAYS: dict[str, tuple[str, list[str]]] = {
    "6: guid": (f"{ITEM}/guid/text()", [SCAN_ID]),
    "6: guid is no link": (f"{ITEM}/guid/@isPermaLink", ["false"]),
    "7: published": (f"{ITEM}/pubDate/text()", ["Tue, 26 Jan 2021 17:45:00 +0000"]),
    "7: updated": (f"{ITEM}/a:updated/text()", ["2021-01-27T12:36:00Z"]),
    "7: the feed's date": ("channel/lastBuildDate/text()", ["Wed, 27 Jan 2021 12:36:00 +0000"]),
    "7: and no other": ("channel/pubDate", []),
    "10: link": (f"{ITEM}/link/text()", [SCAN_ID]),
    "11: related links": (f"{ITEM}/a:link[@rel='related']/@href", RELATED_URLS),
    "11: their titles": (f"{ITEM}/a:link[@rel='related']/@title", RELATED_TITLES),
    "12: plain title": (f"{ITEM}/title/text()", ["‘Ban The Scan’ Targets AT&T"]),
    "12: description is HTML": (
        f"{ITEM}/description/text()",
        [f"A campaign was launched &amp; \uff1c\u2060b&gt;Tuesday\uff1c\u2060/b&gt; it began. {MORE}"],
    ),
    "12: description without an excerpt": ("channel/item[3]/description/text()", ["25 January 2021 + 1 more: WEAU"]),
    "13: outlet": (f"{ITEM}/dc:creator/text()", ["The Paper"]),
    "13: no author": ("channel/item/author", []),
    "13: an unknown outlet": ("channel/item[3]/dc:creator", []),
    "14: picture": (f"{ITEM}/media:content/@url", [PICTURE.url]),
    "14: medium": (f"{ITEM}/media:content/@medium", ["image"]),
    "14: width": (f"{ITEM}/media:content/@width", ["1200"]),
    "14: height": (f"{ITEM}/media:content/@height", ["630"]),
    "14: type": (f"{ITEM}/media:content/@type", ["image/jpeg"]),
    "14: thumbnail": (f"{ITEM}/media:thumbnail/@url", [PICTURE.url]),
    "14: no group": ("//media:group", []),
    "14: no picture": ("channel/item[2]/media:content[@medium='image'] | channel/item[2]/media:thumbnail", []),
    "16: a page that plays a video": (
        "channel/item/media:content[@medium='video'][not(@url)]/media:player/@url",
        ["https://paper.example/deutsch"],
    ),
    "15: categories": (f"{ITEM}/category/text()", ["Computer Vision", "AI"]),
    "15: language": ("channel/language/text()", ["en"]),
    "15: language of the document": ("@xml:lang", ["en"]),
    "15: language of an item": ("channel/item/dc:language/text()", ["de"]),
    "15: copyright": ("channel/copyright/text()", ["© 2021 Smart News"]),
    "15: generator": ("channel/generator/text()", [f"feeds {version('feeds')} (https://feeds.example/)"]),
    "15: how often it changes": ("channel/ttl | channel/sy:*", []),
    "15: logo": ("channel/image/url/text()", ["https://news.example/logo.png"]),
    "15: its title": ("channel/image/title/text()", ["Smart News: AI"]),
    "15: its link": ("channel/image/link/text()", [SELF]),
    "15: author": ("channel/managingEditor/text()", ["ada@news.example (Ada)"]),
    "15: title": ("channel/title/text()", ["Smart News: AI"]),
    "15: description": ("channel/description/text()", ["What matters in AI"]),
    "18: link": ("channel/link/text()", [SELF]),
    "18: self": ("channel/a:link[@rel='self']/@href", [f"{SELF}rss.xml"]),
    "18: type of self": ("channel/a:link[@rel='self']/@type", ["application/rss+xml"]),
    "18: the page is the first link": ("channel/a:link[1]/@href", [SELF]),
    "18: alternates": ("channel/a:link[@rel='alternate']/@href", [SELF, f"{SELF}atom.xml", f"{SELF}feed.json"]),
    "18: their types": (
        "channel/a:link[@rel='alternate']/@type",
        ["text/html", "application/atom+xml", "application/feed+json"],
    ),
    "20: hub": ("channel/a:link[@rel='hub']/@href", [HUB]),
    "21: archive": ("channel/a:link[@rel='prev-archive']/@href", [f"{SELF}archive/2/rss.xml"]),
    "21: is none itself": ("channel/fh:archive | channel/a:link[@rel='current' or @rel='next-archive']", []),
}
ATOM_SAYS: dict[str, tuple[str, list[str]]] = {
    "6: id": (f"{ENTRY}/a:id/text()", [SCAN_ID]),
    "7: published": (f"{ENTRY}/a:published/text()", ["2021-01-26T17:45:00Z"]),
    "7: updated": (f"{ENTRY}/a:updated/text()", ["2021-01-27T12:36:00Z"]),
    "7: the feed is as new as its newest entry": ("a:updated/text()", ["2021-01-27T12:36:00Z"]),
    "10: link": (f"{ENTRY}/a:link[@rel='alternate'][@type='text/html']/@href", [SCAN_ID]),
    "10: content": (f"{ENTRY}/a:content/@type", ["html"]),
    "11: related links": (f"{ENTRY}/a:link[@rel='related']/@href", RELATED_URLS),
    "11: their titles": (f"{ENTRY}/a:link[@rel='related']/@title", RELATED_TITLES),
    "12: plain title": (f"{ENTRY}/a:title/text()", ["‘Ban The Scan’ Targets AT&T"]),
    "12: summary": (
        f"{ENTRY}/a:summary[@type='html']/text()",
        [f"A campaign was launched &amp; \uff1c\u2060b&gt;Tuesday\uff1c\u2060/b&gt; it began. {MORE}"],
    ),
    "13: outlet": (f"{ENTRY}/a:author/a:name/text()", ["The Paper"]),
    "13: its page": (f"{ENTRY}/a:author/a:uri/text()", ["https://paper.example/"]),
    "13: an unknown outlet": ("a:entry[3]/a:author", []),
    "14: picture": (f"{ENTRY}/media:content/@url", [PICTURE.url]),
    "14: medium": (f"{ENTRY}/media:content/@medium", ["image"]),
    "14: width": (f"{ENTRY}/media:content/@width", ["1200"]),
    "14: height": (f"{ENTRY}/media:content/@height", ["630"]),
    "14: type": (f"{ENTRY}/media:content/@type", ["image/jpeg"]),
    "14: thumbnail": (f"{ENTRY}/media:thumbnail/@url", [PICTURE.url]),
    "14: no group": ("//media:group", []),
    "14: no picture": ("a:entry[2]/media:content[@medium='image'] | a:entry[2]/media:thumbnail", []),
    "16: a page that plays a video": (
        "a:entry/media:content[@medium='video'][not(@url)]/media:player/@url",
        ["https://paper.example/deutsch"],
    ),
    "15: categories": (f"{ENTRY}/a:category/@term", ["Computer Vision", "AI"]),
    "15: language": ("@xml:lang", ["en"]),
    "15: language of an entry's texts": ("a:entry/*[@xml:lang='de']/text()", ["Gesichtserkennung", "Ein Bericht."]),
    "15: language of an entry's page": ("a:entry/a:link/@hreflang", ["de"]),
    "15: rights": ("a:rights/text()", ["© 2021 Smart News"]),
    "15: generator": ("a:generator/text()", ["feeds"]),
    "15: its address": ("a:generator/@uri", ["https://feeds.example/"]),
    "15: its version": ("a:generator/@version", [version("feeds")]),
    "15: logo": ("a:logo/text()", ["https://news.example/logo.png"]),
    "15: icon": ("a:icon/text()", ["https://news.example/icon.png"]),
    "15: author": ("a:author/*/text()", ["Ada", "ada@news.example", "https://news.example/ada"]),
    "15: title": ("a:title/text()", ["Smart News: AI"]),
    "15: subtitle": ("a:subtitle/text()", ["What matters in AI"]),
    "18: id": ("a:id/text()", [f"{SELF}atom.xml"]),
    "18: self": ("a:link[@rel='self']/@href", [f"{SELF}atom.xml"]),
    "18: type of self": ("a:link[@rel='self']/@type", ["application/atom+xml"]),
    "18: the page is the first link": ("a:link[1]/@href", [SELF]),
    "18: alternates": ("a:link[@rel='alternate']/@href", [SELF, f"{SELF}rss.xml", f"{SELF}feed.json", SELF]),
    "18: their types": (
        "a:link[@rel='alternate']/@type",
        ["text/html", "application/rss+xml", "application/feed+json", "text/html"],
    ),
    "20: hub": ("a:link[@rel='hub']/@href", [HUB]),
    "21: archive": ("a:link[@rel='prev-archive']/@href", [f"{SELF}archive/2/atom.xml"]),
    "21: is none itself": ("fh:archive | a:link[@rel='current' or @rel='next-archive']", []),
}
JSON_SAYS: dict[str, tuple[str, Any]] = {
    "3: version": ("version", "https://jsonfeed.org/version/1.1"),
    "3: home page": ("home_page_url", SELF),
    "3: authors": ("authors", [{"name": "Ada", "url": "https://news.example/ada"}]),
    "3: language": ("language", "en"),
    "6: id": ("items.0.id", SCAN_ID),
    "7: published": ("items.0.date_published", "2021-01-26T17:45:00Z"),
    "7: updated": ("items.0.date_modified", "2021-01-27T12:36:00Z"),
    "10: link": ("items.0.url", SCAN_ID),
    "11: related": (
        "items.0._feeds.related",
        [
            {
                "url": "https://weau.example/story",
                "title": "Ban advances in Minneapolis",
                "outlet": "WEAU",
                "date_published": "2021-01-24T23:02:00Z",
            },
            {
                "url": "https://fox.example/story",
                "title": "What fox says",
                "outlet": "Fox 9",
                "date_published": "2021-01-27T12:36:00Z",
            },
            {"url": "https://nobody.example/story", "title": "Nobody knows when", "outlet": "nobody.example"},
        ],
    ),
    "11: what it is": ("items.0._feeds.about", "https://feeds.example/docs/readers.md#json-feed"),
    "11: none": ("items.1._feeds", None),
    "12: plain title": ("items.0.title", "‘Ban The Scan’ Targets AT&T"),
    "12: summary": (
        "items.0.summary",
        f"A campaign was launched & \uff1c\u2060b>Tuesday\uff1c\u2060/b> it began. {MORE}",
    ),
    "12: the content once": ("items.0.content_text", None),
    "13: outlet": ("items.0.authors", [{"name": "The Paper", "url": "https://paper.example/"}]),
    "13: an unknown outlet": ("items.2.authors", None),
    "14: picture": ("items.0.image", PICTURE.url),
    "14: no picture": ("items.1.image", None),
    "15: categories": ("items.0.tags", ["Computer Vision", "AI"]),
    "15: no categories": ("items.2.tags", None),
    "15: language of an item": ("items.1.language", "de"),
    "15: logo": ("icon", "https://news.example/logo.png"),
    "15: icon": ("favicon", "https://news.example/icon.png"),
    "15: title": ("title", "Smart News: AI"),
    "15: description": ("description", "What matters in AI"),
    "18: self": ("feed_url", f"{SELF}feed.json"),
    "20: hub": ("hubs", [{"type": "WebSub", "url": HUB}]),
    "21: archive": ("next_url", f"{SELF}archive/2/feed.json"),
}


@pytest.mark.parametrize(("path", "expected"), RSS_SAYS.values(), ids=RSS_SAYS)
def test_rss_says(path: str, expected: list[str]) -> None:
    assert xpath(rss.render(feed_of(RICH)), path) == expected


@pytest.mark.parametrize(("path", "expected"), ATOM_SAYS.values(), ids=ATOM_SAYS)
def test_atom_says(path: str, expected: list[str]) -> None:
    assert xpath(atom.render(feed_of(RICH)), path) == expected


@pytest.mark.parametrize(("path", "expected"), JSON_SAYS.values(), ids=JSON_SAYS)
def test_json_says(path: str, expected: object) -> None:
    value = json.loads(json_feed.render(feed_of(RICH)))
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value.get(step)
    assert value == expected


def test_rss_puts_the_description_before_the_content() -> None:
    names = [etree.QName(e).localname for e in xml(rss.render(feed_of(RICH))).find("channel/item")]
    assert names.index("description") < names.index("encoded")


def test_description_and_content_are_never_the_same() -> None:
    for rendered in xml(rss.render(feed_of(RICH))).iterfind("channel/item"):
        description = rendered.findtext("description")
        assert description
        assert description != rendered.findtext("content:encoded", namespaces=NAMESPACES)


SUMMARIES = {
    "excerpt and coverage": (story("a", coverage("b"), excerpt="It is."), "en", "It is. + 1 more: Outlet b"),
    "excerpt alone": (story("a", excerpt="It is."), "en", "It is."),
    "coverage alone": (story("a", coverage("b"), excerpt=""), "en", "The Paper · 26 January 2021 + 1 more: Outlet b"),
    "neither": (story("a", excerpt=""), "en", "Title of a – The Paper · 26 January 2021"),
    "many outlets": (
        story("a", *map(coverage, "bcdefg"), excerpt="It is."),
        "en",
        "It is. + 6 more: Outlet b, Outlet c, Outlet d, …",
    ),
    "an outlet twice": (
        story("a", coverage("b"), coverage("b", url="https://b.example/2"), excerpt="It is."),
        "en",
        "It is. + 2 more: Outlet b",
    ),
    "French": (story("a", *map(coverage, "bc"), excerpt="Oui."), "fr", "Oui. + 2 autres\u00a0: Outlet b, Outlet c"),
    "Japanese": (story("a", *map(coverage, "bc"), excerpt="はい。"), "ja", "はい。 ほか2件：Outlet b、Outlet c"),
}


@pytest.mark.parametrize(("told", "tag", "expected"), SUMMARIES.values(), ids=SUMMARIES)
def test_a_summary_names_the_coverage(told: Story, tag: str, expected: str) -> None:
    (shown,) = feed_of(edition(told, topic=topic(language=tag))).entries
    assert shown.summary == expected


VIDEOS = {
    "a page": ("https://video.example/watch?v=1", [], ["https://video.example/watch?v=1"]),
    "a file": ("https://video.example/a.MP4?x=1", ["video/mp4"], []),
    "a file in a query": ("https://video.example/?file=a.mp4", [], ["https://video.example/?file=a.mp4"]),
}


@pytest.mark.parametrize(("url", "types", "players"), VIDEOS.values(), ids=VIDEOS)
@pytest.mark.parametrize(("module", "top"), [(rss, "channel/item/"), (atom, "a:entry/")], ids=["rss", "atom"])
def test_a_video_is_media(module: Any, top: str, url: str, types: list[str], players: list[str]) -> None:
    document = module.render(feed_of(edition(story("v", url=url, type="video", images=(PICTURE,)), story("article"))))
    assert xpath(document, f"{top}media:content/@medium") == ["image", "video"]
    assert xpath(document, f"{top}media:content[@medium='video']/@type") == types
    assert xpath(document, f"{top}media:content/media:player/@url") == players


TYPES = {
    "https://x.example/a.jpg": "image/jpeg",
    "https://x.example/a.JPEG?w=1": "image/jpeg",
    "https://x.example/a.webp": "image/webp",
    "https://x.example/a.html": "",
    "https://x.example/picture": "",
    "https://x.example/?a.png": "",
}


@pytest.mark.parametrize(("url", "expected"), TYPES.items(), ids=TYPES)
def test_a_picture_has_the_type_that_its_address_tells(url: str, expected: str) -> None:
    document = rss.render(feed_of(edition(story(images=(Image(url),)))))
    assert xpath(document, f"{ITEM}/media:content/@type") == [expected] * bool(expected)


@pytest.mark.parametrize(("update", "minutes"), {"hourly": "60", "daily": "1440", "weekly": "10080"}.items())
def test_a_channel_says_how_often_it_changes(update: str, minutes: str) -> None:
    document = rss.render(feed_of(edition(site=site(update=update))))
    assert xpath(document, "channel/ttl/text() | channel/sy:updatePeriod/text()") == [minutes, update]


def test_a_json_feed_is_compact_with_a_line_for_each_item() -> None:
    document = json_feed.render(feed_of(RICH))
    head, *items, end = document.decode().splitlines()
    loaded = json.loads(document)
    assert [json.loads(item.removesuffix(",")) for item in items] == loaded["items"]
    assert (head[-10:], end, document[-1:]) == (',"items":[', "]}", b"\n")
    compact = json.dumps(loaded, ensure_ascii=False, separators=(",", ":"))
    assert len(document) == len(compact.encode()) + len(items) + 2


def test_extensions_of_json_feed_are_objects() -> None:
    """As jsonfeed.org/version/1.1 wants it of each name that begins with an underscore, and SchemaStore checks."""
    document = json.loads(json_feed.render(feed_of(RICH)))
    own = [(name, value) for item in document["items"] for name, value in item.items() if name.startswith("_")]
    assert [(name, set(value)) for name, value in own] == [("_feeds", {"about", "related"})] * 2


# RFC 5005 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("module", "name", "top"), [(rss, RSS, "channel/"), (atom, ATOM, "")], ids=["rss", "atom"])
def test_an_archive_is_linked_both_ways(module: Any, name: str, top: str) -> None:
    document = module.render(feed_of(ARCHIVE))
    linked = {
        rel: xpath(document, f"{top}a:link[@rel='{rel}']/@href")
        for rel in ("self", "prev-archive", "next-archive", "current")
    }
    assert linked == {
        "self": [f"{SELF}archive/2/{name}"],
        "prev-archive": [f"{SELF}archive/1/{name}"],
        "next-archive": [f"{SELF}archive/3/{name}"],
        "current": [f"{SELF}{name}"],
    }
    assert len(xpath(document, f"{top}fh:archive")) == 1


def test_an_archive_in_json_leads_back_in_time() -> None:
    assert json.loads(json_feed.render(feed_of(ARCHIVE)))["next_url"] == f"{SELF}archive/1/feed.json"


@pytest.mark.parametrize(("module", "top"), [(rss, "channel/"), (atom, "")], ids=["rss", "atom"])
def test_an_archive_that_still_grows_does_not_promise_to_stay(module: Any, top: str) -> None:
    assert xpath(module.render(feed_of(GROWING)), f"{top}fh:archive") == []
    assert xpath(module.render(feed_of(GROWING)), f"{top}a:link[@rel='current']/@href") != []


def test_archives_and_feed_are_one_feed() -> None:
    assert xpath(atom.render(feed_of(ARCHIVE)), "a:id/text()") == xpath(atom.render(feed_of(RICH)), "a:id/text()")


# The HTML of a story -------------------------------------------------------------------------------------------------


def test_content_lists_the_coverage_once_with_link_outlet_and_date() -> None:
    document = html.fragment_fromstring(entry.html(SCAN, ENGLISH))
    assert len(document.findall("ul")) == 1
    listed = [(a.get("href"), a.text, a.find("..").text_content()) for a in document.iterfind("ul/li/a")]
    assert listed == [
        (RELATED_URLS[0], RELATED_TITLES[0], "Ban advances in MinneapolisWEAU · 24 Jan 2021"),
        (RELATED_URLS[1], RELATED_TITLES[1], "What fox saysFox 9 · 27 Jan 2021 · Video"),
        (RELATED_URLS[2], RELATED_TITLES[2], "Nobody knows whennobody.example"),
    ]
    assert document.findtext("h2") == "Related coverage"


def test_content_shows_excerpt_outlet_date_and_a_linked_picture() -> None:
    document = html.fragment_fromstring(entry.html(SCAN, ENGLISH))
    assert [p.text for p in document.iterfind("p")][1:] == [SCAN.lead.excerpt, "The Paper · 26 January 2021"]
    picture = document.find("p/a/img")
    assert picture is not None
    assert picture.getparent().get("href") == SCAN_ID
    assert dict(picture.attrib) == {"src": PICTURE.url, "alt": "A picture", "width": "1200", "height": "630"}


def test_a_picture_without_a_title_is_named_after_its_link() -> None:
    shown = entry.html(story(images=(Image("https://paper.example/a.jpg"),)), ENGLISH)
    assert '<img src="https://paper.example/a.jpg" alt="Title of one">' in shown


@pytest.mark.parametrize(
    "image",
    [Image(PICTURE.url, 640), Image(PICTURE.url, None, 480), Image(PICTURE.url, 0, 0), Image(PICTURE.url, -1, 5)],
    ids=["no height", "no width", "zero", "negative"],
)
@each_format
def test_sizes_are_real_or_absent(format_: Format, image: Image) -> None:
    document = format_.render(feed_of(edition(story(images=(image,))))).decode()
    assert PICTURE.url in document
    assert "width" not in document
    assert "height" not in document


def test_a_video_says_so() -> None:
    assert "The Paper · 26 January 2021 · Video" in entry.html(GERMAN, ENGLISH)


def test_content_without_coverage_has_no_list() -> None:
    assert "<ul>" not in entry.html(GERMAN, ENGLISH)
    assert "<h2>" not in entry.html(GERMAN, ENGLISH)


FORBIDDEN = re.compile(r"<(?:script|style|iframe|object|embed|form|input)|\s(?:style|on\w+|class|id)=", re.IGNORECASE)


def test_content_has_nothing_that_readers_strip() -> None:
    for shown in RICH.stories:
        assert not FORBIDDEN.search(entry.html(shown, ENGLISH))


DIRECTIONS = {
    "English in English": ("en", {}, '<div lang="en"> <p>Excerpt of one.</p>'),
    "Arabic in English": ("en", {"excerpt": ARABIC, "language": "ar"}, f'<p lang="ar" dir="rtl">{ARABIC}</p>'),
    "Arabic in Arabic": ("ar", {"excerpt": ARABIC}, f'<div lang="ar" dir="rtl"> <p>{ARABIC}</p>'),
    "English in Arabic": (
        "ar",
        {"language": "en"},
        '<div lang="ar" dir="rtl"> <p lang="en" dir="ltr">Excerpt of one.</p>',
    ),
    "the topic's own language": ("de", {"language": "de"}, '<div lang="de"> <p>Excerpt of one.</p>'),
    "no letters": ("ar", {"excerpt": "1, 2, 3!"}, '<div lang="ar" dir="rtl"> <p>1, 2, 3!</p>'),
}


@pytest.mark.parametrize(("tag", "changes", "expected"), DIRECTIONS.values(), ids=DIRECTIONS)
def test_languages_and_directions(tag: str, changes: dict[str, Any], expected: str) -> None:
    assert expected in entry.html(story(**changes), language(tag))


def test_a_related_title_that_runs_against_the_page_has_a_direction() -> None:
    shown = entry.html(story("one", coverage("a", title=ARABIC), coverage("b")), ENGLISH)
    assert f'<a href="https://a.example/story" dir="rtl">{ARABIC}</a>' in shown
    assert '<a href="https://b.example/story">What b says</a>' in shown


# Identity and time ---------------------------------------------------------------------------------------------------


def ids(document: bytes, format_: Format) -> list[str]:
    if format_.file_name == JSON:
        return [i["id"] for i in json.loads(document)["items"]]
    return [e.id for e in feedparser.parse(document).entries]


@each_format
def test_ids_stay_when_all_else_moves(format_: Format) -> None:
    before = edition(story("one", coverage()), story("two"))
    after = edition(
        story("two", title="Another title", published=utc("2021-01-28")),
        story("one", coverage("x"), title="Edited", excerpt="New", topics=("Other",), language="fr"),
        site=site(base_url="https://elsewhere.example/sub/", title="New name"),
        topic=topic("Computer Vision", language="de"),
    )
    assert sorted(ids(format_.render(feed_of(before)), format_)) == sorted(ids(format_.render(feed_of(after)), format_))


def entries_of(document: bytes) -> dict[str, bytes]:
    return {
        e.findtext("a:id", namespaces=NAMESPACES): etree.tostring(e, with_tail=False)
        for e in xml(document).iterfind("a:entry", NAMESPACES)
    }


def test_an_entry_does_not_depend_on_its_neighbours() -> None:
    alone = entries_of(atom.render(feed_of(edition(SCAN))))
    assert entries_of(atom.render(feed_of(edition(story("x"), SCAN, story("y")))))[SCAN_ID] == alone[SCAN_ID]


FRACTION = re.compile(rb"T\d\d:\d\d:\d\d\.(\d+)")


@each_format
def test_equal_dates_stay_apart_with_three_digits_in_updated_only(format_: Format) -> None:
    document = format_.render(feed_of(edition(*(story(f"s{n}", published=utc("2021-01-26")) for n in range(50)))))
    assert {len(digits) for digits in FRACTION.findall(document)} == {3}
    published = re.findall(rb"(?:<published>|\"date_published\":\")([^<\"]+)", document)
    assert {FRACTION.search(date) for date in published} <= {None}
    entries = document.partition(b"<entry>")[2] or document
    updated = re.findall(rb'(?:<[\w:]*updated>|"date_modified":")([^<"]+)', entries)
    assert len(set(updated)) == 50


def test_an_atom_feed_is_as_new_as_its_newest_entry() -> None:
    document = atom.render(feed_of(edition(*(story(f"s{n}") for n in range(20)))))
    assert xpath(document, "a:updated/text()") == [max(xpath(document, "a:entry/a:updated/text()"))]


def test_dates_are_told_in_utc_and_whole_seconds() -> None:
    tokyo = datetime(2021, 1, 27, 2, 45, 0, 999_999, tzinfo=timezone(timedelta(hours=9)))
    shown = json.loads(json_feed.render(feed_of(edition(story(published=tokyo)))))["items"][0]
    assert shown["date_published"] == "2021-01-26T17:45:00Z"


@each_format
def test_an_empty_edition_has_its_fallback_date(format_: Format) -> None:
    document = format_.render(feed_of(EMPTY))
    if format_.file_name == JSON:
        assert json.loads(document)["items"] == []
    else:
        parsed = feedparser.parse(document)
        assert (parsed.bozo, parsed.entries) == (False, [])
        assert parsed.feed.updated_parsed[:5] == (2021, 1, 20, 10, 0)


@pytest.mark.parametrize("module", [rss, atom], ids=["rss", "atom"])
def test_an_empty_edition_without_any_date_does_not_ask_the_clock(module: Any) -> None:
    assert feedparser.parse(module.render(feed_of(edition()))).feed.updated_parsed[0] == 2000


# The same bytes everywhere -------------------------------------------------------------------------------------------


class Clock(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> "Clock":
        return cls(2099, 9, 9, tzinfo=tz)


@pytest.mark.parametrize("made", [RICH, edition()], ids=["rich", "empty"])
@each_format
def test_neither_clock_nor_locale_reach_an_output(
    monkeypatch: pytest.MonkeyPatch, format_: Format, made: Edition
) -> None:
    before = format_.render(feed_of(made))
    for module in (feedgen.feed, feedgen.entry):
        monkeypatch.setattr(module, "datetime", Clock)
        monkeypatch.setattr(module, "formatRFC2822", lambda date: "Di, 26 Jän 2021")  # as under a German locale
    assert format_.render(feed_of(made)) == before


PRINT_ALL = """
import contextlib, hashlib, locale, sys
with contextlib.suppress(locale.Error):
    locale.setlocale(locale.LC_ALL, "")
from feeds.renderers.syndication.feed import feed_of
from feeds.renderers.syndication.formats import FORMATS
from support.editions import RICH
print(hashlib.sha256(b"".join(f.render(feed_of(RICH)) for f in FORMATS)).hexdigest())
"""


def test_the_same_bytes_whatever_the_environment() -> None:
    environments = (
        {"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "1"},
        {"LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "2"},
        {"LC_ALL": "ar_EG.UTF-8", "TZ": "America/St_Johns", "PYTHONHASHSEED": "3", "PYTHONUTF8": "0"},
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", PRINT_ALL],
            cwd=TESTS,
            env={**os.environ, **environment},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for environment in environments
    }
    assert len(printed) == 1


# Agreement, as readers see it ----------------------------------------------------------------------------------------


def as_read(document: bytes) -> list[tuple[object, ...]]:
    # Both would write the HTML anew, with its attributes in another order.
    parsed = feedparser.parse(document, sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return [
        (
            e.id,
            e.title,
            e.link,
            datetime.fromtimestamp(timegm(e.published_parsed), UTC),
            datetime.fromisoformat(e.updated),
            e.get("author") == "The Paper",  # where no outlet is known, feedparser takes the feed's author
            [t.term for t in e.get("tags", [])],
            [(link.href, link.title) for link in e.links if link.rel == "related"],
            e.content[0].value,
        )
        for e in parsed.entries
    ]


def as_read_json(document: bytes) -> list[tuple[object, ...]]:
    return [
        (
            i["id"],
            i["title"],
            i["url"],
            datetime.fromisoformat(i["date_published"]),
            datetime.fromisoformat(i["date_modified"]),
            [a["name"] for a in i.get("authors", [])] == ["The Paper"],
            i.get("tags", []),
            [(r["url"], r["title"]) for r in i.get("_feeds", {}).get("related", [])],
            i["content_html"],
        )
        for i in json.loads(document)["items"]
    ]


@pytest.mark.parametrize("made", [RICH, ARCHIVE, MANY, EMPTY], ids=["rich", "archive", "many", "empty"])
def test_the_formats_agree(made: Edition) -> None:
    from_json = as_read_json(json_feed.render(feed_of(made)))
    assert as_read(rss.render(feed_of(made))) == from_json
    assert as_read(atom.render(feed_of(made))) == from_json


def test_every_story_is_there_in_order() -> None:
    assert [e[0] for e in as_read(rss.render(feed_of(MANY)))] == [s.id for s in MANY.stories]


# OPML ----------------------------------------------------------------------------------------------------------------


def test_opml_leaves_out_the_feed_of_all_topics() -> None:
    everything = topic(EVERYTHING, slug="all")
    assert xpath(opml.render(FULL_SITE, [everything, topic("AI")]), "body/outline/@text") == ["Smart News: AI"]
    assert len(xpath(opml.render(FULL_SITE, [everything]), "body/outline")) == 1


def test_opml_is_read_back() -> None:
    topics = [topic("AI"), topic("C++", slug="c-plus-plus", title="C++ & <more>")]
    read = listparser.parse(opml.render(FULL_SITE, topics))
    assert not read.bozo
    assert read.meta.title == "Smart News"
    assert [(f.title, f.url) for f in read.feeds] == [
        ("Smart News: AI", "https://news.example/ai/atom.xml"),
        ("C++ & \uff1c\u2060more>", "https://news.example/c-plus-plus/atom.xml"),
    ]


def test_an_outline_has_all_that_readers_look_for() -> None:
    (outline,) = xpath(opml.render(FULL_SITE, [topic("AI", language="de")]), "body/outline")
    assert dict(outline.attrib) == {
        "type": "rss",
        "text": "Smart News: AI",
        "title": "Smart News: AI",
        "description": "What matters in AI",
        "language": "de",
        "xmlUrl": "https://news.example/ai/atom.xml",
        "htmlUrl": "https://news.example/ai/",
    }


def test_opml_outlines_agree_with_the_feeds() -> None:
    (outline,) = xpath(opml.render(RICH.site, [RICH.topic]), "body/outline")
    assert [outline.get("xmlUrl")] == xpath(atom.render(feed_of(RICH)), "a:link[@rel='self']/@href")
    assert outline.get("htmlUrl") == RICH.home_url


# Stylesheet ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("directory", "href"),
    {"": "feed.css", "ai": "../feed.css", "ai/archive/1": "../../../feed.css"}.items(),
    ids=["top", "topic", "archive"],
)
@pytest.mark.parametrize("module", [rss, atom], ids=["rss", "atom"])
def test_the_stylesheet_is_found_from_any_depth(module: Any, directory: str, href: str) -> None:
    document = module.render(feed_of(edition(story(), directory=directory))).decode()
    assert document.splitlines()[1] == f'<?xml-stylesheet type="text/css" href="{href}"?>'


def test_the_stylesheet_is_shipped() -> None:
    assert "@namespace atom" in (templates_dir() / STYLESHEET).read_text(encoding="utf-8")


# Logos ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("url", "in_rss"), LOGOS.values(), ids=LOGOS)
def test_only_bitmaps_are_an_rss_image(url: str, in_rss: bool) -> None:
    made = edition(story(), site=site(logo=url))
    assert xpath(rss.render(feed_of(made)), "channel/image/url/text()") == [url] * in_rss
    assert xpath(atom.render(feed_of(made)), "a:logo/text()") == [url]


def test_a_topic_has_its_own_logo_and_copyright() -> None:
    made = edition(site=FULL_SITE, topic=topic(logo="https://x.example/own.png", copyright="© Own"))
    assert xpath(rss.render(feed_of(made)), "channel/image/url/text() | channel/copyright/text()") == [
        "© Own",
        "https://x.example/own.png",
    ]
    document = atom.render(feed_of(made))
    assert xpath(document, "a:logo/text() | a:rights/text()") == [
        "https://x.example/own.png",
        "© Own",
    ]


def test_an_author_without_an_address_is_the_channels_creator() -> None:
    assert xpath(rss.render(feed_of(edition())), "channel/dc:creator/text()") == ["Ada"]
    assert xpath(rss.render(feed_of(edition(site=site(author=None)))), "channel/dc:creator/text()") == ["Smart News"]


# Hostile texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_are_shown_and_nothing_else(text: str) -> None:
    made = everywhere(text)
    shown = entry.clean(text)
    for document in (rss.render(feed_of(made)), atom.render(feed_of(made))):
        assert not feedparser.parse(document).bozo
    said = json.loads(json_feed.render(feed_of(made)))["items"][0]
    assert said["title"].replace("\u2060", "").replace("\uff1c", "<") == (shown or SCAN_ID.replace("scan", "one"))
    document = html.fragment_fromstring(said["content_html"])
    assert {e.tag for e in document.iter()} <= {"div", "p", "a", "img", "h2", "ul", "li", "br"}
    assert shown in " ".join(document.text_content().split())
    listparser.parse(opml.render(made.site, [made.topic]))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_readers_that_take_titles_for_html_show_the_text(text: str) -> None:
    title = entry.literal(text)
    if title:
        assert html.fragment_fromstring(f"<p>{title}</p>").text_content() == title


LITERAL = {
    "AT&T": "AT&T",
    "1 < 2 & 3 > 2": "1 \uff1c 2 & 3 > 2",
    "a <b> c": "a \uff1c\u2060b> c",
    "&copy; &#65; &#x41;": "&\u2060copy; &\u2060#65; &\u2060#x41;",
    "Q&A, R&D, H&M": "Q&A, R&D, H&M",
    "I <3 U": "I \uff1c3 U",
}


@pytest.mark.parametrize(("text", "expected"), LITERAL.items(), ids=LITERAL)
def test_only_what_looks_like_markup_is_marked(text: str, expected: str) -> None:
    assert entry.literal(text) == expected
    assert entry.literal(expected) == expected


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_no_title_is_cut_at_a_less_than_sign(text: str) -> None:
    """QuiteRSS takes titles for HTML, and drops what follows a `<` up to the next `>`."""
    title = entry.literal(text)
    assert "<" not in title
    assert entry.literal(title) == title


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_no_text_whatever_breaks_a_document(text: str) -> None:
    made = everywhere(text)
    for document in (rss.render(feed_of(made)), atom.render(feed_of(made)), opml.render(made.site, [made.topic])):
        xml(document)
    json.loads(json_feed.render(feed_of(made)).decode())


# What never appears --------------------------------------------------------------------------------------------------


@each_format
def test_every_address_is_absolute(format_: Format) -> None:
    document = format_.render(feed_of(RICH)).decode().replace(f'href="../{STYLESHEET}"', "")
    addresses = re.findall(r"""(?:href|src|url|uri)\\?=\\?["']([^"'\\]+)""", document)
    assert addresses or format_.file_name == JSON
    assert [a for a in addresses if not a.startswith(("https://", "http://"))] == []


@each_format
def test_an_issue_is_laid_out_like_any_edition(format_: Format) -> None:
    assert format_.render(feed_of(issue(SCAN)))


@each_format
def test_formats_know_their_names(format_: Format) -> None:
    assert RICH.url(format_.file_name) in format_.render(feed_of(RICH)).decode()
    assert format_.media_type.startswith("application/")
