"""Nightly rebuilds of a folder that grows and changes: what subscribers see of it, build after build.

The history is random, but always the same. A wrong step is named by its number and what was done in it.
"""

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from feeds.config.load import load_config
from feeds.output.folder import open_output
from feeds.pipeline import build

BUILDS = 240
START = datetime(2026, 1, 1, 6, tzinfo=UTC)
TOPICS = ("AI", "Chess", "Rivers")
LIMIT = 8
CONFIG = f"""
title = "Replay"
base_url = "https://news.example/"
[selection]
feed_limit = {LIMIT}
digest_limit = 3
[feed]
archive = true
archive_size = 5
[digest]
period = "day"
issues = 4
"""


@dataclass
class World:
    """The folder, and what one knows of each article in it by its number."""

    folder: Path
    now: datetime = START
    random: Random = field(default_factory=lambda: Random(4))
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    """Topics of the documents that the step has changed."""
    moved: set[int] = field(default_factory=set)
    """Articles whose date or coverage the step has changed."""
    number: int = 0

    def save(self, name: str, document: dict[str, Any] | None) -> None:
        old = self.documents.pop(name, None)
        self.touched |= {t for d in (old, document) if d for t in d["topics"]}
        path = self.folder / name
        if document is None:
            path.unlink()
            return
        self.documents[name] = document
        path.write_text(f"---\n{yaml.safe_dump(document, sort_keys=False)}---\n", encoding="utf-8")

    def step(self) -> str:
        self.touched, self.moved = set(), set()
        steps = [self.add, self.add, self.add, self.add_old, self.retitle, self.unpublish, self.remove]
        steps += [self.redate, self.grow, self.duplicate, self.move_address, self.cover, self.nothing]
        chosen = self.random.choice(steps)
        chosen()
        self.now += timedelta(hours=self.random.choice([6, 24]))
        return chosen.__name__

    def some(self) -> tuple[str, dict[str, Any]]:
        name = self.random.choice(sorted(self.documents))
        return name, dict(self.documents[name])

    def nothing(self) -> None:
        pass

    def add(self, age: timedelta = timedelta(hours=1)) -> None:
        self.number += 1
        self.save(f"{self.number:04}.md", self.document(self.number, self.now - age))

    def add_old(self) -> None:
        self.add(timedelta(days=self.random.randint(2, 60)))

    def document(self, number: int, date: datetime) -> dict[str, Any]:
        return {
            "title": f"Article {number}",
            "excerpt": f"What article {number} says.",
            "publishedDateTime": date.isoformat(),
            "webUrl": f"https://paper.example/articles/{number}",
            "quality": self.random.randint(40, 90),
            "published": True,
            "provider": {"name": "The Paper", "domain": "paper.example"},
            "topics": self.random.sample(TOPICS, self.random.randint(1, 2)),
            "related": [self.related(date) for _ in range(self.random.randint(0, 3))],
        }

    def related(self, date: datetime) -> dict[str, Any]:
        self.number += 1
        when = min(date + timedelta(hours=self.random.randint(-5, 5)), self.now)
        return {
            "title": f"Article {self.number}",
            "webUrl": f"https://other.example/articles/{self.number}",
            "publishedDateTime": when.isoformat(),
            "provider": {"name": f"Outlet {self.number}"},
            "quality": self.random.randint(0, 99),
        }

    def retitle(self) -> None:
        name, document = self.some()
        self.save(name, document | {"title": document["title"] + " (corrected)", "excerpt": "Corrected."})

    def move_address(self) -> None:
        """The same article, its address written in another way."""
        name, document = self.some()
        address = document["webUrl"].replace("https://paper", "http://www.paper").replace("?utm_source=x", "")
        self.save(name, document | {"webUrl": address + "?utm_source=x"})

    def unpublish(self) -> None:
        name, document = self.some()
        self.moved.add(_number(document["webUrl"]))  # a copy that was weaker may take its place
        self.save(name, document | {"published": False})

    def remove(self) -> None:
        name, document = self.some()
        self.moved.add(_number(document["webUrl"]))
        self.save(name, None)

    def cover(self) -> None:
        """A story lists an article that has a story of its own, which it loses if it is weaker."""
        name, document = self.some()
        other = self.some()[1]
        if other["webUrl"] != document["webUrl"]:
            self.moved.add(_number(document["webUrl"]))
            keys = ("title", "webUrl", "publishedDateTime", "provider", "quality")
            self.save(name, document | {"related": [*document["related"], {k: other[k] for k in keys}]})

    def redate(self) -> None:
        name, document = self.some()
        self.moved.add(_number(document["webUrl"]))
        self.save(name, document | {"publishedDateTime": (self.now - timedelta(minutes=5)).isoformat()})

    def grow(self) -> None:
        name, document = self.some()
        self.moved.add(_number(document["webUrl"]))
        self.save(name, document | {"related": [*document["related"], self.related(self.now)]})

    def duplicate(self) -> None:
        name, document = self.some()
        self.moved.add(_number(document["webUrl"]))
        copy = document | {"quality": 99, "related": [*document["related"], self.related(self.now)]}
        self.save(f"copy-{len(self.documents):04}-{name}", copy)


@dataclass
class Client:
    """A feed reader that remembers ids."""

    seen: dict[str, int] = field(default_factory=dict)
    """Id → number of its article."""

    def poll(self, feed: dict[str, Any]) -> None:
        for entry in feed["items"]:
            number = _number(entry["url"])
            assert self.seen.setdefault(entry["id"], number) == number, "an id now means another article"
            known = {id_ for id_, n in self.seen.items() if n == number}
            assert known == {entry["id"]}, f"article {number} came under two ids"


@dataclass
class IssueClient:
    """A reader of the feed of issues, which remembers the articles of each issue."""

    seen: dict[str, list[int]] = field(default_factory=dict)

    def poll(self, feed: dict[str, Any], closed: Iterable[str]) -> None:
        issues = {entry["id"]: entry for entry in feed["items"]}
        assert len(issues) == len(feed["items"]), "an issue is in its feed twice"
        assert {id_.rsplit("/", 2)[1] for id_ in issues} <= set(closed), "an open issue is in the feed"
        for id_, entry in issues.items():
            numbers = [_number(url) for url in re.findall(r'<h2><a href="([^"]*)"', entry["content_html"])]
            before = self.seen.get(id_, numbers)
            assert numbers, f"{id_} has no stories"
            assert numbers == [n for n in before if n in numbers], f"{id_} has changed"
            self.seen[id_] = numbers


def _number(url: str) -> int:
    return int(url.partition("?")[0].rpartition("/")[2])


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> int:
    """Runs the history; each step's promises are asserted as it goes. Gives the number of builds."""
    root = tmp_path_factory.mktemp("replay")
    (root / "seeds").mkdir()
    (root / "feeds.toml").write_text(CONFIG, encoding="utf-8")
    config, out = load_config(start=root), root / "out"
    world, client = World(root / "seeds"), Client()
    for _ in range(12):
        world.add()
    issues = {topic.lower(): IssueClient() for topic in TOPICS}
    before: dict[str, bytes] = {}
    full: dict[str, bytes] = {}
    for number in range(BUILDS):
        action = world.step() if number else "start"
        build(config, world.now)
        after = _documents(out)
        try:
            _check_step(world, before, after)
            _check_closed(before, after)
            _check_dates(before, after)
            _check_that_recent_stories_are_in_an_issue(after, world.now)
            _check_archives(out, after, full)
            for topic in ("ai", "chess", "rivers"):
                client.poll(json.loads(after[f"{topic}/feed.json"]))
                issues[topic].poll(json.loads(after[f"{topic}/issues/feed.json"]), _closed(after, topic))
            assert not build(config, world.now).files.written, "a second build wrote something"
        except AssertionError as error:
            raise AssertionError(f"build {number} ({action}): {error}") from error
        before = after
    assert all(len(reader.seen) > 20 for reader in issues.values())
    assert full, "no archive ever filled up: the history is too short to show anything"
    return number + 1


def _documents(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*.*")}


def _check_step(world: World, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    for topic in TOPICS:
        slug = topic.lower()
        old, new = (_modified(files.get(f"{slug}/feed.json")) for files in (before, after))
        moved = {_number_of(after, slug, id_) for id_ in old.keys() & new.keys() if old[id_] != new[id_]}
        assert moved <= world.moved, f"updated moved in {topic} for {moved - world.moved}"
        gone = _published(before, slug).items() - _published(after, slug).items()
        pushed_out = {n for n, date in gone if len(new) == LIMIT and date <= min(_published(after, slug).values())}
        lost = {n for n, _ in gone} - pushed_out - world.moved
        assert not lost, f"{lost} lost their stories in {topic}, though nobody has taken them back"
        if topic not in world.touched:
            names = {n for n in before if n.startswith(f"{slug}/")}
            assert names <= after.keys()
            changed = {n for n in names if before[n] != after[n]}
            if _newest_closed(before, slug) != _newest_closed(after, slug):  # a week has ended
                moving = rf"{slug}/(digest\..*|issues/(rss.xml|atom.xml|feed.json)|(.*/)?index.html)"
                changed -= {n for n in names if re.fullmatch(moving, n)}
            assert not changed, f"{topic} was not touched, but changed: {changed}"


def _published(files: dict[str, bytes], slug: str) -> dict[int, str]:
    """Return the date of each story in a feed, keyed by the number of its article."""
    items = json.loads(files.get(f"{slug}/feed.json", b'{"items": []}'))["items"]
    return {_number(item["url"]): item["date_published"] for item in items}


DATE = re.compile(rb"<(updated|lastBuildDate)>([^<]*)</")


def _check_dates(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    """Assert that the date of a feed or an archive grows with each change, and stays without one."""
    for name in before.keys() & after.keys():
        if name.endswith(("rss.xml", "atom.xml")):
            (old, was), (new, now) = (_content_and_date(files[name]) for files in (before, after))
            assert now > was if old != new else now == was, f"{name}: {was} became {now}"


def _content_and_date(document: bytes) -> tuple[bytes, datetime]:
    found = DATE.search(document)
    assert found
    text = found[2].decode()
    date = datetime.fromisoformat(text) if text[0].isdigit() else parsedate_to_datetime(text)
    return document[: found.start()] + document[found.end() :], date


def _closed(files: dict[str, bytes], slug: str) -> dict[str, list[str]]:
    """Return the ids of the stories of each closed issue, in order, newest issue first."""
    manifest = json.loads(files.get("manifest.json", b'{"topics": []}'))
    entry: dict[str, Any] = next((t for t in manifest["topics"] if t["slug"] == slug), {})
    closed = entry.get("closed", ())
    return {i["id"]: [id_ for _, stories in i["sections"] for id_, _ in stories] for i in closed}


def _newest_closed(files: dict[str, bytes], slug: str) -> str:
    return next(iter(_closed(files, slug)), "")


def _check_closed(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    for slug in map(str.lower, TOPICS):
        old, new = _closed(before, slug), _closed(after, slug)
        recorded = [id_ for ids in new.values() for id_ in ids]
        assert len(recorded) == len(set(recorded)), "a story is in two issues"
        assert old.keys() <= new.keys()
        for issue, ids in old.items():
            assert new[issue] == [id_ for id_ in ids if id_ in new[issue]], f"{issue} of {slug} has changed"


def _check_that_recent_stories_are_in_an_issue(files: dict[str, bytes], now: datetime) -> None:
    """A story is late enough to be in none if its day ended more than a week before it came."""
    for topic in json.loads(files["manifest.json"])["topics"]:
        placed = {id_ for issue in topic["issues"] for id_ in issue["stories"]}
        placed |= {id_ for ids in _closed(files, topic["slug"]).values() for id_ in ids}
        for entry in json.loads(files[f"{topic['slug']}/feed.json"])["items"]:
            is_recent = datetime.fromisoformat(entry["date_published"]) >= now - timedelta(days=7)
            assert entry["id"] in placed or not is_recent, f"{entry['id']} is in no issue"


def _modified(feed: bytes | None) -> dict[str, str]:
    """Return the second of each `updated`; its fraction may move when a story of the same second comes or goes."""
    return {e["id"]: e["date_modified"][:19] for e in json.loads(feed)["items"]} if feed else {}


def _number_of(files: dict[str, bytes], slug: str, id_: str) -> int:
    return next(_number(e["url"]) for e in json.loads(files[f"{slug}/feed.json"])["items"] if e["id"] == id_)


def _check_archives(out: Path, after: dict[str, bytes], full: dict[str, bytes]) -> None:
    for name, data in list(full.items()):
        if after.get(name) != data:
            kept = _entries(after[name])
            assert kept.items() < _entries(data).items(), f"{name} was full, and more than a withdrawn story changed"
            full[name] = after[name]
    manifest = json.loads(open_output(out).read("manifest.json") or b"")
    for topic in manifest["topics"]:
        slug = topic["slug"]
        for n in range(1, len(topic.get("archives", ()))):
            for kind in ("rss.xml", "atom.xml", "feed.json"):
                name = f"{slug}/archive/{n}/{kind}"
                full.setdefault(name, after[name])
        _check_that_paging_reaches_all(out, slug, topic)


def _entries(document: bytes) -> dict[str, str]:
    """Return the entries of a feed document, keyed by id."""
    if document.startswith(b"{"):
        return {item["id"]: json.dumps(item) for item in json.loads(document)["items"]}
    found = re.findall(r"<(?:item|entry)>.*?</(?:item|entry)>", document.decode(), re.DOTALL)
    return {re.findall(r"<(?:guid[^>]*|id)>([^<]*)<", entry)[0]: entry for entry in found}


def _check_that_paging_reaches_all(out: Path, slug: str, topic: dict[str, Any]) -> None:
    """Who follows next_url from the subscription document gets all that was ever filed away, and the window."""
    found: set[str] = set()
    url = f"https://news.example/{slug}/feed.json"
    for _ in range(100):
        page = json.loads((out / url.removeprefix("https://news.example/")).read_bytes())
        found |= {e["id"] for e in page["items"]}
        if "next_url" not in page:
            break
        url = page["next_url"]
    assert set(topic["stories"]) <= found
    present = {id_ for ids in topic.get("archives", ())[:-1] for id_ in ids}
    assert present <= found, "a story that lies in a full archive cannot be reached"


def test_no_reader_is_ever_surprised(replayed: int) -> None:
    assert replayed >= 200


def test_with_the_manifest_lost_closed_issues_come_out_by_their_dates(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "feeds.toml").write_text(CONFIG.replace("issues = 4", 'issues = "all"'), encoding="utf-8")
    config, out = load_config(start=tmp_path), tmp_path / "out"
    world = World(tmp_path / "seeds")
    for _ in range(12):
        world.add()
    before: dict[str, bytes] = {}
    for number in range(130):
        world.step()
        if number == 90:
            ids = {topic: _ids(before[f"{topic}/issues/feed.json"]) for topic in map(str.lower, TOPICS)}
            assert any(_of_other_days(world, before, topic) for topic in ids), "no story was late: nothing is shown"
            for folder in (out, tmp_path / ".feeds_cache"):
                shutil.rmtree(folder)
        build(config, world.now)
        after = _documents(out)
        if number == 90:
            for topic, known in ids.items():
                assert _of_other_days(world, after, topic) == []
                assert known & _ids(after[f"{topic}/issues/feed.json"]), "readers know no issue again"
        else:
            _check_closed(before, after)
        _check_that_recent_stories_are_in_an_issue(after, world.now)
        before = after


def _ids(feed: bytes) -> set[str]:
    return {entry["id"] for entry in json.loads(feed)["items"]}


def _of_other_days(world: World, files: dict[str, bytes], topic: str) -> list[str]:
    """Return the ids of stories in closed issues whose day is not that of their date."""
    days = {(_number(d["webUrl"]), d["publishedDateTime"][:10]) for d in world.documents.values()}
    issues = _closed(files, topic)
    assert issues
    return [id_ for issue, ids in issues.items() for id_ in ids if (_number(id_), issue) not in days]


MOVES = {
    0: ("https://news.example/", ""),
    15: ("https://moved.example/news/", ""),
    30: ("https://moved.example/news/", '[topics.AI]\nslug = "machines"\naliases = ["ai"]\n'),
}
"""By the number of the build that is the first with this base URL and these options."""


def test_subscribers_of_a_publication_that_moves_see_nothing_twice(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    world, client = World(tmp_path / "seeds", random=Random(7)), Client()
    for _ in range(12):
        world.add()
    ids, issues = set(), set()
    before: dict[str, bytes] = {}
    for number in range(45):
        if number in MOVES:
            base_url, options = MOVES[number]
            text = CONFIG.replace("https://news.example/", base_url) + options
            (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
            config = load_config(start=tmp_path)
        world.step()
        build(config, world.now)
        before, last = _documents(tmp_path / "out"), before
        _check_dates(last, before)
        client.poll(json.loads(before["ai/feed.json"]))
        ids |= set(re.findall(r"^  <id>([^<]*)", before["ai/atom.xml"].decode(), re.MULTILINE))
        slug = "machines" if number >= 30 else "ai"
        issues |= _ids(before[f"{slug}/issues/feed.json"])
    assert ids == {"https://news.example/ai/atom.xml"}
    assert {id_.rpartition("/issues/")[0] for id_ in issues} == {"https://news.example/ai"}
