"""The dates of feeds: at most three digits of a fraction, only where dates would be equal, and never two the same."""

from datetime import datetime, timedelta

import pytest

from feeds.renderers.syndication.dates import distinct, distinct_timestamp, timestamp
from support.examples import utc

NOON = utc("2021-01-26 12:00")
LATER = NOON + timedelta(seconds=1)


def ids(number: int) -> list[str]:
    return [f"https://paper.example/{n}" for n in range(number)]


def test_a_date_of_its_own_has_no_fraction() -> None:
    assert distinct([(NOON, "a"), (LATER, "b")]) == {"a": NOON, "b": LATER}


def test_a_fraction_is_made_of_the_id_alone() -> None:
    two = distinct([(NOON, "a"), (NOON, "b")])
    assert distinct([(NOON, "c"), (NOON, "b"), (NOON, "a"), (LATER, "d")]).items() >= two.items()


@pytest.mark.parametrize(("stories", "seconds"), {2: 1, 500: 1, 501: 2, 5000: 10}.items())
def test_the_stories_of_a_second_stay_apart(stories: int, seconds: int) -> None:
    found = distinct((NOON, id_) for id_ in ids(stories))
    assert len(set(map(distinct_timestamp, found.values()))) == stories
    assert {date.replace(microsecond=0) - NOON for date in found.values()} == {
        timedelta(seconds=n) for n in range(seconds)
    }


def test_the_rest_of_a_full_second_stays_apart_from_the_next() -> None:
    dates = dict.fromkeys(ids(700), NOON) | {f"next-{n}": LATER for n in range(400)} | {"z": LATER + (LATER - NOON)}
    found = distinct((date, id_) for id_, date in dates.items())
    assert len(set(found.values())) == len(dates)
    assert all(found[id_] >= date for id_, date in dates.items())


def test_the_order_does_not_matter() -> None:
    dates = [(NOON, id_) for id_ in ids(600)]
    assert distinct(dates) == distinct(reversed(dates))


def test_no_reader_that_rounds_shows_the_next_second() -> None:
    assert max(date.microsecond for date in distinct((NOON, id_) for id_ in ids(500)).values()) < 500_000


@pytest.mark.parametrize(
    ("when", "whole", "with_fraction"),
    [
        pytest.param(NOON, "2021-01-26T12:00:00Z", "2021-01-26T12:00:00Z", id="whole second"),
        pytest.param(NOON.replace(microsecond=7000), "2021-01-26T12:00:00Z", "2021-01-26T12:00:00.007Z", id="fraction"),
        pytest.param(
            datetime.fromisoformat("2021-01-27T02:45:00+09:00"),
            "2021-01-26T17:45:00Z",
            "2021-01-26T17:45:00Z",
            id="Tokyo",
        ),
    ],
)
def test_written_dates(when: datetime, whole: str, with_fraction: str) -> None:
    assert (timestamp(when), distinct_timestamp(when)) == (whole, with_fraction)
