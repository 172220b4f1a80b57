"""A web server for out/, on this machine only: pages say what the last build complained of, and reload after the next.

Nothing of that is written to out/. Addresses below `base_url` that lead to a file of out/ are made to lead here, so
that a preview can be clicked through; what a page's script fetches, such as a digest to copy, is the file as it is.
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

from feeds.media_types import PAGE, media_type
from feeds.renderers.templates import environment

HOST = "127.0.0.1"
_NAMES = frozenset({"localhost", HOST})
"""Names of this machine. Any other is a page elsewhere, which resolves its own name to here to read what we serve."""
_EVENTS = "/.feeds/events"
"""No file's address: names with a dot before them are not served."""
_KEEP_ALIVE = 15.0  # seconds


class ServeError(Exception):
    """The port cannot be had; the text says why and what to do."""


class PreviewState(Struct, frozen=True, kw_only=True):
    """What there is to serve, after a build."""

    out: Path | None
    """None while no configuration says where it is."""
    base_url: str
    """With which it was built."""
    media_types: Mapping[str, str] = field(default_factory=dict)
    """By file name; other files' follow from their suffix."""
    complaints: Sequence[str] = ()
    """What the curator should see on every page: errors first, one a line."""
    failed: bool = False
    """Whether out/ is older than the sources."""


class Server(ThreadingHTTPServer):
    """Serves what was last published; raises ServeError when it cannot have the port, of which 0 is any free one."""

    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # where it would let two programs have one port

    def __init__(self, port: int) -> None:
        self._changed = threading.Condition()
        self._is_open = True
        self._version = 0
        self._site: PreviewState | None = None
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise ServeError(_why_no_port(port, error)) from error

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}/"

    def publish(self, site: PreviewState) -> None:
        """Shows this from now on; open pages reload."""
        with self._changed:
            self._site = site
            self._version += 1
            self._changed.notify_all()

    def current(self) -> tuple[int, PreviewState | None]:
        with self._changed:
            return self._version, self._site

    def next_version(self, seen: int) -> int | None:
        """Waits a while for another version than `seen` and returns the present one; None when the server closes."""
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
        return f"port {port} is in use by another program: stop that, or choose another port, such as --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"port {port} is reserved for the system: choose one from 1024 on, such as --port 8000"
    return f"port {port} cannot be used: {error.strerror or error}"


# ---- what a request gets


def find(out: Path | None, path: str) -> Path | None:
    """The file or folder in out/ that a URL's path names; None when there is none, or when it is not to be seen.

    Not to be seen is all that lies outside of out/, by `..` or by a link, and names that begin with a dot.
    """
    segments = [unquote(segment) for segment in path.split("/") if segment]
    if out is None or any(s.startswith(".") or any(c in s for c in "/\\:\0") for s in segments):
        return None
    try:
        root = out.resolve(strict=True)
        found = root.joinpath(*segments).resolve(strict=True)
    except OSError:
        return None
    return found if found.is_relative_to(root) and (found.is_dir() or found.is_file()) else None


def present(site: PreviewState, data: bytes, name: str, version: int, local: str) -> bytes:
    """A file as the preview shows it: its links lead here, and a page reloads itself and says what is wrong."""
    data = _with_local_links(site, data, local)
    return _with_notice(site, data, version) if name.endswith(".html") else data


def _with_local_links(site: PreviewState, data: bytes, local: str) -> bytes:
    """`local` in the place of the base URL, wherever that and what follows it are the address of something in out/.

    Only there, for articles may lie below the base URL, too.
    """

    def here(match: re.Match[bytes]) -> bytes:
        is_here = find(site.out, match[1].decode(errors="replace")) is not None
        return local.encode() + match[1] if is_here else match[0]

    base_urls = {site.base_url, html.escape(site.base_url)}
    pattern = "|".join(re.escape(url) for url in sorted(base_urls))
    return re.sub(rb"(?:%s)([^\s\"'<>?#&\\()]*)" % pattern.encode(), here, data)


def _with_notice(site: PreviewState | None, page: bytes, version: int) -> bytes:
    template = environment().get_template("preview.html")
    complaints, failed = (site.complaints, site.failed) if site else ((), False)
    addition = template.render(events=_EVENTS, version=version, complaints=complaints, failed=failed).encode()
    before, end, after = page.rpartition(b"</body>")
    return before + addition + end + after if end else page + addition


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "feeds"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        if (urlsplit(f"//{self.headers.get('Host', '')}").hostname or "") not in _NAMES:
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, f"this is {self.server.url}\n".encode(), "text/plain")
        elif self.path.partition("?")[0] == _EVENTS:
            self._events()
        else:
            self._file()

    do_HEAD = do_GET  # noqa: N815  (the names are http.server's)

    def _not_allowed(self) -> None:
        self.close_connection = True  # its body is not read
        self._answer(HTTPStatus.METHOD_NOT_ALLOWED, b"", "text/plain", {"Allow": "GET, HEAD", "Connection": "close"})

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _not_allowed  # noqa: N815

    def _file(self) -> None:
        path, _, query = self.path.partition("?")
        version, site = self.server.current()
        found = find(site.out, path) if site else None
        if site is None:
            self._nothing(None, version, "The first build is under way")
        elif found and found.is_dir() and not path.endswith("/"):
            # Made of names that were found, so that it cannot lead to another host.
            where = "".join(f"/{quote(unquote(s))}" for s in path.split("/") if s)
            location = f"{where}/?{query}" if query else f"{where}/"
            self._answer(HTTPStatus.MOVED_PERMANENTLY, b"", "text/plain", {"Location": location})
        elif (file := found and (found / PAGE if found.is_dir() else found)) and file.is_file():
            self._content(site, file, version)
        else:
            self._nothing(site, version, "Nothing is here")

    def _content(self, site: PreviewState, file: Path, version: int) -> None:
        try:
            data = file.read_bytes()
        except OSError:
            self._nothing(site, version, "This file cannot be read")
            return
        kind = media_type(file.name, site.media_types)
        is_text = "charset" in kind or "json" in kind
        if is_text and self._is_for_eyes(file.name):
            data = present(site, data, file.name, version, self.server.url)
        etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Sec-Fetch-Dest"}
        if _matches(self.headers.get("If-None-Match", ""), etag):
            self._answer(HTTPStatus.NOT_MODIFIED, b"", "", headers)
        else:
            self._answer(HTTPStatus.OK, data, kind, headers)

    def _is_for_eyes(self, name: str) -> bool:
        """Not what a script fetches (Fetch Metadata, W3C), nor a digest in a frame: both are there to be copied."""
        destination = self.headers.get("Sec-Fetch-Dest", "")
        return destination != "empty" and (destination == "document" or not name.startswith("digest"))

    def _nothing(self, site: PreviewState | None, version: int, what: str) -> None:
        page = environment().get_template("nothing.html").render(what=what).encode()
        status = HTTPStatus.NOT_FOUND if site else HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(
            status, _with_notice(site, page, version), "text/html; charset=utf-8", {"Cache-Control": "no-store"}
        )

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
        """The version that is shown, at once and whenever it changes (server-sent events, HTML §9.2)."""
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        seen = -1
        version: int | None = self.server.current()[0]
        while self.command != "HEAD" and version is not None:
            # A comment when nothing is new, by which a page that has gone is noticed.
            self.wfile.write(b": still here\n\n" if version == seen else b"data: %d\n\n" % version)
            self.wfile.flush()
            seen, version = version, self.server.next_version(version)

    def handle(self) -> None:
        with suppress(ConnectionError):  # a reader that has gone away
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Requests are not worth a line each."""


def _matches(wanted: str, etag: str) -> bool:
    """If-None-Match, compared weakly (RFC 9110 §13.1.2)."""
    return wanted.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in wanted.split(","))
