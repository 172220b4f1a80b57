"""`feeds serve` as it is used: a process, files that change, pages that follow; and a browser that has one open."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.building import configured, files, undated, write_item
from support.commands import Run
from support.engines import CHROMIUM_OPTIONS

PATIENCE = 30.0  # seconds; a loaded machine may need some for a build that takes a tenth of one


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


class Preview:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root / "log"
        with self.log.open("wb") as log:
            command = [sys.executable, "-W", "error", "-m", "feeds", "serve", "--port", "0"]
            self.process = subprocess.Popen(
                command, cwd=root, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"}
            )
        until(lambda: b"http://" in self.log.read_bytes())
        self.url = re.findall(r"http://localhost:\d+/", self.log.read_text())[0]

    def page(self, path: str = "") -> str:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as response:
                return str(response.read().decode())
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Preview]]:
    """Start a preview of the temporary folder."""
    started: list[Preview] = []

    def start() -> Preview:
        started.append(Preview(tmp_path))
        return started[-1]

    yield start
    for preview in started:
        preview.process.kill()
        preview.process.wait()


@pytest.fixture
def preview(tmp_path: Path, start: Callable[[], Preview]) -> Preview:
    """Start a preview of one item, and wait until it is built."""
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "templates").mkdir()
    configured(tmp_path, 'templates = "templates"')
    started = start()
    until(lambda: "Title of one" in started.page("ai/"))
    return started


def test_a_changed_item_is_built_at_once(preview: Preview) -> None:
    write_item(preview.root / "seeds", "one.md", title="Another title")
    until(lambda: "Another title" in preview.page("ai/"))
    write_item(preview.root / "seeds/deeper", "two.md", title="A second story")
    until(lambda: "A second story" in preview.page("ai/"))
    (preview.root / "seeds/deeper/two.md").unlink()
    until(lambda: "A second story" not in preview.page("ai/"))
    assert preview.end() == 0


def test_an_editor_s_file_is_built_at_once(preview: Preview) -> None:
    page = "ai/issues/2021-W04/"
    path = preview.root / "issues/ai/2021-W04.md"
    path.parent.mkdir(parents=True)
    path.write_text("A *first* note.", encoding="utf-8")
    until(lambda: "<p>A <em>first</em> note.</p>" in preview.page(page))
    path.write_text("---\nhiden: x\n---\nAnother note.", encoding="utf-8")
    until(lambda: "Another note." in preview.page(page))
    until(lambda: "2021-W04.md:2: warning unknown-key unknown key &#34;hiden&#34;" in preview.page(page))
    path.unlink()
    until(lambda: "note." not in preview.page(page))


def test_a_broken_item_is_shown_and_mended(preview: Preview) -> None:
    write_item(preview.root / "seeds", "two.md", publishedDateTime="soon")
    until(lambda: ": error bad-date " in preview.page())
    write_item(preview.root / "seeds", "two.md")
    until(lambda: "Title of two" in preview.page("ai/"))
    until(lambda: "bad-date" not in preview.page())  # all pages say so once the build is done


def test_a_broken_configuration_is_shown_and_mended(preview: Preview) -> None:
    (preview.root / "feeds.toml").write_text('titel = "x"', encoding="utf-8")
    until(lambda: "titel: unknown key; did you mean title?" in preview.page())
    assert "The build failed; this page is from an earlier one." in preview.page("ai/")
    configured(preview.root, 'description = "Now it is right"')
    until(lambda: "Now it is right" in preview.page())
    until(lambda: "<aside" not in preview.page())  # once the build is done


def test_a_broken_template_is_shown_and_mended(preview: Preview) -> None:
    template = preview.root / "templates/topic.html"
    template.write_text("<p>\n{{ no_such_thing }}</p>")
    until(lambda: "no_such_thing&#39; is undefined" in preview.page())
    template.write_text("<p>My own page</p>")
    until(lambda: "My own page" in preview.page("ai/"))


def test_out_is_what_a_build_gives(preview: Preview, run: Run) -> None:
    write_item(preview.root / "seeds", "two.md", title="A second story")
    until(lambda: "A second story" in preview.page("ai/"))
    assert preview.url in preview.page("ai/rss.xml")
    until(lambda: preview.log.read_text().count(" unchanged") == 2)  # the page was there before the build was done
    preview.end()
    served = undated(files(preview.root / "out"))
    assert run("build", "--out", "other").stderr == ""
    other = undated(files(preview.root / "other"))
    assert {n for n, data in other.items() if served[n] != data} == {"manifest.json"}  # a preview closes no issue


def test_sources_may_come_and_go(tmp_path: Path, start: Callable[[], Preview]) -> None:
    preview = start()
    until(lambda: "source &#39;seeds&#39; does not exist" in preview.page())
    write_item(tmp_path / "seeds", "one.md")
    until(lambda: "Title of one" in preview.page("ai/"))
    (tmp_path / "seeds").rename(tmp_path / "old")
    until(lambda: "does not exist" in preview.page())
    (tmp_path / "old/one.md").rename(tmp_path / "one.md")
    (tmp_path / "feeds.toml").write_text('sources = ["one.md"]\ntitle = "One file"', encoding="utf-8")
    until(lambda: "One file" in preview.page())
    write_item(tmp_path, "one.md", title="Changed as well")
    until(lambda: "Changed as well" in preview.page("ai/"))
    assert "Traceback" not in preview.log.read_text()


def test_a_taken_port_is_said_in_a_line(preview: Preview, run: Run) -> None:
    port = preview.url.split(":")[2].strip("/")
    done = run("serve", "--port", port)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: --port: port {port} is in use by another program; stop it, or choose ")


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_what_is_no_port(port: str, run: Run) -> None:
    done = run("serve", f"--port={port}")
    assert (done.returncode, "Invalid value for '--port'" in done.stderr) == (2, True)


def test_an_open_page_reloads(preview: Preview) -> None:
    api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    with api.sync_playwright() as playwright:
        system = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        try:
            browser = playwright.chromium.launch(executable_path=system, args=CHROMIUM_OPTIONS)
        except api.Error as error:
            pytest.skip(f"Chromium does not start: {error.message.splitlines()[0]}")
        page = browser.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(preview.url + "ai/")
        write_item(preview.root / "seeds", "one.md", title="It is new")
        page.get_by_text("It is new").first.wait_for(timeout=PATIENCE * 1000)
        write_item(preview.root / "seeds", "two.md", publishedDateTime="soon")
        page.get_by_role("alert").wait_for(timeout=PATIENCE * 1000)
        page.get_by_role("link", name="RSS").first.click()  # its address is the published one's in the file
        page.goto(preview.url + "ai/digest.html")
        write_item(preview.root / "seeds", "one.md", title="It is newer")
        page.get_by_text("It is newer").first.wait_for(timeout=PATIENCE * 1000)
        assert complaints == []
        browser.close()
