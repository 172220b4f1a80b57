"""Names, anchors and directions of text that mail and web pages share. Pure."""

import hashlib
import re
from datetime import timedelta
from functools import lru_cache
from unicodedata import bidirectional
from zoneinfo import ZoneInfo

from babel.dates import format_interval, format_skeleton

from feeds.config.look import ContentsChoice
from feeds.languages import Language, language
from feeds.model import Period, Story

_ISOLATE, _POP_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


@lru_cache(maxsize=4096)
def period_name(period: Period, zone: ZoneInfo, tag: str) -> str:
    """Return the name of a period in the language with this BCP 47 tag: `Week 4 · 25–31 Jan 2021`."""
    words = language(tag)
    first, last = (when.astimezone(zone).date() for when in (period.start, period.end - timedelta(seconds=1)))
    if first == last:
        return words.long_date(first)
    if week := re.fullmatch(r"\d+-W(\d+)", period.id):
        dates = format_interval(first, last, "yMMMd", locale=words.locale)
        return f"{words.text('Week {number}', number=int(week[1]))} · {dates}"
    return format_skeleton("yMMMM", first, locale=words.locale)


def issue_name(period: Period, words: Language) -> str:
    """Return `Issue 2021-W04` in the language; it would be read as `W04-2021` from right to left, if not isolated."""
    return words.text("Issue {id}", id=isolated(period.id, words))


def isolated(text: str, words: Language) -> str:
    """Return a part of a line so that its direction doesn't affect the other parts (UAX #9)."""
    mixed = words.direction == "rtl" or (
        not text.isascii() and any(bidirectional(char) in ("R", "AL") for char in text)
    )
    return f"{_ISOLATE}{text}{_POP_ISOLATE}" if mixed else text


def anchor(story: Story) -> str:
    """Return the id of a story's element on the issue's web page; it never changes."""
    return f"story-{hashlib.sha256(story.id.encode()).hexdigest()[:10]}"


_MANY_STORIES, _MANY_SECTIONS = 8, 2


def has_contents(stories: int, sections: int, choice: ContentsChoice) -> bool:
    """Return whether an issue with so many stories and sections begins with the list of its titles."""
    return choice is True or (choice == "auto" and (stories >= _MANY_STORIES or sections >= _MANY_SECTIONS))


def reading_direction(tag: str, default: Language) -> str:
    """Return `ltr` or `rtl` for a language tag; the default's direction if the tag is empty or unknown."""
    try:
        return language(tag).direction if tag else default.direction
    except ValueError:  # a tag unknown to CLDR is still a valid lang attribute
        return default.direction
