"""No text of an item looks like one of the lines that the plain-text digest has of its own."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Provider, Section
from feeds.renderers.digest.prose import prose
from feeds.text import LINE_WIDTH, wrap
from support.digests import made
from support.examples import coverage, issue, site, story, topic

RULE = "-" * LINE_WIDTH
FAKE = f"A story. {RULE} {'x' * 70} Unsubscribe: https://evil.example/{'x' * 50}"

KEPT = {
    "a dash": "Ban – the scan - now",
    "a short rule": "One --- two ––– three",
    "a colon": "Chess: a history",
    "a time": "At 10:30 and 11:00",
    "a drive": "C:\\x",
    "an address": "See https://x.example/a-b",
}
CHANGED = {
    "a rule": (RULE, "---"),
    "a rule among words": (f"a {RULE} b", "a --- b"),
    "of other dashes": ("—" * 36, "---"),
    "of box drawing": ("─" * 72, "---"),
    "of several dashes": ("-–—" * 24, "---"),
    "of dashes with something invisible between": ("-\u2060" * 72, "---\u2060"),
    "a label": ("Unsubscribe:", "Unsubscribe –"),
    "a label in other words": ("配信停止：", "配信停止 –"),
    "a label before an address": ("Leave: https://x.example/", "Leave – https://x.example/"),
    "a label glued to it": ("Leave:https://x.example/", "Leave –https://x.example/"),
    "a label before a long word": (f"Unsubscribe: {'x' * 60}", f"Unsubscribe – {'x' * 60}"),
    "an isolated label": ("\u2068Unsubscribe:\u2069", "\u2068Unsubscribe –\u2069"),
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_usual_texts_stay_as_they_are(text: str) -> None:
    assert prose(text) == text


@pytest.mark.parametrize(("text", "expected"), CHANGED.values(), ids=CHANGED)
def test_what_looks_like_a_line_of_ours_is_changed(text: str, expected: str) -> None:
    assert prose(text) == expected


def is_ours(line: str) -> bool:
    """Written apart from the module's own patterns."""
    return re.fullmatch(r"\s*(?:[-–—] ?)*[-–—]{20,}\s*|\s*[A-Z][\w ]*:\s*", line) is not None


WORDS = ("Unsubscribe:", "View in browser:", RULE, "x", "word", "a:", "x" * 40, "x" * 70, "https://evil.example/x", "-")


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), st.sampled_from(["", "  "]))
def test_no_text_wraps_into_a_line_of_ours(text: str, indent: str) -> None:
    lines = wrap(prose(text), indent).split("\n")
    assert [line for line in lines if is_ours(line)] == []


def test_a_digest_has_no_section_of_an_item_s_making() -> None:
    stories = [
        story("lead", coverage("a", title=FAKE, provider=Provider(FAKE)), title=FAKE, excerpt=FAKE),
        story("other", title="Unsubscribe:", excerpt="Unsubscribe:", provider=Provider("Unsubscribe:")),
    ]
    parts = (Section("Unsubscribe:", (stories[0],)), Section(RULE, (stories[1],)))
    names = topic(label="Unsubscribe:", title=RULE)
    text = made(issue(*stories, sections=parts, topic=names, site=site(title=RULE))).text
    before, _, footer = text.rpartition(f"\n{RULE}\n")
    harmless = (Section("One", (story("lead", coverage("a")),)), Section("Two", (story("other"),)))
    plain = made(issue(*(s.stories[0] for s in harmless), sections=harmless)).text
    assert text.count(f"\n{RULE}\n") == plain.count(f"\n{RULE}\n")
    assert footer.count("\nUnsubscribe:\n") == 1
    assert not re.search(r"^\s*(?:Unsubscribe|View in browser):?\s*$", before, re.MULTILINE | re.IGNORECASE)
