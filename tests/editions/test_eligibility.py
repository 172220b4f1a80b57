from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.editions.eligibility import by_topic, fold, ineligible, unpublishable
from feeds.editions.periods import period_by_id, period_of
from feeds.items.validate import without_tracking
from feeds.model import Candidate, PeriodKind, Rules
from support.examples import NOW, candidate, coverage, item, topic, utc

OUT = {
    "not published": ({"is_published": False}, "unpublished"),
    "tomorrow": ({"published": NOW + timedelta(seconds=1)}, "future"),
    "no topic": ({"topics": ()}, "no-topic"),
    "poor": ({"quality": 49}, "low-quality"),
    "poor and not published: one reason": ({"quality": 49, "is_published": False}, "low-quality"),
}


@pytest.mark.parametrize(("changes", "code"), OUT.values(), ids=OUT)
def test_who_is_out(changes: dict[str, Any], code: str) -> None:
    reason = ineligible(item(**changes), topic(), NOW)
    assert reason
    assert reason.code == code
    assert reason.message


IN = {
    "of just enough quality": {"quality": 50},
    "of this very second": {"published": NOW},
    "without an excerpt": {"excerpt": ""},
}


@pytest.mark.parametrize("changes", IN.values(), ids=IN)
def test_who_is_in(changes: dict[str, Any]) -> None:
    assert ineligible(item(**changes), topic(), NOW) is None
    assert unpublishable(item(**changes), NOW) is None


def test_a_topic_has_its_own_bar() -> None:
    assert ineligible(item(quality=30), topic(rules=Rules(min_quality=30)), NOW) is None
    assert ineligible(item(quality=60), topic(rules=Rules(min_quality=61)), NOW)


WINNERS = {
    "hotter": ({"quality": 90, "heat": 90}, {"quality": 80, "heat": 100}, "b"),
    "as hot, better": ({"quality": 80, "heat": 100}, {"quality": 90, "heat": 100}, "b"),
    "as hot and good, newer": ({"published": utc("2021-01-20")}, {"published": utc("2021-01-21")}, "b"),
    "all the same: the first path": ({}, {}, "a"),
    "a draft never wins": ({}, {"heat": 500, "is_published": False}, "a"),
    "one still to come never wins": ({}, {"heat": 500, "published": NOW + timedelta(days=1)}, "a"),
    "one too poor never wins": ({}, {"heat": 500, "quality": 10}, "a"),
}


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
@pytest.mark.parametrize(("a", "b", "winner"), WINNERS.values(), ids=WINNERS)
def test_the_better_copy_stays(a: dict[str, Any], b: dict[str, Any], winner: str, *, backwards: bool) -> None:
    copies = [
        candidate("x", path="a", url="https://www.paper.example/x?utm_source=y", **a),
        candidate("x", path="b", url="http://paper.example/x/", **b),
    ]
    folded = fold(reversed(copies) if backwards else copies, 50, NOW)
    assert [i.path for i in folded.candidates] == [winner]
    assert {path: kept.path for path, kept in folded.duplicates.items()} == {("b" if winner == "a" else "a"): winner}


def test_copies_unite_their_topics_unless_they_are_drafts() -> None:
    copies = [
        candidate("x", path="a", heat=90, topics=("AI",)),
        candidate("x", path="b", heat=80, topics=("Chess", "AI")),
        candidate("x", path="c", heat=70, topics=("Secret",), is_published=False),
    ]
    (kept,) = fold(copies, 50, NOW).candidates
    assert kept.topics == ("AI", "Chess")


def test_different_articles_stay_apart() -> None:
    folded = fold([candidate("a"), candidate("b")], 50, NOW)
    assert len(folded.candidates) == 2
    assert not folded.duplicates


def _paths(items: dict[str, list[Candidate]]) -> dict[str, list[str]]:
    return {slug: [i.path for i in found] for slug, found in items.items()}


def test_items_by_topic() -> None:
    topics = [topic("AI"), topic("Computer Vision", slug="cv", parent="AI"), topic("Edges", parent="Computer Vision")]
    items = [
        candidate("a", path="a", topics=("ai", "AI")),
        candidate("b", path="b", topics=("computer vision",)),
        candidate("c", path="c", topics=("Edges", "CV")),
        candidate("d", path="d", topics=("Chess",)),
    ]
    assert _paths(by_topic(items, topics)) == {"ai": ["a", "b", "c"], "cv": ["b", "c"], "edges": ["c"]}


def test_everything_has_everything_once() -> None:
    topics = [topic("AI"), topic("*", slug="all")]
    items = [candidate("a", path="a", topics=("AI",)), candidate("b", path="b", topics=("Chess",))]
    assert _paths(by_topic(items, topics)) == {"ai": ["a"], "all": ["a", "b"]}


BERLIN = ZoneInfo("Europe/Berlin")
PERIODS = {
    "week": ("2021-01-26 17:45", "week", UTC, 0, "2021-W04", "2021-01-25 00:00", "2021-02-01 00:00"),
    "its first second": ("2021-01-25 00:00", "week", UTC, 0, "2021-W04", "2021-01-25 00:00", "2021-02-01 00:00"),
    "its end is another's": ("2021-02-01 00:00", "week", UTC, 0, "2021-W05", "2021-02-01 00:00", "2021-02-08 00:00"),
    "week of last year": ("2021-01-01 12:00", "week", UTC, 0, "2020-W53", "2020-12-28 00:00", "2021-01-04 00:00"),
    "week from Sunday": ("2021-01-24 12:00", "week", UTC, 6, "2021-W04", "2021-01-24 00:00", "2021-01-31 00:00"),
    "week from Saturday": ("2021-01-23 12:00", "week", UTC, 5, "2021-W04", "2021-01-23 00:00", "2021-01-30 00:00"),
    "week from Friday": ("2021-01-21 12:00", "week", UTC, 4, "2021-W03", "2021-01-15 00:00", "2021-01-22 00:00"),
    "day": ("2021-01-26 23:59", "day", UTC, 0, "2021-01-26", "2021-01-26 00:00", "2021-01-27 00:00"),
    "day elsewhere": ("2021-01-26 23:30", "day", BERLIN, 0, "2021-01-27", "2021-01-26 23:00", "2021-01-27 23:00"),
    "day of 23 hours": ("2021-03-28 12:00", "day", BERLIN, 0, "2021-03-28", "2021-03-27 23:00", "2021-03-28 22:00"),
    "month": ("2021-12-31 23:59", "month", UTC, 0, "2021-12", "2021-12-01 00:00", "2022-01-01 00:00"),
    "month elsewhere": ("2021-12-31 23:30", "month", BERLIN, 0, "2022-01", "2021-12-31 23:00", "2022-01-31 23:00"),
    "no midnight that day": (
        "2019-11-03 12:00", "day", ZoneInfo("America/Havana"), 0, "2019-11-03", "2019-11-03 04:00", "2019-11-04 05:00",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("when", "kind", "zone", "weekday", "id_", "start", "end"), PERIODS.values(), ids=PERIODS)
def test_periods(when: str, kind: PeriodKind, zone: ZoneInfo, weekday: int, id_: str, start: str, end: str) -> None:
    period = period_of(utc(when), kind, zone, weekday)
    assert (period.id, period.start, period.end) == (id_, utc(start), utc(end))
    assert period_by_id(id_, kind, zone, weekday) == period


@pytest.mark.parametrize(
    "name", ["", "2021", "2021-W54", "2021-W4", "2021-W00", "2021-1-26", "x", "0000-W01", "9999-W60"]
)
def test_what_is_no_week(name: str) -> None:
    with pytest.raises(ValueError, match="use the form 2021-W04"):
        period_by_id(name, "week", UTC)


INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/Havana", "Pacific/Apia", "Asia/Kathmandu", "Asia/Beirut"])
KINDS = st.sampled_from(["day", "week", "month"])


@given(INSTANTS, KINDS, ZONES.map(ZoneInfo), st.integers(0, 6))
def test_each_instant_is_in_one_half_open_period(
    when: datetime, kind: PeriodKind, zone: ZoneInfo, weekday: int
) -> None:
    period = period_of(when, kind, zone, weekday)
    assert period.start <= when < period.end
    assert period_of(period.start, kind, zone, weekday) == period
    after = period_of(period.end, kind, zone, weekday)
    assert after.start == period.end
    assert after.id > period.id
    assert period_by_id(period.id, kind, zone, weekday) == period


def test_coverage_does_not_count_as_a_copy() -> None:
    assert len(fold([candidate("a", related=(coverage("b"),)), candidate("b")], 50, NOW).candidates) == 2


def test_tracking_parameters_leave_links_and_ids_stay() -> None:
    url = "https://paper.example/one?utm_source=x&id=1"
    stripped = without_tracking(item("one", url=url, related=(coverage("b", url="https://b.example/?fbclid=1"),)))
    assert (stripped.url, stripped.related[0].url) == ("https://paper.example/one?id=1", "https://b.example/")
    assert stripped.id == item("one", url=url).id == "https://paper.example/one?id=1"
