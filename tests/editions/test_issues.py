"""Issues close when their period ends, and lose no story."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.config.options import DigestOptions
from feeds.editions.explain import Found, explain
from feeds.editions.plan import Plan, TopicPlan, plan
from feeds.editions.stories import candidate_of, edition_of, story_of
from feeds.model import Candidate, EditionPlan, Item, Story
from feeds.renderers import manifest
from feeds.renderers.manifest import PreviousBuild
from support.examples import coverage, item, site, utc

NEW = PreviousBuild()


class Night:
    """One nightly build as far as it plans and remembers."""

    def __init__(
        self,
        items: Sequence[Item],
        now: str | datetime,
        before: "Night | None" = None,
        broken: Iterable[str] = (),
        **digest: Any,
    ) -> None:
        when = utc(now) if isinstance(now, str) else now
        self.config = Config(root=Path(), site=site(), sources=(), out=Path(), digest=DigestOptions(**digest))
        self.items = {i.path: i for i in items}
        self.now = when
        previous = before.manifest if before else NEW
        candidates = [candidate_of(i, when, i.id.encode()) for i in items]
        self.plan: Plan = plan(self.config, candidates, when, previous.promises, broken=frozenset(broken))
        data = manifest.render(
            self.config,
            self.plan,
            {},
            dates={},
            made=[p.topic.slug for p in self.plan.all],
            previous=previous,
            files=(),
        )
        self.manifest: PreviousBuild = manifest.read(data)

    @property
    def topic(self) -> TopicPlan:
        return next(t for t in self.plan.topics if t.topic.slug == "ai")

    @property
    def issues(self) -> dict[str, list[str]]:
        """The names of the stories in each issue that is built, keyed by the issue's id."""
        return {e.period.id: [_name(s) for s in e.stories] for e in self.topic.issues.all if e.period}

    @property
    def closed(self) -> dict[str, list[str]]:
        entry = self.manifest.entries["ai"]
        return {issue.id: [s.id.rsplit("/", 1)[1] for s in issue.stories] for issue in entry.closed}

    def coverage(self, issue: EditionPlan) -> dict[str, list[str]]:
        def load(candidate: Candidate) -> Story:
            return story_of(candidate, self.items[candidate.path], self.now)

        return {_name(s.lead): [c.title for c in s.coverage] for s in edition_of(issue, load).stories}


def _name(story: Candidate | Item) -> str:
    return story.id.rsplit("/", 1)[1]


def week(number: int, name: str, **changes: Any) -> Item:
    """An item of the Tuesday of that week of 2021."""
    return item(name, published=utc("2021-01-05") + timedelta(weeks=number - 1), **changes)


MONDAY = "2021-02-01 06:00"  # W05 has just begun


def test_the_first_build_closes_what_is_over() -> None:
    night = Night([week(3, "a"), week(4, "b"), item("c", published=utc("2021-02-01"))], MONDAY)
    assert night.issues == {"2021-W05": ["c"], "2021-W04": ["b"], "2021-W03": ["a"]}
    assert night.closed == {"2021-W04": ["b"], "2021-W03": ["a"]}


@pytest.mark.parametrize(("choice", "wanted"), [("closed", "2021-W04"), ("open", "2021-W05")], ids=["closed", "open"])
def test_the_current_issue(choice: str, wanted: str) -> None:
    current = Night([week(4, "b"), week(5, "c")], "2021-02-03", current=choice).topic.issues.current
    assert current and current.period and current.period.id == wanted  # noqa: PT018


def test_while_none_is_closed_the_open_issue_is_the_current_one() -> None:
    issues = Night([week(5, "c")], "2021-02-03").topic.issues
    assert issues.current is issues.open is not None


def test_mail_is_written_for_the_open_and_the_newest_closed_issue() -> None:
    issues = Night([week(n, f"{n}") for n in range(1, 6)], "2021-02-03").topic.issues
    assert [issues.has_mail(i) for i in issues.newest] == [True, True, False, False, False]


def test_a_closed_issue_keeps_its_order_and_its_coverage() -> None:
    a, b = week(4, "a", heat=90, related=(coverage("one"),)), week(4, "b", heat=80)
    first = Night([a, b], MONDAY)
    grown = replace(b, heat=999, related=(coverage("new"),))
    second = Night([replace(a, related=(*a.related, coverage("two"))), grown], "2021-02-03", first)
    assert second.closed == first.closed == {"2021-W04": ["a", "b"]}
    (issue,) = second.topic.issues.newest
    assert second.coverage(issue) == {"a": ["What one says"], "b": []}


def test_a_poorer_story_stays_in_its_closed_issue() -> None:
    first = Night([week(4, "a"), week(4, "b")], MONDAY)
    second = Night([week(4, "a"), week(4, "b", quality=1)], MONDAY, first)
    assert second.issues == {"2021-W04": ["a", "b"]}
    assert [_name(s) for s in second.topic.feed.stories] == ["a"]


def test_what_is_taken_back_vanishes_and_is_late_when_it_comes_back() -> None:
    both = [week(4, "a"), week(4, "b")]
    first = Night(both, MONDAY)
    second = Night([both[0], replace(both[1], is_published=False)], MONDAY, first)
    assert second.issues == {"2021-W04": ["a"]}
    assert second.topic.issues.newest[0].lost == (both[1].id,)
    assert "/b" not in str(second.manifest)
    assert Night(both, MONDAY, second).issues == {"2021-W05": ["b"], "2021-W04": ["a"]}
    gone = Night([], MONDAY, second)
    assert gone.topic.issues.withdrawn == ("ai/issues/2021-W04",)


def test_a_broken_document_leaves_its_issue_as_it_is_unless_another_story_goes() -> None:
    a, b, c = week(4, "a"), week(4, "b"), week(4, "c")
    first = Night([a, b, c], MONDAY)
    kept = Night([a, c], MONDAY, first, broken=[b.id]).topic.issues.newest[0]
    assert (kept.is_kept, kept.lost) == (True, ())
    made = Night([a], MONDAY, first, broken=[b.id]).topic.issues.newest[0]
    assert (made.is_kept, made.lost) == (False, (c.id,))
    assert not Night([], MONDAY, first, broken=[a.id, b.id, c.id]).topic.issues.withdrawn


LATE = {
    "in time": ("2021-02-02", "2021-02-03", "2021-W05"),
    "a few days late": ("2021-01-26", "2021-02-03", "2021-W05"),
    "a week late": ("2021-01-26", "2021-02-07 23:59", "2021-W05"),
    "too late, its week has an issue": ("2021-01-26", "2021-02-09", None),
    "too late, its week has no issue": ("2021-01-12", "2021-02-09", "2021-W02"),
}


@pytest.mark.parametrize(("dated", "arrives", "issue"), LATE.values(), ids=LATE)
def test_late_stories(dated: str, arrives: str, issue: str | None) -> None:
    a = week(4, "a")
    first = Night([a], MONDAY)
    late = item("late", published=utc(dated))
    second = Night([a, late], arrives, first)
    assert [i for i, names in second.issues.items() if "late" in names] == ([issue] if issue else [])
    assert second.topic.issues.too_late == (set() if issue else {late.id})
    assert [_name(s) for s in second.topic.feed.stories].count("late") == 1


def test_a_late_story_stays_in_the_issue_that_it_was_placed_in() -> None:
    a, late = week(4, "a"), item("late", published=utc("2021-01-26"))
    night = Night([a], MONDAY)
    for now in ("2021-02-03", "2021-02-07", "2021-02-08", "2021-02-16"):
        night = Night([a, late], now, night)
        assert night.issues["2021-W05"] == ["late"]
    assert night.closed["2021-W05"] == ["late"]


CHANGES: dict[str, dict[str, Any]] = {
    "zone": {"timezone": "Pacific/Auckland"},
    "weekday": {"first_weekday": "thursday"},
    "months": {"period": "month"},
    "days": {"period": "day"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_period_moves_no_recorded_story(change: dict[str, Any]) -> None:
    items = [week(n, f"{n}") for n in (3, 4)]
    first = Night(items, MONDAY)
    second = Night([*items, item("new", published=utc("2021-02-01"))], "2021-02-02", first, **change)
    assert {k: v for k, v in second.closed.items() if k in first.closed} == first.closed
    assert [names for names in second.issues.values() if "new" in names] == [["new"]]


def test_without_a_manifest_closed_issues_come_out_by_their_dates() -> None:
    items = [week(n, f"{n}") for n in (2, 3, 4)]
    night = Night(items[:1], "2021-01-18")
    night = Night(items, MONDAY, Night(items[:2], "2021-01-25", night))
    assert Night(items, MONDAY).closed == night.closed


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("period", ["week", "day", "month"])
def test_no_story_is_ever_in_two_issues_and_none_is_lost(seed: int, period: str) -> None:
    random = Random(seed)
    now = utc("2021-01-04 03:00")
    items = {"0": item("0", published=now)}
    night: Night | None = None
    in_time: set[str] = set()
    for number in range(60):
        now += timedelta(hours=random.choice([24, 24, 24, 72]))
        for n in range(random.randrange(4)):
            age = timedelta(hours=random.choice([1, 5, 20, 20, 100, 400]))
            name = f"{number}-{n}"
            items[name] = item(name, published=now - age, heat=random.randrange(200), quality=60)
            if age < timedelta(hours=24):
                in_time.add(name)
        for name in random.sample(sorted(items), min(2, len(items))) if number else ():
            match random.randrange(4):
                case 0:
                    items[name] = replace(items[name], heat=random.randrange(300))
                case 1:
                    items[name] = replace(items[name], related=(*items[name].related, coverage(f"c{number}")))
                case 2 if name != "0":
                    items[name] = replace(items[name], is_published=False)
                    in_time.discard(name)
                case _:
                    items[name] = replace(items[name], quality=random.choice([10, 90]))
                    in_time.discard(name)  # it may have been too poor when its issue was closed
        before, night = night, Night(list(items.values()), now, night, period=period, issues="all")
        _check(before, night, in_time, {n for n, i in items.items() if not i.is_published})


def _check(before: Night | None, night: Night, in_time: set[str], taken_back: set[str]) -> None:
    in_issues = [name for names in night.issues.values() for name in names]
    assert len(in_issues) == len(set(in_issues))
    recorded = [name for names in night.closed.values() for name in names]
    assert len(recorded) == len(set(recorded))
    if before:
        withdrawn = {name for names in before.closed.values() for name in names} - set(recorded)
        kept = {k: [n for n in names if n not in withdrawn] for k, names in before.closed.items()}
        assert {k: night.closed[k] for k in before.closed} == kept
        assert withdrawn <= taken_back
        was_eligible = {_name(s) for s in before.topic.grouping.stories}
        assert in_time & was_eligible <= {*in_issues, *recorded}


def test_explain_tells_of_late_stories() -> None:
    first = Night([week(4, "a")], MONDAY)
    late, too_late = item("late", published=utc("2021-01-29")), item("old", published=utc("2021-01-30"))
    second = Night([week(4, "a"), late], "2021-02-03", first)
    third = Night([week(4, "a"), late, too_late], "2021-02-16", second)
    assert "it came late, so it is in the open issue 2021-W05" in dict(_verdicts(second))["seeds/late.md"]
    assert dict(_verdicts(third))["seeds/old.md"].endswith("it is in no issue: its own was closed long before it came")


def _verdicts(night: Night) -> list[tuple[str, str]]:
    found = Found(config=night.config, plan=night.plan, items=list(night.items.values()), now=night.now)
    return [(account.path, verdict.message) for account in explain(found) for verdict in account.verdicts]
