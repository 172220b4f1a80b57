"""Pages of Jekyll and Hugo, read as these publish them."""

import pytest
from msgspec.structs import replace

from feeds.config.options import Defaults, FieldNames
from feeds.items.front_matter import parse_document
from feeds.items.validate import validate
from feeds.model import Item
from feeds.problems import Problem

HUGO = Defaults(
    published=True,
    topics=("Blog",),
    generator="hugo",
    site_url="https://blog.example/",
    site_language="en",
    url="https://blog.example/{folder}/{slug}/",
)
JEKYLL = Defaults(
    published=True,
    topics=("Blog",),
    generator="jekyll",
    site_url="https://blog.example/sub/",
    url="https://blog.example/sub/{categories}/{year}/{month}/{day}/{slug}.html",
)
NAMES = FieldNames(topics="categories", excerpt="description", images="image")
DATE = "date: 2021-01-26"


def read(name: str, text: str, defaults: Defaults) -> tuple[Item | None, list[Problem]]:
    document, problems = parse_document(text.encode(), name)
    if document is None:
        return None, list(problems)
    item, found = validate(document, defaults, names=NAMES)
    return item, [*problems, *found]


ADDRESSES = {
    "file name": ("content/post/On Go.md", "", "post/on-go/"),
    "nested": ("content/post/2021/On-Go.md", "", "post/2021/on-go/"),
    "bundle": ("content/post/on-go/index.md", "", "post/on-go/"),
    "slug": ("content/post/a.md", "Slug: Go Go", "post/go-go/"),
    "escaped slug": ("content/post/a.md", "slug: str%c3%b8m", "post/str%C3%B8m/"),
    "url": ("content/post/a.md", "Url: /on/go", "on/go/"),
    "url without a slash": ("content/post/a.md", "url: on/go/", "on/go/"),
    "url of a file": ("content/post/a.md", "url: /on/go.html", "on/go.html"),
    "translation": ("content/post/a.de.md", "", "de/post/a/"),
    "translation with a script": ("content/post/a.zh-hant-tw.md", "", "zh-hant-tw/post/a/"),
    "translated bundle": ("content/post/a/index.de.md", "", "de/post/a/"),
    "default language": ("content/post/a.en.md", "", "post/a/"),
    "bundle with a dot": ("content/post/on-go.io/index.md", "", "post/on-go.io/"),
    "name with a dot": ("content/post/go.1.22.md", "", "post/go.1.22/"),
    "site in a content folder": ("content/site/content/post/a.md", "", "post/a/"),
}


@pytest.mark.parametrize(("path", "line", "expected"), ADDRESSES.values(), ids=ADDRESSES)
def test_the_address_of_a_page_of_hugo(path: str, line: str, expected: str) -> None:
    item, problems = read(path, f"---\nTitle: On Go\n{DATE}\n{line}\n---\n", HUGO)
    assert problems == []
    assert item is not None
    assert item.url == f"https://blog.example/{expected}"


POSTS = {
    "file name": ("", "2021/01/26/on-go.html"),
    "category": ("categories: [Go]", "go/2021/01/26/on-go.html"),
    "category of two words": ("categories: [Go On, B]", "go%20on/b/2021/01/26/on-go.html"),
    "own date": ("date: 2021-02-03", "2021/02/03/on-go.html"),
    "own time": ("date: 2021-2-3 04:05:06 +0800", "2021/02/02/on-go.html"),
    "slug": ("slug: go", "2021/01/26/go.html"),
    "permalink": ("permalink: /on/go", "on/go"),
    "pattern": ("permalink: /:title/", "2021/01/26/on-go.html"),
    "elsewhere": ("permalink: https://other.example/", "https://other.example/"),
}


@pytest.mark.parametrize(("line", "expected"), POSTS.values(), ids=POSTS)
def test_the_address_of_a_post_of_jekyll(line: str, expected: str) -> None:
    item, problems = read("_posts/2021-01-26-on-go.md", f"---\ntitle: On Go\n{line}\n---\n", JEKYLL)
    assert problems == []
    assert item is not None
    assert item.url == (expected if "://" in expected else f"https://blog.example/sub/{expected}")


NAMES_OF_POSTS = {
    "short date": ("2021-1-6-on-go", "2021/01/06/on-go"),
    "capitals": ("2021-01-26-On-Go", "2021/01/26/On-Go"),
    "spaces": ("2021-01-26-on  go -1.2", "2021/01/26/on-go-1.2"),
}


@pytest.mark.parametrize(("name", "expected"), NAMES_OF_POSTS.values(), ids=NAMES_OF_POSTS)
def test_the_name_of_a_post_of_jekyll(name: str, expected: str) -> None:
    item, _ = read(f"_posts/{name}.md", "---\ntitle: On Go\n---\n", JEKYLL)
    assert item is not None
    assert item.url == f"https://blog.example/sub/{expected}.html"


DAYS = {
    "jekyll, in the zone of the site": (replace(JEKYLL, timezone="Asia/Tokyo"), "2021-02-02 20:00:00 Z", "2021/02/03"),
    "jekyll, a day alone": (replace(JEKYLL, timezone="America/Toronto"), "2021-02-03", "2021/02/03"),
    "hugo, as it is written": (HUGO, "2021-02-03T00:30:00+02:00", "2021/02/03"),
}


@pytest.mark.parametrize(("defaults", "date", "expected"), DAYS.values(), ids=DAYS)
def test_the_day_in_an_address(defaults: Defaults, date: str, expected: str) -> None:
    dated = replace(defaults, url="https://blog.example/{year}/{month}/{day}")
    item, _ = read("_posts/2021-01-26-a.md", f"---\ntitle: A\ndate: {date}\n---\n", dated)
    assert item is not None
    assert item.url == f"https://blog.example/{expected}"


IMAGES = {
    "hugo, beside its page": (HUGO, "content/post/a/index.md", "cat.jpg", "https://blog.example/post/a/cat.jpg"),
    "hugo, elsewhere": (HUGO, "content/post/a.md", "img/cat.jpg", "https://blog.example/img/cat.jpg"),
    "jekyll": (JEKYLL, "_posts/2021-01-26-a.md", "img/cat.jpg", "https://blog.example/sub/img/cat.jpg"),
    "jekyll-seo-tag": (JEKYLL, "_posts/2021-01-26-a.md", "{path: cat.jpg}", "https://blog.example/sub/cat.jpg"),
    "elsewhere": (JEKYLL, "_posts/2021-01-26-a.md", "https://x.example/cat.jpg", "https://x.example/cat.jpg"),
}


@pytest.mark.parametrize(("defaults", "path", "image", "expected"), IMAGES.values(), ids=IMAGES)
def test_where_an_image_is(defaults: Defaults, path: str, image: str, expected: str) -> None:
    item, problems = read(path, f"---\ntitle: A\n{DATE}\nimage: {image}\n---\n", defaults)
    assert problems == []
    assert item is not None
    assert [image.url for image in item.images] == [expected]


TOML = """+++
Title = "On Go"
date = 2021-01-26T17:45:00+01:00
Description = "What it is"
categories = ["Go", "C"]
author = ["Ada", "Bob"]
type = "post"
weight = 3
secured = "hunter2"
+++
Text
"""


def test_front_matter_in_toml() -> None:
    item, problems = read("content/post/a.md", TOML, HUGO)
    assert problems == []
    assert item is not None
    assert (item.title, item.excerpt, item.topics) == ("On Go", "What it is", ("Go", "C"))
    assert (item.published.isoformat(), item.provider.name) == ("2021-01-26T16:45:00+00:00", "Ada, Bob")


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        pytest.param('+++\ntitle = "x"\n', 1, "unclosed-front-matter", id="unclosed"),
        pytest.param('+++\ntitle = "x"\ndate = yesterday\n+++\n', 3, "bad-toml", id="no TOML"),
        pytest.param('+++\ntitle = "x"\ndate = "soon"\n+++\n', 3, "bad-date", id="no date"),
        pytest.param("+++\n[a" + ".a" * 60 + "]\nb = 1\n+++\n", 1, "too-complex", id="too deep"),
        pytest.param("+++\n# " + "x" * 100_000 + "\n+++\n", 1, "too-complex", id="too long"),
    ],
)
def test_mistakes_in_toml(text: str, line: int, code: str) -> None:
    item, problems = read("content/post/a.md", text, HUGO)
    assert item is None
    assert [(p.line, p.code) for p in problems] == [(line, code)]


@pytest.mark.parametrize(
    ("lines", "defaults", "expected"),
    [
        ("draft: true", HUGO, False),
        ("Draft: true", HUGO, False),
        ("draft: false", HUGO, True),
        ("draft: true", JEKYLL, False),
        ("published: false", JEKYLL, False),
    ],
)
def test_a_draft_is_not_published(lines: str, defaults: Defaults, expected: bool) -> None:
    item, _ = read("content/post/2021-01-26-a.md", f"---\ntitle: A\n{lines}\n---\n", defaults)
    assert item is not None
    assert item.is_published is expected


def test_a_post_without_categories_has_the_default_topics() -> None:
    item, _ = read("_posts/2021-01-26-a.md", "---\ntitle: A\n---\n", JEKYLL)
    assert item is not None
    assert item.topics == ("Blog",)


def test_keys_have_a_case_elsewhere() -> None:
    _, problems = read("_posts/2021-01-26-a.md", "---\nTitle: A\n---\n", JEKYLL)
    assert [p.code for p in problems] == ["missing-title", "unknown-key"]


def test_a_problem_names_the_line_of_the_key_as_it_is_written() -> None:
    _, problems = read("content/post/a.md", f"---\n{DATE}\nTitle:\n  - a list\n---\n", HUGO)
    assert [(p.line, p.code) for p in problems] == [(3, "bad-title")]
