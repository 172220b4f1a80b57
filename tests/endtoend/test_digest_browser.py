"""What only a browser can tell: the points of the digest's checklist that are about how it looks.

Runs in Chromium: of the system (or CHROMIUM=path), else of `playwright install chromium`. Nothing is loaded from the
network. The last test runs `lint.mjs`, with the npm packages it asks for, from the folder EMAIL_TOOLS.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from feeds.model import Edition
from support.digests import edited, everything, evil, long_issue, made
from support.engines import CHROMIUM_OPTIONS
from support.tags import TAG

pytest.importorskip("playwright", reason="the package playwright is not installed")

from playwright.sync_api import Browser, Error, Page, Route, sync_playwright

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="the package axe-playwright-python is not installed"
)

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630"><rect width="1200" height="630"/></svg>'
WIDTHS = [320, 375, 600, 800]
OF_WEB_PAGES = {"landmark-one-main", "region"}
"""axe's advice for pages that are not shown inside another one, as mails are."""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    system = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=system, args=CHROMIUM_OPTIONS)
        except Error as error:
            pytest.skip(f"Chromium does not start: {error.message.splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture
def show(browser: Browser) -> Iterator[Open]:
    """Opens an HTML document at a width; pictures come from here, or not at all."""
    contexts = []

    def open_(html: str, width: int = 600, scheme: Any = "light", *, pictures: bool = True) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()

        def answer(route: Route) -> None:
            if route.request.resource_type == "document":
                route.fulfill(content_type="text/html; charset=utf-8", body=html)
            elif pictures:
                route.fulfill(content_type="image/svg+xml", body=PICTURE)
            else:
                route.abort()

        page.route("**/*", answer)
        page.goto("http://mail.invalid/")
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def html() -> str:
    return made().html


def without_styles(html: str) -> str:
    """As a client shows it that drops `<style>`."""
    head, _, rest = html.partition("<style>")
    return head + rest.rpartition("</style>")[2]


def computed(page: Page, selector: str, name: str) -> str:
    found = page.locator(selector).first.evaluate(f"e => getComputedStyle(e).{name}")
    assert isinstance(found, str)
    return found


def overflow(page: Page) -> int:
    """Pixels, of the page or of any element."""
    script = """() => Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('body *')]
        .map(e => Math.ceil(e.getBoundingClientRect().right))) - innerWidth"""
    return int(page.evaluate(script))


def font_sizes(page: Page) -> list[float]:
    script = """() => [...document.querySelectorAll('body *')].filter(e => e.offsetParent !== null
        && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
        .map(e => parseFloat(getComputedStyle(e).fontSize))"""
    return list(page.evaluate(script))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("styles", [True, False], ids=["with styles", "without"])
def test_point_5_nothing_overflows(show: Open, html: str, width: int, styles: bool) -> None:
    assert overflow(show(html if styles else without_styles(html), width)) <= 0


@pytest.mark.parametrize("styles", [True, False], ids=["with styles", "without"])
def test_point_5_long_words_do_not_overflow(show: Open, styles: bool) -> None:
    edition = everything()
    lead = replace(edition.stories[1].lead, title="Gesichtserkennungstechnologie" * 3, excerpt="x" * 170)
    stories = (edition.stories[0], replace(edition.stories[1], lead=lead))
    html = made(replace(edition, stories=stories)).html
    assert overflow(show(html if styles else without_styles(html), 320)) <= 0


def test_point_5_standards_mode_and_readable_sizes(show: Open, html: str) -> None:
    page = show(html, 320)
    assert page.evaluate("document.compatMode") == "CSS1Compat"
    sizes = font_sizes(page)
    assert min(sizes) >= 13
    assert computed(page, "[lang=ar] > p:not([class])", "fontSize") == "16px"


@pytest.mark.parametrize("width", [320, 600])
def test_point_5_links_can_be_tapped(show: Open, html: str, width: int) -> None:
    heights = show(html, width).evaluate("[...document.links].map(a => a.getBoundingClientRect().height)")
    assert min(heights) >= 24


def test_point_6_dark_mode_changes_every_colour(show: Open, html: str) -> None:
    light, dark = show(html), show(html, scheme="dark")
    parts = {
        "body": "backgroundColor",
        "h1 >> xpath=ancestor::table[2]": "backgroundColor",
        "h1": "color",
        "h2 a": "color",
        "li": "color",
        "li a": "color",
        "h2 + p": "color",
        "span:text-is('Video')": "color",
        "a:has-text('more articles')": "color",
        "a:has-text('Unsubscribe')": "color",
        "td:has(> p:only-child)": "borderTopColor",
        "h2 >> xpath=preceding::p[a/img]//img": "backgroundColor",
    }
    same = [part for part, name in parts.items() if computed(light, part, name) == computed(dark, part, name)]
    assert not same


def test_point_6_no_text_is_pure_black_or_white(show: Open, html: str) -> None:
    for scheme in ("light", "dark"):
        script = "[...document.querySelectorAll('body, body *')].map(e => getComputedStyle(e).color)"
        colours = set(show(html, scheme=scheme).evaluate(script))
        assert not colours & {"rgb(0, 0, 0)", "rgb(255, 255, 255)"}


def test_point_6_outlook_com_turns_dark(show: Open, html: str) -> None:
    page = show(html)
    before = computed(page, "h2 a", "color")
    page.evaluate("document.body.setAttribute('data-ogsc', '')")
    assert computed(page, "h2 a", "color") != before


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 600])
@pytest.mark.parametrize("tag", ["en", "ar"])
def test_point_7_axe_finds_nothing(show: Open, scheme: str, width: int, tag: str) -> None:
    edition = everything()
    edition = replace(edition, topic=replace(edition.topic, language=tag))
    result = axe.Axe().run(show(made(edition).html, width, scheme))
    violations = {v["id"] for v in result.response["violations"]}
    assert violations <= OF_WEB_PAGES


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 600])
def test_note_sponsor_and_contents_fit_and_can_be_read(show: Open, scheme: str, width: int) -> None:
    page = show(made(edited(), "mailchimp").html, width, scheme)
    assert overflow(page) <= 0
    assert {v["id"] for v in axe.Axe().run(page).response["violations"]} <= OF_WEB_PAGES


@pytest.mark.parametrize("width", [320, 600])
def test_point_4_readable_without_styles_and_pictures(show: Open, html: str, width: int) -> None:
    page = show(without_styles(html), width, pictures=False)
    assert overflow(page) <= 0
    assert min(font_sizes(page)) >= 13
    for text in ("Smart News", "Ban the scan, say New Yorkers", "What wired says", "Unsubscribe"):
        assert page.get_by_text(text).first.is_visible()
    assert computed(page, "h2", "fontWeight") == "700"
    assert computed(page, "td:has(> h2)", "backgroundColor") == "rgba(0, 0, 0, 0)"
    assert computed(page, "h1 >> xpath=ancestor::table[2]", "backgroundColor") == "rgb(255, 254, 251)"


def test_point_9_the_preheader_is_not_seen(show: Open, html: str) -> None:
    assert not show(without_styles(html)).locator("body > div").first.is_visible()


@pytest.mark.parametrize("width", [320, 600])
def test_point_12_pictures_keep_their_ratio(show: Open, html: str, width: int) -> None:
    edition = everything()
    stories = [s for s in edition.stories if s.lead.images]
    boxes = show(html, width).evaluate(
        "[...document.images].slice(1).map(i => [i.getBoundingClientRect(), i]).map(([b, i]) => [b.width, b.right])"
    )
    assert len(boxes) == len(stories) == 2
    assert all(0 < w <= 536 and right <= width - 20 for w, right in boxes)


def test_point_12_a_thumb_is_beside_its_title_and_flush_with_the_column(show: Open, html: str) -> None:
    page = show(html, 600)
    script = "s => { const b = document.querySelector(s).getBoundingClientRect(); return [b.left, b.right, b.top] }"
    picture, text, row = (page.evaluate(script, s) for s in (".thumb img", ".text", "table table table td"))
    assert picture[1] == row[1]
    assert text[0] == row[0]
    assert text[1] <= picture[0] - 16
    assert text[2] == picture[2]


def test_point_12_without_styles_a_phone_shows_the_thumb_above_its_title(show: Open, html: str) -> None:
    page = show(without_styles(html), 320)
    boxes = "e => { const b = e.getBoundingClientRect(); return [b.left, b.top] }"
    picture = page.locator("a[aria-hidden] > img").last.evaluate(boxes)
    title = page.locator("h2", has_text="Title of film").evaluate(boxes)
    assert picture[0] == title[0]
    assert picture[1] < title[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_point_12_one_logo_is_seen(show: Open, scheme: str) -> None:
    edition = everything()
    logos = replace(edition.site, logo="https://news.example/l.png", logo_dark="https://news.example/d.png")
    page = show(made(replace(edition, site=logos), logo_size=(120, 40)).html, 600, scheme)
    assert [page.locator(f".{name}").is_visible() for name in ("day", "night")] == [scheme == "light", scheme == "dark"]


def test_point_12_no_blank_box_without_a_picture(show: Open) -> None:
    bare = made(images=False).html
    page = show(bare)
    assert page.locator("img").count() == 0
    titles = page.evaluate("[...document.querySelectorAll('h2')].map(e => e.getBoundingClientRect().left)")
    assert len(set(titles[:3])) == 1


@pytest.mark.parametrize(
    "edition", [everything(), long_issue(30, 5), edited()], ids=["everything", "long", "with note and sponsor"]
)
def test_point_8_mail_clients_lack_little_of_what_it_uses(tmp_path: Path, edition: Edition) -> None:
    tools = os.environ.get("EMAIL_TOOLS")
    if not tools or not (Path(tools) / "node_modules").is_dir():
        pytest.skip("EMAIL_TOOLS names no folder with lint.mjs and its packages (shared/tools/email/README.md)")
    page = tmp_path / "digest.html"
    page.write_text(made(edition).html, encoding="utf-8")
    run = subprocess.run(
        ["node", "lint.mjs", str(page), "--json"], cwd=tools, capture_output=True, text=True, check=False, timeout=120
    )
    found = json.loads(run.stdout)
    assert found["cssErrors"] == []
    counts = {family: len(found["byFamily"].get(family, {"errF": []})["errF"]) for family in MOST}
    assert {family: n for family, n in counts.items() if n > MOST[family]} == {}


MOST = {"gmail": 8, "outlook": 8, "apple-mail": 0, "yahoo": 3}
"""Distinct unsupported features: MJML's own output has 12, 13, 0 and 7."""


def test_no_tag_comes_back_from_a_browser_s_dom(show: Open) -> None:
    """*Copy rich text* takes the digest out of a DOM, and so do the editors of mailing tools."""
    page = show(without_styles(made(evil()).html))
    for text in (page.content(), page.locator("body").inner_text()):
        assert not TAG.search(text)
