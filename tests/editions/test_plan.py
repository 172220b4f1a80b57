from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from feeds.config.load import Config
from feeds.config.options import DigestOptions, FeedOptions, NewsletterOptions, SelectionOptions, TopicOptions
from feeds.editions.explain import Found, Verdict, explain, matching
from feeds.editions.issues import IssueRecord
from feeds.editions.plan import Plan, PreviousTopic, PreviousTopics, TopicPlan, new_names, plan
from feeds.editions.stories import candidate_of
from feeds.model import EditionPlan, Item
from feeds.problems import ConfigError, Problem, Severity
from support.examples import NOW, coverage, item, site, utc


def config(**changes: Any) -> Config:
    values: dict[str, Any] = {"root": Path(), "site": site(), "sources": (Path("seeds"),), "out": Path("out")}
    return Config(**(values | changes))


def planned(items: Sequence[Item], history: PreviousTopics | None = None, issue: str = "", **changes: Any) -> Plan:
    candidates = [candidate_of(i, NOW, b"") for i in items]
    return plan(config(**changes), candidates, NOW, history or {}, issue)


def by_slug(made: Plan) -> dict[str, TopicPlan]:
    return {t.topic.slug: t for t in made.topics}


def names(outline: EditionPlan) -> str:
    return " ".join(s.id.rpartition("/")[2] for s in outline.stories)


def test_a_feed_is_newest_first_and_limited() -> None:
    items = [item(f"{day}", published=utc(f"2021-01-0{day}")) for day in (1, 3, 2)]
    (topic,) = planned(items, selection=SelectionOptions(feed_limit=2)).topics
    assert names(topic.feed) == "3 2"
    assert topic.feed.updated == utc("2021-01-03")
    assert topic.feed.directory == "ai"
    assert not topic.archives


def test_archives_hold_what_left_the_feed() -> None:
    items = [item(f"{day}", published=utc(f"2021-01-0{day}")) for day in range(1, 6)]
    (topic,) = planned(
        items, selection=SelectionOptions(feed_limit=2), feed=FeedOptions(archive=True, archive_size=2)
    ).topics
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
    past = {"old": PreviousTopic(name="Old", updated=utc("2020-12-31"))}
    found = by_slug(planned(items, past, topics=topics))
    assert list(found) == ["ai", "chess", "old"]
    assert found["old"].feed.updated == utc("2020-12-31")
    assert found["chess"].feed.updated == utc("2000-01-01")


def test_a_parent_that_no_item_names() -> None:
    found = by_slug(planned([item(topics=("Vision",))], topics={"Vision": TopicOptions(parent="AI")}))
    assert {slug: names(t.feed) for slug, t in found.items()} == {"ai": "one", "vision": "one"}


def test_issues_without_a_story_are_withdrawn() -> None:
    past = {"ai": PreviousTopic(name="AI", issues=IssueRecord(made={"2021-W04": (), "2021-W03": (), "2021-01": ()}))}
    (topic,) = planned([item(published=utc("2021-01-26"))], past).topics
    assert topic.issues.withdrawn == ("ai/issues/2021-W03",)


def test_nothing_depends_on_the_order_of_documents() -> None:
    items = [item(f"{n}", topics=("AI", "ai ") if n % 2 else ("Ai", "C"), quality=60 + n % 3) for n in range(9)]
    assert planned(items).topics == planned(items[::-1]).topics


EXPLAINED = {
    "in": ({}, "included", "story 2 of 2 in the feed; 2 of 2 in digest 2021-W04"),
    "unpublished": (
        {"is_published": False},
        "unpublished",
        "it is not published (`published` is not true, or `draft` is)",
    ),
    "future": ({"published": utc("2021-02-02 10:00")}, "future", "its date, 2021-02-02 10:00 UTC, is in the future"),
    "poor": ({"quality": 10}, "low-quality", "its quality, 10, is below 50"),
    "poor, and in the future: waiting would not help": (
        {"quality": 10, "published": utc("2021-02-02 10:00")},
        "low-quality",
        "its quality, 10, is below 50",
    ),
    "poor, and in no other topic": (
        {"quality": 10, "topics": ("C",)},
        "low-quality",
        "its quality, 10, is below 50",
    ),
    "poor, and without a topic": ({"quality": 10, "topics": ()}, "low-quality", "its quality, 10, is below 50"),
    "poor, and a copy": (
        {"quality": 10, "url": "https://paper.example/strong"},
        "low-quality",
        "its quality, 10, is below 50",
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


def found(
    items: Sequence[Item], problems: Sequence[Problem] = (), history: PreviousTopics | None = None, **changes: Any
) -> Found:
    made = planned(items, history, **changes)
    return Found(config=config(**changes), plan=made, items=items, problems=problems, now=NOW)


def verdicts_of_x(items: Sequence[Item], history: PreviousTopics | None = None, **changes: Any) -> tuple[Verdict, ...]:
    (account,) = (a for a in explain(found(items, history=history, **changes)) if a.path == "seeds/x.md")
    return account.verdicts


@pytest.mark.parametrize(("changes", "code", "message"), EXPLAINED.values(), ids=EXPLAINED)
def test_one_reason_each(changes: dict[str, Any], code: str, message: str) -> None:
    (verdict,) = verdicts_of_x([item("x", **changes), STRONG])
    assert (verdict.code, verdict.message) == (code, message)
    assert verdict.included == (code == "included")
    assert bool(verdict.advice) == (code != "included")


QUALITY_40 = item("x", quality=40)
TWICE = item("y", url="https://www.paper.example/x", quality=90)
ADVICE = {
    "a draft": (item("x", is_published=False), {}, "set `published: true`, without `draft: true`, when it is ready"),
    "poor": (QUALITY_40, {}, 'raise quality to 50, or set min_quality = 40 in [topics."AI"]'),
    "poor for all": (
        QUALITY_40,
        {"selection": SelectionOptions(min_quality=45)},
        "raise quality to 45, or set min_quality = 40",
    ),
    "poor for its topic": (item("x"), {"topics": {"AI": TopicOptions(min_quality=70)}}, "raise quality to 70, or set"),
    "without a topic": (item("x", topics=()), {}, "add `topics: [AI]`"),
    "too old": (
        item("x"),
        {"selection": SelectionOptions(feed_limit=1)},
        'raise feed_limit in [selection] or [topics."AI"]',
    ),
    "covered": (item("x", id="https://other.example/story"), {}, "remove it from related in seeds/strong.md"),
}


@pytest.mark.parametrize(("x", "changes", "advice"), ADVICE.values(), ids=ADVICE)
def test_what_to_do_next(x: Item, changes: dict[str, Any], advice: str) -> None:
    (verdict,) = verdicts_of_x([x, STRONG], **changes)
    assert advice in verdict.advice


def test_a_copy_gives_way() -> None:
    (verdict,) = verdicts_of_x([item("x"), TWICE])
    assert (verdict.code, verdict.message) == (
        "duplicate",
        "it is the same article as seeds/y.md, which is stronger",
    )


def test_beyond_the_limits() -> None:
    items = [item("x"), STRONG]
    (verdict,) = verdicts_of_x(items, selection=SelectionOptions(feed_limit=1))
    assert verdict.message == "newer stories fill the feed (feed_limit = 1); 2 of 2 in digest 2021-W04"
    (verdict,) = verdicts_of_x(items, selection=SelectionOptions(feed_limit=1), feed=FeedOptions(archive=True))
    assert verdict.code == "archived"
    (verdict,) = verdicts_of_x(items, selection=SelectionOptions(digest_limit=1))
    assert verdict.message == "story 2 of 2 in the feed; beyond the 1 of digest 2021-W04"


X_LISTED = coverage("x", url="https://paper.example/x")


@pytest.mark.parametrize(
    ("lead", "newcomer", "message"),
    [
        pytest.param("x", item("new", quality=90, related=(X_LISTED,)), "but it was published before", id="it stays"),
        pytest.param(
            "new",
            item("new", quality=50, related=(X_LISTED,)),
            "a story that was published before lists it as coverage: seeds/new.md",
            id="it is hidden",
        ),
    ],
)
def test_a_lead_that_stays_one_is_explained(lead: str, newcomer: Item, message: str) -> None:
    history = {"ai": PreviousTopic(name="AI", leads=frozenset({f"https://paper.example/{lead}"}))}
    (verdict,) = verdicts_of_x([item("x", quality=80), newcomer], history)
    assert message in verdict.message


def test_newsletters_are_told_too() -> None:
    newsletters = {"weekly": NewsletterOptions(topics=("AI", "Chess"))}
    items = [item("x"), item("y", topics=("Chess",), quality=90)]
    _, verdict = verdicts_of_x(items, newsletters=newsletters)
    assert (verdict.topic, verdict.message) == ("weekly", "1 of 1 in digest 2021-W04")


def test_a_broken_document_says_what_is_wrong() -> None:
    problem = Problem("seeds/broken.md", 3, Severity.ERROR, "bad-date", "this is no date: write it like 2021-01-26")
    (account,) = matching(found([item("a")], [problem]), ["broken.md"])
    (verdict,) = account.verdicts
    assert (verdict.code, verdict.message) == ("broken", "line 3: this is no date: write it like 2021-01-26")
    assert account.problems == (problem,)


RELATED = item(
    "lead",
    related=(coverage("shown"), coverage("hidden", published=utc("2031-01-01"))),
)


@pytest.mark.parametrize(("name", "note"), [("shown", "and shows it where"), ("hidden", "but leaves it out")])
def test_the_address_of_coverage_leads_to_its_item(name: str, note: str) -> None:
    (account,) = matching(found([item("a"), RELATED]), [f"https://{name}.example/story"])
    assert account.path == "seeds/lead.md"
    assert note in account.note


ASKED = {
    "nothing: all": ([], ["a", "b"]),
    "path": (["seeds/a.md"], ["a"]),
    "path, written otherwise": (["./seeds//a.md"], ["a"]),
    "name": (["a.md"], ["a"]),
    "folder": (["seeds"], ["a", "b"]),
    "URL, written otherwise": (["http://www.paper.example/b?utm_source=x"], ["b"]),
    "topic": (["Chess"], ["b"]),
    "slug": (["ai"], ["a"]),
    "part of a title": (["OF  b"], ["b"]),
    "part of all titles": (["title"], ["a", "b"]),
    "two": (["chess", "a.md"], ["b", "a"]),
}


@pytest.mark.parametrize(("wanted", "expected"), ASKED.values(), ids=ASKED)
def test_what_is_asked_for(wanted: list[str], expected: list[str]) -> None:
    items = [item("a"), item("b", topics=("Chess",))]
    assert [a.path[6] for a in matching(found(items), wanted)] == expected


@pytest.mark.parametrize("word", ["nonsense", "https://paper.example/none", "ftp://paper.example/", "!"])
def test_what_names_nothing(word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        list(matching(found([item("a")]), [word]))


def test_what_names_nothing_for_a_known_reason() -> None:
    with pytest.raises(ConfigError, match="because it rains"):
        list(matching(found([item("a")]), ["x.rst"], lambda word: "because it rains"))


CHESS = PreviousTopic(name="Chess")

SPELLINGS = {
    "the usual one": ({"a": ["CHESS"], "b": ["Chess"], "c": ["Chess"]}, [], {"Chess"}),
    "the usual one, against the last build": ({"a": ["CHESS"], "b": ["CHESS"], "c": ["Chess"]}, [CHESS], {"CHESS"}),
    "on a tie that of the last build": ({"a": ["CHESS"], "b": ["Chess"]}, [CHESS], {"Chess"}),
    "on a tie that of the smallest path": ({"a": ["chess"], "b": ["CHESS"]}, [], {"chess"}),
    "on a tie that of the smallest path of all": ({"a": ["X", "chess"], "b": ["CHESS"]}, [], {"X", "chess"}),
    "that of the last build if no item is left": ({"a": ["X"]}, [CHESS], {"X", "Chess"}),
    "none that is configured": ({"a": ["GAMES"], "b": ["GAMES"], "c": ["Chess"]}, [], {"Chess"}),
    "none of everything": ({"a": ["X"]}, [PreviousTopic(name="*")], {"X"}),
    "none of a newsletter": ({"a": ["X"]}, [PreviousTopic(name="Weekly", is_newsletter=True)], {"X"}),
}


@pytest.mark.parametrize(("topics", "previous", "expected"), SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("order", [1, -1])
def test_a_topic_has_the_name_that_most_items_use(
    topics: dict[str, list[str]], previous: list[PreviousTopic], expected: set[str], order: int
) -> None:
    items = [item(key, path=f"seeds/{key}.md", topics=tuple(of)) for key, of in topics.items()]
    assert new_names([candidate_of(i, NOW, b"") for i in items[::order]], previous, {"games"}) == expected


def test_an_item_that_is_too_poor_names_no_topic() -> None:
    """Those that are not recorded are not even read, so that they would name it on some nights only."""
    items = [item("a", topics=("CHESS",)), item("b", topics=("Chess",)), item("c", topics=("Chess",), quality=20)]
    (topic,) = planned(items).topics
    assert topic.topic.name == "CHESS"
