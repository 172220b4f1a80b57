"""Names, anchors and directions of text that mail and web pages share. Pure."""

import hashlib
import re
from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_interval, format_skeleton

from feeds.config.look import ContentsChoice
from feeds.languages import Language, language
from feeds.model import Period, Story


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
