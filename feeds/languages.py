"""Words and dates in a reader's language: gettext-style catalogues in `locale/`, dates by Babel (CLDR)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property, lru_cache
from gettext import c2py  # what gettext itself reads Plural-Forms with
from importlib import resources
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages import Catalog
from babel.messages.pofile import read_po
from msgspec import Struct


class Language(Struct, frozen=True, dict=True):  # a dict, for what is cached
    """One language's fixed words and date formats. Unknown languages read English words."""

    tag: str
    """BCP 47, as configured: goes into lang attributes and feeds."""
    locale: Locale
    messages: Mapping[str, tuple[str, ...]] = {}
    """English text (of plurals the singular) to its forms in this language."""
    plural_form: Callable[[int], int] = lambda number: int(number != 1)
    """Index of the form for a number."""

    @cached_property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return self.locale.text_direction

    def text(self, message: str, /, **values: object) -> str:
        """The message in this language, its `{names}` filled in."""
        return self.messages.get(message, (message,))[0].format(**values)

    def plural(self, one: str, many: str, number: int, /, **values: object) -> str:
        """The form for that number, by the language's own rule (gettext's ngettext); fills in `{number}`."""
        forms = self.messages.get(one)
        message = forms[self.plural_form(number)] if forms else (one, many)[number != 1]
        return message.format(number=number, **values)

    def long_date(self, when: datetime | date, zone: tzinfo = UTC) -> str:
        """`26 January 2021`, in the way the language writes a full date."""
        return _written(_local(when, zone), "long", self.locale)

    def short_date(self, when: datetime | date, zone: tzinfo = UTC) -> str:
        """`26 Jan 2021`."""
        return _written(_local(when, zone), "medium", self.locale)


@lru_cache(maxsize=16_384)
def _written(day: date, length: Literal["long", "medium"], locale: Locale) -> str:
    """A build writes the same few days thousands of times, and CLDR's patterns are slow to fill in."""
    return format_date(day, format=length, locale=locale)


def _local(when: datetime | date, zone: tzinfo) -> date:
    return when.astimezone(zone).date() if isinstance(when, datetime) else when


@lru_cache(maxsize=64)
def language(tag: str) -> Language:
    """The language of a BCP 47 tag. `en` means international English (day before month); `en-US` is American.

    Raises ValueError when the tag names no language that CLDR knows.
    """
    try:
        locale = Locale.parse("en-150" if tag.lower() == "en" else tag, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"unknown language {tag!r}: use a BCP 47 tag such as en, de or pt-BR") from error
    source = resources.files("feeds") / "locale" / f"{locale.language}.po"
    if not source.is_file():
        return Language(tag, locale)
    with source.open("rb") as file:
        catalogue = read_po(file, locale=locale.language)
    return Language(tag, locale, dict(_messages(catalogue)), c2py(catalogue.plural_expr))


def _messages(catalogue: Catalog) -> Iterator[tuple[str, tuple[str, ...]]]:
    for message in catalogue:
        ids, forms = ([text] if isinstance(text, str) else list(text) for text in (message.id, message.string or ""))
        if ids[0] and all(forms):
            yield ids[0], tuple(forms)
