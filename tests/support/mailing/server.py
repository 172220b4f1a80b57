"""A stateful stub of a mailing tool, as a real HTTP server on the loopback interface.

What a request could send, schedule or publish is not refused as the tool would (it would not!), but noted as a
violation, and a test that has one fails.
"""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]


@dataclass
class Asked:
    """One request that has arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    """Names may be in upper or lower case."""
    body: Any


class RefusedError(Exception):
    """The stub answers with an error, as the tool would."""

    def __init__(self, status: int, answer: Json) -> None:
        super().__init__(status)
        self.status, self.answer = status, answer


@dataclass
class Fault:
    """An answer that takes the place of the stub's own, for one request."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = ""
    """Of the request that it is for; empty: of any."""
    is_carried_out: bool = False
    """The request is carried out before it is answered like this."""


class Stub(ABC):
    """What all stubs have; `held` and the methods after it are for the tests, in the place of a person."""

    API: ClassVar[str]
    """The path at which the API begins."""
    KEY: ClassVar[str]
    DRAFT: ClassVar[str]
    BEYOND: ClassVar[tuple[str, ...]]
    """States of what is scheduled, published or sent, or on its way there."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.violations: list[str] = []
        self.faults: list[Fault] = []
        self.held: dict[str, Json] = {}
        self.url = ""

    @property
    def written(self) -> list[Asked]:
        """The requests that change something."""
        return [asked for asked in self.asked if asked.method != "GET"]

    @abstractmethod
    def respond(self, asked: Asked) -> tuple[int, Any]:
        """Return status and answer; `asked.path` begins behind API. Raise RefusedError."""

    @abstractmethod
    def authorize(self, asked: Asked) -> None:
        """Raise RefusedError when the key is not ours."""

    @abstractmethod
    def html(self, id_: str) -> str:
        """Return what is held as HTML."""

    @abstractmethod
    def edit(self, id_: str, *, html: str = "", subject: str = "") -> None:
        """Change something, as a person does in the tool's editor."""

    def set_state(self, id_: str, state: str) -> None:
        self.held[id_]["status"] = state

    @abstractmethod
    def duplicate(self, id_: str) -> None:
        """Copy a draft, as a person does by the tool's menu."""

    def violation(self, what: str) -> None:
        self.violations.append(what)

    def fault(self, asked: Asked) -> Fault | None:
        if self.faults and self.faults[0].method in ("", asked.method):
            return self.faults.pop(0)
        return None

    @contextmanager
    def serving(self) -> Iterator["Stub"]:
        with ThreadingHTTPServer(("127.0.0.1", 0), _handler(self)) as server:
            self.url = f"http://127.0.0.1:{server.server_port}"
            thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def answer(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            path = parts.path.removeprefix(stub.API) if parts.path.startswith(stub.API) else f"outside {parts.path}"
            asked = Asked(self.command, path, dict(parse_qsl(parts.query)), self.headers, body)
            with lock:
                stub.asked.append(asked)
                fault = stub.fault(asked)
                if fault and fault.is_carried_out:
                    _answer(stub, asked)
                status, answer = (fault.status, fault.body) if fault else _answer(stub, asked)
            self.send_response(status)
            for name, value in (fault.headers if fault else {"Content-Type": "application/json"}).items():
                self.send_header(name, value)
            if not fault or "Content-Length" not in fault.headers:
                self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    return Handler


def _answer(stub: Stub, asked: Asked) -> tuple[int, bytes]:
    try:
        stub.authorize(asked)
        status, answer = stub.respond(asked)
    except AssertionError as error:
        stub.violation(f"{asked.method} {asked.path}: {error}")
        return 500, b"{}"
    except RefusedError as refusal:
        status, answer = refusal.status, refusal.answer
    return status, json.dumps(answer).encode()
