"""A proxy that hands requests on, and may keep the answers to itself; what passed through it can be recorded."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Exchange:
    """A request and its answer."""

    method: str
    path: str
    body: Any
    status: int
    answer: Any


@dataclass
class Proxy:
    url: str
    exchanges: list[Exchange]


@contextmanager
def forwarding(target: str, passes: Callable[[Exchange], bool] = lambda _: True) -> Iterator[Proxy]:
    """Forward to `target`; where `passes` is false, the request was carried out and its answer is dropped."""
    exchanges: list[Exchange] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
            connection = http.client.HTTPConnection(urlsplit(target).netloc, timeout=30)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            data = answer.read()
            connection.close()
            exchange = Exchange(self.command, self.path, _decoded(body), answer.status, _decoded(data))
            exchanges.append(exchange)
            if not passes(exchange):
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type", ""))
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward

        def finish(self) -> None:
            with suppress(OSError):  # nobody listens any more, as is wanted
                super().finish()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield Proxy(f"http://127.0.0.1:{server.server_port}", exchanges)
        finally:
            server.shutdown()
            thread.join()


def _decoded(data: bytes | None) -> Any:
    return json.loads(data) if data else None
