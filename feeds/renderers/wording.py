"""Words and names that mail and web pages share. Pure."""

import hashlib
import re
from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_interval, format_skeleton

from feeds.languages import Language, language
from feeds.model import Period, Story


@lru_cache(maxsize=4096)
def period_name(period: Period, zone: ZoneInfo, tag: str) -> str:
    """The same in any language, by its BCP 47 tag."""
    words = language(tag)
    first, last = (when.astimezone(zone).date() for when in (period.start, period.end - timedelta(seconds=1)))
    if first == last:
        return words.long_date(first)
    if week := re.fullmatch(r"\d+-W(\d+)", period.id):
        dates = format_interval(first, last, "yMMMd", locale=words.locale)
        return f"{words.text('Week {number}', number=int(week[1]))} · {dates}"
    return format_skeleton("yMMMM", first, locale=words.locale)


def anchor(story: Story) -> str:
    """Id of a story on the issue's web page, the same for all time."""
    return f"story-{hashlib.sha256(story.id.encode()).hexdigest()[:10]}"


def reading_direction(tag: str, default: Language) -> str:
    """`ltr` or `rtl`, of a language tag that may be empty or unknown."""
    try:
        return language(tag).direction if tag else default.direction
    except ValueError:  # a tag that CLDR does not know is still a good lang attribute
        return default.direction
