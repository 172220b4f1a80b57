"""Words and dates in a reader's language: gettext-style catalogues in `locale/`, dates by Babel (CLDR)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import lru_cache
from importlib import resources

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, get_timezone
from babel.messages.pofile import read_po

UTC = get_timezone("UTC")


@dataclass(frozen=True)
class Language:
    """One language's fixed words and date formats. Unknown languages read English words."""

    tag: str
    """BCP 47, as configured: goes into lang attributes and feeds."""
    locale: Locale
    messages: Mapping[str, str | tuple[str, ...]] = field(repr=False)

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return self.locale.text_direction

    def text(self, message: str, /, **values: object) -> str:
        """The message in this language, its `{names}` filled in."""
        found = self.messages.get(message) or message
        return (found if isinstance(found, str) else found[0]).format(**values)

    def plural(self, one: str, many: str, number: int, /, **values: object) -> str:
        """The form for that number, by the language's own plural rule (gettext's ngettext); fills in `{number}`."""
        found = self.messages.get(one)
        if isinstance(found, tuple) and all(found):
            message = found[_plural_index(self.locale, number, len(found))]
        else:
            message = one if number == 1 else many
        return message.format(number=number, **values)

    def long_date(self, when: datetime | date, zone: tzinfo = UTC) -> str:
        """`26 January 2021`, in the way the language writes a full date."""
        return format_date(_local(when, zone), format="long", locale=self.locale)

    def short_date(self, when: datetime | date, zone: tzinfo = UTC) -> str:
        """`26 Jan 2021`."""
        return format_date(_local(when, zone), format="medium", locale=self.locale)


def _local(when: datetime | date, zone: tzinfo) -> date:
    return when.astimezone(zone).date() if isinstance(when, datetime) else when


def _plural_index(locale: Locale, number: int, forms: int) -> int:
    """Index into a catalogue's plural forms, which stand in CLDR's order of categories."""
    order = [
        name for name in ("zero", "one", "two", "few", "many", "other") if name in {*locale.plural_form.tags, "other"}
    ]
    if forms != len(order):  # gettext rules of fr, es, … leave out CLDR's "many" (of millions)
        return 0 if number == 1 else forms - 1
    return order.index(locale.plural_form(number))


@lru_cache(maxsize=64)
def language(tag: str) -> Language:
    """The language of a BCP 47 tag. `en` means international English (day before month); `en-US` is American.

    Raises ValueError when the tag names no language that CLDR knows.
    """
    try:
        locale = Locale.parse("en-150" if tag.lower() == "en" else tag, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"unknown language {tag!r}: use a BCP 47 tag such as en, de or pt-BR") from error
    return Language(tag, locale, _catalogue(locale.language))


def _catalogue(name: str) -> dict[str, str | tuple[str, ...]]:
    source = resources.files("feeds") / "locale" / f"{name}.po"
    if not source.is_file():
        return {}
    with source.open("rb") as file:
        catalogue = read_po(file, locale=name)
    return {
        (message.id if isinstance(message.id, str) else message.id[0]): message.string
        for message in catalogue
        if message.id
    }
