from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from examples import NOW, coverage, item, site, utc

from feeds.config import Config, DigestOptions, FeedOptions, TopicOptions
from feeds.editions import History, PastTopic, Plan, TopicPlan, plan
from feeds.explanations import explain, matching
from feeds.model import Item, Outline, Rules
from feeds.problems import ConfigError
from feeds.stories import candidate_of


def config(**changes: Any) -> Config:
    values: dict[str, Any] = {"root": Path(), "site": site(), "sources": (Path("seeds"),), "out": Path("out")}
    return Config(**(values | changes))


def planned(items: Sequence[Item], history: History | None = None, issue: str = "", **changes: Any) -> Plan:
    candidates = [candidate_of(i, NOW, b"") for i in items]
    return plan(config(**changes), candidates, NOW, history or {}, issue)


def by_slug(made: Plan) -> dict[str, TopicPlan]:
    return {t.topic.slug: t for t in made.topics}


def names(outline: Outline) -> str:
    return " ".join(s.id.rpartition("/")[2] for s in outline.stories)


def test_a_feed_is_newest_first_and_limited() -> None:
    items = [item(f"{day}", published=utc(f"2021-01-0{day}")) for day in (1, 3, 2)]
    (topic,) = planned(items, rules=Rules(feed_limit=2)).topics
    assert names(topic.feed) == "3 2"
    assert topic.feed.updated == utc("2021-01-03")
    assert topic.feed.directory == "ai"
    assert not topic.archives


def test_archives_hold_what_left_the_feed() -> None:
    items = [item(f"{day}", published=utc(f"2021-01-0{day}")) for day in range(1, 6)]
    (topic,) = planned(items, rules=Rules(feed_limit=2), feed=FeedOptions(archive=True, archive_size=2)).topics
    assert [names(e) for e in topic.archives] == ["2 1", "3"]
    first, last = topic.archives
    assert (topic.feed.prev_archive, topic.feed.next_archive) == ("ai/archive/2", "")
    assert (last.directory, last.prev_archive, last.next_archive) == ("ai/archive/2", "ai/archive/1", "")
    assert (first.directory, first.prev_archive, first.next_archive) == ("ai/archive/1", "", "ai/archive/2")
    assert first.is_archive
    assert not topic.feed.is_archive


def test_issues_by_period_strongest_first() -> None:
    items = [
        item("a", published=utc("2021-01-26"), quality=60),
        item("b", published=utc("2021-01-27"), quality=70),
        item("c", published=utc("2021-01-17")),
    ]
    (topic,) = planned(items).topics
    assert [(e.directory, names(e)) for e in topic.issues.newest] == [
        ("ai/issues/2021-W04", "b a"),
        ("ai/issues/2021-W02", "c"),
    ]


def test_only_the_newest_issues_are_built_and_one_that_is_named() -> None:
    items = [item(f"{day}", published=utc(f"2021-01-{day}")) for day in ("05", "12", "19", "26")]
    (topic,) = planned(items, issue="2021-W01", digest=DigestOptions(issues=2)).topics
    assert [e.period.id for e in topic.issues.newest if e.period] == ["2021-W04", "2021-W03"]
    assert [e.directory for e in topic.issues.rebuilt] == ["ai/issues/2021-W01"]


@pytest.mark.parametrize("issue", ["2021-W01", "January"])
def test_an_issue_that_is_none(issue: str) -> None:
    with pytest.raises(ValueError, match=issue):
        planned([item()], issue=issue)


def test_a_topic_without_stories_is_there_when_it_was_promised() -> None:
    items = [
        item(topics=("AI",)),
        item("poor", topics=("Poor",), quality=1),
        item("draft", topics=("X",), is_published=False),
    ]
    topics = {"Chess": TopicOptions()}
    past = {"old": PastTopic(name="Old", updated=utc("2020-12-31"))}
    found = by_slug(planned(items, past, topics=topics))
    assert list(found) == ["ai", "chess", "old"]
    assert found["old"].feed.updated == utc("2020-12-31")
    assert found["chess"].feed.updated == utc("2000-01-01")


def test_a_parent_that_no_item_names() -> None:
    found = by_slug(planned([item(topics=("Vision",))], topics={"Vision": TopicOptions(parent="AI")}))
    assert {slug: names(t.feed) for slug, t in found.items()} == {"ai": "one", "vision": "one"}


def test_issues_without_a_story_are_withdrawn() -> None:
    past = {"ai": PastTopic(name="AI", issues=("2021-W04", "2021-W03", "2021-01"))}
    (topic,) = planned([item(published=utc("2021-01-26"))], past).topics
    assert topic.issues.withdrawn == ("ai/issues/2021-W03",)


def test_nothing_depends_on_the_order_of_documents() -> None:
    items = [item(f"{n}", topics=("AI", "ai ") if n % 2 else ("Ai", "C"), quality=60 + n % 3) for n in range(9)]
    assert planned(items).topics == planned(items[::-1]).topics


EXPLAINED = {
    "in": ({}, "included", "story 2 of 2 in the feed; 2 of 2 in digest 2021-W04"),
    "unpublished": ({"is_published": False}, "unpublished", "it is not published (published: true is missing)"),
    "future": ({"published": utc("2021-02-02 10:00")}, "future", "its date, 2021-02-02 10:00 UTC, is still to come"),
    "poor": ({"quality": 10}, "low-quality", "its quality, 10, is below 50"),
    "poor, and in no other topic": (
        {"quality": 10, "topics": ("C",)},
        "low-quality",
        "its quality, 10, is too low for any of its topics",
    ),
    "copy": (
        {"url": "https://paper.example/strong"},
        "duplicate",
        "it is the same article as seeds/strong.md, which is stronger",
    ),
    "covered": (
        {"url": "https://other.example/story"},
        "covered",
        "a stronger story lists it as coverage: seeds/strong.md",
    ),
    "no topic": ({"topics": ()}, "no-topic", "it names no topic"),
}
STRONG = item("strong", quality=90, related=(coverage("other"),), published=utc("2021-01-27"))


@pytest.mark.parametrize(("changes", "code", "message"), EXPLAINED.values(), ids=EXPLAINED)
def test_one_reason_each(changes: dict[str, Any], code: str, message: str) -> None:
    items = [item("x", **changes), STRONG]
    found = [e for e in explain(planned(items), items, NOW) if e.path == "seeds/x.md"]
    assert [(e.code, e.message) for e in found] == [(code, message)]
    assert found[0].included == (code == "included")


def test_beyond_the_limits() -> None:
    items = [item("x"), STRONG]
    made = planned(items, rules=Rules(feed_limit=1))
    assert "newer stories fill the feed (feed_limit = 1)" in next(explain_x(made, items)).message
    made = planned(items, rules=Rules(feed_limit=1), feed=FeedOptions(archive=True))
    assert next(explain_x(made, items)).code == "archived"
    made = planned(items, rules=Rules(digest_limit=1))
    assert next(explain_x(made, items)).message == "story 2 of 2 in the feed; beyond the 1 of digest 2021-W04"


def explain_x(made: Plan, items: Sequence[Item]) -> Any:
    return (e for e in explain(made, items, NOW) if e.path == "seeds/x.md")


ASKED = {
    "nothing: all": ([], ["a", "b"]),
    "path": (["seeds/a.md"], ["a"]),
    "name": (["a.md"], ["a"]),
    "folder": (["seeds"], ["a", "b"]),
    "URL, written otherwise": (["http://www.paper.example/b?utm_source=x"], ["b"]),
    "topic": (["Chess"], ["b"]),
    "slug": (["ai"], ["a"]),
    "two": (["chess", "a.md"], ["b", "a"]),
}


@pytest.mark.parametrize(("wanted", "expected"), ASKED.values(), ids=ASKED)
def test_what_is_asked_for(wanted: list[str], expected: list[str]) -> None:
    items = [item("a"), item("b", topics=("Chess",))]
    made = planned(items)
    assert [e.path[6] for e in matching(explain(made, items, NOW), wanted, made)] == expected


@pytest.mark.parametrize("word", ["nonsense", "https://paper.example/none", "ftp://paper.example/"])
def test_what_names_nothing(word: str) -> None:
    made = planned([item("a")])
    with pytest.raises(ConfigError, match=word):
        list(matching(explain(made, [item("a")], NOW), [word], made))
