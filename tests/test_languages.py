import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import feeds
from feeds.languages import language
from feeds.renderers.shipped import templates_dir

PACKAGE = Path(feeds.__file__).parent
CATALOGUES = sorted((PACKAGE / "locale").glob("*.po"))
WHEN = datetime(2021, 1, 26, 23, 45, tzinfo=UTC)


def words_in_use() -> set[str]:
    """The texts that code and templates ask for."""
    sources = [*PACKAGE.rglob("*.py"), *templates_dir().glob("*.*")]
    text = "\n".join(p.read_text(encoding="utf-8") for p in sources)
    calls = re.findall(r"""(?:\btext|plural)\(\s*["']([A-Z{+][^"']+)["']""", text)
    named = re.findall(r"""^\s+(?:one, many|reason) = "([A-Z{+][^"]+)\"""", text, re.MULTILINE)
    rows = re.findall(r"""^\s+\("([A-Z][^"]+)", tool\.""", text, re.MULTILINE)
    return {*calls, *named, *rows}


def test_the_words_are_found() -> None:
    assert {"Related coverage", "{number} story", "Unsubscribe", "View in browser", "Issue {id}"} <= words_in_use()


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda p: p.stem)
def test_catalogues_are_complete_and_hold_nothing_else(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file)
    found = {m.id if isinstance(m.id, str) else m.id[0]: m.string for m in catalogue if m.id}
    assert set(found) == words_in_use()
    for id_, forms in found.items():
        texts = [forms] if isinstance(forms, str) else list(forms or ())
        assert all(texts), f"{id_} is not translated"
        names = set(re.findall(r"\{\w+\}", id_))
        assert all(set(re.findall(r"\{\w+\}", t)) <= names for t in texts), f"{id_} has other names in it"


DATES = {
    "en": ("26 January 2021", "26 Jan 2021", "ltr"),
    "en-US": ("January 26, 2021", "Jan 26, 2021", "ltr"),
    "de": ("26. Januar 2021", "26.01.2021", "ltr"),
    "fr": ("26 janvier 2021", "26 janv. 2021", "ltr"),
    "es": ("26 de enero de 2021", "26 ene 2021", "ltr"),
    "ja": ("2021年1月26日", "2021/01/26", "ltr"),
    "ar": ("26 يناير 2021", "26‏/01‏/2021", "rtl"),
}


@pytest.mark.parametrize("tag", DATES)
def test_dates_and_direction(tag: str) -> None:
    words = language(tag)
    assert (words.long_date(WHEN), words.short_date(WHEN), words.direction) == DATES[tag]
    assert words.tag == tag


def test_a_date_is_that_of_the_zone() -> None:
    from zoneinfo import ZoneInfo

    assert language("en").long_date(WHEN, ZoneInfo("Europe/Berlin")) == "27 January 2021"


PLURALS = {
    ("en", 1): "1 story",
    ("en", 2): "2 stories",
    ("de", 1): "1 Meldung",
    ("fr", 0): "0 actualité",
    ("fr", 2): "2 actualités",
    ("ja", 1): "1 件のニュース",
    ("ar", 2): "خبران",
    ("ar", 3): "3 أخبار",
    ("ar", 11): "11 خبرًا",
    ("it", 2): "2 stories",
}


@pytest.mark.parametrize(("tag", "number"), PLURALS, ids=str)
def test_plurals(tag: str, number: int) -> None:
    assert language(tag).plural("{number} story", "{number} stories", number) == PLURALS[tag, number]


def test_regions_read_their_language() -> None:
    assert language("de-AT").text("Issues") == "Ausgaben"


@pytest.mark.parametrize("tag", ["", "english", "de_DE", "x", "12"])
def test_what_is_no_language(tag: str) -> None:
    with pytest.raises(ValueError, match="use a BCP 47 tag"):
        language(tag)
