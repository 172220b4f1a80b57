"""Words and dates in a reader's language: words from the gettext catalogues in `locale/`, dates from Babel (CLDR)."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property, lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from io import BytesIO
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from msgspec import Struct


class Language(Struct, frozen=True, dict=True):  # cached_property needs a __dict__
    """One language's fixed words and date formats. A language without a catalogue gets English words."""

    tag: str
    """The BCP 47 tag as configured, for `lang` attributes and feeds."""
    locale: Locale
    messages: NullTranslations
    """The catalogue; a message that it lacks stays English."""

    @cached_property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return self.locale.text_direction

    def text(self, message: str, /, **values: object) -> str:
        """Return the message in this language, with its `{names}` filled in."""
        return _filled(self.messages.gettext(message), values)

    def plural(self, one: str, many: str, number: int, /, **values: object) -> str:
        """Return the form for that number by the language's own rule, with `{number}` filled in."""
        return _filled(self.messages.ngettext(one, many, number), {"number": number, **values})

    def long_date(self, when: datetime | date, zone: tzinfo = UTC) -> str:
        """Return `26 January 2021` in the form in which the language writes a full date."""
        return _written(_local(when, zone), "long", self.locale)

    def short_date(self, when: datetime | date, zone: tzinfo = UTC) -> str:
        """Return `26 Jan 2021` in the language's form."""
        return _written(_local(when, zone), "medium", self.locale)

    def day(self, when: datetime | date, zone: tzinfo = UTC) -> str:
        """Return `26 Jan` in the language's form, for places that name the year already."""
        return _written(_local(when, zone), "", self.locale)


_NAME = re.compile(r"\{([^{}]*)\}")


def _filled(message: str, values: Mapping[str, object]) -> str:
    """Fill in plain names only: templates choose the message, and str.format would read any attribute of a value."""
    return _NAME.sub(lambda match: str(values[match[1]]), message)


@lru_cache(maxsize=16_384)
def _written(day: date, length: Literal["long", "medium", ""], locale: Locale) -> str:
    """Return a date in one of CLDR's lengths, or without its year."""
    # A build writes the same few days thousands of times, and CLDR's patterns are slow.
    return format_date(day, format=length, locale=locale) if length else format_skeleton("MMMd", day, locale=locale)


def _local(when: datetime | date, zone: tzinfo) -> date:
    return when.astimezone(zone).date() if isinstance(when, datetime) else when


@lru_cache(maxsize=64)
def language(tag: str) -> Language:
    """Return the language of a BCP 47 tag. `en` means international English (day before month); `en-US` is American.

    Raise ValueError if CLDR does not know the language.
    """
    try:
        locale = Locale.parse("en-150" if tag.lower() == "en" else tag, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"unknown language {tag!r}; use a BCP 47 tag such as en, de or pt-BR") from error
    source = resources.files("feeds") / "locale" / f"{locale.language}.po"
    if not source.is_file():
        return Language(tag, locale, NullTranslations())
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale.language))
    compiled.seek(0)
    return Language(tag, locale, GNUTranslations(compiled))
