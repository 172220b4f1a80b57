"""The web pages in a real browser, from a real web server: what people do on them.

Runs in Chromium: of the system (or CHROMIUM=path), else of `playwright install chromium`. The server sends a strict
Content-Security-Policy. Only the stories' pictures come from another host, and those are made up here.
"""

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import etree

from feeds.config.load import load_config
from feeds.pipeline import build
from support.building import NOW, built, write_item
from support.engines import CHROMIUM_OPTIONS

pytest.importorskip("playwright", reason="the package playwright is not installed")

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Route, expect, sync_playwright

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="the package axe-playwright-python is not installed"
)

PICTURES = "pictures.example"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630"><rect width="1200" height="630"/></svg>'
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src https:; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
)
CONFIG = """
description = "What matters, and who reports on it"
copyright = "© Ada"
[mailing]
tool = ["mailchimp", "buttondown"]
[topics."علوم"]
slug = "science"
language = "ar"
[topics.Empty]
[newsletters.weekly]
topics = ["AI", "علوم"]
"""
PAGES = ["", "ai/", "science/", "empty/", "weekly/", "ai/issues/2021-W04/", "ai/issues/2021-W02/"]
WIDTHS = [320, 375, 800, 1280]
LONG = "Gesichtserkennungstechnologie" * 4
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pages")
    names = ["The Wire", "O" * 30, "صحيفة", "Quarterly"]
    related = [
        {
            "title": f"Report {n} “quoted” & <not markup> – {LONG if n == 3 else 'ünïcode'}",
            "webUrl": f"https://other.example/{n}",
            "publishedDateTime": "2021-01-25",
            "provider": {"name": names[n % 4]},
        }
        for n in range(9)
    ]
    images = [{"url": f"https://{PICTURES}/1.svg", "width": 1200, "height": 630, "title": "A camera"}]
    write_item(root / "seeds", "one.md", images=images, related=related, type="video", excerpt="An excerpt. " * 20)
    write_item(root / "seeds", "two.md", title=LONG, related=related[:2], images=images)
    write_item(root / "seeds", "older.md", publishedDateTime="2021-01-12", title="Tag *|UNSUB|* {{ x }}", language="de")
    write_item(root / "seeds", "arabic.md", topics=["علوم"], title="باحثون يطورون كاميرا", images=images)
    built(root, CONFIG)
    return root / "out"


class Handler(SimpleHTTPRequestHandler):
    """Files as they are, the pages under the policy; mails have styles of their own."""

    def end_headers(self) -> None:
        if "digest" not in self.path:
            self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def base(out: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(out)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


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


@dataclass
class Visit:
    """A browser's window, and what happened in it."""

    context: BrowserContext
    page: Page
    hosts: set[str] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)
    """Errors and warnings of the console, and requests that failed."""

    def watch(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("requestfailed", lambda request: self.troubles.append(request.url))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(message.text)

    def answer(self, route: Route) -> None:
        self.hosts.add(urlsplit(route.request.url).hostname or "")
        if urlsplit(route.request.url).hostname == PICTURES:
            route.fulfill(content_type="image/svg+xml", body=PICTURE)
        elif route.request.url.endswith("/favicon.ico"):
            route.fulfill(status=204)  # asked for by the browser itself
        else:
            route.continue_()


Go = Callable[..., Visit]


@pytest.fixture
def go(browser: Browser, base: str) -> Iterator[Go]:
    """Opens a page at a width."""
    contexts = []

    def visit(path: str = "", width: int = 1280, scheme: Any = "light", before: str = "", **options: Any) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
            **options,
        )
        contexts.append(context)
        made = Visit(context, context.new_page())
        made.watch()
        context.route("**/*", made.answer)
        if before:
            made.page.add_init_script(before)
        made.page.goto(path if path.startswith("file:") else base + path)
        return made

    yield visit
    for context in contexts:
        context.close()


def preview(visit: Visit) -> Page:
    """Opens the digest's preview and waits until all is there."""
    page = visit.page
    with page.expect_response("**/digest*.txt"):
        page.locator("a[data-preview]").click()
    page.locator("#subject:not(:empty)").wait_for()
    return page


def overflow(page: Page) -> int:
    """Pixels, of the page or of any element that is seen, except in what scrolls by itself."""
    script = """() => Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('body *')]
        .filter(e => e.checkVisibility() && !e.closest('.stage, .skip, form, .copies'))
        .flatMap(e => [e.getBoundingClientRect().right, innerWidth - e.getBoundingClientRect().left])
        .map(Math.floor)) - innerWidth"""
    return int(page.evaluate(script))


def violations(page: Page) -> list[str]:
    found = axe.Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [f"{v['id']}: {n['html']}" for v in found for n in v["nodes"]]


# Every page ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_and_nothing_overflows(go: Go, width: int, scheme: str) -> None:
    for path in PAGES:
        page = go(path, width, scheme).page
        assert violations(page) == [], path
        assert overflow(page) <= 0, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["weekly/", "science/", "ai/issues/2021-W04/"])
def test_the_preview_has_no_fault_either(go: Go, path: str, width: int, scheme: str) -> None:
    page = preview(go(path, width, scheme))
    page.locator("[data-copy=html]").click()
    assert violations(page) == []
    assert overflow(page) <= 0
    assert page.evaluate("document.querySelector('dialog').scrollWidth <= document.querySelector('dialog').clientWidth")


@pytest.mark.parametrize("path", PAGES)
def test_only_pictures_come_from_another_host_and_the_console_is_silent(go: Go, path: str) -> None:
    visit = go(path)
    if visit.page.locator("a[data-preview]").count():
        preview(visit)
    visit.page.mouse.wheel(0, 9000)
    visit.page.wait_for_load_state("networkidle")
    assert visit.troubles == []
    assert visit.hosts <= {"127.0.0.1", PICTURES}


@pytest.mark.parametrize("path", ["", "ai/", "ai/issues/2021-W04/"])
def test_dark_mode_changes_every_colour(go: Go, path: str) -> None:
    script = """() => Object.fromEntries(['body', 'h1', 'h2 a', 'time', '.quiet', 'header a'].flatMap(s => {
        const style = getComputedStyle(document.querySelector(s));
        return [[s, style.color], [s + ' behind', s === 'body' ? style.backgroundColor : s + style.color]];
    }))"""
    light, dark = (go(path, scheme=scheme).page.evaluate(script) for scheme in ("light", "dark"))
    assert [part for part in light if light[part] == dark[part]] == []


def test_pictures_keep_their_place_before_they_come(go: Go) -> None:
    """Of an unknown size, or broken, one is as large as any other."""
    visit = go("ai/issues/2021-W04/")
    before = "i => [i.getBoundingClientRect().width, i.getBoundingClientRect().height]"
    first = visit.page.locator("article img").first
    width, height = first.evaluate(before)
    first.evaluate("i => { i.src = 'https://pictures.example/gone.svg?' }")
    assert width > 600
    assert height == pytest.approx(width * 21 / 40, abs=1)
    assert first.evaluate(before) == [width, height]


# Without a script ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_without_javascript_no_control_is_dead(go: Go, path: str) -> None:
    page = go(path, java_script_enabled=False).page
    assert page.locator("button:visible, input:visible, select:visible").count() == 0
    assert page.get_by_role("heading", level=1).is_visible()


def test_without_javascript_everything_is_a_link_away(go: Go, base: str) -> None:
    page = go("", java_script_enabled=False).page
    card = page.locator("main section", has=page.get_by_role("heading", name="AI", exact=True))
    for name, path in {"RSS": "ai/rss.xml", "Read the issue": "ai/issues/2021-W04/"}.items():
        assert card.get_by_role("link", name=name).evaluate("a => a.href") == base + path
    card.get_by_role("link", name="AI", exact=True).click()
    page.wait_for_url("**/ai/")
    for name, path in {
        "Preview and copy": "ai/digest.html",
        "Plain text": "ai/digest.txt",
        "E-mail draft": "ai/digest.eml",
    }.items():
        assert page.get_by_role("link", name=name).evaluate("a => a.href") == base + path
    assert page.get_by_role("link", name="Open in feed reader").get_attribute("href") == (
        "feed:https://news.example/ai/atom.xml"
    )
    folded = page.get_by_role("link", name="Report 8")
    assert not folded.is_visible()
    page.get_by_text("+4 more articles").click()
    expect(folded).to_be_visible()
    page.get_by_role("link", name="Week 2").click()
    page.get_by_role("link", name="Next issue").click()
    page.wait_for_url("**/ai/issues/2021-W04/")


# Copying -------------------------------------------------------------------------------------------------------------


def pasted(visit: Visit, width: int = 640) -> tuple[Page, dict[str, str]]:
    """Pastes into an empty editor in a window of its own; the window, and what the clipboard had for it."""
    window = visit.context.new_page()
    window.set_content(
        f"<!DOCTYPE html><body style='margin: 0'><div id=editor contenteditable style='width: {width}px'></div>"
    )
    window.evaluate("""() => editor.addEventListener('paste', (event) => {
        window.flavours = Object.fromEntries(event.clipboardData.types.map(t => [t, event.clipboardData.getData(t)]));
    })""")
    window.locator("#editor").click()
    window.keyboard.press("Control+V")
    flavours: dict[str, str] = window.wait_for_function("window.flavours").json_value()
    return window, flavours


def content(path: Path) -> str:
    return path.read_bytes().decode()


TOOL_FILES = {"Mailchimp": "digest", "Buttondown": "digest.buttondown"}


@pytest.mark.parametrize("tool", TOOL_FILES)
@pytest.mark.parametrize(("button", "kind"), [("Copy HTML", "html"), ("Copy plain text", "txt")])
def test_copied_files_are_the_same_to_the_byte(go: Go, out: Path, tool: str, button: str, kind: str) -> None:
    visit = go("ai/")
    page = preview(visit)
    page.get_by_label("Mailing tool").select_option(label=tool)
    page.get_by_role("button", name=button).click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    _, flavours = pasted(visit)
    assert flavours == {"text/plain": content(out / f"ai/{TOOL_FILES[tool]}.{kind}")}
    assert {"Mailchimp": "*|UNSUB|*", "Buttondown": "{{ unsubscribe_url }}"}[tool] in flavours["text/plain"]


def test_rich_text_has_both_flavours(go: Go, out: Path) -> None:
    visit = go("ai/issues/2021-W04/")
    page = preview(visit)
    page.get_by_role("button", name="Copy rich text").click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    _, flavours = pasted(visit)
    issue = out / "ai/issues/2021-W04"
    assert flavours == {"text/html": content(issue / "digest.html"), "text/plain": content(issue / "digest.txt")}


BOXES = """root => [...root.querySelectorAll('.page, .page *')].map(e => {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    return [e.tagName, Math.round(box.left), Math.round(box.width), Math.round(box.height), style.fontSize,
            style.fontWeight, style.color, style.backgroundColor, style.borderTopWidth, style.direction];
})"""


def test_pasted_rich_text_looks_as_in_the_preview(go: Go) -> None:
    visit = go("ai/")
    page = preview(visit)
    page.get_by_role("button", name="Copy rich text").click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    window, _ = pasted(visit)
    mail = visit.context.new_page()
    mail.set_viewport_size({"width": 640, "height": 900})
    mail.goto(page.locator("iframe").evaluate("f => f.src"))
    original = mail.locator("body").evaluate(BOXES)
    assert len(original) > 20
    assert window.locator("#editor").evaluate(BOXES) == original
    links = "root => [...root.querySelectorAll('a')].map(a => a.getAttribute('href'))"
    assert window.locator("#editor").evaluate(links) == mail.locator("body").evaluate(links)


def test_the_subject_is_the_one_in_the_manifest(go: Go, out: Path) -> None:
    visit = go("ai/")
    page = preview(visit)
    page.get_by_role("button", name="Copy subject").click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    (entry,) = [t for t in json.loads(content(out / "manifest.json"))["topics"] if t["slug"] == "ai"]
    assert pasted(visit)[1] == {"text/plain": entry["issues"][0]["digests"][0]["subject"]}
    assert page.locator("#subject").inner_text() == entry["issues"][0]["digests"][0]["subject"]


@pytest.mark.parametrize("tool", TOOL_FILES)
def test_the_preheader_and_the_size_are_shown(go: Go, out: Path, tool: str) -> None:
    visit = go("ai/")
    page = preview(visit)
    page.get_by_label("Mailing tool").select_option(label=tool)
    html = content(out / f"ai/{TOOL_FILES[tool]}.html")
    expect(page.locator("#size")).to_have_text(f"{len(html.encode()) / 1024:.1f} / 102 KB")
    page.get_by_role("button", name="Copy preheader").click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    (entry,) = [t for t in json.loads(content(out / "manifest.json"))["topics"] if t["slug"] == "ai"]
    assert pasted(visit)[1] == {"text/plain": entry["issues"][0]["digests"][0]["preheader"]}


def test_on_a_phone_half_of_the_screen_is_the_digest_s(go: Go) -> None:
    visit = go("ai/", 375)
    visit.page.set_viewport_size({"width": 375, "height": 740})
    page = preview(visit)
    assert page.locator(".stage").evaluate("e => e.getBoundingClientRect().height") >= 370


def test_on_a_phone_all_choices_and_the_first_button_are_in_view_and_in_line(go: Go) -> None:
    page = preview(go("ai/", 375))
    edges = "(s) => [...document.querySelectorAll(s)].map(e => Math.round(e.getBoundingClientRect().%s))"
    assert max(page.evaluate(edges % "right", ".choice")) <= 375 - 20
    (left,) = set(page.evaluate(edges % "left", ".stage, .copies button:first-child"))
    assert left == 21


SHIFT = """new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shift = (window.shift ?? 0) + entry.value;
}).observe({ type: "layout-shift", buffered: true })"""


@pytest.mark.parametrize("width", [375, 1100])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_moves_while_a_page_loads(go: Go, path: str, width: int) -> None:
    page = go(path, width, before=SHIFT).page
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shift ?? 0") < 0.05


def test_on_a_phone_an_issue_s_period_breaks_at_its_dot(go: Go) -> None:
    page = go("ai/issues/2021-W04/", 375).page
    assert page.locator("h1").inner_text().split("\n")[0] == "Week 4"
    assert page.locator("h1 i").evaluate("e => e.getBoundingClientRect().height") == 0


def test_on_paper_no_heading_is_left_behind(go: Go) -> None:
    page = go("weekly/").page
    page.emulate_media(media="print")
    assert page.locator("h2.section").first.evaluate("e => getComputedStyle(e).breakAfter") == "avoid"
    first = page.locator("article").first.evaluate("e => getComputedStyle(e).breakInside")
    assert first == "auto", "a long first story would leave the masthead alone on its page"
    assert page.locator(".ways, .editor").evaluate_all("all => all.every(e => !e.checkVisibility())")


@pytest.mark.parametrize("path", ["", "ai/"])
def test_a_feed_s_public_address_is_copied(go: Go, path: str) -> None:
    visit = go(path)
    button = visit.page.get_by_role("button", name="Copy address: Atom").first
    button.click()
    visit.page.locator("#status").get_by_text("Copied").wait_for()
    assert pasted(visit)[1] == {"text/plain": "https://news.example/ai/atom.xml"}


NO_EVENT = "document.execCommand = () => false"
NO_API = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


def test_without_https_everything_can_be_copied(go: Go, out: Path) -> None:
    """Browsers have `navigator.clipboard` only there."""
    visit = go("ai/", before=NO_API)
    page = preview(visit)
    for name, kinds in {
        "rich text": {"text/html": "html", "text/plain": "txt"},
        "HTML": {"text/plain": "html"},
    }.items():
        page.get_by_role("button", name=f"Copy {name}").click()
        page.get_by_role("status").get_by_text("Copied").wait_for()
        assert pasted(visit)[1] == {type_: content(out / f"ai/digest.{kind}") for type_, kind in kinds.items()}


def test_without_the_event_only_plain_text_is_copied(go: Go, out: Path) -> None:
    """The browser's other way would make addresses of a mailing tool's tags."""
    visit = go("ai/", before=NO_EVENT)
    page = preview(visit)
    page.get_by_role("button", name="Copy HTML").click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    assert pasted(visit)[1] == {"text/plain": content(out / "ai/digest.html")}
    page.get_by_role("button", name="Copy rich text").click()
    page.get_by_role("status").get_by_text("Copying failed").wait_for()


def test_when_nothing_can_be_copied_it_says_what_to_do(go: Go) -> None:
    visit = go("ai/", before=f"{NO_EVENT}; {NO_API}")
    page = preview(visit)
    page.get_by_role("button", name="Copy HTML").click()
    page.get_by_role("status").get_by_text("Copying failed. Open the file and copy it there.").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Copy address: RSS").click()
    page.locator("#status").get_by_text("https://news.example/ai/rss.xml").wait_for()


def test_a_digest_that_is_gone_is_not_copied(go: Go) -> None:
    """As when a tool was configured, and only another topic was built since."""
    visit = go("ai/")
    page = preview(visit)
    visit.context.route("**/digest.buttondown.*", lambda route: route.fulfill(status=404, body="Not found"))
    page.get_by_label("Mailing tool").select_option(label="Buttondown")
    page.get_by_role("button", name="Copy HTML").click()
    page.get_by_role("status").get_by_text("Copying failed").wait_for()


# The preview ---------------------------------------------------------------------------------------------------------


def test_the_preview_changes_its_width(go: Go) -> None:
    page = preview(go("ai/"))
    frame = page.frame_locator("dialog iframe")
    for width in (375, 320, 640):
        page.get_by_label(f"{width} px").check(force=True)
        expect(page.locator("iframe")).to_have_js_property("clientWidth", width)
        assert frame.locator("html").evaluate("e => e.clientWidth") in range(width - 20, width + 1)


@pytest.mark.parametrize(("screen", "shown"), [(375, 320), (430, 375), (1280, 640)])
def test_the_preview_begins_with_a_width_that_fits(go: Go, screen: int, shown: int) -> None:
    page = preview(go("ai/", width=screen))
    assert page.locator("iframe").evaluate("f => f.clientWidth") == shown
    assert page.locator(".stage").evaluate("s => s.scrollWidth - s.clientWidth") <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_preview_turns_dark_and_light_whatever_the_system_is(go: Go, scheme: str) -> None:
    page = preview(go("ai/", scheme=scheme))
    body = page.frame_locator("dialog iframe").locator("body")
    colours = {"light": "rgb(241, 239, 233)", "dark": "rgb(19, 20, 22)"}
    assert page.get_by_label(scheme.capitalize()).is_checked()
    for name in ("dark", "light", "dark"):
        page.get_by_label(name.capitalize()).check(force=True)
        expect(body).to_have_css("background-color", colours[name])
    with page.expect_response("**/digest.buttondown.txt"):
        page.get_by_label("Mailing tool").select_option(label="Buttondown")
    body.get_by_role("link", name="Preferences").wait_for()
    expect(body).to_have_css("background-color", colours["dark"])


def test_the_preview_s_links_open_elsewhere(go: Go) -> None:
    page = preview(go("ai/"))
    targets = (
        page.frame_locator("dialog iframe")
        .locator("body")
        .evaluate("e => [...e.querySelectorAll('a')].map(a => a.target)")
    )
    assert set(targets) == {"_blank"}


def test_the_preview_runs_no_script(go: Go) -> None:
    assert "allow-scripts" not in (go("ai/").page.locator("dialog iframe").get_attribute("sandbox") or "allow-scripts")


def test_the_preview_offers_the_files(go: Go, base: str) -> None:
    page = preview(go("weekly/"))
    page.get_by_label("Mailing tool").select_option(label="Buttondown")
    links = page.locator("dialog .files a").evaluate_all("links => links.map(a => a.href)")
    assert links == [f"{base}weekly/digest.buttondown.{kind}" for kind in ("html", "txt", "eml")]


def test_the_preview_by_keyboard(go: Go) -> None:
    visit = go("ai/")
    page = visit.page
    page.get_by_role("link", name="Preview and copy").focus()
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    expect(page.get_by_role("link", name="Preview and copy")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("dialog")).to_be_hidden()


def test_a_window_of_its_own_for_who_wants_one(go: Go) -> None:
    visit = go("ai/")
    with visit.context.expect_page() as opened:
        visit.page.get_by_role("link", name="Preview and copy").click(modifiers=["ControlOrMeta"])
    opened.value.wait_for_url("**/ai/digest.html")
    assert not visit.page.locator("dialog").is_visible()


# Ways through the pages ----------------------------------------------------------------------------------------------


def test_a_digest_s_link_shows_its_story(go: Go, out: Path) -> None:
    mail = etree.fromstring(content(out / "ai/digest.html"), etree.HTMLParser())
    more = str(mail.xpath("string(//a[contains(., 'more article')]/@href)"))
    page = go(more.removeprefix("https://news.example/")).page
    article = page.locator("article:target")
    assert article.count() == 1
    assert article.get_by_role("link", name="Report 8").is_visible()
    assert 0 <= article.evaluate("e => e.getBoundingClientRect().top") < 900


def test_the_keyboard_can_skip_to_the_content(go: Go) -> None:
    page = go("ai/").page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    assert skip.evaluate("e => e.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ai/#content")


def test_a_picture_leads_where_its_title_does(go: Go) -> None:
    page = go("ai/issues/2021-W04/").page
    box = page.locator("article img").first.bounding_box()
    assert box
    spot = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    href = page.evaluate("([x, y]) => document.elementFromPoint(x, y).closest('a')?.href", spot)
    assert href == page.locator("article h2 a").first.evaluate("a => a.href")


def test_pages_run_from_right_to_left(go: Go) -> None:
    page = go("science/").page
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "rtl"
    left, right = page.locator("h1").evaluate(
        "e => { const r = document.createRange(); r.selectNodeContents(e); "
        "const b = r.getBoundingClientRect(); return [b.left, innerWidth - b.right] }"
    )
    assert left > right


def test_opened_from_a_disk_links_lead_to_pages(go: Go, out: Path) -> None:
    page = go((out / "index.html").as_uri()).page
    page.get_by_role("link", name="AI", exact=True).click()
    page.wait_for_url("**/ai/index.html")
    page.get_by_role("link", name="Week 2").click()
    page.wait_for_url("**/ai/issues/2021-W02/index.html")
    page.get_by_role("link", name="All issues").click()
    page.wait_for_url("**/ai/index.html#issues")
    assert page.locator("h1").evaluate("e => getComputedStyle(e).fontWeight") == "700"


def test_links_to_this_machine_are_copied_only_after_a_warning(go: Go, tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    build(load_config(start=tmp_path), NOW)
    page = go((tmp_path / "out/ai/index.html").as_uri()).page
    page.get_by_role("link", name="Preview and copy").click()
    page.get_by_role("button", name="Copy HTML").click()
    status = page.locator("dialog").get_by_role("status")
    expect(status).to_contain_text("Not copied: the links lead to http://localhost:8000/. Set base_url, or press again")
    page.get_by_role("button", name="Copy HTML").click()
    expect(status).to_contain_text("Copying failed")  # it was tried, which a browser refuses for a file


def test_opened_from_a_disk_copying_says_what_to_do(go: Go, out: Path) -> None:
    """Browsers let no script read files from there."""
    page = go((out / "ai/index.html").as_uri()).page
    page.get_by_role("link", name="Preview and copy").click()
    for name in ("Copy HTML", "Copy subject"):
        page.get_by_role("button", name=name).click()
        page.get_by_role("status").get_by_text("Copying failed").wait_for()
        page.get_by_role("status").get_by_text("Copying failed").evaluate("e => { e.textContent = '' }")
    link = page.locator("dialog .files").get_by_role("link", name="HTML")
    assert link.evaluate("a => a.href") == (out / "ai/digest.html").as_uri()
