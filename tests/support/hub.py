"""A WebSub hub that does what hubs do when they are told of a feed: it fetches it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from urllib.request import urlopen


class Hub(ThreadingHTTPServer):
    """Remembers what it has fetched; answers with `status`, and says that a body of `length` bytes follows."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _HubHandler)
        self.fetched: dict[str, bytes] = {}
        self.forms: list[dict[str, list[str]]] = []
        self.status = 204
        self.length = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/publish"


class _HubHandler(BaseHTTPRequestHandler):
    server: Hub

    def do_POST(self) -> None:
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.forms.append(form)
        if self.server.status == 204:
            with urlopen(form["hub.url"][0], timeout=10) as answer:
                self.server.fetched[form["hub.url"][0]] = answer.read()
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(self.server.length))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """No log: `forms` has it."""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """No log."""


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[str]:
    """Yield the server's address."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join(10)
