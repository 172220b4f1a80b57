"""Whole builds: what lies in out/ afterwards, and what a second build does."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import feeds
from feeds.config.load import load_config
from feeds.pipeline import build
from feeds.problems import ConfigError
from feeds.renderers.templates import environment
from feeds.report import BuildError
from support.building import NOW, built, configured, feed, files, write_item
from support.examples import utc
from support.places import REPOSITORY

SEEDS = REPOSITORY / "seeds"


EXPECTED = sorted(
    ["index.html", "feeds.opml", "manifest.json", "feed.css", "site.css", "site.js", "sitemap.xml"]
    + [
        f"{topic}/{name}"
        for topic in ("ai", "computer-vision")
        for name in (
            *("index.html", "rss.xml", "atom.xml", "feed.json", "digest.html", "digest.txt", "digest.eml"),
            *(f"issues/2021-W04/{n}" for n in ("index.html", "digest.html", "digest.txt", "digest.eml")),
            *(f"issues/{n}" for n in ("rss.xml", "atom.xml", "feed.json")),
        )
    ]
)


@pytest.fixture(scope="module")
def seeds_out(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """All files that the five real items give."""
    root = tmp_path_factory.mktemp("seeds")
    (root / "seeds").symlink_to(SEEDS)
    built(root)
    return files(root / "out")


def test_the_seeds_give_every_file(seeds_out: dict[str, bytes]) -> None:
    assert sorted(seeds_out) == EXPECTED


LEAD = "'Ban The Scan' Campaign Targets Facial Recognition Technology"
RELATED = [
    "https://www.weau.com/2021/01/24/ban-on-facial-recognition-technology-advances-in-minneapolis/",
    "https://www.amnesty.org.uk/press-releases/call-ban-facial-recognition-technology-amplifies-racist-policing",
    "https://www.scottishlegal.com/article/calls-to-ban-facial-recognition-technology-over-racism-and-protest-impact",
    "https://www.fox9.com/news/proposed-ban-on-facial-recognition-technology-moves-forward-in-minneapolis",
    "https://www.compsmag.com/news/technology/ban-dangerous-facial-recognition-technology-that-reinforces-racist-police-work/",
    "https://www.compsmag.com/news/technology/critics-of-facial-recognition-technology-target-nyc-and-the-state-with-the-ban-the-scan-cbs-new-york-campaign/",
]
WITH_STORIES = [name for name in EXPECTED if "/" in name]


@pytest.mark.parametrize("name", WITH_STORIES)
def test_each_document_has_the_lead_and_its_six_related_articles(seeds_out: dict[str, bytes], name: str) -> None:
    text = _text(name, seeds_out[name])
    assert LEAD in text
    missing = [url for url in RELATED if url not in text]
    assert not missing


def _text(name: str, data: bytes) -> str:
    """With the marks of its format taken back as far as a comparison needs."""
    if name.endswith(".eml"):
        import email.policy
        from email import message_from_bytes

        parts = [
            p.get_content()
            for p in message_from_bytes(data, policy=email.policy.default).walk()
            if not p.is_multipart()
        ]
        assert all(LEAD in p.replace("&#39;", "'").replace("\n", " ") for p in parts)
        return "\n".join(parts)
    text = data.decode().replace("&#39;", "'").replace("&apos;", "'")
    return text.replace("\n", " ") if name.endswith(".txt") else text


@pytest.mark.parametrize("name", EXPECTED)
def test_nothing_secret_and_no_unpublished_story_gets_out(seeds_out: dict[str, bytes], name: str) -> None:
    text = seeds_out[name].decode()
    assert "secured" not in text
    for path in SEEDS.iterdir():
        secured = path.read_text(encoding="utf-8").partition("secured:")[2].partition('"')[2].partition('"')[0]
        assert len(secured) > 100
        pieces = [secured[i : i + 16] for i in range(0, len(secured) - 16, 16)]
        assert not any(piece in text for piece in pieces)
    assert "theguardian.com" not in text
    assert "apnews.com" not in text


def test_the_repository_s_out_is_what_its_seeds_give(tmp_path: Path) -> None:
    config = load_config(REPOSITORY / "pyproject.toml", out=tmp_path)
    build(config, NOW)
    assert files(tmp_path) == files(REPOSITORY / "out")


def test_a_second_build_writes_nothing(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    first = built(tmp_path).files
    assert len(first.written) == len(files(tmp_path / "out"))
    second = built(tmp_path).files
    assert (second.written, len(second.unchanged), second.removed) == ((), len(first.written), ())
    assert len(built(tmp_path, force=True).files.written) == len(first.written)


def test_the_clock_reaches_no_output(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    assert not built(tmp_path, now=datetime(2031, 5, 5, 5, 5, 5, 5, tzinfo=UTC)).files.written


def test_a_future_item_appears_when_its_time_has_come(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", publishedDateTime="2021-02-01T06:00:01Z")
    built(tmp_path)
    assert [i["url"][-3:] for i in feed(tmp_path)["items"]] == ["one"]
    built(tmp_path, now=datetime(2021, 2, 1, 7, 0, 1, tzinfo=UTC))
    assert [i["url"][-3:] for i in feed(tmp_path)["items"]] == ["two", "one"]


ENVIRONMENTS: dict[str, dict[str, str]] = {
    "plain": {"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "0"},
    "elsewhere": {"LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1234", "LANG": "de_DE.UTF-8"},
}


def test_the_same_bytes_wherever_it_runs(tmp_path: Path) -> None:
    """Other locale, time zone, hash seed, order of creation, number of processes; a real process each."""
    names = [f"{n % 7}/item-{n}.md" for n in range(700)]
    results = []
    for number, (name, env) in enumerate(ENVIRONMENTS.items()):
        root = tmp_path / name
        for item in names if number else reversed(names):
            day = int(item.partition("-")[2][:-3]) % 28 + 1
            topics = ["AI", "Ärzte", "人工智能"][: day % 3 + 1]
            write_item(root / "seeds", item, publishedDateTime=f"2021-01-{day:02}", topics=topics)
        configured(root)
        command = [sys.executable, "-m", "feeds", "build", "--now", "2021-02-01", "--jobs", str(number + 1), "-q"]
        done = subprocess.run(command, cwd=root, env={**os.environ, **env}, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        results.append(files(root / "out"))
    assert results[0].keys() == results[1].keys()
    assert [n for n in results[0] if results[0][n] != results[1][n]] == []


def test_a_bad_document_costs_only_itself(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "seeds/bad.md").write_text("nothing\n", encoding="utf-8")
    report = built(tmp_path)
    assert [(p.path.rpartition("/")[2], p.line, p.code) for p in report.problems] == [("bad.md", 1, "no-front-matter")]
    assert len(feed(tmp_path)["items"]) == 1


def test_when_nothing_can_be_used_out_is_left_alone(tmp_path: Path) -> None:
    path = write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    before = files(tmp_path / "out")
    path.write_text("broken", encoding="utf-8")
    with pytest.raises(BuildError, match="left as it is"):
        built(tmp_path)
    assert files(tmp_path / "out") == before


def test_a_missing_source_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        built(tmp_path)


def test_a_topic_that_loses_its_last_story_keeps_an_empty_feed(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", topics=["Chess"])
    built(tmp_path)
    updated = (tmp_path / "out/ai/atom.xml").read_text(encoding="utf-8").partition("<updated>")[2][:20]
    write_item(tmp_path / "seeds", "one.md", published=False)
    report = built(tmp_path)
    assert feed(tmp_path)["items"] == []
    assert (tmp_path / "out/ai/atom.xml").read_text(encoding="utf-8").partition("<updated>")[2][:17] == updated[:17]
    assert "Title of one" not in "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "out").rglob("*.*ml"))
    assert "ai/issues/2021-W04/index.html" in report.files.removed


def test_nothing_is_withdrawn_while_a_document_is_broken(tmp_path: Path) -> None:
    path = write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", topics=["Chess"])
    built(tmp_path)
    path.write_text("broken", encoding="utf-8")
    assert not built(tmp_path).files.removed
    assert (tmp_path / "out/ai/issues/2021-W04/digest.html").exists()


def test_one_topic_only(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", topics=["Chess"])
    built(tmp_path)
    before = files(tmp_path / "out")
    write_item(tmp_path / "seeds", "three.md", topics=["AI", "Chess"])
    report = built(tmp_path, topics=["chess"])
    changed = {n for n in report.files.written if "/" in n}
    assert changed
    assert all(n.startswith("chess/") for n in changed)
    after = files(tmp_path / "out")
    old, new = (json.loads(f["manifest.json"])["topics"] for f in (before, after))
    assert new[0] == old[0]
    assert new[1]["story_count"] == 2
    with pytest.raises(ConfigError, match="no topic 'none'; choose from ai, chess"):
        built(tmp_path, topics=["none"])


def test_an_older_issue_is_rebuilt_when_asked_for(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", publishedDateTime="2021-01-05")
    config = "[digest]\nissues = 1\n"
    built(tmp_path, config)
    assert not (tmp_path / "out/ai/issues/2021-W01").exists()
    report = built(tmp_path, config, issue="2021-W01")
    assert sorted(report.files.written) == [
        *(f"ai/issues/2021-W01/{n}" for n in ("digest.eml", "digest.html", "digest.txt", "index.html")),
        "manifest.json",
    ]
    with pytest.raises(ConfigError, match="no topic has a story in 2020-W01"):
        built(tmp_path, config, issue="2020-W01")


@pytest.mark.parametrize("strip", [False, True])
def test_tracking_parameters_leave_links_when_asked(tmp_path: Path, *, strip: bool) -> None:
    url = "https://paper.example/one?utm_source=x&id=1"
    write_item(tmp_path / "seeds", "one.md", webUrl=url)
    built(tmp_path, f"[feed]\nstrip_tracking = {str(strip).lower()}\n")
    (entry,) = feed(tmp_path)["items"]
    assert entry["url"] == ("https://paper.example/one?id=1" if strip else url)
    assert entry["id"] == "https://paper.example/one?id=1"


def test_an_edit_reaches_the_feeds_when_its_time_has_come(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md", lastmod="2021-02-03T10:00:00Z")
    config = '[fields]\nupdated = "lastmod"\n'
    for now, expected in (("2021-02-02", "2021-01-26T17:45:00Z"), ("2021-02-04", "2021-02-03T10:00:00Z")):
        built(tmp_path, config, now=utc(now))
        (entry,) = feed(tmp_path)["items"]
        assert entry["date_modified"] == expected
        assert expected.encode() in (tmp_path / "out/ai/atom.xml").read_bytes()
        assert b"<atom:updated>%b<" % expected.encode() in (tmp_path / "out/ai/rss.xml").read_bytes()


@pytest.mark.parametrize(
    ("topic", "config", "expected"),
    [
        pytest.param(
            "日本",
            "",
            ['note: the address of the topic 日本 is topic-cf2abf0c/; set slug = "…" in [topics."日本"]'],
            id="only a hash",
        ),
        pytest.param("日本", '[topics."日本"]\nslug = "japan"\n', [], id="configured"),
        pytest.param("日本", '[topics."日本"]\nslug = "topic-cf2abf0c"\n', [], id="chosen"),
        pytest.param("日本 AI", "", [], id="with a word"),
        pytest.param("AI", "", [], id="readable"),
    ],
)
def test_an_address_that_nobody_can_read_is_noted(tmp_path: Path, topic: str, config: str, expected: list[str]) -> None:
    write_item(tmp_path / "seeds", "one.md", topics=[topic])
    assert [note for note in built(tmp_path, config).notes if "address" in note] == expected


TAGS = {"mailchimp": "*|UNSUB|*", "buttondown": "{{ unsubscribe_url }}"}


def test_a_digest_for_each_mailing_tool(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path, '[mailing]\ntool = ["mailchimp", "buttondown"]\n')
    folder = tmp_path / "out/ai/issues/2021-W04"
    for tool, tag in TAGS.items():
        for kind in ("html", "txt"):
            assert tag in (folder / f"digest.{tool}.{kind}").read_text(encoding="utf-8")
    assert (folder / "digest.html").read_bytes() == (folder / "digest.mailchimp.html").read_bytes()
    assert (tmp_path / "out/ai/digest.buttondown.eml").is_file()


def test_a_withdrawn_story_leaves_every_tool_s_digest(tmp_path: Path) -> None:
    config = '[mailing]\ntool = ["mailchimp", "buttondown"]\n'
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", topics=["Chess"])
    built(tmp_path, config)
    write_item(tmp_path / "seeds", "one.md", published=False)
    built(tmp_path, config)
    holding = [n for n, data in files(tmp_path / "out").items() if b"https://paper.example/one" in data]
    assert holding == []
    assert not list((tmp_path / "out/ai").glob("**/digest.*"))


def test_tags_of_one_s_own(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path, '[mailing]\ntool = "custom"\n[mailing.tags]\nunsubscribe = "##LEAVE##"\n')
    assert 'href="##LEAVE##"' in (tmp_path / "out/ai/digest.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["digest.html", "digest.txt", "topic.html"])
def test_a_template_of_one_s_own_wins(tmp_path: Path, name: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "mine").mkdir()
    text = "<!DOCTYPE html>\n<html><head><title>t</title></head><body><p>MY OWN</p></body></html>\n"
    (tmp_path / "mine" / name).write_text(text, encoding="utf-8")
    built(tmp_path, 'templates = "mine"\n')
    made = tmp_path / "out/ai" / ("index.html" if name == "topic.html" else name)
    assert "MY OWN" in made.read_text(encoding="utf-8")


BROKEN = {
    "syntax": ("digest.html", "<!DOCTYPE html>\n<p>{{ digest.subject }</p>", "digest.html:2: "),
    "a name that is not there": ("topic.html", "{{ nothing }}", "'nothing' is undefined"),
    "a placeholder nobody fills": ("digest.txt", "{can-spam}", "nothing will fill in {can-spam}"),
}


@pytest.mark.parametrize(("name", "text", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_template_stops_the_build_and_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        built(tmp_path, 'templates = "mine"\n')
    assert message in str(caught.value)
    assert not (tmp_path / "out").exists()


HARMFUL = {
    "a script that runs what an item says": (
        "topic.html",
        "<script>go({{ edition.topic.name }})</script>",
        "the element script",
    ),
    "an event handler": ("topic.html", '<p onclick="go()">x</p>', "an event handler"),
    "an address that runs": ("issue.html", '<a href="javascript:go()">x</a>', "an unsafe URL"),
    "a control character": ("digest.txt", "a\x07b", "control character U+0007"),
    "a secured value": ("topic.html", f"<p>secured: {'Ab1+' * 40}</p>", "a value of `secured`"),
}


@pytest.mark.parametrize(("name", "text", "message"), HARMFUL.values(), ids=HARMFUL)
def test_what_could_harm_a_reader_is_not_written(tmp_path: Path, name: str, text: str, message: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", topics=["Chess"])
    built(tmp_path)
    before = files(tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(message)):
        built(tmp_path, 'templates = "mine"\n')
    assert files(tmp_path / "out") == before


def test_a_topic_that_cannot_be_made_costs_no_other(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", topics=["Chess"])
    built(tmp_path)
    before = files(tmp_path / "out")
    (tmp_path / "mine").mkdir()
    text = "{% if edition.topic.name == 'Chess' %}{{ nothing }}{% endif %}NEW"
    (tmp_path / "mine/topic.html").write_text(text, encoding="utf-8")
    report = built(tmp_path, 'templates = "mine"\n')
    assert report.mistakes == ("topic.html:1: 'nothing' is undefined (in chess)",)
    after = files(tmp_path / "out")
    assert after["ai/index.html"] == b"NEW"
    assert {n: d for n, d in after.items() if n.startswith("chess/")} == {
        n: d for n, d in before.items() if n.startswith("chess/")
    }
    entries = [json.loads(f["manifest.json"])["topics"][1] for f in (before, after)]
    assert entries[0] == entries[1]


@pytest.mark.parametrize("name", ["index.html", "site.css"])
@pytest.mark.parametrize("is_first", [True, False], ids=["the first build", "a later build"])
def test_a_broken_template_of_the_files_of_all_topics_costs_no_topic(
    tmp_path: Path, name: str, *, is_first: bool
) -> None:
    templates = 'templates = "mine"\n'
    (tmp_path / "mine").mkdir()
    write_item(tmp_path / "seeds", "one.md")
    if not is_first:
        built(tmp_path, templates)
    before = _common(tmp_path)
    (tmp_path / "mine" / name).write_text("{{ nothing }}", encoding="utf-8")
    environment.cache_clear()  # it would not notice the new template
    write_item(tmp_path / "seeds", "two.md", topics=["Chess"])
    for _ in range(2):
        report = built(tmp_path, templates, prune=True)
        assert report.mistakes == (f"{name}:1: 'nothing' is undefined (in the files of all topics)",)
    assert _common(tmp_path) == before
    assert set(json.loads((tmp_path / "out/manifest.json").read_bytes())["files"]) == set(files(tmp_path / "out"))
    assert (tmp_path / "out/chess/rss.xml").exists()
    (tmp_path / "mine" / name).unlink()
    assert "index.html" in built(tmp_path, templates).files.written
    assert files(tmp_path / "out").keys() == set(built(tmp_path, 'out = "expected"\n').files.written)


def _common(root: Path) -> dict[str, bytes]:
    return {n: data for n, data in files(root / "out").items() if "/" not in n and n != "manifest.json"}


def test_a_digest_that_is_too_long_is_shortened_and_said_so(tmp_path: Path) -> None:
    related = [
        {
            "title": f"Article {n} " + "and more of it " * 15,
            "webUrl": f"https://other.example/{n}",
            "provider": {"name": "O"},
        }
        for n in range(9)
    ]
    for number in range(12):
        write_item(tmp_path / "seeds", f"{number}.md", related=related)
    report = built(tmp_path, "[digest]\nmax_bytes = 20000\n")
    (note,) = report.notes
    assert note.startswith("note: ai/issues/2021-W04/digest.html was shortened to ")
    (digest,) = json.loads((tmp_path / "out/manifest.json").read_bytes())["topics"][0]["issues"][0]["digests"]
    assert digest["bytes"] == len((tmp_path / "out/ai/digest.html").read_bytes()) <= 20_000
    assert digest["omitted_coverage"] > 0


def test_out_inside_a_source_is_not_read(tmp_path: Path) -> None:
    write_item(tmp_path, "items/one.md")
    config = 'sources = ["."]\n'
    for _ in range(2):
        report = built(tmp_path, config)
    assert (report.documents, report.problems) == (1, ())


def test_the_library_s_entry() -> None:
    assert feeds.build is build
    assert feeds.load_config is load_config
    assert all(getattr(feeds, name).__module__.startswith("feeds.") for name in feeds.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = feeds.nothing


def test_a_draft_with_an_error_changes_no_file(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    write_item(tmp_path / "seeds", "draft.md", published=False, publishedDateTime="soon")
    report = built(tmp_path)
    assert (report.files.written, report.files.removed) == ((), ())
