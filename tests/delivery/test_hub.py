"""`feeds ping` against a hub that does what hubs do: it fetches the feed of which it is told, at its public address."""

import functools
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from feeds.config.load import load_config
from feeds.delivery.changed_feeds import changed_feeds
from support.building import write_item
from support.commands import Run
from support.hub import Hub, Quiet, serving

FILES = ("rss.xml", "atom.xml", "feed.json")


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    with serving(server):
        yield server


@pytest.fixture
def site(tmp_path: Path, hub: Hub) -> Iterator[str]:
    """The address of a publication that is served."""
    handler = functools.partial(Quiet, directory=str(tmp_path / "out"))
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as url:
        write_item(tmp_path / "seeds", "one.md", topics=["AI"])
        write_item(tmp_path / "seeds", "two.md", topics=["Chess"])
        configure(tmp_path, url, hub.url)
        yield url


def configure(root: Path, base_url: str, hub: str) -> None:
    text = f'base_url = "{base_url}"\n[feed]\nhub = "{hub}"\nissues = false\n'
    (root / "feeds.toml").write_text(text, encoding="utf-8")


def test_the_hub_fetches_what_has_changed_and_nothing_else(run: Run, tmp_path: Path, site: str, hub: Hub) -> None:
    assert run("build").returncode == 0
    assert run("ping").stdout == f"told {hub.url} about 6 feeds\n"
    out = {f"{site}{topic}/{file}": tmp_path / "out" / topic / file for topic in ("ai", "chess") for file in FILES}
    assert hub.fetched == {url: path.read_bytes() for url, path in out.items()}
    assert {(*form["hub.mode"], len(form["hub.url"])) for form in hub.forms} == {("publish", 1)}

    hub.fetched.clear()
    assert (run("build").returncode, run("ping").stdout, hub.fetched) == (0, "", {})

    write_item(tmp_path / "seeds", "three.md", topics=["AI"])
    assert run("build").returncode == 0
    listed = run("ping", "--dry-run").stdout.split()
    assert (sorted(listed), hub.fetched) == (sorted(f"{site}ai/{file}" for file in FILES), {})
    assert run("ping").stdout == f"told {hub.url} about 3 feeds\n"
    assert sorted(hub.fetched) == sorted(listed)


@pytest.mark.parametrize(
    ("status", "problem"),
    {500: "it answered 500 Internal Server Error", 301: "it answered 301 Moved Permanently"}.items(),
)
def test_a_hub_that_fails_is_a_warning_and_asked_again(
    run: Run, site: str, hub: Hub, status: int, problem: str
) -> None:
    run("build")
    hub.status = status
    done = run("ping")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"warning: {hub.url} was not told about 6 feeds: {problem}\n"
    hub.status = 204
    assert run("ping").stdout == f"told {hub.url} about 6 feeds\n"


def test_the_body_of_an_answer_is_not_read(run: Run, site: str, hub: Hub) -> None:
    run("build")
    hub.status, hub.length = 202, 1_000
    assert run("ping").stdout == f"told {hub.url} about 6 feeds\n"


def test_a_hub_that_cannot_be_reached_is_asked_once(run: Run, tmp_path: Path, site: str, hub: Hub) -> None:
    configure(tmp_path, site, "http://127.0.0.1:9/")
    done = run("ping", "--github", "https://news.example/a.xml", "https://news.example/b.xml")
    assert (done.returncode, done.stderr) == (0, "")
    problem = "http://127.0.0.1:9/ was not told about 2 feeds: the server cannot be reached"
    assert done.stdout == f"::warning::{problem}\n"


def test_a_word_is_no_address(run: Run, site: str, hub: Hub) -> None:
    done = run("ping", "ai")
    message = f"error: 'ai' is not the address of a feed; write it whole: {site}ai/atom.xml\n"
    assert (done.returncode, done.stderr, hub.fetched) == (2, message, {})


def test_a_workflow_is_handed_the_changed_feeds(run: Run, tmp_path: Path, site: str) -> None:
    outputs = []
    for number in range(2):
        path = tmp_path / f"output-{number}"
        run("build", "--github", GITHUB_OUTPUT=str(path))
        outputs.append(dict(line.split("=", 1) for line in path.read_text().splitlines())["feeds"].split())
    assert [sorted(found) for found in outputs] == [
        sorted(f"{site}{topic}/{file}" for topic in ("ai", "chess") for file in FILES),
        [],
    ]
    assert run("ping", "--dry-run").stdout == "", "it is the workflow that tells the hub"


def test_without_a_hub_there_is_nobody_to_tell(run: Run, tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    run("build")
    done = run("ping")
    assert (done.returncode, done.stderr) == (2, "error: no hub is configured; set hub in [feed]\n")
    assert list((tmp_path / ".feeds_cache").glob("changed*")) == []


CHANGED = {
    "ai/rss.xml": True,
    "ai/issues/rss.xml": True,
    "archive/rss.xml": True,
    "ai/archive/1/rss.xml": False,
    "ai/index.html": False,
    "sitemap.xml": False,
    "feeds.opml": False,
}


@pytest.mark.parametrize(("name", "is_told"), CHANGED.items(), ids=CHANGED)
def test_the_hub_is_told_about_what_people_subscribe_to(tmp_path: Path, name: str, *, is_told: bool) -> None:
    configure(tmp_path, "https://news.example/", "https://hub.example/")
    assert changed_feeds(load_config(start=tmp_path), [name]) == (f"https://news.example/{name}",) * is_told
