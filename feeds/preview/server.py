"""A web server for out/, on this machine only. Pages show the errors of the last build, and reload after the next one.

It does not change out/. In the pages that it serves, links below `base_url` lead to the preview if out/ has their file.
What the script of a page fetches, such as a digest to copy, is served unchanged.
"""

import errno
import hashlib
import html
import os
import re
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct, field

from feeds.languages import language
from feeds.media_types import PAGE, media_type
from feeds.renderers.site.pages import tool_options
from feeds.renderers.templates import environment

HOST = "127.0.0.1"
_NAMES = frozenset({"localhost", HOST})
"""Accepted Host headers. Others are refused: a page elsewhere could make its own name resolve to this machine."""
_EVENTS = "/.feeds/events"
"""Never the address of a file: names that begin with a dot are not served."""
_KEEP_ALIVE = 15.0  # seconds


class ServeError(Exception):
    """The port cannot be used; the text says why and what to do."""


class PreviewState(Struct, frozen=True, kw_only=True):
    """What to serve after a build."""

    out: Path | None
    """None until a configuration could be read."""
    base_url: str
    """The base URL in the files of out/."""
    media_types: Mapping[str, str] = field(default_factory=dict)
    """Media types keyed by file name; those of other files follow from their suffix."""
    messages: Sequence[str] = ()
    """One line each, shown on every page; errors come first."""
    language: str = "en"
    """The publication's language, for the preview of digests."""
    tools: Sequence[str] = ()
    """The mailing tools that digests are made for."""
    failed: bool = False
    """Whether the last build failed, so that out/ is older than the sources."""


class Server(ThreadingHTTPServer):
    """Serves the state that was published last. Port 0 is any free one. Raise ServeError if the port cannot be used."""

    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # Windows would let two programs use the same port

    def __init__(self, port: int) -> None:
        self._changed = threading.Condition()
        self._is_open = True
        self._version = 0
        self._state: PreviewState | None = None
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise ServeError(_why_no_port(port, error)) from error

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}/"

    def publish(self, state: PreviewState) -> None:
        """Serve this state from now on, and make open pages reload."""
        with self._changed:
            self._state = state
            self._version += 1
            self._changed.notify_all()

    def current(self) -> tuple[int, PreviewState | None]:
        with self._changed:
            return self._version, self._state

    def next_version(self, seen: int) -> int | None:
        """Wait up to `_KEEP_ALIVE` for a version other than `seen`; return it, or None once the server has closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != seen or not self._is_open, timeout=_KEEP_ALIVE)
            return self._version if self._is_open else None

    def server_close(self) -> None:
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
        super().server_close()


def _why_no_port(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use by another program; stop it, or choose another port, such as --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"port {port} is reserved for the system; choose 1024 or higher, such as --port 8000"
    return f"port {port} cannot be used: {error.strerror or error}"


# ---- files and pages


def find(out: Path | None, path: str) -> Path | None:
    """Return the file or folder in out/ at a URL's path, or None.

    Names that begin with a dot are never found, nor is anything outside of out/, whether by `..` or by a link.
    """
    segments = [unquote(segment) for segment in path.split("/") if segment]
    if out is None or any(s.startswith(".") or any(c in s for c in "/\\:\0") for s in segments):
        return None
    try:
        root = out.resolve(strict=True)
        found = root.joinpath(*segments).resolve(strict=True)
    except (OSError, RuntimeError):  # before Python 3.13, links in a circle are a RuntimeError
        return None
    if not found.is_relative_to(root) or any(part.startswith(".") for part in found.relative_to(root).parts):
        return None
    return found if found.is_dir() or found.is_file() else None


def _host(header: str) -> str:
    """Return the host name in a Host header, or "" if it cannot be read."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def _with_local_links(state: PreviewState, data: bytes, local: str) -> bytes:
    """Replace the base URL by `local` in the addresses of files in out/. Articles may be below the base URL, too."""

    def to_local(match: re.Match[bytes]) -> bytes:
        exists = find(state.out, match[1].decode(errors="replace")) is not None
        return local.encode() + match[1] if exists else match[0]

    base_urls = {state.base_url, html.escape(state.base_url)}
    pattern = "|".join(re.escape(url) for url in sorted(base_urls))
    return re.sub(rb"(?:%s)([^\s\"'<>?#&\\()]*)" % pattern.encode(), to_local, data)


def _digests(out: Path | None, file: Path, page: bytes) -> list[str]:
    """Return the relative addresses of the digests that a page could show and doesn't: those of all topics on top."""
    if out is None or file.name != PAGE or b"data-preview" in page:
        return []
    names = ["digest.html"] if file.parent != out.resolve() else ["*/digest.html"]
    return sorted(path.relative_to(file.parent).as_posix() for name in names for path in file.parent.glob(name))


def _with_notice(state: PreviewState | None, page: bytes, version: int, digests: Sequence[str] = ()) -> bytes:
    """Add the script that reloads the page, the messages if there are any, and the previews of these digests."""
    template = environment().get_template("preview.html")
    state = state or PreviewState(out=None, base_url="")
    addition = template.render(
        events=_EVENTS,
        version=version,
        messages=state.messages,
        failed=state.failed,
        digests=digests,
        tools=tool_options(state.tools),
        language=language(state.language),
    ).encode()
    before, end, after = page.rpartition(b"</body>")
    return before + addition + end + after if end else page + addition


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "feeds"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        if _host(self.headers.get("Host", "")) not in _NAMES:
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, f"this server is {self.server.url}\n".encode(), "text/plain")
        elif self.path.partition("?")[0] == _EVENTS:
            self._events()
        else:
            self._file()

    do_HEAD = do_GET  # noqa: N815  (the names are http.server's)

    def _not_allowed(self) -> None:
        self.close_connection = True  # the body of the request is not read
        self._answer(HTTPStatus.METHOD_NOT_ALLOWED, b"", "text/plain", {"Allow": "GET, HEAD", "Connection": "close"})

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _not_allowed  # noqa: N815

    def _file(self) -> None:
        path, _, query = self.path.partition("?")
        version, state = self.server.current()
        found = find(state.out, path) if state else None
        if state is None:
            self._nothing(None, version, "The first build is still running")
        elif found and found.is_dir() and not path.endswith("/"):
            # Built from names that were found, so that the redirect cannot lead to another host.
            where = "".join(f"/{quote(unquote(s))}" for s in path.split("/") if s)
            location = f"{where}/?{query}" if query else f"{where}/"
            self._answer(HTTPStatus.MOVED_PERMANENTLY, b"", "text/plain", {"Location": location})
        elif (file := find(state.out, f"{path}/{PAGE}") if found and found.is_dir() else found) and file.is_file():
            self._content(state, file, version)
        else:
            self._nothing(state, version, "Page not found")

    def _content(self, state: PreviewState, file: Path, version: int) -> None:
        try:
            data = file.read_bytes()
        except OSError:
            self._nothing(state, version, "This file cannot be read")
            return
        kind = media_type(file.name, state.media_types)
        is_text = "charset" in kind or "json" in kind
        if is_text and self._is_for_reading(file.name):
            data = _with_local_links(state, data, self.server.url)
            if file.suffix == ".html":
                data = _with_notice(state, data, version, _digests(state.out, file, data))
        etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Sec-Fetch-Dest"}
        if _matches(self.headers.get("If-None-Match", ""), etag):
            self._answer(HTTPStatus.NOT_MODIFIED, b"", "", headers)
        else:
            self._answer(HTTPStatus.OK, data, kind, headers)

    def _is_for_reading(self, name: str) -> bool:
        """Return False for what a script fetches (Fetch Metadata, W3C) and for a digest in a frame: both get copied."""
        destination = self.headers.get("Sec-Fetch-Dest", "")
        return destination != "empty" and (destination == "document" or not name.startswith("digest"))

    def _nothing(self, state: PreviewState | None, version: int, reason: str) -> None:
        page = environment().get_template("nothing.html").render(reason=reason).encode()
        status = HTTPStatus.NOT_FOUND if state else HTTPStatus.SERVICE_UNAVAILABLE
        page = _with_notice(state, page, version)
        self._answer(status, page, "text/html; charset=utf-8", {"Cache-Control": "no-store"})

    def _answer(self, status: HTTPStatus, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _events(self) -> None:
        """Send the version now and whenever it changes (server-sent events, HTML §9.2)."""
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        seen = -1
        version: int | None = self.server.current()[0]
        while self.command != "HEAD" and version is not None:
            # While nothing changes, a comment shows whether the page is still open: writing to a closed one fails.
            self.wfile.write(b": still here\n\n" if version == seen else b"data: %d\n\n" % version)
            self.wfile.flush()
            seen, version = version, self.server.next_version(version)

    def handle(self) -> None:
        with suppress(ConnectionError):  # the reader closed the connection
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Do not log requests."""


def _matches(wanted: str, etag: str) -> bool:
    """Compare If-None-Match weakly (RFC 9110 §13.1.2)."""
    return wanted.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in wanted.split(","))
