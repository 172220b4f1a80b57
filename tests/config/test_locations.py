from pathlib import Path

import pytest

from feeds.config.locations import Sources, Url, join, local, located
from feeds.problems import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("items", Path("/site/items")),
        ("/data/items", Path("/data/items")),
        ("C:/items", Path("/site/C:/items")),
        ("notes::2021", Path("/site/notes::2021")),
        ("filecache::s3://bucket/items", Url("filecache::s3://bucket/items")),
        ("s3://bucket/items/", Url("s3://bucket/items")),
        ("memory://items", Url("memory://items")),
        ("abfs://folder@account.example/items", Url("abfs://folder@account.example/items")),
        ("zip://items.zip", Url("zip::/site/items.zip")),
        ("zip:///data/items.zip", Url("zip::/data/items.zip")),
        ("zip::items.zip", Url("zip::/site/items.zip")),
        ("zip://2021::old/items.zip", Url("zip://2021::/site/old/items.zip")),
        ("zip::s3://bucket/items.zip", Url("zip::s3://bucket/items.zip")),
        ("zip://2021::s3://bucket/items.zip", Url("zip://2021::s3://bucket/items.zip")),
    ],
    ids=str,
)
def test_what_is_meant(text: str, expected: Path | Url) -> None:
    assert located(text, Path("/site")) == expected


@pytest.mark.parametrize("text", ["ftp://me:secret@host/items", "zip::https://me:secret@host/items.zip"])
def test_passwords_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigError, match="contains a password") as caught:
        located(text)
    assert "secret" not in str(caught.value)


def test_what_needs_a_folder_says_so() -> None:
    assert local(Path("out"), "feeds serve") == Path("out")
    with pytest.raises(ConfigError, match="s3://b/out is not a local folder; feeds serve needs one"):
        local(Url("s3://b/out"), "feeds serve")


def test_names_in_a_folder() -> None:
    assert join(Path("out"), "ai/rss.xml") == "out/ai/rss.xml"
    assert join(Url("s3://b/out"), "ai/rss.xml") == "s3://b/out/ai/rss.xml"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("seeds/one.md", None),
        ("s3://b/items/one.md", Url("s3://b/items")),
        ("s3://b/items-2/one.md", None),
        ("s3://b/one.md", Url("s3://b/one.md")),
    ],
)
def test_the_source_of_a_document(path: str, expected: Url | None) -> None:
    assert Sources("", (Url("s3://b/items"), Url("s3://b/one.md")), 0).url(path) == expected
