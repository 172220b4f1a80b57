from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from feeds.editions.stories import candidate_of, coverage_of, group, newest_first, story_of, strongest_first
from feeds.model import Candidate, Coverage, Provider
from support.examples import NOW, candidate, coverage, item, story, utc

ONE_OUTLET = Provider("One Outlet")
COVERAGE = {
    "by quality": ([coverage("a", quality=1), coverage("b", quality=2)], "ba"),
    "then newest": ([coverage("a", published=utc("2021-01-01")), coverage("b", published=utc("2021-01-02"))], "ba"),
    "then by URL": ([coverage("b"), coverage("a")], "ab"),
    "undated last": ([coverage("a", published=None), coverage("b")], "ba"),
    "the same URL once, the better one": (
        [coverage("a", url="https://x.example/1", quality=1), coverage("b", url="http://www.x.example/1/", quality=2)],
        "b",
    ),
    "the same outlet and title once": (
        [
            coverage("a", provider=ONE_OUTLET, title="Ban the Scan!", quality=90),
            coverage("b", provider=Provider("one outlet"), title="‘Ban The Scan’"),
        ],
        "a",
    ),
    "the same title elsewhere": ([coverage("a", title="Ban the scan"), coverage("b", title="Ban the scan")], "ab"),
    "not the lead": ([coverage("a", url="http://www.paper.example/one?utm_source=x"), coverage("b")], "b"),
    "not the lead under another address": (
        [coverage("a", provider=Provider("The Paper"), title="Title of one"), coverage("b")],
        "b",
    ),
    "not before its time": ([coverage("a", published=utc("2021-02-02")), coverage("b")], "b"),
}


def letters(related: Sequence[Coverage]) -> str:
    return "".join(c.title[5] if c.title.startswith("What") else c.url[8] for c in related)


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
@pytest.mark.parametrize(("related", "expected"), COVERAGE.values(), ids=COVERAGE)
def test_coverage(related: list[Coverage], expected: str, *, backwards: bool) -> None:
    found = coverage_of(item(related=tuple(reversed(related) if backwards else related)), NOW)
    assert letters(found) == expected


def strong(name: str, heat: int, *related: Coverage) -> Candidate:
    return candidate(name, heat=heat, related=related)


def listed(name: str) -> Coverage:
    return coverage(name, url=f"https://www.paper.example/{name}")


def test_what_a_stronger_story_lists_has_no_story_of_its_own() -> None:
    grouping = group([strong("weak", 60, listed("strong")), strong("strong", 70, listed("weak"))])
    assert [s.path for s in grouping.stories] == ["seeds/strong.md"]
    assert {id_: s.path for id_, s in grouping.covered.items()} == {"https://paper.example/weak": "seeds/strong.md"}


def test_what_a_weaker_story_lists_keeps_its_own() -> None:
    grouping = group([strong("weak", 60, listed("strong")), strong("strong", 70)])
    assert [s.path for s in grouping.stories] == ["seeds/strong.md", "seeds/weak.md"]


def test_what_only_a_covered_item_lists_keeps_its_own() -> None:
    grouping = group([strong("a", 90, listed("b")), strong("b", 80, listed("c")), strong("c", 70)])
    assert [s.path for s in grouping.stories] == ["seeds/a.md", "seeds/c.md"]


LEADS = {
    "a newcomer that lists it does not hide it": ("old", ["new", "old"], ("", "old")),
    "a stronger newcomer that it lists is hidden": ("old", ["old"], ("new", "")),
    "both list each other": ("old", ["old"], ("new", "old")),
    "two that were published stay": ("old new", ["new", "old"], ("new", "old")),
    "nothing was published": ("", ["new"], ("new", "old")),
}


@pytest.mark.parametrize(("published", "expected", "lists"), LEADS.values(), ids=LEADS)
def test_a_published_lead_stays_one(published: str, expected: list[str], lists: tuple[str, str]) -> None:
    """`lists` says what the old, weaker story lists as coverage, and what the new one does."""
    of_old, of_new = ([listed(name)] if name else [] for name in lists)
    ids = {f"https://paper.example/{name}" for name in published.split()}
    grouping = group([strong("old", 60, *of_old), strong("new", 90, *of_new)], ids)
    assert [s.path for s in grouping.stories] == [f"seeds/{name}.md" for name in expected]


def test_updated_is_the_newest_date_of_lead_and_coverage() -> None:
    assert story("one", coverage(published=utc("2021-01-28")), coverage(published=None)).updated == utc("2021-01-28")
    assert story("one", coverage(published=utc("2021-01-01"))).updated == story("one").published


ITEMS = [
    candidate("d", published=utc("2021-01-02"), heat=60, quality=50),
    candidate("b", published=utc("2021-01-03"), heat=60, quality=50),
    candidate("a", published=utc("2021-01-03"), heat=60, quality=50),
    candidate("c", published=utc("2021-01-01"), heat=60, quality=60),
    candidate("e", published=utc("2021-01-04"), heat=10, quality=90),
]


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_orders_are_total(*, backwards: bool) -> None:
    stories = group(reversed(ITEMS) if backwards else ITEMS).stories
    if backwards:
        stories = tuple(reversed(stories))
    assert "".join(s.id[-1] for s in newest_first(stories)) == "eabdc"
    assert "".join(s.id[-1] for s in strongest_first(stories)) == "cabde"


PUBLISHED, EDITED, COVERED = utc("2021-01-26 17:45"), utc("2021-01-28"), utc("2021-01-29")
UPDATED = {
    "as published": ({}, PUBLISHED),
    "edited": ({"updated": EDITED}, EDITED),
    "edited before it was published": ({"updated": utc("2021-01-20")}, PUBLISHED),
    "covered after that": ({"updated": EDITED, "related": (coverage(published=COVERED),)}, COVERED),
    "edited in the future": ({"updated": NOW + timedelta(days=1)}, PUBLISHED),
}


@pytest.mark.parametrize(("changes", "expected"), UPDATED.values(), ids=UPDATED)
def test_a_story_is_as_new_as_its_newest_date(changes: dict[str, Any], expected: datetime) -> None:
    lead = item(**changes)
    planned = candidate_of(lead, NOW, b"known")
    assert planned.updated == story_of(planned, lead, NOW).updated == expected


def test_an_edit_of_the_future_is_new_once_it_is_past() -> None:
    lead = item(updated=NOW + timedelta(days=1))
    before, after = (candidate_of(lead, now, b"known") for now in (NOW, NOW + timedelta(days=2)))
    assert before.fingerprint != after.fingerprint
