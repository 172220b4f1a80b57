"""The library without a disk: a configuration from a dict, and the files of one topic."""

from pathlib import Path

import pytest

import feeds
from feeds.config.load import load_config
from support.building import NOW, built, files, write_item

TABLE = {"title": "Test", "base_url": "https://news.example/", "newsletters": {"weekly": {"topics": ["AI"]}}}
TEXT = '[newsletters.weekly]\ntopics = ["AI"]\n'


@pytest.fixture
def documents(tmp_path: Path) -> dict[str, bytes]:
    """Write three documents; return them under the names that a build gives them."""
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", topics=["Chess", "AI"], publishedDateTime="2021-01-19")
    (tmp_path / "seeds/bad.md").write_text("no front matter", encoding="utf-8")
    return {f"seeds/{p.name}": p.read_bytes() for p in (tmp_path / "seeds").iterdir()}


@pytest.mark.parametrize("topic", ["ai", "chess", "weekly"])
def test_the_files_are_those_of_a_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, documents: dict[str, bytes], topic: str
) -> None:
    built(tmp_path, TEXT)
    expected = files(tmp_path / "out" / topic)
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    made = feeds.render(load_config(table=TABLE), documents, topic, NOW)
    assert dict(made.files) == expected
    assert [(p.path, p.code) for p in made.problems] == [("seeds/bad.md", "no-front-matter")]
    assert list(empty.iterdir()) == []


def test_only_what_is_asked_for(documents: dict[str, bytes]) -> None:
    config = load_config(table=TABLE | {"build": {"outputs": ["rss"]}, "feed": {"issues": False}})
    assert list(feeds.render(config, documents, "AI", NOW).files) == ["rss.xml"]


def test_an_unknown_topic(documents: dict[str, bytes]) -> None:
    with pytest.raises(feeds.ConfigError, match="no topic is called 'Ches'; did you mean chess"):
        feeds.render(load_config(table=TABLE), documents, "Ches", NOW)
    with pytest.raises(feeds.ConfigError, match="no topic is called 'AI'; no item has a topic"):
        feeds.render(load_config(table={}), {}, "AI", NOW)


def test_a_configuration_from_a_dict_ignores_files(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text('title = "File"\n', encoding="utf-8")
    config = load_config(table={"title": "Dict", "out": "public"}, start=tmp_path)
    assert (config.site.title, config.out) == ("Dict", tmp_path / "public")
    assert load_config(start=tmp_path).site.title == "File"


def test_mistakes_in_a_dict() -> None:
    with pytest.raises(feeds.ConfigError) as caught:
        load_config(table={"titel": "x", "feed": {"archive": 1}})
    assert caught.value.problems == [
        "titel: unknown key; did you mean title?",
        "feed.archive: must be true or false",
    ]
