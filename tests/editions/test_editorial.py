"""The editor's file of an issue: what it says, what is wrong in it, and what it does to the plan."""

from pathlib import Path

import pytest

from feeds.config.options import Limits
from feeds.editions.editorial import NOTE_LENGTH, edited, parse
from feeds.editions.plan import Plan, plan
from feeds.editions.stories import candidate_of
from feeds.model import EditionPlan, Editorial, Image, Mention, Sponsor
from support.building import configured
from support.examples import item, utc

NOW = utc("2021-02-01 06:00")
PATH = "issues/ai/2021-W04.md"


def test_everything_in_it() -> None:
    raw = b"""---
subject: This *is* it
preheader: "Hello *|FNAME|*"
pin:
  - https://www.paper.example/one?utm_source=x
hide: https://paper.example/two
sponsor: { name: Acme, text: Anvils, url: https://a.example, image: https://a.example/a.png, width: 600, height: 200 }
---

A note.
"""
    assert parse(raw, PATH) == (
        Editorial(
            path=PATH,
            note="\nA note.\n",
            note_line=9,
            subject="This *is* it",
            preheader="Hello *|FNAME|*",
            pins=(Mention("https://paper.example/one", "https://www.paper.example/one?utm_source=x", 5),),
            hidden=(Mention("https://paper.example/two", "https://paper.example/two", 6),),
            sponsor=Sponsor(
                name="Acme",
                text="Anvils",
                url="https://a.example/",
                image=Image("https://a.example/a.png", 600, 200),
            ),
            lines={"subject": 2, "preheader": 3, "name": 7, "text": 7},
        ),
        (),
    )


@pytest.mark.parametrize(
    ("raw", "note"),
    [("", ""), ("Only text\n", "Only text\n"), ("---\n---\n", ""), ("---\n# pin:\n\n---\nText", "Text")],
    ids=["empty", "no front matter", "empty front matter", "only comments"],
)
def test_what_may_be_missing(raw: str, note: str) -> None:
    editorial, problems = parse(raw.encode(), PATH)
    assert editorial is not None
    assert (editorial.note, problems) == (note, ())


NO_ADDRESS = "cannot be used (it does not begin with http:// or https://); write the full address, https://…"
MISTAKES = {
    "unknown key": ("subjet: x", '2: unknown-key unknown key "subjet"; did you mean subject?'),
    "unknown key of the sponsor": (
        "sponsor:\n  name: A\n  url: https://a.example\n  txt: B",
        '5: unknown-key unknown key "txt"; did you mean text?',
    ),
    "a sponsor without address": (
        "sponsor: { name: A }",
        "2: bad-sponsor the sponsor has no url, so it is left out; write it after url:, or delete the sponsor",
    ),
    "a sponsor as text": ("sponsor: A", '2: bad-sponsor sponsor is "A"; write name: and url: below it'),
    "a sponsor that runs a script": (
        'sponsor: { name: A, url: "javascript:alert(1)" }',
        f'2: bad-url url "javascript:alert(1)" {NO_ADDRESS}',
    ),
    "a sponsor's picture that runs a script": (
        'sponsor: { name: A, url: https://a.example, image: "javascript:alert(1)" }',
        f'2: bad-image image "javascript:alert(1)" {NO_ADDRESS}',
    ),
    "a picture of unknown size": (
        "sponsor: { name: A, url: https://a.example, image: https://a.example/p.png }",
        "2: bad-image-size mail shows a picture only if its size is known; write width: and height: in pixels",
    ),
    "a pin that is no address": (
        "pin:\n  - https://a.example\n  - one",
        f'4: bad-url pin "one" {NO_ADDRESS}',
    ),
    "pins as a mapping": (
        "pin: { a: b }",
        "2: bad-pin pin is a mapping, not a list; write each entry on its own line, after -",
    ),
    "a list as subject": ("subject: [a]", "2: bad-text subject is a list; write a single value after subject:"),
    "bad YAML": ("subject: a: b", '2: bad-yaml the value contains ": "; put it in quotes'),
    "a key twice": (
        "subject: a\nsubject: b",
        '3: duplicate-key "subject" is repeated here, and only this value is used; delete one of them',
    ),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_its_mistakes_are_warnings_with_their_line(text: str, message: str) -> None:
    _, problems = parse(f"---\n{text}\n---\n".encode(), PATH)
    assert [f"{p.line}: {p.code} {p.message}" for p in problems] == [message]
    assert {str(p.severity) for p in problems} == {"warning"}


HOSTILE = {
    "1 MB": (b"x" * (1024 * 1024 + 1), "1 too-large"),
    "a long note": (b"---\n---\n" + b"x" * (NOTE_LENGTH + 1), "3 note-too-long"),
    "a value of secured": (b"---\n---\nsecured: " + b"A" * 60, "3 secured-value"),
    "NUL": (b"---\n---\n\n\0", "4 nul-byte"),
    "Latin-1": (b"---\n---\n\n\xe9", "4 not-utf8"),
    "a YAML bomb": (b"---\na: &a [x, x]\nb: &b [*a, *a, *a, *a]\nc: [*b, *b, *b, *b]\n---\n", "4 too-complex"),
}


@pytest.mark.parametrize(("raw", "problem"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_with_its_line(raw: bytes, problem: str) -> None:
    limits = Limits(complexity=400) if b"*b" in raw else Limits()
    editorial, problems = parse(raw, PATH, limits)
    assert problem in [f"{p.line} {p.code}" for p in problems]
    assert editorial is None or not editorial.note


def test_characters_that_reverse_others_are_dropped() -> None:
    sponsor = "sponsor: { name: A\u202ecme, url: https://a.example, text: x\u2067y }"
    editorial, _ = parse(f"---\nsubject: a\u202eb\n{sponsor}\n---\nc\u2066d\x08\n  e".encode(), PATH)
    assert editorial is not None
    assert (editorial.subject, editorial.note) == ("ab", "cd\n  e")
    assert editorial.sponsor == Sponsor(name="Acme", url="https://a.example/", text="xy")


# ---- what it does


def planned(tmp_path: Path, text: str = "", **topics: str) -> Plan:
    """A plan with the stories a (strongest) to d in one week; each has the topic given for it, or else AI."""
    items = [
        item(name, heat=90 - n, topics=(topics.get(name, "AI"),), published=utc("2021-01-26 10:00"))
        for n, name in enumerate("abcd")
    ]
    return plan(configured(tmp_path, text), [candidate_of(i, NOW, b"") for i in items], NOW, {})


def issue_of(of: Plan, slug: str = "ai") -> EditionPlan:
    return next(p for p in of.all if p.topic.slug == slug).issues.newest[0]


def shown(issue: EditionPlan) -> list[tuple[str, str]]:
    """The title and the stories of each section."""
    return [(title, "".join(s.id[-1] for s in stories)) for title, stories in issue.sections]


def applied(of: Plan, text: str, directory: str = "ai/issues/2021-W04") -> tuple[Plan, list[str]]:
    editorial, _ = parse(f"---\n{text}\n---\n".encode(), PATH)
    assert editorial is not None
    after, problems = edited(of, {directory: editorial})
    return after, [f"{p.path}:{p.line}: {p.code} {p.message}" for p in problems]


ADDRESS = "https://paper.example"
EDITS = {
    "a pin": (f"pin: {ADDRESS}/c", "cabd"),
    "pins in their order": (f"pin: [{ADDRESS}/d, {ADDRESS}/b]", "dbac"),
    "the same pin twice": (f"pin: [{ADDRESS}/d, http://www.paper.example/d/]", "dabc"),
    "hidden": (f"hide: [{ADDRESS}/a, {ADDRESS}/c]", "bd"),
    "pinned and hidden": (f"pin: {ADDRESS}/d\nhide: {ADDRESS}/d", "abc"),
}


@pytest.mark.parametrize(("text", "order"), EDITS.values(), ids=EDITS)
def test_pins_and_hidden_stories(text: str, order: str, tmp_path: Path) -> None:
    before = planned(tmp_path)
    after, problems = applied(before, text)
    assert (shown(issue_of(after)), problems) == ([("", order)], [])
    assert [s.id[-1] for s in issue_of(after).stories] == list(order)
    assert shown(issue_of(before)) == [("", "abcd")]
    assert after.topics[0].feed == before.topics[0].feed, "the feeds stay as they are"
    assert after.topics[0].issues.record == before.topics[0].issues.record, "nothing of it is recorded"


def test_in_sections_pins_come_first_under_no_heading(tmp_path: Path) -> None:
    before = planned(tmp_path, '[newsletters.weekly]\ntopics = ["AI", "Chess"]\n', b="Chess", d="Chess")
    assert shown(issue_of(before, "weekly")) == [("AI", "ac"), ("Chess", "bd")]
    after, _ = applied(before, f"pin: [{ADDRESS}/d, {ADDRESS}/a]", "weekly/issues/2021-W04")
    assert shown(issue_of(after, "weekly")) == [("", "da"), ("AI", "c"), ("Chess", "b")]
    assert shown(issue_of(after)) == [("", "ac")], "only this issue"


def test_an_address_of_no_story_has_a_nearest_match(tmp_path: Path) -> None:
    _, problems = applied(planned(tmp_path), f"pin:\n  - {ADDRESS}/bb\nhide: {ADDRESS}/a")
    assert problems == [f"{PATH}:3: unknown-story {ADDRESS}/bb is not a story of this issue; did you mean {ADDRESS}/b?"]


def test_an_issue_keeps_a_story(tmp_path: Path) -> None:
    every = ", ".join(f"{ADDRESS}/{name}" for name in "abcd")
    after, problems = applied(planned(tmp_path), f"hide: [{every}]")
    assert shown(issue_of(after)) == [("", "abcd")]
    message = "hide names every story of the issue, so none is hidden; leave at least one"
    assert problems == [f"{PATH}:2: nothing-left {message}"]
