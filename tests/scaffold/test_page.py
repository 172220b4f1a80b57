"""What a page says of itself, and `feeds new --url` with a page from a real server."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from feeds.commands import new as command
from feeds.fetch import fetch
from feeds.items.front_matter import parse_document
from feeds.scaffold.page import Page, page_of
from support.commands import Run

LD = '<script type="application/ld+json">{}</script>'
ARTICLE = (
    '{"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "x"}, {"@type": ["NewsArticle"],'
    '"headline": "Ban &amp; scan", "description": "What it is", "datePublished": "2021-01-26T17:45:00+01:00",'
    '"image": [{"@type": "ImageObject", "url": "/a.jpg"}], "publisher": {"name": "The Paper"}}]}'
)
FULL = Page(
    title="Ban & scan",
    excerpt="What it is",
    published=datetime(2021, 1, 26, 16, 45, tzinfo=UTC),
    outlet="The Paper",
    picture="https://paper.example/a.jpg",
)
GRAPH = (
    '<meta property="og:title" content="Ban &amp; scan"><meta property="og:description" content="What it is">'
    '<meta property="article:published_time" content="2021-01-26T16:45:00Z"><meta property="og:site_name" '
    'content="The Paper"><meta property="og:image" content="https://paper.example/a.jpg">'
)
PAGES = {
    "JSON-LD": (LD.format(ARTICLE), FULL),
    "Open Graph": (GRAPH, FULL),
    "both": (GRAPH + LD.format('{"@type": "Article", "headline": "Other"}'), replace(FULL, title="Other")),
    "head": (
        '<title>One\n two</title><meta name="description" content="About"><time datetime="2021-01-26">',
        Page(title="One two", excerpt="About", published=datetime(2021, 1, 26, tzinfo=UTC)),
    ),
    "broken JSON": (LD.format("{") + "<title>One</title>", Page(title="One")),
    "JSON of other kinds": (LD.format('[1, "x", null, {"@type": "Person"}]') + "<title>One</title>", Page(title="One")),
    "deep JSON": (LD.format("[" * 3000) + "<title>One</title>", Page(title="One")),
    "unusable values": (
        (
            '<title>One</title><meta property="og:image" content="javascript:x"><meta name="article:published_time" '
            'content="yesterday"><time datetime="2021-01-26">'
        ),
        Page(title="One", published=datetime(2021, 1, 26, tzinfo=UTC)),
    ),
    "nothing": ("<p>Text", Page()),
    "empty": ("", Page()),
}


@pytest.mark.parametrize(("text", "expected"), PAGES.values(), ids=PAGES)
def test_a_page(text: str, expected: Page) -> None:
    assert page_of(text.encode(), "https://paper.example/x/ban") == expected


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("<title>Grüße</title>".encode("latin-1"), "iso-8859-1"),
        ('<meta charset="utf-8"><title>Grüße</title>'.encode(), ""),
        ('<meta charset="utf-8"><title>Grüße</title>'.encode(), "no-such-charset"),
    ],
    ids=["server", "page", "unknown"],
)
def test_the_charset(data: bytes, charset: str) -> None:
    assert page_of(data, "https://paper.example/", charset).title == "Grüße"


# ---- the command


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((LD.format(ARTICLE) if self.path == "/full" else "<p>Nothing").encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve pages to a command that may fetch them from this machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "fetch", partial(fetch, is_allowed=lambda _: True))
    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}/"
    served.shutdown()
    served.server_close()
    thread.join()


def test_an_item_is_made_of_its_page(server: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(command.new, ["--url", f"{server}full", "--topic", "AI"])
    assert done.output == "wrote seeds/2021-01-26-ban-and-scan.md\n"
    document, problems = parse_document((tmp_path / "seeds/2021-01-26-ban-and-scan.md").read_bytes(), "x.md")
    assert document is not None
    assert problems == ()
    assert document.data == {
        "title": "Ban & scan",
        "excerpt": "What it is",
        "publishedDateTime": "2021-01-26T16:45:00Z",
        "webUrl": f"{server}full",
        "published": "true",
        "quality": "50",
        "topics": ["AI"],
        "provider": {"name": "The Paper"},
        "images": [{"url": f"{server}a.jpg"}],
    }


def test_options_win_over_the_page(server: str, tmp_path: Path) -> None:
    arguments = ["--url", f"{server}full", "--topic", "AI", "--date", "2021-01-01", "--excerpt", "Mine"]
    assert CliRunner().invoke(command.new, arguments).exit_code == 0
    assert "Mine" in (tmp_path / "seeds/2021-01-01-ban-and-scan.md").read_text("utf-8")


def test_what_the_page_does_not_say_is_asked_for(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_is_interactive", lambda: True)
    arguments = ["--url", f"{server}bare", "--date", "2021-01-26"]
    done = CliRunner().invoke(command.new, arguments, input="My title\nAI, Chess\n")
    assert "wrote seeds/2021-01-26-my-title.md" in done.output
    assert 'topics: ["AI", "Chess"]' in (tmp_path / "seeds/2021-01-26-my-title.md").read_text("utf-8")


def test_without_a_terminal_it_says_what_is_missing(run: Run) -> None:
    done = run("new", "--url", "http://127.0.0.1:1/", "--topic", "AI")
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        [
            "warning: http://127.0.0.1:1/: the server cannot be reached",
            'error: no title given; write feeds new "Title" --url …',
        ],
    )
    done = run("new", "One", "--url", "https://paper.example/")
    assert (done.returncode, done.stderr) == (2, "error: no topics given; write --topic NAME\n")


def test_the_page_of_a_private_network_is_not_fetched(run: Run, server: str) -> None:
    done = run("new", "--url", f"{server}full", "--topic", "AI")
    assert done.stderr.startswith(f"warning: {server}full: the address is in a private network\n")


def test_the_item_is_opened_in_the_editor(run: Run, tmp_path: Path) -> None:
    arguments = ["new", "One", "--url", "https://paper.example/", "--topic", "AI", "--date", "2021-01-26", "--edit"]
    assert run(*arguments, VISUAL="sed -i s/One/Two/").returncode == 0
    assert "Two" in (tmp_path / "seeds/2021-01-26-one.md").read_text("utf-8")
