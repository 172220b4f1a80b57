"""Three engines behind one small interface: open a page in a frame of any width, and run a script there.

Playwright drives only its own builds of Firefox and WebKit, so Debian's are driven by what they come with: Marionette
and WebKitWebDriver. A frame is used because windows have a smallest width.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.request import ProxyHandler, Request, build_opener

FRAME = "/frame.html"
"""The address at which the test's server has FRAME_PAGE."""
FRAME_PAGE = b'<!DOCTYPE html><body style="margin: 0"><iframe style="border: 0"></iframe>'
_LOAD = """
const [url, width, done] = arguments;
const frame = document.querySelector("iframe");
frame.style.cssText = `border: 0; width: ${width}px; height: 800px`;
frame.onload = () => done(true);
frame.src = url;
"""
_RUN = "return document.querySelector('iframe').contentWindow.eval(arguments[0])"
_SECONDS = 40

CHROMIUM_OPTIONS = ["--no-sandbox", "--host-resolver-rules=MAP *.example ~NOTFOUND"]
"""Pages wait for their pictures: without a network, five seconds for each look-up of an address that is nobody's."""
_FIREFOX_OPTIONS = """
user_pref("network.dns.forceResolve", "127.0.0.1");
user_pref("marionette.port", {});
"""


class MissingError(Exception):
    """The engine is not installed, or doesn't start; the text says why."""


class Driver(Protocol):
    def go(self, url: str) -> None: ...

    def run(self, script: str, *args: object, wait: bool = False) -> Any:
        """Run the body of a function in the page; with `wait`, until it calls its last argument."""


class Engine:
    """A browser that shows pages of one server."""

    def __init__(self, driver: Driver, server: str) -> None:
        self._driver = driver
        driver.go(server + FRAME)

    def open(self, path: str, width: int) -> None:
        assert self._driver.run(_LOAD, path, width, wait=True)

    def evaluate(self, expression: str) -> Any:
        return self._driver.run(_RUN, expression)


@contextmanager
def engine(name: str, folder: Path, server: str) -> Iterator[Engine]:
    """Start `chromium`, `firefox` or `webkit` for the pages of a server; raise MissingError."""
    start = {"chromium": _chromium, "firefox": _firefox, "webkit": _webkit}[name]
    with ExitStack() as stack:
        yield Engine(start(stack, folder), server)


# Chromium ------------------------------------------------------------------------------------------------------------


class _Playwright:
    def __init__(self, page: Any) -> None:
        self._page = page

    def go(self, url: str) -> None:
        self._page.goto(url)

    def run(self, script: str, *args: object, wait: bool = False) -> Any:
        function = f"(function () {{{script}}})"
        call = f"new Promise(done => {function}(...args, done))" if wait else f"{function}(...args)"
        return self._page.evaluate(f"args => {call}", list(args))


def _chromium(stack: ExitStack, folder: Path) -> Driver:
    from playwright.sync_api import Error, sync_playwright

    system = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    playwright = stack.enter_context(sync_playwright())
    try:
        browser = playwright.chromium.launch(executable_path=system, args=CHROMIUM_OPTIONS)
    except Error as error:
        raise MissingError(f"Chromium does not start: {error.message.splitlines()[0]}") from error
    stack.callback(browser.close)
    return _Playwright(browser.new_page())


# Firefox -------------------------------------------------------------------------------------------------------------


class _Marionette:
    """Speaks Firefox's own protocol: `length:[0, number, command, parameters]`."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")
        self._number = 0
        self._receive()  # the greeting
        self._call("WebDriver:NewSession")
        self._call("WebDriver:SetTimeouts", script=_SECONDS * 1000)

    def go(self, url: str) -> None:
        self._call("WebDriver:Navigate", url=url)

    def run(self, script: str, *args: object, wait: bool = False) -> Any:
        command = "WebDriver:ExecuteAsyncScript" if wait else "WebDriver:ExecuteScript"
        return self._call(command, script=script, args=args)["value"]

    def close(self) -> None:
        self._file.close()

    def _call(self, command: str, **parameters: object) -> Any:
        self._number += 1
        data = json.dumps([0, self._number, command, parameters]).encode()
        self._connection.sendall(b"%d:%b" % (len(data), data))
        _, _, error, result = self._receive()
        assert error is None, error
        return result

    def _receive(self) -> Any:
        length = b""
        while (char := self._file.read(1)) != b":":
            length += char
        return json.loads(self._file.read(int(length)))


def _firefox(stack: ExitStack, folder: Path) -> Driver:
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if not program:
        raise MissingError("Firefox is not installed")
    port = _free_port()
    profile = folder / "firefox"
    profile.mkdir()
    (profile / "user.js").write_text(_FIREFOX_OPTIONS.format(port), encoding="utf-8")
    _start(
        stack, [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)], {"HOME": str(folder)}
    )
    connection = stack.enter_context(_connected(port, "Firefox"))
    driver = _Marionette(connection)
    stack.callback(driver.close)
    return driver


# WebKit --------------------------------------------------------------------------------------------------------------


class _WebDriver:
    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}/session"
        self._opener = build_opener(ProxyHandler({}))
        capabilities = {"alwaysMatch": {"timeouts": {"script": _SECONDS * 1000}}}
        self._base += "/" + self._post("", capabilities=capabilities)["sessionId"]

    def go(self, url: str) -> None:
        self._post("/url", url=url)

    def run(self, script: str, *args: object, wait: bool = False) -> Any:
        return self._post("/execute/async" if wait else "/execute/sync", script=script, args=args)

    def close(self) -> None:
        self._opener.open(Request(self._base, method="DELETE"), timeout=_SECONDS).close()

    def _post(self, path: str, **body: object) -> Any:
        request = Request(self._base + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with self._opener.open(request, timeout=2 * _SECONDS) as answer:
            return json.load(answer)["value"]


def _webkit(stack: ExitStack, folder: Path) -> Driver:
    program, display = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    if not program or not display:
        raise MissingError("webkit2gtk-driver or xvfb is not installed")
    read, write = os.pipe()
    _start(stack, [display, "-displayfd", str(write), "-nolisten", "tcp"], {}, keep=write)
    os.close(write)
    with os.fdopen(read) as numbers:
        number = numbers.readline().strip()
    port = _free_port()
    _start(stack, [program, f"--port={port}"], {"DISPLAY": f":{number}", "HOME": str(folder)})
    _connected(port, "WebKitWebDriver").close()
    driver = _WebDriver(port)
    stack.callback(driver.close)
    return driver


# Processes -----------------------------------------------------------------------------------------------------------


def _start(stack: ExitStack, command: list[str], environment: dict[str, str], keep: int | None = None) -> None:
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=() if keep is None else (keep,),
    )

    def stop() -> None:
        process.terminate()
        process.wait(_SECONDS)

    stack.callback(stop)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _connected(port: int, name: str) -> socket.socket:
    for _ in range(10 * _SECONDS):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=_SECONDS)
        except OSError:
            time.sleep(0.1)
    raise MissingError(f"{name} does not start")
