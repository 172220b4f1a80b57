"""`feeds init` and `feeds new`: from nothing to a publication, and to its next item."""

import re
import subprocess
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from feeds.config.load import load_config
from feeds.config.options import Defaults, Tables
from feeds.config.reference import NAME, Option, options
from feeds.config.toml import dotted
from feeds.items.scraped import plain
from feeds.items.validate import validate
from feeds.scaffold.item import NewItem
from feeds.scaffold.texts import Surroundings, config_file, github_repository
from feeds.text import one_line
from support.building import configured, files
from support.commands import Run, run
from support.examples import read_document

__all__ = ["run"]
EPOCH = "1611683100"  # 2021-01-26T17:45:00Z


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def settings_file(title: str, base_url: str) -> str:
    return config_file({("title",): title, ("base_url",): base_url})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "trunk")
    git(tmp_path, "remote", "add", "origin", "git@github.com:Ada/my-news.git")
    return tmp_path


# ---- feeds init


def test_from_an_empty_folder_to_a_site_in_two_commands(run: Run, tmp_path: Path) -> None:
    first, second = run("init"), run("build")
    assert (first.returncode, second.returncode, second.stdout[:40]) == (
        0,
        0,
        "1 document, 1 story, 1 topic: 21 written",
    )
    assert (tmp_path / "out/example/rss.xml").is_file()
    assert run("check").returncode == 0
    # What it says to do next can be done.
    assert run("new", "Title", "--url", "https://paper.example/a", "--topic", "AI").returncode == 0
    assert run("build").returncode == 0
    assert (tmp_path / "out/ai/rss.xml").is_file()


def test_what_it_says(run: Run, tmp_path: Path) -> None:
    said = run("init", "The news").stdout
    assert said.startswith(
        "wrote The news/feeds.toml\nwrote The news/seeds/example.md\nwrote The news/.github/workflows/nightly.yml\n"
    )
    assert "  cd 'The news'\n  feeds build " in said
    assert "Set base_url in feeds.toml" in said
    config = load_config(start=tmp_path / "The news")
    assert (config.site.title, config.out) == ("The news", tmp_path / "The news/out")


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    run("init")
    for path in tmp_path.rglob("*.*"):
        if path.is_file():
            path.write_text("mine")
    before = files(tmp_path)
    done = run("init")
    assert (done.returncode, files(tmp_path)) == (0, before)
    assert done.stdout.startswith("kept  feeds.toml\nkept  seeds/example.md\nkept  .github/workflows/nightly.yml\n")


def test_what_has_its_like_is_kept_as_well(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.feeds]\ntitle = "Mine"\n')
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds/mine.md").write_text("---\ntitle: Mine\n---\n")
    said = run("init").stdout
    assert sorted(files(tmp_path)) == [".github/workflows/nightly.yml", "pyproject.toml", "seeds/mine.md"]
    assert "kept  pyproject.toml\nkept  seeds/\n" in said
    assert "The example" not in said


def test_the_example_is_to_be_deleted(run: Run) -> None:
    assert "delete seeds/example.md before your first push" in run("init").stdout


def test_an_action_without_a_repository_is_refused(run: Run, tmp_path: Path) -> None:
    done = run("init", "--action", "foo")
    assert (done.returncode, files(tmp_path)) == (2, {})
    assert done.stderr == "error: --action: 'foo' is not OWNER/REPO@REF; write it like ada/feeds@main\n"


def test_the_repository_gives_address_branch_and_place(run: Run, repository: Path) -> None:
    assert "Set base_url" not in run("init").stdout
    assert load_config(start=repository).site.base_url == "https://ada.github.io/my-news/"
    workflow = yaml.load((repository / ".github/workflows/nightly.yml").read_text(), yaml.BaseLoader)
    assert workflow["on"]["push"] == {"branches": ["trunk"]}
    assert "with" not in workflow["jobs"]["feeds"]


def test_a_folder_in_a_repository(run: Run, repository: Path) -> None:
    run("init", "some/news", "--action", "ada/feeds@v1")
    workflow = yaml.load((repository / ".github/workflows/nightly.yml").read_text(), yaml.BaseLoader)
    assert workflow["jobs"]["feeds"] == {
        "permissions": {"contents": "read", "pages": "write", "id-token": "write"},
        "uses": "ada/feeds/.github/workflows/feeds.yml@v1",
        "with": {"directory": "some/news"},
    }
    assert (repository / "some/news/feeds.toml").is_file()


def test_a_file_where_a_folder_must_be(run: Run, tmp_path: Path) -> None:
    (tmp_path / "seeds").write_text("")
    done = run("init")
    assert (done.returncode, done.stderr[:26]) == (2, "error: cannot write seeds:")


ADDRESSES = {
    "https://github.com/Ada/my-news": "Ada/my-news",
    "https://github.com/Ada/my.news.git": "Ada/my.news",
    "https://token@github.com/Ada/my-news/": "Ada/my-news",
    "git@github.com:Ada/my-news.git": "Ada/my-news",
    "ssh://git@github.com/Ada/my-news.git": "Ada/my-news",
    "git://github.com/Ada/my-news": "Ada/my-news",
    "https://gitlab.com/Ada/my-news.git": "",
    "https://github.com.example/Ada/my-news": "",
    "/srv/git/github.com/Ada/my-news": "",
    "": "",
}


@pytest.mark.parametrize(("address", "expected"), ADDRESSES.items(), ids=[a or "none" for a in ADDRESSES])
def test_addresses_of_repositories(address: str, expected: str) -> None:
    assert github_repository(address) == expected


PAGES = {
    "Ada/My-News": "https://ada.github.io/My-News/",
    "Ada/ada.github.io": "https://ada.github.io/",
    "Ada/Ada.GitHub.io": "https://ada.github.io/",
    "": "",
}


@pytest.mark.parametrize(("github", "expected"), PAGES.items(), ids=[p or "none" for p in PAGES])
def test_addresses_of_pages(github: str, expected: str) -> None:
    assert Surroundings(folder="x", github=github).base_url == expected


TITLES = {"my-news_feed": "My news feed", "AI": "AI", "éclair": "Éclair", "": "News", "--": "News"}


@pytest.mark.parametrize(("folder", "title"), TITLES.items(), ids=[t or "none" for t in TITLES])
def test_titles(folder: str, title: str) -> None:
    assert Surroundings(folder=folder).title == title


@given(title=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_title_can_stand_in_the_configuration(title: str) -> None:
    assert tomllib.loads(settings_file(title, "https://x.example/"))["title"] == title


# ---- the commented configuration


def uncommented(text: str) -> dict[str, Any]:
    """With every option and table taken from behind its #."""
    return tomllib.loads(re.sub(r"^# (\[|\w+ = )", r"\1", text, flags=re.MULTILINE))


def keys(table: dict[str, Any]) -> list[tuple[str, ...]]:
    return [(k, *inner) for k, v in table.items() for inner in (keys(v) if isinstance(v, dict) and v else [()])]


def test_every_option_is_in_it_with_its_default(tmp_path: Path) -> None:
    written = uncommented(settings_file("", "https://x.example/"))
    names = {"Computer Vision": NAME, "weekly": NAME, "news": NAME}
    assert sorted(tuple(names.get(part, part) for part in key) for key in keys(written)) == sorted(
        option.key for option in options()
    )
    for made_up in ("topics", "newsletters", "sections"):
        del written[made_up]
    (tmp_path / "feeds.toml").write_text(settings_file("", "").replace("# base_url", "base_url"), encoding="utf-8")
    defaults = msgspec.json.decode(msgspec.json.encode(Tables(base_url="https://x.example/")))
    for table, values in written.items():
        assert values == defaults[table]


def test_all_of_it_may_be_uncommented(tmp_path: Path) -> None:
    text = re.sub(r"^# (\[|\w+ = )", r"\1", settings_file("News", "https://x.example/"), flags=re.MULTILINE)
    text = text.replace("topics = []", 'topics = ["Computer Vision"]')
    (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
    assert load_config(start=tmp_path).topic("Computer Vision").rules.min_quality == 50


@pytest.mark.parametrize("option", [*options()], ids=lambda option: dotted(option.key))
def test_every_option_has_a_meaning_that_fits_a_comment(option: Option) -> None:
    assert re.fullmatch(r"[^\n]{5,100}[^.\n]", option.meaning)


def test_the_untouched_file_changes_no_default(tmp_path: Path) -> None:
    bare = load_config(start=tmp_path)
    (tmp_path / "feeds.toml").write_text(settings_file("News", bare.site.base_url), encoding="utf-8")
    assert load_config(start=tmp_path) == bare


# ---- feeds new


def test_an_item(run: Run, tmp_path: Path) -> None:
    configured(tmp_path, "[topics.Chess]\nmin_quality = 70\n")
    arguments = ["new", "Ban The Scan", "--url", "https://paper.example/ban", "--topic", "AI", "--topic", "Chess"]
    done = run(*arguments, SOURCE_DATE_EPOCH=EPOCH)
    assert (done.returncode, done.stdout) == (0, "wrote seeds/2021-01-26-ban-the-scan.md\n")
    assert (tmp_path / "seeds/2021-01-26-ban-the-scan.md").read_text() == (
        '---\ntitle: "Ban The Scan"\nexcerpt: ""\npublishedDateTime: 2021-01-26T17:45:00Z\n'
        'webUrl: "https://paper.example/ban"\npublished: true\nquality: 70\ntopics: ["AI", "Chess"]\n---\n'
    )
    again = run(*arguments, SOURCE_DATE_EPOCH=EPOCH)
    assert again.returncode == 2
    assert again.stderr.startswith("error: seeds/2021-01-26-ban-the-scan.md already exists; ")


def test_all_that_can_be_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text('sources = ["news"]\n')
    extra = ["--excerpt", "About it: all", "--quality", "3", "--date", "2020-02-03T04:05:06+01:00", "--draft"]
    assert run("new", "One", "--url", "https://paper.example/one", "--topic", "AI", *extra).returncode == 0
    text = (tmp_path / "news/2020-02-03-one.md").read_text()
    fields = yaml.load(text.split("---")[1], yaml.BaseLoader)
    assert fields == {
        "title": "One",
        "excerpt": "About it: all",
        "publishedDateTime": "2020-02-03T03:05:06Z",
        "webUrl": "https://paper.example/one",
        "published": "false",
        "quality": "3",
        "topics": ["AI"],
    }


REFUSED = {
    "no title": (["", "--url", "https://x.example/", "--topic", "AI"], "error: no title given; write feeds new"),
    "no address": (["One", "--url", "x", "--topic", "AI"], 'error: webUrl "x" cannot be used'),
    "no topic": (["One", "--url", "https://x.example/"], "error: no topics given; write --topic NAME"),
    "no time": (["One", "--url", "https://x.example/", "--topic", "AI", "--date", "now"], "error: --date: 'now' is no"),
}


@pytest.mark.parametrize(("arguments", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(run: Run, tmp_path: Path, arguments: list[str], message: str) -> None:
    done = run("new", *arguments)
    assert (done.returncode, message in done.stderr) == (2, True)
    assert not (tmp_path / "seeds").exists()


def test_a_source_that_is_one_document(run: Run, tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text('sources = ["one.md"]\n')
    (tmp_path / "one.md").write_text("")
    done = run("new", "One", "--url", "https://x.example/", "--topic", "AI")
    assert (done.returncode, done.stderr) == (
        2,
        "error: the source one.md is a single file; a new item needs a folder\n",
    )


HOSTILE = [
    *("\"quoted\" and 'so'", "a: b # c", "- [x] {y}", "yes", "2021", "null", "<b>bold</b> & &amp; &lt;", "---", "..."),
    *(
        "back\\slash \\n",
        "two\nlines",
        "tab\there",
        "\x00\x07\x1b",
        "\u2028 \x85 \ufeff",
        "日本語の見出し",
        "!tag &anchor *alias",
    ),
    *("\ud800 lone", "../../etc/passwd", "x" * 1000, "𝔘𝔫𝔦 🙂", "%s {title}", "  spaces  "),
]


def as_read(title: str, folder: Path) -> tuple[str, str]:
    """A title, and as it is read from an item that is written with it."""
    published = datetime(2021, 1, 26, 17, 45, tzinfo=UTC)
    item = NewItem(title=title, url="https://x.example/", topics=[title], published=published, quality=50)
    assert re.fullmatch(r"2021-01-26-[a-z0-9-]{1,60}\.md", item.file_name)
    path = folder / "item.md"
    path.write_text(item.document(), encoding="utf-8", newline="\n")
    document, problems = read_document(path, "item.md")
    assert document is not None
    assert problems == ()
    found, _ = validate(document, Defaults())
    assert found is None or (found.published, found.url) == (published, "https://x.example/")
    return one_line(title.encode("utf-8", "replace").decode()), plain(str(document.data["title"]))


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_any_title_is_read_as_it_was_given(title: str, tmp_path: Path) -> None:
    given_, read = as_read(title, tmp_path)
    assert read == given_


@given(title=st.text(min_size=1))
def test_any_other_title_as_well(title: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    given_, read = as_read(title, tmp_path_factory.getbasetemp())
    assert read == given_
