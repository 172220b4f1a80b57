"""A feed's date never stays, and never goes back, when its content changes."""

from random import Random

import pytest

from feeds.renderers.syndication.feed import feed_of
from feeds.renderers.syndication.feed_date import FeedDate, dated, parsed
from feeds.renderers.syndication.feed_date import published as recalled
from feeds.renderers.syndication.formats import FORMATS, Format
from support.examples import edition, story, utc

WITH_DATE = [f for f in FORMATS if f.name != "json"]


def published(format_: Format, previous: FeedDate | None, *titles: str, day: str = "2021-01-26") -> FeedDate:
    made = edition(*(story(t, title=t, published=utc(day)) for t in titles))
    document, date = dated(format_.render(feed_of(made)), previous)
    assert date
    assert date.updated.encode() in document
    return date


@pytest.mark.parametrize("format_", WITH_DATE, ids=lambda f: f.name)
def test_the_date_of_changed_content_is_later(format_: Format) -> None:
    first = published(format_, None, "one")
    assert published(format_, first, "one") == first
    second = published(format_, first, "one", "two")
    assert second.updated != first.updated
    assert second.fingerprint != first.fingerprint
    assert published(format_, second, "one", "two") == second
    back = published(format_, second, "one", day="2021-01-02")
    assert back.updated not in (first.updated, second.updated)


@pytest.mark.parametrize("format_", WITH_DATE, ids=lambda f: f.name)
def test_it_only_ever_grows(format_: Format) -> None:
    random, date = Random(1), None
    for _ in range(60):
        titles = random.sample(["a", "b", "c", "d"], random.randrange(1, 5))
        before, date = date, published(format_, date, *titles, day=f"2021-01-{random.randrange(1, 29):02}")
        if before and before.fingerprint != date.fingerprint:
            assert parsed(date.updated) > parsed(before.updated)


@pytest.mark.parametrize("format_", WITH_DATE, ids=lambda f: f.name)
def test_a_release_moves_no_date(format_: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    first = published(format_, None, "one")
    monkeypatch.setattr(format_.render.__module__ + ".version", lambda: "99.0")
    assert b"99.0" in format_.render(feed_of(edition(story("one"))))
    assert published(format_, first, "one") == first
    assert published(format_, first, "two").updated != first.updated


def test_json_feed_has_no_date() -> None:
    (json_feed,) = (f for f in FORMATS if f.name == "json")
    document = json_feed.render(feed_of(edition(story())))
    assert dated(document, None) == (document, None)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(None, id="missing"),
        pytest.param(b"", id="empty"),
        pytest.param(b'{"items":[]}', id="JSON Feed"),
        pytest.param(b"<updated>yesterday</updated>", id="no date"),
        pytest.param(b"<updated>2021-01-26T12:00:00Z", id="cut off"),
        pytest.param(b"<updated>\xff</updated>", id="not UTF-8"),
        pytest.param(b"<updated>9999-12-31T23:59:59Z</updated>", id="too late to grow"),
        pytest.param(b"<updated>0001-01-01T00:00:00+05:00</updated>", id="too early for UTC"),
        pytest.param(b"<updated>2021-01-26T12:00:00</updated>", id="no time zone"),
        pytest.param(b"<lastBuildDate>Tue, 99 Jan 2021 12:00:00 +0000</lastBuildDate>", id="no day"),
    ],
)
def test_a_damaged_document_has_no_date(document: bytes | None) -> None:
    assert recalled({"atom.xml": document}) == {}
