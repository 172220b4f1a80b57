"""The program as its users run it, with its messages and exit statuses."""

import json
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from support.building import configured, files, write_item
from support.commands import Run


@pytest.fixture
def items(tmp_path: Path) -> Path:
    """Write two items of AI, one of them a draft."""
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", published=False)
    configured(tmp_path)
    return tmp_path


def test_help_names_every_command(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("build", "check", "explain", "topics", "Exit status"))
    assert run("--version").stdout.startswith("feeds ")


@pytest.mark.usefixtures("items")
def test_build_and_build_again(run: Run) -> None:
    first, second = run("build"), run("build")
    assert (first.returncode, first.stderr) == (0, "")
    counts = "2 documents, 1 story, 1 topic"
    rest = "without a story of their own: 1 not published; run `feeds explain` to see why\n"
    assert re.fullmatch(rf"{counts}: 21 written, 0 unchanged in \d+\.\d s\n{rest}", first.stdout)
    assert re.fullmatch(rf"{counts}: 0 written, 21 unchanged in \d+\.\d s\n{rest}", second.stdout)


def test_without_any_configuration(run: Run, tmp_path: Path) -> None:
    write_item(tmp_path / "news", "one.md")
    done = run("build", "news")
    assert (done.returncode, "21 written" in done.stdout) == (0, True)
    assert (tmp_path / "out/ai/rss.xml").is_file()
    assert done.stderr == "note: base_url is not set; links in feeds and digests lead to http://localhost:8000/\n"


@pytest.mark.usefixtures("items")
def test_quiet_and_verbose(run: Run) -> None:
    assert run("build", "-v").stderr.splitlines()[0] == "wrote out/ai/rss.xml"
    done = run("build", "--force", "-q")
    assert (done.stdout, done.stderr) == ("", "")


def test_flags(run: Run, items: Path) -> None:
    assert run("build", "seeds/one.md", "--out", "public", "--base-url", "https://x.example").returncode == 0
    assert b"https://x.example/ai/rss.xml" in (items / "public/ai/rss.xml").read_bytes()
    assert run("build", "--now", "2021-01-01").stderr.startswith("error: ") is False
    assert json.loads(run("topics", "--now", "2021-01-01", "--json").stdout) == []


@pytest.mark.usefixtures("items")
def test_source_date_epoch(run: Run) -> None:
    assert run("topics", SOURCE_DATE_EPOCH="1609459200").stdout == ""
    assert run("topics", SOURCE_DATE_EPOCH="1640995200").stdout.startswith("ai  1 story, 1 issue")
    assert run("topics", "--now", "2022-01-01", SOURCE_DATE_EPOCH="1609459200").stdout.startswith("ai")


def test_problems_go_to_stderr_and_strict_counts_them(run: Run, items: Path) -> None:
    (items / "seeds/bad.md").write_text("---\ntitle: x\n---\n", encoding="utf-8")
    done = run("build")
    assert done.returncode == 0
    assert "3 documents" in done.stdout
    assert done.stderr.startswith("seeds/bad.md:")
    assert run("build", "--strict").returncode == 1


def test_check(run: Run, items: Path) -> None:
    good = run("check")
    assert (good.returncode, good.stdout, good.stderr) == (0, "", "2 documents: 0 problems\n")
    (items / "seeds/bad.md").write_text("---\ntitle: x\nquality: high\n---\n", encoding="utf-8")
    bad = run("check")
    assert bad.returncode == 1
    assert "seeds/bad.md:3: error bad-quality " in bad.stdout
    problems = json.loads(run("check", "--json").stdout)
    assert {p["code"] for p in problems} >= {"bad-quality"}
    assert set(problems[0]) == {"path", "line", "severity", "code", "message"}


@pytest.mark.usefixtures("items")
def test_explain(run: Run) -> None:
    assert run("explain").stdout.splitlines() == [
        "seeds/one.md  Title of one",
        "  in   ai: story 1 of 1 in the feed; 1 of 1 in digest 2021-W04",
        "seeds/two.md  Title of two",
        "  out  it is not published (`published` is not true, or `draft` is)",
    ]
    found = json.loads(run("explain", "https://paper.example/two", "--json").stdout)
    assert [(a["path"], [v["code"] for v in a["verdicts"]]) for a in found] == [("seeds/two.md", ["unpublished"])]


EXPLAINED = """\
seeds/two.md  Title of two
  document   seeds/two.md
  address    https://paper.example/two
  published  no
  date       2021-01-26 17:45 UTC
  quality    60 (minimum 50)
  heat       60
  topics     AI
  related    0 articles
  out  it is not published (`published` is not true, or `draft` is)
       → set `published: true`, without `draft: true`, when it is ready
"""


@pytest.mark.parametrize("word", ["seeds/two.md", "two.md", "https://paper.example/two?utm_source=x", "of two"])
def test_explain_one_document(run: Run, items: Path, word: str) -> None:
    assert run("explain", word).stdout == EXPLAINED
    assert run("explain", str(items / "seeds/two.md")).stdout == EXPLAINED


def test_explain_what_is_broken_or_no_document(run: Run, items: Path) -> None:
    (items / "seeds/bad.md").write_text("---\ntitle: x\n---\n", encoding="utf-8")
    done = run("explain", "bad.md")
    assert "  out  line 2: publishedDateTime is missing" in done.stdout
    assert "→ correct it" in done.stdout
    (items / "seeds/notes.rst").touch()
    write_item(items / "drafts", "elsewhere.md")
    assert run("explain", "seeds/notes.rst").stderr.startswith("error: seeds/notes.rst is not a document; use ")
    assert "not in any source (seeds); move it there" in run("explain", "drafts/elsewhere.md").stderr
    (items / "seeds/README.md").write_text("# Notes\n", encoding="utf-8")
    assert "seeds/README.md is skipped: it has no front matter" in run("explain", "seeds/README.md").stderr


def test_explain_coverage_with_a_date_in_the_future(run: Run, items: Path) -> None:
    related = {"title": "Later", "webUrl": "https://late.example/", "publishedDateTime": "2999-01-01"}
    write_item(items / "seeds", "one.md", related=[related])
    shown = run("explain", "https://late.example/").stdout
    assert "  note       lists this address as related, but leaves it out" in shown


def test_explain_without_any_document(run: Run, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    done = run("explain")
    assert (done.returncode, done.stderr) == (0, "there is no document yet; write one with `feeds new`\n")
    assert json.loads(run("explain", "--json").stdout) == []


def test_a_build_without_any_story_says_where_to_look(run: Run, tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "draft.md", published=False)
    configured(tmp_path)
    note = "note: no item is in any feed; run `feeds explain` to see why\n"
    assert run("build").stderr == run("build").stderr == note
    assert run("topics").stderr == "no topic has a story; run `feeds explain` to see why\n"


COMMANDS = ["init", "new", "edit", "build", "serve", "check", "explain", "topics", "send", "templates", "schema"]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_examples_and_is_listed_by_its_own_words(run: Run, command: str) -> None:
    shown = run(command, "--help").stdout
    assert len(re.findall(rf"\n    .*feeds {command}", shown.partition("For example:")[2])) >= 2
    (listed,) = re.findall(rf"^  {command} +(.+)$", run("--help").stdout.partition("Commands:")[2], re.MULTILINE)
    assert listed in " ".join(shown.split())


@pytest.mark.usefixtures("items")
def test_topics(run: Run) -> None:
    assert run("topics").stdout == "ai  1 story, 1 issue  2021-01-26  Test: AI\n"


def test_topics_tell_stories_from_those_in_the_feed(run: Run, items: Path) -> None:
    write_item(items / "seeds", "three.md")
    with (items / "feeds.toml").open("a", encoding="utf-8") as file:
        file.write("[selection]\nfeed_limit = 1\n")
    assert run("topics").stdout == "ai  2 stories (1 in the feed), 1 issue  2021-01-26  Test: AI\n"


@pytest.mark.usefixtures("items")
@pytest.mark.parametrize("topic", ["ai", "AI", "Ai"])
def test_a_topic_is_given_by_its_name_or_slug(run: Run, items: Path, topic: str) -> None:
    assert run("build", "--topic", topic).returncode == 0
    assert (items / "out/ai/rss.xml").is_file()


@pytest.mark.parametrize("folder", ["seeds", "seeds/2021"])
def test_a_configuration_in_a_parent_folder_is_found(run: Run, items: Path, folder: str) -> None:
    run("build")
    write_item(items / "seeds/2021", "deep.md")
    inside = partial(subprocess.run, cwd=items / folder, capture_output=True, text=True, check=False)
    feeds = [sys.executable, "-m", "feeds"]
    built = inside([*feeds, "build", "--out", "../public"])
    assert (built.returncode, built.stderr) == (0, "")
    assert (items / folder / "../public/ai/rss.xml").is_file()
    assert inside([*feeds, "explain", str(items / "seeds/one.md")]).stdout.startswith("seeds/one.md  Title of one\n")
    assert inside([*feeds, "check", "."]).returncode == 0


def test_a_configuration_above_the_repository_is_not_found(run: Run, items: Path) -> None:
    (items / "other/.git").mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-m", "feeds", "topics"], cwd=items / "other", capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.partition(";")[0]) == (2, "error: source 'seeds' does not exist")
    assert run("topics").returncode == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('templates = "nosuch"', "feeds.toml: error: line 1: templates: there is no folder nosuch; create it"),
        ('out = "seeds"', "error: out: seeds is also a source of items; choose another folder for the output"),
        ("[defaults]\nquality = 5000", "line 2: defaults.quality: must be a whole number from 0 to 1000"),
        ("title = News", "feeds.toml: error: line 1: this is not a valid value; put text in quotes"),
    ],
    ids=["templates", "out", "quality", "TOML"],
)
def test_a_mistake_in_the_configuration_exits_with_two(run: Run, items: Path, text: str, message: str) -> None:
    (items / "feeds.toml").write_text(f"{text}\n", encoding="utf-8")
    done = run("build")
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr


def test_a_newsletter_of_an_unknown_topic_is_a_warning(run: Run, items: Path) -> None:
    (items / "feeds.toml").write_text('[newsletters.weekly]\ntopics = ["ai", "Nope"]\n', encoding="utf-8")
    done = run("build")
    assert done.returncode == 0
    assert "warning: newsletters.weekly.topics: no item has the topic 'Nope'; correct it, unless" in done.stderr
    assert "'ai'" not in done.stderr


def test_nothing_remote_is_served(run: Run, items: Path) -> None:
    done = run("serve", "s3://bucket/items", "--port", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: s3://bucket/items is not a local folder; feeds serve needs one: name one on")


@pytest.mark.usefixtures("items")
def test_json_report(run: Run) -> None:
    report = json.loads(run("build", "--json").stdout)
    assert (report["documents"], len(report["written"]), report["problems"]) == (2, 21, [])


UNUSABLE = {
    "no such folder": (["build", "none"], "error: source 'none' does not exist"),
    "no such configuration": (["build", "--config", "none.toml"], "none.toml: error: cannot be read"),
    "no time": (
        ["build", "--now", "tomorrow"],
        "error: --now: 'tomorrow' is not a valid date; use the form 2021-01-31T06:00:00Z",
    ),
    "no topic": (["build", "--topic", "x"], "error: --topic: no topic 'x'; choose from ai"),
    "no issue": (["build", "--issue", "x"], "error: --issue: 'x' is not a valid week; use the form 2021-W04"),
    "no item": (["explain", "x"], "error: 'x' matches no document, topic or title; run `feeds explain`"),
    "no http": (["build", "--base-url", "x"], "error: --base-url: it does not begin with http"),
    "no command": (["bild"], "No such command 'bild'; did you mean build?"),
    "no command at all": (["x"], "No such command 'x'; choose from init, new, edit, build,"),
}


@pytest.mark.usefixtures("items")
@pytest.mark.parametrize(("arguments", "message"), UNUSABLE.values(), ids=UNUSABLE)
def test_wrong_usage_exits_with_two(run: Run, arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_misspelt_configuration(run: Run, items: Path) -> None:
    (items / "feeds.toml").write_text('titel = "x"\n', encoding="utf-8")
    done = run("build")
    assert (done.returncode, done.stderr) == (2, "feeds.toml: error: line 1: titel: unknown key; did you mean title?\n")


def test_a_file_where_a_folder_must_be(run: Run, items: Path) -> None:
    (items / "out").write_text("", encoding="utf-8")
    done = run("build")
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot write ")


def test_nothing_usable(run: Run, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    configured(tmp_path)
    done = run("build")
    advice = "write one with `feeds new`, or set `sources`"
    assert (done.returncode, done.stderr) == (2, f"error: there is no document in seeds; {advice}\n")
    (tmp_path / "seeds/one.md").write_text("---\ntitle: x\n---\n", encoding="utf-8")
    assert run("build").stderr.endswith("error: no document can be used; out/ is left as it is\n")
    assert not (tmp_path / "out").exists()


def test_processes_do_not_change_the_result(run: Run, tmp_path: Path) -> None:
    for number in range(650):
        write_item(tmp_path / "seeds", f"{number}.md", quality=50 + number % 40)
    configured(tmp_path)
    assert run("build", "--out", "one").returncode == 0
    assert run("build", "--out", "two", "--jobs", "2").returncode == 0
    assert files(tmp_path / "one") == files(tmp_path / "two")
