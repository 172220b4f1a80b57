"""Pages and mail in every engine that is installed: Chromium, Firefox and WebKit (`.ci/run` installs them)."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support.building import built, write_item
from support.digests import everything, made
from support.engines import FRAME, FRAME_PAGE, Engine, MissingError, engine

pytest.importorskip("playwright", reason="the package playwright is not installed")

CONFIG = """
[mailing]
subscribe_url = "https://news.example/subscribe"
[topics."علوم"]
slug = "science"
language = "ar"
[newsletters.weekly]
topics = ["AI", "علوم"]
"""
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630"><rect width="1200" height="630"/></svg>'
PATHS = ["/", "/ai/", "/science/", "/weekly/", "/ai/issues/2021-W04/", "/ai/digest.html", "/everything.html"]


class _Handler(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/picture.svg":
            self._send("image/svg+xml", PICTURE)
        elif self.path == FRAME:
            self._send("text/html", FRAME_PAGE)
        else:
            super().do_GET()

    def _send(self, kind: str, data: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("engines")
    related = [
        {"title": f"Report {n}", "webUrl": f"https://o.example/{n}", "provider": {"name": "O" * 30}} for n in range(9)
    ]
    write_item(root / "seeds", "one.md", related=related, excerpt="An excerpt. " * 20)
    write_item(root / "seeds", "two.md", title="Gesichtserkennungstechnologie" * 4, publishedDateTime="2021-01-25")
    write_item(root / "seeds", "arabic.md", topics=["علوم"], title="باحثون يطورون كاميرا")
    built(root, CONFIG)
    page = made(everything()).html.replace("https://p.example/t.jpg", "/picture.svg")
    (root / "out/everything.html").write_text(page, encoding="utf-8")
    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(root / "out")))
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture(scope="module", params=["chromium", "firefox", "webkit"])
def browser(request: pytest.FixtureRequest, server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    try:
        with engine(request.param, tmp_path_factory.mktemp("home"), server) as started:
            yield started
    except MissingError as missing:
        pytest.skip(str(missing))


OVERFLOW = """Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('body *')]
    .filter(e => e.getClientRects().length && !e.closest('.skip, dialog'))
    .map(e => Math.floor(e.getBoundingClientRect().right))) - innerWidth"""


@pytest.mark.parametrize("width", [320, 600, 1100])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_overflows(browser: Engine, path: str, width: int) -> None:
    browser.open(path, width)
    assert browser.evaluate("document.compatMode") == "CSS1Compat"
    assert browser.evaluate(OVERFLOW) <= 0


def test_a_thumb_is_beside_its_title_and_flush_with_the_column(browser: Engine) -> None:
    browser.open("/everything.html", 640)  # with room for the scroll bar
    box = "document.querySelector('%s').getBoundingClientRect()"
    assert browser.evaluate(f"{box % '.thumb img'}.right - {box % 'table table table td'}.right") == 0
    assert browser.evaluate(f"{box % '.text'}.left - {box % 'table table table td'}.left") == 0
    assert browser.evaluate(f"{box % '.thumb'}.left - {box % '.text'}.right") >= 16


def test_an_outlet_keeps_off_the_title_of_its_article(browser: Engine) -> None:
    browser.open("/everything.html", 640)
    gaps = "[...document.querySelectorAll('.outlet')].map(o => "
    gaps += "o.nextElementSibling.getBoundingClientRect().left - o.getBoundingClientRect().right)"
    assert min(browser.evaluate(gaps)) >= 8


def test_on_phones_the_date_is_on_a_line_of_its_own_beside_a_thumb(browser: Engine) -> None:
    browser.open("/everything.html", 320)
    assert browser.evaluate("document.querySelector('.text i').getBoundingClientRect().height") == 0
    assert browser.evaluate("document.querySelector('.text .by').getBoundingClientRect().height") == 44


@pytest.mark.parametrize("width", [320, 600])
def test_links_in_mail_can_be_tapped(browser: Engine, width: int) -> None:
    browser.open("/everything.html", width)
    assert browser.evaluate("Math.min(...[...document.links].map(a => a.getBoundingClientRect().height))") >= 20


@pytest.mark.parametrize("path", ["/", "/ai/"])
def test_the_feeds_buttons_change_no_layout(browser: Engine, path: str) -> None:
    """Without its class, the page is as it was before the script ran."""
    browser.open(path, 375)
    height = (
        "document.documentElement.classList.%s('js'), document.querySelector('.feeds').getBoundingClientRect().height"
    )
    assert browser.evaluate(height % "add") == browser.evaluate(height % "remove") > 0


def test_the_preview_s_choices_are_in_one_line(browser: Engine) -> None:
    """Safari lays a legend out as it likes, so there is none."""
    browser.open("/ai/", 1100)
    browser.evaluate("document.querySelector('a[data-preview]').click()")
    tops = "[...document.querySelectorAll('.choice')].map(c => new Set([...c.children].map(e => "
    tops += "Math.round((e.getBoundingClientRect().top + e.getBoundingClientRect().bottom) / 2))).size)"
    assert browser.evaluate("document.querySelector('dialog').open")
    assert browser.evaluate(tops) == [1, 1]
