"""The editor's files in whole builds: noticed at once, applied to open and closed issues, and never in the way."""

from pathlib import Path
from typing import Any

import pytest
from lxml.html import fromstring

from support.building import built, feed, files, write_item
from support.commands import Run
from support.examples import utc

MONDAY = utc("2021-02-01 06:00")
ADDRESS = "https://paper.example"
CLOSED, OPEN = "2021-W04", "2021-W05"


@pytest.fixture
def items(tmp_path: Path) -> Path:
    """Three stories of a week that is over, and one of the running week."""
    for n, name in enumerate(("one", "two", "three")):
        write_item(tmp_path / "seeds", f"{name}.md", quality=90 - n)
    write_item(tmp_path / "seeds", "four.md", publishedDateTime="2021-02-01T05:00:00Z")
    return tmp_path


def write(root: Path, text: str, issue: str = CLOSED, topic: str = "ai") -> None:
    path = root / "issues" / topic / f"{issue}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main_of(root: Path, name: str) -> Any:
    """Return the main part of a page in out/."""
    page: Any = fromstring((root / "out" / name).read_text(encoding="utf-8"))
    return page.xpath("//main")[0]


def links(root: Path, name: str, words: str) -> list[str]:
    """Return where the links with these words lead, on a page in out/."""
    page: Any = fromstring((root / "out" / name).read_text(encoding="utf-8"))
    return [link.get("href") for link in page.xpath("//a") if link.text_content() == words]


def mail(root: Path, issue: str = CLOSED) -> str:
    return (root / f"out/ai/issues/{issue}/digest.txt").read_text(encoding="utf-8")


def titles(text: str) -> list[str]:
    return [line.removeprefix("Title of ") for line in text.splitlines() if line.startswith("Title of ")]


def test_a_changed_file_is_noticed_and_an_unchanged_one_is_not(items: Path) -> None:
    built(items, now=MONDAY)
    write(items, "---\npin: https://paper.example/three\n---\nHello.\n")
    changed = built(items, now=MONDAY)
    assert titles(mail(items)) == ["three", "one", "two"]
    assert not [name for name in changed.files.written if OPEN in name]
    assert built(items, now=MONDAY).files.written == ()
    write(items, "---\nhide: https://paper.example/one\n---\n")
    built(items, now=MONDAY)
    assert titles(mail(items)) == ["two", "three"]
    (items / f"issues/ai/{CLOSED}.md").unlink()
    built(items, now=MONDAY)
    assert titles(mail(items)) == ["one", "two", "three"]


def test_a_changed_file_of_a_topic_with_any_name_is_noticed(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md", topics=["Compiled"])
    for note in ("Hello.", "Good morning."):
        write(tmp_path, note, topic="compiled")
        built(tmp_path, now=MONDAY)
        assert note in (tmp_path / f"out/compiled/issues/{CLOSED}/digest.txt").read_text(encoding="utf-8")


def test_with_it_a_build_makes_what_one_without_cache_makes(items: Path) -> None:
    built(items, now=MONDAY)
    write(items, "---\nhide: https://paper.example/one\nsubject: Hi\n---\nA *note*.\n")
    built(items, now=MONDAY)
    before = files(items / "out")
    built(items, now=MONDAY, force=True)
    assert files(items / "out") == before


def test_feeds_keep_a_hidden_story_and_it_is_late_nowhere(items: Path) -> None:
    built(items, now=MONDAY)
    write(items, "---\nhide: https://paper.example/one\n---\n")
    built(items, now=MONDAY)
    assert "Title of one" in [entry["title"] for entry in feed(items)["items"]]
    assert titles(mail(items, OPEN)) == ["four"]


def test_the_open_issue_keeps_its_hidden_story_when_it_closes(items: Path) -> None:
    write(items, "---\nhide: https://paper.example/four\n---\n", OPEN)
    write_item(items / "seeds", "five.md", publishedDateTime="2021-02-01T05:30:00Z")
    built(items, now=MONDAY)
    assert titles(mail(items, OPEN)) == ["five"]
    built(items, now=utc("2021-02-08 06:00"))
    assert titles(mail(items, OPEN)) == ["five"]
    (items / f"issues/ai/{OPEN}.md").unlink()
    built(items, now=utc("2021-02-09 06:00"))
    assert sorted(titles(mail(items, OPEN))) == ["five", "four"], "it was recorded all the same"


def test_the_folder_is_no_source_and_its_mistakes_are_warnings(items: Path) -> None:
    (items / "feeds.toml").touch()
    write(items, "---\nsubjet: x\npin: https://paper.example/onee\n---\n")
    write(items, "---\n---\n", "2021-W99")
    write(items, "---\n---\n", CLOSED, "aii")
    write(items, "How we write a note.", "README")
    write(items, "", "._2021-W04")  # macOS leaves such files on the disks of others
    report = built(items, 'sources = ["."]\n', now=MONDAY)
    root = items.as_posix()
    unknown = f"{ADDRESS}/onee is not a story of this issue; did you mean {ADDRESS}/one?"
    assert [str(p).removeprefix(f"{root}/") for p in report.problems] == [
        'issues/ai/2021-W04.md:2: warning unknown-key unknown key "subjet"; did you mean subject?',
        f"issues/ai/2021-W04.md:3: warning unknown-story {unknown}",
        "issues/ai/2021-W99.md:1: warning unknown-issue '2021-W99' is not a valid week; use the form 2021-W04",
        "issues/aii:1: warning unknown-topic no topic or newsletter has this slug; did you mean ai?",
    ]
    assert report.documents == 4


@pytest.mark.parametrize("linked", ["issues/ai/2021-W04.md", "issues/ai"], ids=["a file", "a folder"])
def test_a_link_publishes_no_file_outside_of_the_folder(items: Path, linked: str) -> None:
    private = items / "private"
    private.mkdir()
    (private / "2021-W04.md").write_text("A secret plan.", encoding="utf-8")
    (items / linked).parent.mkdir(parents=True)
    (items / linked).symlink_to(private if linked.endswith("ai") else private / "2021-W04.md")
    assert [(p.code, p.severity) for p in built(items, now=MONDAY).problems] == [("link-out", "warning")]
    assert "A secret plan." not in mail(items)
    built(items, "follow_links = true\n", now=MONDAY)
    assert "A secret plan." in mail(items)


def test_a_file_that_cannot_be_read_says_what_becomes_of_the_issue(items: Path) -> None:
    write(items, "---\nsubject: a: b\n---\nA note.\n")
    (items / f"issues/ai/{OPEN}.md").mkdir()
    report = built(items, now=MONDAY)
    folder = "this is a folder with the name of a document; rename it without the suffix"
    unused = "until then, the issue is built without this file"
    assert [str(p).partition("issues/ai/")[2] for p in report.problems] == [
        f'2021-W04.md:2: warning bad-yaml the value contains ": "; put it in quotes; {unused}',
        f"2021-W05.md:1: warning is-a-directory {folder}; {unused}",
    ]
    assert titles(mail(items)) == ["one", "two", "three"]


def test_tags_of_other_tools_are_reported_with_their_line(items: Path) -> None:
    sponsor = "sponsor:\n  name: '*|A|*'\n  url: https://acme.example\n  text: '*|B|*'"
    write(items, f"---\nsubject: '*|C|*'\npreheader: '*|D|*'\n{sponsor}\n---\n\n*|E|*\n")
    report = built(items, '[mailing]\ntool = "buttondown"\n', now=MONDAY)
    assert [(p.line, p.code, p.message[21:26]) for p in report.problems] == [
        (line, "unknown-tag", tag)
        for line, tag in ((2, "*|C|*"), (3, "*|D|*"), (5, "*|A|*"), (7, "*|B|*"), (10, "*|E|*"))
    ]


def test_the_feed_of_issues_has_the_note(items: Path) -> None:
    write(items, "---\nsubject: Hi *|FNAME|*\npreheader: Soon\n---\nDear *|FNAME|*, a *note*.\n")
    built(items, '[mailing]\ntool = "mailchimp"\n', now=MONDAY)
    (entry,) = feed(items, "ai/issues")["items"]
    assert (entry["title"], entry["summary"]) == ("Hi", "Soon")
    assert entry["content_html"].startswith("<p>Dear, a <em>note</em>.</p>")


@pytest.mark.parametrize(
    ("language", "read", "so_far"),
    [
        ("en", "Read the issue", "Next issue, so far"),
        ("de", "Ausgabe lesen", "Nächste Ausgabe, bisher"),
        ("ar", "قراءة العدد", "العدد القادم، حتى الآن"),
    ],
)
def test_pages_lead_to_the_current_issue_and_to_the_next_one(
    items: Path, language: str, read: str, so_far: str
) -> None:
    options = f'language = "{language}"\n[newsletters.weekly]\ntopics = ["AI"]\n'
    built(items, options, now=utc("2021-01-31"))  # no issue is closed yet
    assert links(items, "index.html", read) == []
    assert links(items, "index.html", so_far) == [f"weekly/issues/{CLOSED}/", f"ai/issues/{CLOSED}/"]
    built(items, options, now=MONDAY)
    assert links(items, "index.html", read) == [f"weekly/issues/{CLOSED}/", f"ai/issues/{CLOSED}/"]
    assert links(items, "index.html", so_far) == [f"weekly/issues/{OPEN}/", f"ai/issues/{OPEN}/"]
    for page in ("ai/index.html", "weekly/index.html"):
        assert links(items, page, read) == [f"issues/{CLOSED}/"]
        assert links(items, page, so_far) == [f"issues/{OPEN}/"]
    built(items, f'{options}[digest]\ncurrent = "open"\n', now=MONDAY)
    assert links(items, "index.html", so_far) == [f"weekly/issues/{OPEN}/", f"ai/issues/{OPEN}/"]
    assert so_far in (items / f"out/ai/issues/{OPEN}/index.html").read_text(encoding="utf-8")
    assert so_far not in (items / f"out/ai/issues/{CLOSED}/index.html").read_text(encoding="utf-8")


def test_a_newsletter_s_page_is_that_of_its_current_issue(items: Path) -> None:
    sponsor = "sponsor: { name: Acme, url: https://acme.example }"
    write(items, f"---\npin: https://paper.example/three\n{sponsor}\n---\nFor *all*.\n", CLOSED, "weekly")
    built(items, '[newsletters.weekly]\ntopics = ["AI"]\n[digest]\ncontents = true\n', now=MONDAY)
    own, issue = (main_of(items, f"weekly/{name}index.html") for name in ("", f"issues/{CLOSED}/"))
    for path in ("//section[@class='note']", "//nav[@class='contents']", "//aside", "//article//h2"):
        found = [element.text_content() for element in issue.xpath(path)]
        assert found
        assert [element.text_content() for element in own.xpath(path)] == found


def test_newsletters_have_it_too(items: Path) -> None:
    write(items, "---\npin: https://paper.example/three\n---\nFor all.\n", CLOSED, "weekly")
    built(items, '[newsletters.weekly]\ntopics = ["AI"]\n', now=MONDAY)
    text = (items / f"out/weekly/issues/{CLOSED}/digest.txt").read_text(encoding="utf-8")
    assert titles(text)[0] == "three"
    assert "For all." in text
    assert "For all." not in mail(items)


def test_sections_by_category(items: Path) -> None:
    write_item(items / "seeds", "lesson.md", category="Learning")
    write_item(items / "seeds", "news1.md", category="news")
    write_item(items / "seeds", "news2.md", category=["news", "other"])
    sections = 'sections = ["news", "learning", "samples"]\ncontents = false'
    options = f'[digest]\n{sections}\n[sections.news]\ntitle = "News of the week"\nlimit = 1\n'
    built(items, options, now=MONDAY)
    text = mail(items)
    assert titles(text) == ["news1", "lesson", "one", "two", "three"]
    order = ["News of the week", "Title of news1", "Learning", "Title of lesson", "Title of one"]
    assert [text.index(piece) for piece in order] == sorted(text.index(piece) for piece in order)
    assert "Samples" not in text
    assert "1 more story in this issue" in text


# ---- commands


def test_check_lists_what_a_build_warns_of(items: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(items)
    write(items, "---\nsubjet: x\npin: https://paper.example/onee\nsponsor: { name: Acme }\n---\n")
    write(items, "---\n---\n", CLOSED, "aii")
    write_item(items / "seeds", "bad.md", quality="high")
    now = ("--now", MONDAY.isoformat())
    warned = [f"{line}\n" for line in run("build", *now).stderr.splitlines() if line.startswith(("issues/", "seeds/"))]
    done = run("check", *now)
    assert (done.returncode, done.stdout) == (1, "".join(warned))
    assert done.stderr == "5 documents: 5 problems\n"
    assert {p.partition(" warning ")[2].partition(" ")[0] for p in warned} >= {
        "unknown-key",
        "unknown-story",
        "bad-sponsor",
        "unknown-topic",
    }
    mine = f"issues/ai/{CLOSED}.md"
    assert run("check", mine, *now).stdout == "".join(line for line in warned if line.startswith(mine))
    write_item(items, "draft.md", quality="low")
    assert run("check", mine, "draft.md", *now).stdout.startswith("draft.md:")
    assert run("check", mine, "missing.md", *now).returncode == 2
    assert run("check", "seeds/one.md", *now).returncode == 0
    assert run("check", "issues/ai/2021-W44.md", *now).returncode == 2


def test_check_reports_a_link_to_itself(items: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(items)
    (items / "issues/ai").mkdir(parents=True)
    (items / f"issues/ai/{CLOSED}.md").symlink_to(f"{CLOSED}.md")
    done = run("check", "issues/ai", "--now", MONDAY.isoformat())
    assert done.stdout.startswith(f"issues/ai/{CLOSED}.md:1: warning unreadable-file ")


def test_edit_writes_a_file_that_changes_nothing(items: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(items)
    built(items, now=MONDAY)
    before = files(items / "out")
    path = f"issues/ai/{CLOSED}.md"
    assert run("edit", "AI", "--now", MONDAY.isoformat()).stdout == f"wrote {path}\n"
    text = (items / path).read_text(encoding="utf-8")
    assert text.endswith(
        "\n# Title of one · The Paper · heat 90 · https://paper.example/one"
        "\n# Title of two · The Paper · heat 89 · https://paper.example/two"
        "\n# Title of three · The Paper · heat 88 · https://paper.example/three\n---\n"
    )
    assert built(items, now=MONDAY).problems == ()
    assert files(items / "out") == before
    (items / path).write_text("mine", encoding="utf-8")
    assert run("edit", "ai", CLOSED, "--now", MONDAY.isoformat()).stdout == f"kept {path}\n"
    assert (items / path).read_text(encoding="utf-8") == "mine"
    assert run("edit", "ai", OPEN, "--now", MONDAY.isoformat()).stdout == f"wrote issues/ai/{OPEN}.md\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["aii"], "error: no topic or newsletter 'aii'; did you mean ai?\n"),
        (["ai", "2021-W33"], "error: no topic has a story in 2021-W33\n"),
        (["ai", "x"], "error: 'x' is not a valid week; use the form 2021-W04\n"),
    ],
    ids=["no such topic", "no such issue", "no issue at all"],
)
def test_what_cannot_be_edited(
    items: Path, run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(items)
    built(items, now=MONDAY)
    done = run("edit", *arguments, "--now", MONDAY.isoformat())
    assert (done.returncode, done.stderr) == (2, message)
    assert not (items / "issues").exists()


def test_explain_names_the_line(items: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(items)
    write(items, "---\npin: https://paper.example/three\nhide:\n  - https://paper.example/one\n---\n")
    built(items, now=MONDAY)
    pinned = run("explain", "seeds/three.md", "--now", MONDAY.isoformat()).stdout
    assert "1 of 2 in digest 2021-W04, pinned at issues/ai/2021-W04.md:2" in pinned
    hidden = run("explain", "seeds/one.md", "--now", MONDAY.isoformat()).stdout
    assert "hidden in digest 2021-W04 at issues/ai/2021-W04.md:4" in hidden
