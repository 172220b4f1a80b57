"""A build with a cache gives what a build without one gives, whatever happened in between."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from feeds.config.load import CACHE_FOLDER, Config
from feeds.engine import fingerprints
from feeds.items import read
from feeds.items.options import ReadOptions
from feeds.output.folder import LocalOutput
from feeds.pipeline import build
from feeds.renderers import render as rendering
from support.building import NOW, built, configured, files, write_item

ARCHIVED = "[selection]\nfeed_limit = 2\n[feed]\narchive = true\narchive_size = 2\n"
CONFIGURATIONS = [
    "",
    "[selection]\nmin_quality = 30\nfeed_limit = 3\ndigest_limit = 1\n",
    '[digest]\nperiod = "day"\nissues = 2\n[mailing]\ntool = ["mailchimp", "listmonk"]\n',
    "[defaults]\npublished = true\nquality = 55\n[feed]\nall = true\nstrip_tracking = true\n",
    '[topics.AI]\nparent = "Chess"\nmin_quality = 60\n[newsletters.weekly]\ntopics = ["Chess", "AI"]\n',
    ARCHIVED,
    '[build]\noutputs = ["atom", "digest"]\n',
    '[digest]\nsections = ["news"]\ncontents = true\n[sections.news]\nlimit = 1\n',
]
EDITED = st.sampled_from(["ai/2021-W03", "ai/2021-W04", "ai/2021-W05", "weekly/2021-W04", "nothing/2021-W04"])
EDITORIALS = st.sampled_from(
    [
        "A *note* for {{ name }}",
        "---\npin: https://paper.example/2\nhide: [https://paper.example/1, https://x.example]\n---\n",
        "---\nsubject: Hi\nsponsor: { name: Acme, url: https://acme.example }\n---\n<b>x</b>",
        "---\nsubject: [\n---\n",
        "",
    ]
)
# ---- what people do to a folder of items

NAMES = st.sampled_from(["a.md", "b.md", "sub/c.md", "d.txt", "e.yaml"])
ADDRESSES = st.sampled_from(
    [
        "https://paper.example/1",
        "http://www.paper.example/1/?utm_source=x",
        "https://paper.example/2",
        "https://x.example/",
    ]
)
DAYS = st.integers(-20, 2).map(lambda days: (NOW + timedelta(days=days, hours=1)).isoformat())
RELATED = st.fixed_dictionaries({"title": st.sampled_from(["T1", "T2"]), "webUrl": ADDRESSES}, optional={"date": DAYS})
DOCUMENTS = st.fixed_dictionaries(
    {"title": st.sampled_from(["One", "Two"]), "webUrl": ADDRESSES, "publishedDateTime": DAYS},
    optional={
        "published": st.sampled_from([True, True, True, False, "no", "perhaps"]),
        "quality": st.sampled_from([20, 49, 50, 60, 90]),
        "topics": st.lists(st.sampled_from(["AI", "Chess", "ai "]), max_size=2),
        "related": st.lists(RELATED, max_size=3),
        "heat": st.sampled_from([-1, 10, 300]),
        "category": st.sampled_from(["news", "learning"]),
    },
)
STEPS = st.one_of(
    st.tuples(st.just("write"), NAMES, DOCUMENTS),
    st.tuples(st.just("break"), NAMES, st.sampled_from(["", "nothing", "---\ntitle: [\n---\n"])),
    st.tuples(st.just("delete"), NAMES, st.none()),
    st.tuples(st.just("touch"), NAMES, st.none()),
    st.tuples(st.just("edit"), EDITED, EDITORIALS),
    st.tuples(st.just("wait"), st.just(""), st.integers(-2, 3)),
    st.tuples(st.just("configure"), st.just(""), st.sampled_from(CONFIGURATIONS)),
    st.tuples(st.just("spoil"), st.sampled_from(["ai/rss.xml", "index.html", "ai/digest.html"]), st.none()),
    st.tuples(st.just("lose"), st.sampled_from(["ai/atom.xml", "feeds.opml", "site.css", "manifest.json"]), st.none()),
)


class World:
    """The same folder of items with two outputs: one made with a cache, the other without."""

    def __init__(self, root: Path) -> None:
        self.root, self.now, self.configuration = root, NOW, ""

    def take(self, step: str, name: str, value: Any) -> None:
        path = self.root / "seeds" / name
        match step:
            case "write":
                path.parent.mkdir(parents=True, exist_ok=True)
                text = yaml.safe_dump(value, sort_keys=False)
                path.write_text(text if path.suffix == ".yaml" else f"---\n{text}---\n", encoding="utf-8")
            case "break":
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(value, encoding="utf-8")
            case "delete":
                path.unlink(missing_ok=True)
            case "touch" if path.exists():
                path.touch()
            case "edit":
                path = self.root / "issues" / f"{name}.md"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(value, encoding="utf-8")
            case "wait":
                self.now += timedelta(days=value)
            case "configure":
                self.configuration = value
            case "spoil" | "lose":
                self._harm(step, name)

    def _harm(self, step: str, name: str) -> None:
        for out in ("with", "without"):
            if (path := self.root / out / name).exists():
                path.unlink() if step == "lose" else path.write_text("spoilt", encoding="utf-8")

    def compare(self) -> None:
        for out, cache in (("with", self.root / CACHE_FOLDER), ("without", None)):
            text = f'out = "{out}"\n{self.configuration}'
            config = configured(self.root, text)
            try:
                build(replace(config, cache=cache), self.now, overwrite=True)  # the manifest may be lost
            except Exception as error:  # both fail in the same way, or the files differ
                (self.root / out).mkdir(exist_ok=True)
                (self.root / out / "error").write_text(f"{type(error).__name__}: {error}", encoding="utf-8")
            else:
                (self.root / out / "error").unlink(missing_ok=True)
        assert files(self.root / "with") == files(self.root / "without")


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], print_blob=True
)
@given(histories=st.lists(st.lists(STEPS, min_size=1, max_size=4), min_size=2, max_size=6))
def test_a_cache_changes_nothing(tmp_path: Path, histories: list[list[tuple[str, str, Any]]]) -> None:
    shutil.rmtree(tmp_path)
    (tmp_path / "seeds").mkdir(parents=True)
    world = World(tmp_path)
    world.take(
        "write", "a.md", {"title": "One", "webUrl": "https://p.example/", "date": "2021-01-20", "topics": ["AI"]}
    )
    for steps in histories:
        for step in steps:
            world.take(*step)
        world.compare()


# ---- what is not done again


def test_a_build_without_changes_reads_no_document_and_loads_no_renderer(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    _age(tmp_path / "seeds")
    configured(tmp_path)
    program = (
        "import sys; from feeds.commands.main import main; main(['build', '-q'], standalone_mode=False);"
        "print(*sorted(sys.modules))"
    )
    loaded = []
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
        loaded.append(set(done.stdout.split()))
    heavy = {"feedgen", "lxml", "premailer", "jinja2", "rich", "yaml", "babel"}
    assert loaded[0] >= heavy - {"rich", "premailer", "yaml"}  # the template comes inlined, and the item is usual
    assert not loaded[1] & heavy


def _age(folder: Path) -> None:
    """As if it had been written a minute ago: files that are fresher are looked at twice."""
    past = time.time() - 60
    for path in folder.rglob("*"):
        os.utime(path, (past, past))
    time.sleep(2.1)  # the change time cannot be set


def test_the_end_of_a_period_is_a_change(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md", publishedDateTime="2021-01-26")
    _age(tmp_path / "seeds")
    config = configured(tmp_path, '[digest]\ntimezone = "Europe/Berlin"\n')

    def built_at(moment: str) -> bool:
        """Return whether the build has compared and found no change."""
        return "compare" in dict(build(config, datetime.fromisoformat(moment)).seconds)

    assert not built_at("2021-01-31T12:00:00Z")
    assert built_at("2021-01-31T22:59:59Z")
    manifest = tmp_path / "out/manifest.json"
    assert '"closed"' not in manifest.read_text("utf-8")
    assert not built_at("2021-01-31T23:00:00Z"), "it is Monday in Berlin"
    assert '"closed"' in manifest.read_text("utf-8")
    assert built_at("2021-02-07T22:59:59Z")
    assert not built_at("2021-02-07T23:00:00Z")


def test_only_what_changed_is_read_and_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        write_item(tmp_path / "seeds", f"{number}.md", topics=["AI" if number else "Chess"])
    built(tmp_path)
    parsed, rendered = _parsed(monkeypatch), _rendered(monkeypatch)
    write_item(tmp_path / "seeds", "3.md", topics=["AI"], title="Another")
    report = built(tmp_path)
    assert parsed == ["3.md"]
    assert set(rendered) == {"ai", "ai/index.html", "ai/issues", "ai/issues/2021-W04"}
    assert {name.partition("/")[0] for name in report.files.written if "/" in name} == {"ai"}


def _parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Fills with the names of the documents that are parsed from now on."""
    names: list[str] = []
    real = read.parse

    def parse(raw: bytes, name: str, settings: ReadOptions) -> Any:
        names.append(Path(name).name)
        return real(raw, name, settings)

    monkeypatch.setattr(read, "parse", parse)
    return names


def _rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Fills with the names of the products that are made from now on."""
    names: list[str] = []
    real = rendering.render

    def render(task: rendering.RenderTask, *, config: Config, now: datetime) -> rendering.RenderResult:
        names.extend(product.name for product in task.products)
        return real(task, config, now)

    monkeypatch.setattr(rendering, "render", render)
    return names


def test_new_times_are_not_new_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a fresh clone."""
    for number in range(5):
        write_item(tmp_path / "seeds", f"{number}.md")
    first = built(tmp_path)
    for path in [*(tmp_path / "seeds").iterdir(), *(tmp_path / "out").rglob("*.*")]:
        path.touch()
    monkeypatch.setattr(read, "parse", lambda *_: pytest.fail("parsed again"))
    second = built(tmp_path)
    assert (second.files.written, sorted(second.files.unchanged)) == ((), sorted(first.files.written))


def test_a_clock_that_goes_back_is_a_change(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    os.utime(write_item(tmp_path / "seeds", "late.md"), (0, 0))  # a stamp that is trusted
    issue = tmp_path / "out/ai/issues/2021-W05/index.html"
    built(tmp_path, now=NOW + timedelta(days=10))  # too late for an issue
    assert not issue.exists()
    built(tmp_path, now=NOW + timedelta(days=4))
    assert issue.exists()


def test_files_with_new_times_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a fresh clone: by the next build, but not by each one after it."""
    write_item(tmp_path / "seeds", "other.md", topics=["Chess"])
    write_item(tmp_path / "seeds", "edited.md", topics=["AI"])
    built(tmp_path)
    for path in (tmp_path / "out").rglob("*.*"):
        path.touch()
    names = _read_outputs(monkeypatch)
    for title, are_read in (("Another", True), ("Yet another", False)):
        names.clear()
        write_item(tmp_path / "seeds", "edited.md", topics=["AI"], title=title)
        built(tmp_path)
        assert any(name.startswith("chess/") for name in names) == are_read


def _read_outputs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Fills with the names of the files of out/ that are read from now on."""
    names: list[str] = []
    real = LocalOutput.read

    def read(out: LocalOutput, name: str) -> bytes | None:
        names.append(name)
        return real(out, name)

    monkeypatch.setattr(LocalOutput, "read", read)
    return names


def test_a_template_that_changes_is_used(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "mine").mkdir()
    for text in ("OLD", "NEW"):
        (tmp_path / "mine/topic.html").write_text(f"<p>{text}</p>", encoding="utf-8")
        built(tmp_path, 'templates = "mine"\n')
        assert text in (tmp_path / "out/ai/index.html").read_text(encoding="utf-8")


def test_other_software_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    parsed = _parsed(monkeypatch)
    built(tmp_path)
    assert parsed == []
    monkeypatch.setattr(fingerprints, "software", lambda: b"the next version")
    built(tmp_path)
    assert parsed == ["one.md"]


# ---- a cache that is damaged


@pytest.mark.parametrize(
    "damage", [b"", b"no database at all" * 1000, b"SQLite format 3\0 and then nothing"], ids=["empty", "other", "cut"]
)
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    before = files(tmp_path / "out")
    database = tmp_path / CACHE_FOLDER / "feeds.sqlite3"
    database.write_bytes(damage)
    assert not built(tmp_path).files.written
    assert files(tmp_path / "out") == before
    assert database.read_bytes() != damage


def test_a_cache_with_holes_is_made_anew(tmp_path: Path) -> None:
    """Whatever was overwritten in the middle of the file."""
    for number in range(20):
        write_item(tmp_path / "seeds", f"{number}.md")
    built(tmp_path)
    before = files(tmp_path / "out")
    database = tmp_path / CACHE_FOLDER / "feeds.sqlite3"
    whole = database.read_bytes()
    for start in range(1024, len(whole), 4096):
        database.write_bytes(whole[:start] + b"\xff" * 2048 + whole[start + 2048 :])
        built(tmp_path)
        assert files(tmp_path / "out") == before


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / CACHE_FOLDER).write_text("a file in its place", encoding="utf-8")
    assert built(tmp_path).files.written


def test_the_cache_tells_tools_what_it_is(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    folder = tmp_path / CACHE_FOLDER
    assert (
        (folder / "CACHEDIR.TAG").read_text(encoding="utf-8").startswith("Signature: 8a477f597d28d172789f06886806bc55")
    )
    assert (folder / ".gitignore").read_text(encoding="utf-8") == "*\n"


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_build_that_was_killed_harms_no_later_one(tmp_path: Path) -> None:
    """At some twenty moments, from before anything is read to the end."""
    for number in range(60):
        write_item(tmp_path / "seeds", f"{number}.md", topics=["AI", f"T{number % 4}"], publishedDateTime="2021-01-26")
    expected = _expected(tmp_path)
    configured(tmp_path)
    command = [sys.executable, "-m", "feeds", "build", "-q", "--now", "2021-02-01T06:00:00Z"]
    for moment in range(20):
        process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
        time.sleep(0.05 * (moment + 1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = {n: data for n, data in files(tmp_path / "out").items() if not n.endswith((".tmp", ".feeds-pending"))}
        assert {n for n, data in found.items() if data != expected[n]} == set(), "a file that is not whole"
        if moment % 5 == 0:
            shutil.rmtree(tmp_path / "out", ignore_errors=True)
    built(tmp_path)
    assert {n: d for n, d in files(tmp_path / "out").items() if not n.endswith(".tmp")} == expected


def _expected(root: Path) -> dict[str, bytes]:
    (root / "expected").mkdir()
    (root / "expected/seeds").symlink_to(root / "seeds")
    built(root / "expected")
    return files(root / "expected/out")
