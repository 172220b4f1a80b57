"""Which unknown keys are taken for misspellings, besides those in documents/invalid."""

import pytest

from feeds.config.options import OWN_NAMES, FieldNames, Limits
from feeds.items.front_matter import Document
from feeds.items.misspelt import misspelt
from support.validation import ESSENTIAL


def warnings(data: dict[str, object], names: FieldNames = OWN_NAMES) -> list[str]:
    return [p.message for p in misspelt(Document("x.md", data, lambda where: 1), names)]


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("publised", "published"),
        ("Published", "published"),
        ("topic", "topics"),
        ("image", "images"),
        ("qualtiy", "quality"),
        ("lan-guage", "language"),
        ("Heat", "heat"),
        ("publisher", ""),
        ("subtitle", ""),
        ("update", "updated"),
        ("drafts", "draft"),
        ("data", ""),
        ("layout", ""),
        ("id", ""),
        ("", ""),
        ("topics" * 10, ""),
    ],
)
def test_a_key_and_what_it_means(key: str, meant: str) -> None:
    expected = [f'"{key}" is not a known key; did you mean {meant}?'] if meant else []
    assert warnings(ESSENTIAL | {key: "x"}) == expected


def test_a_key_is_no_mistake_when_its_field_has_a_value() -> None:
    assert warnings(ESSENTIAL | {"Date": "2021-01-26", "WEBURL": "x"}) == []


def test_configured_names_are_known() -> None:
    names = FieldNames(topics=("topic", "labels"), related="coverage")
    written = {"topic": "AI", "coverage": [{"Title": "x"}]}
    assert warnings(ESSENTIAL | written, names) == ['"Title" is not a known key; did you mean title?']
    assert warnings(ESSENTIAL | {"label": "AI"}, names) == ['"label" is not a known key; did you mean labels?']


def test_a_document_full_of_mistakes_has_a_limited_number_of_warnings() -> None:
    related = [{"Title": "x"}] * Limits().related
    assert len(warnings(ESSENTIAL | {"related": related})) == 20
