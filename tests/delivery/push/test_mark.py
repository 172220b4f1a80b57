"""What tells a draft that was edited from one that was not."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from feeds.delivery.push.mark import fitted, found_mark, mark_for
from feeds.delivery.push.protocol import Draft, Places
from support.mailing.tools import DRAFT

Change = Callable[[Draft], Draft]

ALL = Places(subject=99, preheader=99, text=True)

SAME: dict[str, Change] = {
    "nothing": lambda d: d,
    "Windows line ends": lambda d: replace(d, html=d.html.replace("\n", "\r\n"), text=d.text.replace("\n", "\r\n")),
    "spaces at the end": lambda d: replace(d, html=d.html + "\n \n", text=d.text.rstrip()),
    "indentation": lambda d: replace(d, html=d.html.replace("<p>", "\n  <p>").replace("\n\n", "\n")),
}
EDITED: dict[str, Change] = {
    "subject": lambda d: replace(d, subject=d.subject + "!"),
    "preheader": lambda d: replace(d, preheader=""),
    "HTML": lambda d: replace(d, html=d.html.replace("One", "one")),
    "text": lambda d: replace(d, text=""),
    "behind the mark": lambda d: replace(d, html=d.html + "<p>Mine</p>"),
    "without the mark": lambda d: replace(d, html=d.html[: d.html.rindex("<!--")]),
    "another's mark": lambda d: replace(d, html=d.html.replace("feeds-ai", "feeds-chess")),
}


def is_as_left(draft: Draft) -> bool:
    return found_mark(draft.html) == mark_for(str(DRAFT.key), draft)


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_what_tools_do_by_themselves_is_no_edit(change: Change) -> None:
    assert is_as_left(change(fitted(DRAFT, ALL)))


@pytest.mark.parametrize("change", EDITED.values(), ids=EDITED)
def test_edits(change: Change) -> None:
    assert not is_as_left(change(fitted(DRAFT, ALL)))


def test_only_what_there_is_a_place_for() -> None:
    long = replace(DRAFT, subject="A subject of many words", preheader="More and more words")
    fit = fitted(long, Places(subject=12, preheader=10, fragment=True))
    assert (fit.subject, fit.preheader, fit.text) == ("A subject…", "More and…", "")
    assert fit.html.startswith("<p>One")
    assert "body" not in fit.html
    assert fitted(long, Places(subject=99)).preheader == ""


def test_a_fragment_is_taken_as_it_is() -> None:
    fragment = replace(DRAFT, html="<table></table>\n")
    assert fitted(fragment, Places(subject=99, fragment=True)).html.startswith(
        "<table></table>\n<!-- feeds: feeds-ai-2021-W04 "
    )
