"""`feeds init` in the folder of a Jekyll blog or a Hugo site."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feeds.scaffold.blogs import Blog, find_blog, hugo, jekyll
from support.building import files
from support.commands import Run

PERMALINKS: dict[str, tuple[dict[str, Any], str]] = {
    "none": ({}, "{categories}/{year}/{month}/{day}/{slug}.html"),
    "pretty": ({"permalink": "pretty"}, "{categories}/{year}/{month}/{day}/{slug}/"),
    "own": ({"permalink": "/blog/:year/:title:output_ext"}, "blog/{year}/{slug}.html"),
    "of the collection": (
        {"permalink": "/:title", "collections": {"posts": {"permalink": "/p/:slug/"}}},
        "p/{slug}/",
    ),
    "of the defaults": ({"defaults": [{"scope": {"path": ""}, "values": {"permalink": "/d/:title"}}]}, "d/{slug}"),
}


@pytest.mark.parametrize(("config", "pattern"), PERMALINKS.values(), ids=PERMALINKS)
def test_the_pattern_of_jekyll(config: dict[str, Any], pattern: str) -> None:
    assert jekyll(config, "blog", "").pattern == pattern


STYLES: dict[str, tuple[dict[str, Any], str]] = {
    "none": ({}, "{folder}/{slug}/"),
    "section": ({"permalinks": {"post": "/:year/:section/:filename/"}}, "{year}/post/{slug}/"),
    "of pages": ({"permalinks": {"page": {"post": "/:year/:title/"}}}, "{year}/{title}/"),
    "ugly": ({"uglyurls": True}, "{folder}/{slug}.html"),
    "ugly posts": ({"uglyurls": {"post": True}}, "{folder}/{slug}.html"),
    "ugly others": ({"uglyurls": {"about": True}}, "{folder}/{slug}/"),
    "in a folder of the language": (
        {"languages": {"en": {}}, "defaultcontentlanguageinsubdir": True},
        "en/{folder}/{slug}/",
    ),
    "of another section": ({"permalinks": {"art": "/:year/:title/"}}, "{folder}/{slug}/"),
}


@pytest.mark.parametrize(("config", "pattern"), STYLES.values(), ids=STYLES)
def test_the_pattern_of_hugo(config: dict[str, Any], pattern: str) -> None:
    assert hugo(config, "site", "", {"post": 3, "about": 1}).pattern == pattern


def test_a_pattern_that_cannot_be_expressed_is_said() -> None:
    assert jekyll({"permalink": "/:y_day/:title"}, "blog", "").unknown == ":y_day"


SECTIONS: dict[str, tuple[dict[str, Any], dict[str, int], tuple[str, ...]]] = {
    "configured": ({"params": {"mainsections": ["essays"]}}, {"essays": 2, "post": 3}, ("content/essays",)),
    "usual name": ({}, {"about": 9, "posts": 3}, ("content/posts",)),
    "with a pattern": ({"permalinks": {"fun": "/:slug"}}, {"about": 9, "fun": 3}, ("content/fun",)),
    "largest": ({}, {"about": 1, "texts": 3}, ("content/texts",)),
    "none": ({}, {}, ("content",)),
}


@pytest.mark.parametrize(("config", "sections", "expected"), SECTIONS.values(), ids=SECTIONS)
def test_the_posts_of_hugo(config: dict[str, Any], sections: dict[str, int], expected: tuple[str, ...]) -> None:
    assert hugo(config, "site", "", sections).posts == expected


STRANGE: tuple[Any, ...] = (None, True, 1, "x", [], [[1]], {}, {"x": 1}, [{"x": 1}])


def damaged(value: object) -> Iterator[Any]:
    """Yield the value with each of its parts replaced by each thing that has no place there."""
    yield from STRANGE
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ({**value, key: strange} for strange in damaged(inner))
    if isinstance(value, list):
        for n, inner in enumerate(value):
            yield from ([*value[:n], strange, *value[n + 1 :]] for strange in damaged(inner))


POSTS_AT = {"permalink": "/:title"}
OF_JEKYLL = {
    **dict.fromkeys(("title", "url", "baseurl", "source", "collections_dir", "lang", "timezone", "permalink"), "x"),
    "collections": {"posts": POSTS_AT},
    "defaults": [{"scope": {"type": "posts"}, "values": POSTS_AT}],
    "feed": {"path": "/feed.xml"},
}
OF_HUGO = {
    **dict.fromkeys(("title", "baseurl", "locale", "defaultcontentlanguage", "uglyurls"), "x"),
    "languages": {"x": {"title": "x", "contentdir": "x", "locale": "de"}},
    "module": {"mounts": [{"source": "src", "target": "static"}]},
    "params": {"mainsections": ["post"]},
    "permalinks": {"page": {"post": "/:slug/"}},
}


def test_a_configuration_of_a_strange_shape_is_no_error() -> None:
    blogs = [jekyll(config, "x", "") for config in damaged(OF_JEKYLL) if isinstance(config, dict)]
    blogs += [hugo(config, "x", "", {"post": 1}) for config in damaged(OF_HUGO) if isinstance(config, dict)]
    assert len(blogs) > 300
    assert all(isinstance(part, str) for blog in blogs for part in (blog.title, blog.pattern, blog.static, *blog.posts))


def test_an_address_that_is_not_text_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "CNAME").write_bytes(b"\xff")
    assert found(tmp_path, {"_config.yml": ""}).site_url == ""


JEKYLL = {
    "_config.yml": "title: Ada & Bob\nurl: https://ada.example\nbaseurl: /blog\nlang: de\npermalink: /:year/:title/\n",
    "_posts/2021-01-26-ban.md": "---\ntitle: Ban the scan\nlayout: post\n---\n",
    "_posts/2021-01-27-two.md": "---\ntitle: Two\npermalink: /two/\ncategories: News AI\n---\n",
    "feeds/index.html": "mine",
}
HUGO = {
    "hugo.toml": 'baseURL = "https://ada.example/"\ntitle = "Ada"\nlocale = "de"\n',
    "content/posts/ban/index.md": '+++\nTitle = "Ban the scan"\ndate = 2021-01-26\n+++\n',
    "content/posts/two.md": "---\ntitle: Two\ndate: 2021-01-27\ndraft: true\n---\n",
    "content/posts/_index.md": "---\ntitle: Posts\n---\n",
}


def write(folder: Path, content: dict[str, str]) -> None:
    for name, text in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("site", "out", "links"),
    [
        pytest.param(
            JEKYLL, "news-feeds", ["https://ada.example/blog/two/", "https://ada.example/blog/2021/ban/"], id="jekyll"
        ),
        pytest.param(HUGO, "static/feeds", ["https://ada.example/posts/ban/"], id="hugo"),
    ],
)
def test_from_a_site_to_its_feeds(run: Run, tmp_path: Path, site: dict[str, str], out: str, links: list[str]) -> None:
    write(tmp_path, site)
    said = run("init")
    assert said.stdout.startswith("wrote feeds.toml\n\nThis is a ")
    assert '<link rel="alternate" type="application/rss+xml"' in said.stdout
    config = tomllib.loads((tmp_path / "feeds.toml").read_text("utf-8"))
    assert (config["out"], config["language"]) == (out, "de")
    done = run("build")
    assert (done.returncode, done.stderr) == (0, "")
    feed = (tmp_path / out / "all/rss.xml").read_text("utf-8")
    assert [part.partition("<")[0] for part in feed.split("<link>")[2:]] == links
    # Nothing of the site is changed, and everything new is in the folder of the feeds.
    now = files(tmp_path)
    assert {name: now[name].decode() for name in site} == site
    new = (name for name in now if name not in site and not name.startswith((f"{out}/", ".feeds_cache/")))
    assert list(new) == ["feeds.toml"]


def found(folder: Path, content: dict[str, str]) -> Blog:
    write(folder, content)
    blog = find_blog(folder, "folder")
    assert blog is not None
    return blog


POST = "---\ntitle: A\ndate: 2021-01-26\n---\n"


def test_a_configuration_in_several_files(tmp_path: Path) -> None:
    blog = found(
        tmp_path,
        {
            "config/_default/hugo.toml": 'baseURL = "https://ada.example"\ntitle = "Site"\nstaticDir = ["public"]\n',
            "config/_default/languages.en.toml": 'title = "Ada"\ncontentDir = "content/english"\nlocale = "en-GB"\n',
            "config/_default/permalinks.toml": 'essays = "/:slug/"\n',
            "config/_default/params.toml": 'mainSections = ["essays"]\n',
            "content/english/essays/a.md": POST,
        },
    )
    assert (blog.title, blog.language, blog.site_language) == ("Ada", "en-GB", "en")
    assert (blog.posts, blog.pattern) == (("content/english/essays",), "{title}/")
    assert (blog.content, blog.public) == ("content/english", "public/")


def test_a_site_of_hugo_whose_configuration_cannot_be_read(tmp_path: Path) -> None:
    blog = found(tmp_path, {"hugo.toml": "title = [", "content/posts/a.md": POST})
    assert (blog.generator, blog.title, blog.posts) == ("hugo", "folder", ("content/posts",))


def test_folders_that_are_mounted(tmp_path: Path) -> None:
    mounts = [("src/content", "content"), ("src/static", "static")]
    module = "".join(f'[[module.mounts]]\nsource = "{source}"\ntarget = "{target}"\n' for source, target in mounts)
    blog = found(tmp_path, {"hugo.toml": module, "src/content/posts/a.md": POST})
    assert (blog.posts, blog.public) == (("src/content/posts",), "src/static/")


def test_the_time_zone_of_jekyll(tmp_path: Path) -> None:
    blog = found(tmp_path, {"_config.yml": "timezone: America/Toronto\n", "_posts/2021-01-26-a.md": POST})
    assert blog.settings("feeds")["defaults", "timezone"] == "America/Toronto"


def test_a_jekyll_blog_in_a_folder_of_its_own(tmp_path: Path) -> None:
    config = {"_config.yml": "source: ./src\ncollections_dir: texts\n"}
    blog = found(tmp_path, config)
    assert (blog.posts, blog.public) == (("src/texts/_posts",), "src/")
    assert found(tmp_path, {"_config.yml": "source: .\n"}).posts == ("_posts",)


def test_posts_that_are_not_there_are_said(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"_config.yml": "source: made\n"})
    assert "There is no folder made/_posts; set sources in feeds.toml" in run("init").stdout


FEEDS = {
    "usual": ("title: A", "feed.xml"),
    "own path": ("feed: {path: /atom.xml}", "atom.xml"),
    "elsewhere": ("feed: {path: 'https://x.example/atom.xml'}", "feed.xml"),
}


@pytest.mark.parametrize(("config", "expected"), FEEDS.values(), ids=FEEDS)
def test_the_old_feed_of_jekyll(config: str, expected: str, tmp_path: Path) -> None:
    assert found(tmp_path, {"_config.yml": config}).old_feed == expected


def test_a_site_without_an_address(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"_config.yml": "title: [broken", "_posts/2021-01-26-a.md": "---\ntitle: A\n---\n"})
    assert "The site's address is not known; set base_url" in run("init").stdout
    assert run("build").returncode == 0


def test_the_address_is_in_the_file_for_pages(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"_config.yml": "", "CNAME": "ada.example\n"})
    run("init")
    assert tomllib.loads((tmp_path / "feeds.toml").read_text("utf-8"))["base_url"] == "https://ada.example/feeds/"


def test_an_existing_configuration_is_kept(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {**JEKYLL, "feeds.toml": "# mine"})
    assert run("init").stdout.startswith("kept  feeds.toml\n")
    assert (tmp_path / "feeds.toml").read_text("utf-8") == "# mine"
