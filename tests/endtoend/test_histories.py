"""Random histories of a publication: whatever happened, a build makes what one that remembers nothing would make.

`FEEDS_TEST_HISTORIES=3000 pytest tests/endtoend/test_histories.py` runs more of them. A failure names the seed.
"""

import json
import os
import random
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import fsspec
import pytest
import yaml
from msgspec.structs import replace

from feeds.engine import update
from feeds.engine.processes import Serial
from feeds.output import folder
from feeds.pipeline import build
from feeds.problems import ConfigError
from feeds.renderers.templates import environment
from feeds.report import BuildError
from support.building import NOW, configured, files

HISTORIES = int(os.environ.get("FEEDS_TEST_HISTORIES", "24"))

# Faults that need many steps are rare; most histories are short, so that a failure is easy to follow.
ROUNDS = [2, 3, 4, 10]
CHANGES = [0, 1, 2, 4, 10]

NAMES = ["a.md", "b.md", "sub/c.md", "d.txt", "e.yaml", os.fsdecode(b"f\xe9.md") if os.name == "posix" else "f.md"]
CONFIGURATIONS = [
    "",
    "[selection]\nmin_quality = 30\nfeed_limit = 3\ndigest_limit = 1\n",
    '[digest]\nperiod = "day"\nissues = 3\n[mailing]\ntool = ["mailchimp", "listmonk"]\n',
    "[defaults]\npublished = true\nquality = 55\n[feed]\nall = true\nstrip_tracking = true\n",
    '[topics.AI]\nparent = "Chess"\nmin_quality = 60\n[newsletters.weekly]\ntopics = ["Chess", "AI"]\n',
    "[selection]\nfeed_limit = 2\n[feed]\narchive = true\narchive_size = 2\n",
    '[topics.AI]\nslug = "machines"\naliases = ["ai"]\n[digest]\ncurrent = "open"\n',
    '[build]\noutputs = ["atom", "digest"]\n',
    'templates = "mine"\n',
]
OWN = ["mine/topic.html", "mine/topic.html", "mine/index.html"]
TEMPLATES = [
    "<p>Hello</p>",
    "<p>{{ edition.topic.title }}</p>",
    "<p>{{ edition.topic.slug }}</p>",
    "{{ nothing.at.all }}",
]


class Killed(BaseException):
    """Nothing in the program may catch it."""


class History:
    """A folder of items that changes, and the builds of it; `chance` decides what happens."""

    def __init__(self, root: Path, chance: random.Random) -> None:
        self.root, self.chance, self.now, self.configuration = root, chance, NOW, ""
        self._times = count(1_600_000_000)
        self.change()
        self.write("seeds/a.md", f"---\n{yaml.safe_dump(self.document() | {'published': True, 'quality': 60})}---\n")

    def change(self) -> None:
        """Do something that people do between two builds."""
        name = f"seeds/{self.chance.choice(NAMES)}"
        steps: list[tuple[int, Callable[[], None]]] = [
            (12, lambda: self.write_item(name)),
            (2, lambda: self.write(name, self.chance.choice(["", "nothing", "---\ntitle: [\n---\n"]))),
            (3, lambda: (self.root / name).unlink(missing_ok=True)),
            (1, lambda: self.link(name)),
            (4, self.wait),
            (2, self.configure),
            (1, lambda: self.write(self.chance.choice(OWN), self.chance.choice(TEMPLATES))),
            (3, self.edit),
        ]
        weights, actions = zip(*steps, strict=True)
        self.chance.choices(actions, weights)[0]()

    def document(self) -> dict[str, Any]:
        one_of = self.chance.choice
        document = {
            "title": one_of(["One", "Two", "Three"]),
            "webUrl": f"https://paper.example/{self.chance.randrange(8)}",
            "date": (self.now + timedelta(days=self.chance.randint(-25, 2))).isoformat(),
            "published": one_of([True] * 8 + [False, "perhaps"]),
            "quality": one_of([20, 49, 50, 60, 60, 90]),
            "topics": one_of([["AI"], ["Chess"], ["AI", "Chess"], ["ai "], ["Weekly", "AI"], ["About"], []]),
        }
        first = one_of([0, 100])  # other items are about the articles 0 to 7
        related = [{"title": one_of(["T1", "T2"]), "webUrl": f"https://paper.example/{first + n}"} for n in range(3)]
        return document | one_of([{}, {"related": related[: self.chance.randrange(4)]}, {"heat": one_of([-1, 300])}])

    def write_item(self, name: str) -> None:
        text = yaml.safe_dump(self.document(), sort_keys=False)
        self.write(name, text if name.endswith(".yaml") else f"---\n{text}---\n")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # it may be a link
        path.write_text(text, encoding="utf-8")
        time = next(self._times)  # no two versions have the same stamp
        os.utime(path, (time, time))

    def link(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).symlink_to(self.root / "seeds" / self.chance.choice(NAMES))

    def edit(self) -> None:
        """Write the editor's file of an issue of these days, or of one that there is not; or remove it."""
        one_of = self.chance.choice
        week = (self.now + timedelta(days=one_of([-14, -7, -7, 0, 0]))).strftime("%G-W%V")
        name = f"issues/{one_of(['ai', 'ai', 'chess', 'weekly', 'nope'])}/{week}.md"
        address = f"https://paper.example/{self.chance.randrange(8)}"
        fields = one_of([{"hide": [address]}, {"pin": [address]}, {"subject": one_of(["One", "Two"])}, {"subjekt": 1}])
        text = f"---\n{yaml.safe_dump(fields)}---\nA *note*.\n"
        self.write(name, one_of([text, text, text, text, "", "---\nhide: [\n---\n"]))

    def wait(self) -> None:
        self.now += timedelta(days=self.chance.choice([-3, 1, 1, 2, 7, 20]))

    def configure(self) -> None:
        self.configuration = self.chance.choice(CONFIGURATIONS)

    def options(self) -> dict[str, Any]:
        choices: list[dict[str, Any]] = [{}] * 6
        choices += [{"prune": True}, {"force": True}, {"topics": [self.chance.choice(["ai", "chess", "machines"])]}]
        return self.chance.choice([*choices, {"issue": self.chance.choice(["2021-W03", "2021-W04", "2021-01-26"])}])

    def build(self, out: str, *, cache: str = "", **options: Any) -> str:
        """Build into a folder, and return the error."""
        (self.root / "mine").mkdir(exist_ok=True)
        config = configured(self.root, f'out = "{out}"\n{self.configuration}')
        config = replace(config, cache=self.root / cache if cache else None)
        if config.templates:
            environment.cache_clear()  # each build is a process of its own, and so notices new templates
        try:
            report = build(config, self.now, executor=Serial(), **options)
        except (ConfigError, BuildError) as error:
            return str(error)
        return "\n".join(report.mistakes)

    def killed(self, out: str, *, cache: str = "", prune: bool = False) -> bool:
        """Start a build that is killed before or after it writes one of its files; return whether that was the last."""
        number = self.chance.randrange(60)
        before = self.manifest(out)
        is_late = self.chance.random() < 0.5
        real = folder._put

        def die(temporary: str, path: str) -> None:
            nonlocal number
            number -= 1
            if number != 0 or is_late:
                real(temporary, path)
            if number == 0:
                raise Killed

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(folder, "_put", die)
            with suppress(Killed):
                self.build(out, cache=cache, prune=prune)
        return self.manifest(out) != before

    def manifest(self, out: str) -> str:
        return _text(self.root / out / "manifest.json")

    def files(self, out: str) -> dict[str, bytes]:
        return files(self.root / out)

    def settle(self) -> None:
        """Remove what cannot be read, and use configuration and templates without mistakes."""
        self.configuration = self.chance.choice(CONFIGURATIONS[:-1])
        self.now += timedelta(days=30)  # later than all dates
        for name in NAMES:
            path = self.root / "seeds" / name
            if path.is_symlink() or (path.exists() and path.stat().st_size < 20) or "perhaps" in _text(path):
                path.unlink()
        for name in ("a", "z"):
            text = yaml.safe_dump(self.document() | {"published": True, "quality": 90})
            self.write(f"seeds/{name}.md", f"---\n{text}---\n")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.fixture(autouse=True)
def _trusted_stamps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust stamps of new files, too: otherwise all of them would be read again in each build."""
    monkeypatch.setattr(update, "_TOO_NEW", 0)


def _closed_pages(out: Mapping[str, bytes]) -> set[str]:
    """Return the pages of closed issues, which stay however many issues are made."""
    manifest = json.loads(out["manifest.json"])
    topics = [*manifest["topics"], *manifest["newsletters"]]
    return {f"{t['slug']}/issues/{issue['id']}/index.html" for t in topics for issue in t.get("closed", ())}


def _compare_with_empty_folder(history: History, out: str, seed: int) -> None:
    """Compare a pruned output with what a build into an empty folder with the same manifest.json makes."""
    assert history.build(out, prune=True) == "", seed
    found = history.files(out)
    (history.root / "fresh").mkdir()
    (history.root / "fresh/manifest.json").write_bytes(found["manifest.json"])
    assert history.build("fresh", prune=True) == "", seed
    fresh = history.files("fresh")
    assert found.keys() - _closed_pages(found) == fresh.keys() - _closed_pages(found), seed
    # Full archives, and closed issues that are no longer made, stay as they were published.
    kept = {n for n in found if "/archive/" in n} | _closed_pages(found) | {"manifest.json"}
    assert {n for n in fresh if n not in kept and fresh[n] != found[n]} == set(), seed
    assert _without_files(fresh["manifest.json"]) == _without_files(found["manifest.json"]), seed


def _without_files(manifest: bytes) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(manifest)
    return loaded | {"files": []}


def test_a_cache_changes_nothing_and_pruning_leaves_nothing(tmp_path: Path) -> None:
    for seed in range(HISTORIES):
        history = History(tmp_path / "root", random.Random(seed))
        for _ in range(history.chance.choice(ROUNDS)):
            for _ in range(history.chance.choice(CHANGES)):
                history.change()
            if history.chance.random() < 0.2:
                options: dict[str, Any] = {}
                if history.killed("with", cache="cache"):
                    history.build("without")  # a late clock protects what earlier builds made from one build only
            else:
                options = history.options()
            errors = [history.build("with", cache="cache", **options), history.build("without", **options)]
            assert errors[0].replace("/with", "/without") == errors[1], seed
            assert history.files("with") == history.files("without"), seed
        history.settle()
        _compare_with_empty_folder(history, "with", seed)
        shutil.rmtree(history.root)


def test_an_output_elsewhere_is_the_same(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    for seed in range(0, HISTORIES, 3):
        history = History(tmp_path / "root", random.Random(seed))
        for _ in range(history.chance.choice(ROUNDS)):
            for _ in range(history.chance.choice(CHANGES)):
                history.change()
            options = history.options()
            errors = [history.build(out, **options) for out in ("here", "memory://elsewhere")]
            assert errors[0].replace(str(history.root / "here"), "memory://elsewhere") == errors[1], seed
            there = {path.removeprefix("/elsewhere/"): memory.cat(path) for path in memory.find("/elsewhere")}
            assert there == history.files("here"), seed
        memory.store.clear()
        shutil.rmtree(history.root)


def test_killed_builds_leave_nothing_behind(tmp_path: Path) -> None:
    for seed in range(HISTORIES):
        history = History(tmp_path / "root", random.Random(-seed - 1))
        cache = history.chance.choice(["", "cache"])
        for _ in range(history.chance.choice(ROUNDS)):
            for _ in range(history.chance.choice(CHANGES)):
                history.change()
            if history.chance.random() < 0.4:
                history.build("out", cache=cache)
            history.change()
            history.killed("out", cache=cache, prune=history.chance.random() < 0.3)
        history.settle()
        history.build("out", cache=cache)
        _compare_with_empty_folder(history, "out", seed)
        assert not (history.root / "out/.feeds-pending").exists()
        shutil.rmtree(history.root)
