"""Folders of posts that were written for another program, such as Jekyll."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeds.config.load import load_config
from feeds.config.options import Defaults, FieldNames
from feeds.config.url_pattern import FileName, absolute, address, problem
from feeds.items.front_matter import Document
from feeds.items.validate import validate
from feeds.model import Item
from feeds.pipeline import build
from feeds.problems import ConfigError
from feeds.report import BuildReport
from support.building import NOW, feed
from support.posts import CONFIG, POSTS
from support.validation import check as check_own


@pytest.fixture
def report(tmp_path: Path) -> BuildReport:
    (tmp_path / "_posts").mkdir()
    for name, fields in POSTS.items():
        text = f"---\n{fields.lstrip()}---\n# The post\n{{% include x.html %}}\n"
        (tmp_path / "_posts" / name).write_text(text, encoding="utf-8")
    (tmp_path / "feeds.toml").write_text(CONFIG, encoding="utf-8")
    return build(load_config(start=tmp_path), NOW)


def test_three_lines_give_feeds_of_a_folder_of_posts(report: BuildReport, tmp_path: Path) -> None:
    (said,) = report.problems
    assert Path(said.path).name == "2021-02-30-no-such-day.md"
    assert said.message.startswith('the date in the file\'s name "2021-02-30" is not a valid date; ')
    slugs = sorted(t.slug for t in report.topics)
    assert slugs == ["ai", "cameras", "deep-sea", "policy", "science", "space"]
    stories = {i["title"]: i for i in feed(tmp_path, "ai")["items"]}
    assert {title: (i["url"], i["date_published"]) for title, i in stories.items()} == {
        "Size and space": (
            "https://ada.example/science/ai/2021/01/27/Gr%C3%B6%C3%9Fe%20%26%20Raum.html",
            "2021-01-28T07:30:00Z",
        ),
        "Ban The Scan": ("https://ada.example/policy/2021/01/26/ban-the-scan.html", "2021-01-26T00:00:00Z"),
        "What they wrote": ("https://paper.example/article", "2021-01-25T00:00:00Z"),
        "At its own place": ("https://ada.example/about/this/", "2021-01-24T00:00:00Z"),
    }
    assert stories["Ban The Scan"]["summary"] == "A campaign"
    assert stories["Ban The Scan"]["image"] == "https://ada.example/assets/ban.jpg"


# ---- names of fields

ESSENTIAL: dict[str, object] = {
    "title": "A headline",
    "publishedDateTime": "2021-01-26",
    "webUrl": "https://x.example/a",
}


def read(data: dict[str, object], names: dict[str, Any], path: str = "x.md") -> Item | list[str]:
    """The item of these fields; its problems, where it has any."""
    document = Document(path, data, lambda where: 1)
    item, problems = validate(document, Defaults(), names=FieldNames(**names))
    if problems or item is None:
        return [f"{p.code} {p.message}" for p in problems]
    return item


NAMES: dict[str, tuple[dict[str, object], dict[str, Any], str, object]] = {
    "a title": ({"headline": "Other"}, {"title": "headline"}, "title", "Other"),
    "ours, where theirs is missing": ({}, {"title": "headline"}, "title", "A headline"),
    "ours, where theirs is blank": ({"headline": " "}, {"title": "headline"}, "title", "A headline"),
    "the first that is there": ({"b": "B", "c": "C"}, {"title": ["a", "b", "c"]}, "title", "B"),
    "an address": ({"link": "https://y.example/"}, {"url": "link"}, "url", "https://y.example/"),
    "a date": ({"when": "2020-02-02"}, {"date": "when"}, "published", datetime(2020, 2, 2, tzinfo=UTC)),
    "an excerpt": ({"description": "D"}, {"excerpt": "description"}, "excerpt", "D"),
    "whether it is published": ({"live": "true"}, {"published": "live"}, "is_published", True),
    "quality": ({"rating": "7"}, {"quality": "rating"}, "quality", 7),
    "a language": ({"lang": "de"}, {"language": "lang"}, "language", "de"),
    "topics, of all keys": ({"topics": ["A"], "tags": ["B", "a"]}, {"topics": ["tags"]}, "topics", ("B", "a")),
    "one category with spaces": ({"category": "deep sea"}, {"topics": "category"}, "topics", ("deep sea",)),
    "tags in a text": ({"tags": "deep sea"}, {"topics": "tags"}, "topics", ("deep", "sea")),
    "tags with commas": ({"tags": "deep sea, space,"}, {"topics": "tags"}, "topics", ("deep sea", "space")),
    "categories without being asked": ({"categories": ["A"]}, {}, "topics", ()),
}


@pytest.mark.parametrize(("data", "names", "field", "expected"), NAMES.values(), ids=NAMES)
def test_names_of_fields(data: dict[str, object], names: dict[str, Any], field: str, expected: object) -> None:
    as_records = {k: tuple(v) if isinstance(v, list) else v for k, v in names.items()}
    item = read(ESSENTIAL | data, as_records)
    assert isinstance(item, Item), item
    assert getattr(item, field) == expected


def test_names_hold_for_related_articles_and_not_deeper() -> None:
    names = {"title": "name", "url": "link", "provider": "source", "related": "more", "images": "image"}
    item = read(
        {
            "name": "One",
            "link": "https://x.example/",
            "date": "2021-01-26",
            "source": {"name": "The Paper", "link": "no address"},
            "image": {"url": "https://x.example/i.png", "title": "A picture"},
            "more": [{"name": "Two", "link": "https://y.example/", "source": "Other"}],
        },
        names,
    )
    assert isinstance(item, Item), item
    assert (item.provider.name, item.images[0].title, item.related[0].provider.name) == (
        "The Paper",
        "A picture",
        "Other",
    )


MESSAGES: dict[str, tuple[dict[str, object], dict[str, Any], str]] = {
    "no address": ({"webUrl": None}, {"url": "link"}, "missing-url link is missing; "),
    "a bad address": ({"link": "x", "webUrl": None}, {"url": "link"}, 'bad-url link "x" cannot be used'),
    "a bad one, and ours": (
        {"link": "x"},
        {"url": "link"},
        'bad-url link "x" cannot be used (it does not begin with http',
    ),
    "no date": ({"publishedDateTime": None}, {"date": "when"}, "missing-date when is missing; "),
    "no title": ({"title": None}, {"title": "name"}, "missing-title name is missing; write the headline after name:"),
    "a bad excerpt": ({"about": ["x"]}, {"excerpt": "about"}, "bad-excerpt about is a list"),
    "topics that are none": ({"tags": {"a": "b"}}, {"topics": "tags"}, "bad-topics tags is a mapping, not a list"),
}


@pytest.mark.parametrize(("data", "names", "message"), MESSAGES.values(), ids=MESSAGES)
def test_messages_name_what_stands_in_the_document(
    data: dict[str, object], names: dict[str, Any], message: str
) -> None:
    found = read(ESSENTIAL | data, names)
    assert isinstance(found, list)
    assert [line[: len(message)] for line in found] == [message]


def test_without_names_and_pattern_all_is_as_ever() -> None:
    item, problems = check_own({"title": "x", "publishedDateTime": "2021-01-26", "link": "https://x.example/"})
    assert (item, problems) == (None, ["error missing-url"])


# ---- names of files

FILES = {
    "_posts/2021-01-26-ban-the-scan.md": ("2021-01-26", "ban-the-scan"),
    "2021-01-26-.md": ("", "2021-01-26-"),
    "2021-01-26.md": ("", "2021-01-26"),
    "ban.the.scan.md": ("", "ban.the.scan"),
    "12021-01-26-x.md": ("", "12021-01-26-x"),
}


@pytest.mark.parametrize(("path", "expected"), FILES.items(), ids=FILES)
def test_names_of_files(path: str, expected: tuple[str, str]) -> None:
    name = FileName.of(path)
    assert (name.date, name.slug) == expected


def test_a_date_in_the_document_counts_more_than_that_of_its_file() -> None:
    data = {k: v for k, v in ESSENTIAL.items() if k != "publishedDateTime"}
    by_name = read(data, {}, "a/2020-02-02-x.md")
    in_document = read(ESSENTIAL, {}, "a/2020-02-02-x.md")
    assert isinstance(by_name, Item)
    assert isinstance(in_document, Item)
    assert (by_name.published.year, in_document.published.year) == (2020, 2021)
    refused = read(data | {"date": "soon"}, {}, "a/2020-02-02-x.md")
    assert isinstance(refused, list)
    assert [line.split()[0] for line in refused] == ["bad-date"]


PATTERNS = {
    "https://x.example/{year}/{month}/{day}/{slug}.html": "https://x.example/2021/01/26/a%20b.html",
    "https://x.example/{categories}/{name}/": "https://x.example/deep-sea/ai/2021-01-26-a%20b/",
    "https://x.example/{slug}": "https://x.example/a%20b",
}


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS.items(), ids=PATTERNS)
def test_patterns(pattern: str, expected: str) -> None:
    assert problem(pattern) == ""
    assert address(pattern, FileName.of("2021-01-26-a b.md"), None, ["deep-sea", "ai"]) == expected


def test_what_a_file_without_date_and_categories_gives() -> None:
    pattern = "https://x.example/{categories}/{year}/{slug}/"
    assert address(pattern, FileName.of("a.md"), datetime(2020, 2, 2, tzinfo=UTC), []) == "https://x.example/2020/a/"


BAD_PATTERNS = {
    "https://x.example/{author}": "has no {author}; choose from {year} {month} {day} {slug} {name} {title} {folder}",
    "https://x.example/{slug!r}": "has no {slug}",
    "https://x.example/{": "cannot be read: ",
    "/{slug}.html": "it does not begin with http",
    "https://{slug}/": "",
}


@pytest.mark.parametrize(("pattern", "message"), BAD_PATTERNS.items(), ids=BAD_PATTERNS)
def test_bad_patterns(pattern: str, message: str) -> None:
    assert problem(pattern)[: len(message)] == message


def test_a_bad_pattern_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text('[defaults]\nurl = "/{slug}"\n')
    with pytest.raises(ConfigError, match=r"feeds.toml: error: line 2: defaults.url: it does not begin with http"):
        load_config(start=tmp_path)


ABSOLUTE = {
    "/a/": "https://blog.example/a/",
    "//evil.example/": "//evil.example/",
    "https://y.example/": "https://y.example/",
    "a": "a",
}


@pytest.mark.parametrize(("text", "expected"), ABSOLUTE.items(), ids=ABSOLUTE)
def test_addresses_of_the_same_site(text: str, expected: str) -> None:
    assert absolute("https://blog.example/news/{slug}", text) == expected
    assert absolute("", text) == text
