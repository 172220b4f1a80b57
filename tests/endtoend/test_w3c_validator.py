"""The W3C feed validator finds no error and no warning, judging each document at its public URL.

It is not on PyPI: FEEDVALIDATOR names the `src` directory of a checkout of github.com/w3c/feedvalidator. The validator
itself needs html5lib and lxml.
"""

import importlib
import io
import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bench.generate import generate
from feeds.config.load import load_config
from feeds.config.look import DigestLook
from feeds.config.mailing_tools import profile
from feeds.editions.editorial import parse
from feeds.media_types import ATOM, MEDIA_TYPES, OPML, RSS
from feeds.model import Edition, Editorial, Period, Section
from feeds.pipeline import build
from feeds.renderers.syndication import atom, opml, rss
from feeds.renderers.syndication.feed import Feed, feed_of
from feeds.renderers.syndication.issues import issue_feed
from support.digests import edited, everything, evil
from support.editions import ARABIC, ARCHIVE, EMPTY, FULL_SITE, GROWING, HOSTILE, LOGOS, MANY, RICH, everywhere
from support.examples import PICTURE, coverage, edition, issue, site, story, topic, utc
from support.places import TESTS

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SOURCE = os.environ.get("FEEDVALIDATOR", "")
GOLDEN = TESTS / "golden" / "syndication"

pytestmark = pytest.mark.skipif(
    not SOURCE, reason="FEEDVALIDATOR is not set to the src directory of a checkout of github.com/w3c/feedvalidator"
)

Judge = Callable[..., list[str]]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """Names and parameters of what is wrong with a document, published at a URL."""
    timeout = socket.getdefaulttimeout()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SOURCE)
        validator: Any = importlib.import_module("feedvalidator")
        events: Any = importlib.import_module("feedvalidator.logging")

        def findings(document: bytes, url: str, media_type: str | None = None) -> list[str]:
            result = validator.validateStream(io.BytesIO(document), contentType=media_type, base=url)
            # Left out is what praises (Success: "this is a valid date") and what only informs (Info: "there is a
            # namespace that I do not know"), as on validator.w3.org. Whatever else may come counts.
            wrong = (e for e in result["loggedEvents"] if not isinstance(e, events.Success | events.Info))
            return [f"{type(e).__name__} {e.params}" for e in wrong]

        yield findings
    socket.setdefaulttimeout(timeout)  # which the import has changed


def wrong_with(judge: Judge, made: Edition) -> list[str]:
    return wrong_with_feed(judge, feed_of(made))


def wrong_with_feed(judge: Judge, feed: Feed) -> list[str]:
    return [
        finding
        for name, render in {RSS: rss.render, ATOM: atom.render}.items()
        for finding in judge(render(feed), feed.edition.url(name), f"{MEDIA_TYPES[name]}; charset=utf-8")
    ]


def archive(**changes: Any) -> Edition:
    return replace(ARCHIVE, **changes)


EDITIONS = {
    "rich": RICH,
    "empty": EMPTY,
    "empty, never updated": edition(),
    "one story": edition(story()),
    "fifty stories": MANY,
    "full site": edition(story(images=(PICTURE,)), site=FULL_SITE),
    "no author": edition(story(), site=site(author=None)),
    "same dates": edition(*(story(f"s{n}", published=utc("2021-01-26")) for n in range(200))),
    "5,000 stories of one second": edition(*(story(f"s{n}", published=utc("2021-01-26")) for n in range(5000))),
    "videos": edition(
        story("page", type="video", images=(PICTURE,)),
        story("file", type="video", url="https://video.example/a.mp4"),
        story("covered", coverage("v", type="video")),
    ),
    "right to left": edition(
        story("one", coverage("a", title=ARABIC), title=ARABIC, excerpt=ARABIC, topics=(ARABIC,)),
        topic=topic(title=ARABIC, description=ARABIC, language="ar"),
    ),
    "how often it changes": edition(story(), site=site(update="daily")),
    "archive between others": ARCHIVE,
    "first archive": archive(prev_archive=""),
    "newest archive": GROWING,
    "only archive": archive(prev_archive="", next_archive=""),
    "empty archive": replace(ARCHIVE, stories=()),
}
ISSUES: dict[str, list[Edition]] = {
    "no issue": [],
    "a note, a sponsor and sections": [edited(), everything()],
    "hostile texts": [evil()],
    "right to left": [
        issue(
            story("one", coverage("a", title=ARABIC), title=ARABIC, excerpt=ARABIC),
            topic=topic(title=ARABIC, language="ar"),
            editorial=Editorial(path="i.md", note=f"{ARABIC} *{ARABIC}*"),
        )
    ],
    "videos": [issue(story("page", type="video", images=(PICTURE,)))],
}
ADDRESSES = (
    "https://x.example/a?b=c&d=e",
    "https://x.example/%E2%82%AC/%2F?q=%26",
    "https://x.example/a'b(c)*!~;$,@:=+",
    "https://x.example:8080/a//b/",
    "http://xn--bcher-kva.example/",
    "https://x.example/?a=%5B1%5D#top",
)


@pytest.mark.parametrize("made", EDITIONS.values(), ids=EDITIONS)
def test_editions(judge: Judge, made: Edition) -> None:
    assert wrong_with(judge, made) == []


def feed_of_issues(*issues: Edition) -> Feed:
    of = replace(issues[0].topic if issues else topic(), id="https://news.example/ai/")
    made = [
        replace(
            issue,
            topic=of,
            period=Period(f"2021-W{4 - n:02}", utc("2021-01-01"), utc(f"2021-01-{31 - n}")),
            sections=issue.sections or (Section("", issue.stories),),
        )
        for n, issue in enumerate(issues)
    ]
    return issue_feed(edition(topic=of, directory=f"{of.slug}/issues"), made, DigestLook(), [profile("mailchimp")])


@pytest.mark.parametrize("issues", ISSUES.values(), ids=ISSUES)
def test_feeds_of_issues(judge: Judge, issues: list[Edition]) -> None:
    assert wrong_with_feed(judge, feed_of_issues(*issues)) == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_notes(judge: Judge, text: str) -> None:
    editorial, _ = parse(f"---\n---\n{text}\n".encode(errors="replace"), "issues/ai/2021-W04.md")
    assert wrong_with_feed(judge, feed_of_issues(replace(edited(), editorial=editorial))) == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts(judge: Judge, text: str) -> None:
    assert wrong_with(judge, everywhere(text)) == []


@pytest.mark.parametrize("tag", ["en", "en-US", "de", "fr", "es", "ja", "ar", "pt-BR", "zh-Hant-TW"])
def test_languages(judge: Judge, tag: str) -> None:
    made = edition(story("one", coverage(), language="fr"), story("two", language="ar"), topic=topic(language=tag))
    assert wrong_with(judge, made) == []


@pytest.mark.parametrize("url", ADDRESSES)
def test_addresses(judge: Judge, url: str) -> None:
    assert wrong_with(judge, edition(story("one", coverage("a", url=url), url=url))) == []


@pytest.mark.parametrize("url", [url for url, _ in LOGOS.values()], ids=LOGOS)
def test_logos(judge: Judge, url: str) -> None:
    assert wrong_with(judge, edition(story(), site=site(logo=url, icon=url))) == []


@pytest.mark.parametrize("made", [RICH, ARCHIVE, EMPTY], ids=["rich", "archive", "empty"])
@pytest.mark.parametrize("name", [RSS, ATOM])
def test_golden_files(judge: Judge, made: Edition, name: str) -> None:
    folder = {id(RICH): "rich", id(ARCHIVE): "archive", id(EMPTY): "empty"}[id(made)]
    assert judge((GOLDEN / folder / name).read_bytes(), made.url(name), MEDIA_TYPES[name]) == []


def test_opml(judge: Judge) -> None:
    made = opml.render(FULL_SITE, [topic("AI"), topic("C++", slug="c-plus-plus", title="C++ & more")])
    assert judge(made, FULL_SITE.base_url + OPML) == []


SITE = 'title = "Generated"\nbase_url = "https://news.example/"\n[feed]\narchive = true\nall = true\n'


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """out/ of 1,000 generated items, with archives."""
    root = tmp_path_factory.mktemp("thousand")
    generate(root / "seeds", 1000)
    (root / "feeds.toml").write_text(SITE, encoding="utf-8")
    build(load_config(start=root), NOW)
    return root / "out"


def test_every_document_of_a_thousand_items(judge: Judge, thousand: Path) -> None:
    paths = sorted(p for p in thousand.rglob("*.xml") if p.name in MEDIA_TYPES)  # a sitemap is no feed
    assert sum("archive" in p.parts for p in paths) > 20
    assert sum(p.parent.name == "issues" and b"<content" in p.read_bytes() for p in paths) > 10
    for path in paths:
        url = f"https://news.example/{path.relative_to(thousand).as_posix()}"
        assert judge(path.read_bytes(), url, MEDIA_TYPES[path.name]) == [], path


# That silence means something: each of these would be heard.
BREAKAGES = {
    "no self link": (ATOM, b'rel="self"', b'rel="via"', "MissingSelf"),
    "another address": (RSS, b"https://news.example/ai/rss.xml", b"https://old.example/rss.xml", "SelfDoesntMatch"),
    "the same date twice": (
        ATOM,
        b"2021-01-25T00:00:00Z</updated>",
        b"2021-01-27T12:36:00Z</updated>",
        "DuplicateUpdated",
    ),
    "style": (RSS, b"&lt;h2&gt;", b'&lt;h2 style="max-width: 1px"&gt;', "DangerousStyleAttr"),
    "script": (ATOM, b"&lt;h2&gt;", b"&lt;script&gt;x&lt;/script&gt;&lt;h2&gt;", "SecurityRisk"),
    "a date too early": (RSS, b"Tue, 26 Jan 2021", b"Tue, 26 Jan 1971", "ImplausibleDate"),
    "markup in a title": (RSS, b"<title>Title of bare", b"<title>&lt;b&gt;Title&lt;/b&gt; of bare", "ContainsHTML"),
    "a group around a picture": (RSS, b"<media:thumbnail", b"<media:group/><media:thumbnail", "MediaGroup"),
}


@pytest.mark.parametrize(("name", "old", "new", "event"), BREAKAGES.values(), ids=BREAKAGES)
def test_the_validator_hears_what_is_wrong(judge: Judge, name: str, old: bytes, new: bytes, event: str) -> None:
    document = {RSS: rss.render, ATOM: atom.render}[name](feed_of(RICH))
    assert old in document
    found = judge(document.replace(old, new), RICH.url(name), MEDIA_TYPES[name])
    assert any(finding.startswith(event) for finding in found), found
