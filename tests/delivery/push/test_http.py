"""Every answer that is no good becomes one clear line, without the key in it."""

import logging
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from feeds.delivery.push.http import Http, Patience
from feeds.delivery.push.protocol import PushError, UnclearError
from feeds.delivery.push.push import push_draft
from support.mailing.fixtures import kind, name, stub
from support.mailing.server import Fault, Stub
from support.mailing.tools import DRAFT, Kind

__all__ = ["kind", "name", "stub"]

JSON = {"Content-Type": "application/json"}
LEADS_ELSEWHERE = b"""{"id": "1/actions/send", "web_id": 1, "status": "", "settings": {}, "subject": "",
"posts": [{"id": "../x", "slug": "", "status": "", "title": "", "updated_at": ""}]}"""
BAD_ANSWERS = {
    "401": (Fault(401), "401 the key was refused; check FEEDS_{NAME}_KEY$"),
    "403": (Fault(403, b'{"message": "no"}'), "403 the key was refused; check FEEDS_{NAME}_KEY: no$"),
    "404": (Fault(404, b"<html>nginx</html>"), r"404 not found; check `url` in \[push.{name}\]$"),
    "422": (Fault(422, b'{"errors": [{"message": "Bad", "context": "too\\n long"}]}'), "422: Bad; too long$"),
    "422, as a list": (Fault(422, b'{"detail": [{"msg": "no body", "loc": ["body"]}]}'), "422: no body$"),
    "400, at length": (Fault(400, b'{"message": "' + b"long " * 999 + b'"}'), "400: long long .{150,190}…$"),
    "400, in silence": (Fault(400, b""), "400 the request was refused$"),
    "500": (Fault(500, b'{"detail": "down"}'), "the server failed with 500: down"),
    "503": (Fault(503, b"\xff\x00"), "the server failed with 503"),
    "301": (
        Fault(301, headers={"Location": "https://www.news.example/\x1b[31m"}),
        r"301 redirects to https://www.news.example/\[31m; set `url` in \[push.{name}\] to that$",
    ),
    "no JSON": (Fault(200, b"<html>Welcome</html>"), "the answer is not JSON; is `url` the address of the API?"),
    "half of it": (Fault(200, b'{"posts": [', {"Content-Length": "999"}), "the connection ended before|ends too early"),
    "another shape": (Fault(200, b'{"id": [], "posts": 1, "results": 1, "data": 1}'), "not what the API promises"),
    "an id that leads elsewhere": (Fault(200, LEADS_ELSEWHERE), "not what the API promises"),
    "an empty object": (Fault(200, b"{}"), "not what the API promises: Object missing required field"),
    "nested": (Fault(200, b"[" * 100_000), "not JSON|not what the API promises"),
    "the key, repeated": (Fault(400, b'{"message": "not {KEY}"}'), "400: not …$"),
    "429, and a long time": (Fault(429, headers={"Retry-After": "3600"}), "429 .*; run this again in 3600 seconds$"),
}


@pytest.mark.parametrize(("fault", "message"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_bad_answers(
    kind: Kind, name: str, stub: Stub, fault: Fault, message: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stub.faults.append(Fault(fault.status, fault.body.replace(b"{KEY}", stub.KEY.encode()), fault.headers, method))
    with pytest.raises(PushError) as caught:
        push_draft(kind.tool(stub.url), DRAFT, sleep=lambda _: None)
    said = str(caught.value)
    assert re.search(message.replace("{name}", name).replace("{NAME}", name.upper()).replace("$", "(; |$)"), said), said
    assert said.startswith(f"{name}: http://127.0.0.1:")
    assert said.isprintable()
    assert len(said) < 450
    for secret in (stub.KEY, stub.KEY[-24:]):
        assert secret not in said + caplog.text
    assert not stub.held
    # It shows where a key could hide when an unexpected error is printed with its causes.
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_pause_that_is_asked_for(kind: Kind, stub: Stub) -> None:
    pauses: list[float] = []
    for method in ("GET", "POST", "POST"):
        stub.faults.append(Fault(429, headers={"Retry-After": "7"}, method=method))
    assert push_draft(kind.tool(stub.url, sleep=pauses.append), DRAFT).action == "created"
    assert pauses == [7, 7, 7]
    assert len(stub.held) == 1


def test_pauses_without_end(kind: Kind, stub: Stub) -> None:
    pauses: list[float] = []
    stub.faults += [Fault(429) for _ in range(9)]
    with pytest.raises(PushError, match="429 the request was refused"):
        push_draft(kind.tool(stub.url, sleep=pauses.append), DRAFT)
    assert pauses == [1, 1, 1]


# ---- the client alone


def client(base: str, **patience: float) -> Http:
    times = Patience(**{"connect": 2, "answer": 0.3, "whole": 0.5, "most_bytes": 1000, **patience})  # type: ignore[arg-type]
    return Http("ghost", base, authorization=lambda: "Ghost secret", patience=times)


@contextmanager
def speaking(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that says what it likes, once it is asked something."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                with suppress(OSError):  # when the client has had enough
                    speak(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(10)


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
    for _ in range(100):
        time.sleep(0.05)
        connection.sendall(b" ")


def flood(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(10_000):
        connection.sendall(b"3e8\r\n" + b" " * 1000 + b"\r\n")


SLOW_AND_HUGE: dict[str, tuple[Callable[[socket.socket], None], str]] = {
    "silence": (lambda _: time.sleep(0.6), "no answer in time"),
    "drip by drip": (drip, "the answer is not complete after 0.5 seconds"),
    "a flood": (flood, "the answer is larger than 1,000 bytes"),
    "no HTTP": (lambda c: c.sendall(b"220 mail.example ESMTP\r\n"), "the connection ended before"),
    "nothing": (lambda _: None, "the connection ended before the answer was complete"),
    "compressed": (
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"),
        "the connection ended|not JSON",
    ),
}


@pytest.mark.parametrize(("speak", "message"), SLOW_AND_HUGE.values(), ids=SLOW_AND_HUGE)
def test_slow_and_huge_answers(speak: Callable[[socket.socket], None], message: str) -> None:
    with speaking(speak) as url:
        started = time.monotonic()
        with pytest.raises(UnclearError, match=message):
            client(url).send(dict, "POST", "/posts/", {})
        assert time.monotonic() - started < 5


def test_a_redirect_is_not_followed(stub: Stub) -> None:
    def redirect(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 307 Moved\r\nLocation: {stub.url}/\r\nContent-Length: 0\r\n\r\n".encode())

    with speaking(redirect) as url, pytest.raises(PushError, match="307 redirects to http:"):
        client(url).send(dict, "POST", "/posts/", {})
    assert not stub.asked


NOT_REACHED = {
    "nobody listens": ("http://127.0.0.1:9", "no connection; is the server running"),
    "no such host": ("https://nowhere.invalid", "there is no server of that name"),
}


@pytest.mark.parametrize(("url", "message"), NOT_REACHED.values(), ids=NOT_REACHED)
def test_what_was_not_reached_was_not_done(url: str, message: str) -> None:
    with pytest.raises(PushError, match=message) as caught:
        client(url).send(dict, "POST", "/posts/", {})
    assert not isinstance(caught.value, UnclearError)


def test_no_encryption_behind_https() -> None:
    plain = speaking(lambda c: c.sendall(b"HTTP/1.1 200 OK\r\n\r\n"))
    with plain as url, pytest.raises(PushError, match="the encrypted connection failed; does the server speak TLS"):
        client(url.replace("http:", "https:")).get(dict, "/posts/")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost and its key, which nobody trusts."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    try:
        subprocess.run([*command, "-keyout", str(path), "-out", f"{path}.crt"], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed: apt install openssl")
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


def test_a_certificate_that_cannot_be_trusted(certificate: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)

    with ThreadingHTTPServer(("localhost", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with pytest.raises(PushError, match="the server's certificate cannot be trusted") as caught:
            client(f"https://localhost:{server.server_port}").send(dict, "POST", "/posts/", {})
        server.shutdown()
    assert not isinstance(caught.value, UnclearError)
    assert not asked


REFUSED = {
    "http": ("http://news.example", "must begin with https://"),
    "http to a name like localhost": ("http://localhost.example", "must begin with https://"),
    "another scheme": ("ftp://news.example", "is not an address"),
    "no scheme": ("news.example", "is not an address"),
    "a password": ("https://ada:secret@news.example", "has a user name or a password in it"),
    "a query": ("https://news.example/?key=secret", "is not an address"),
    "a bad port": ("https://news.example:port", "is not an address"),
}


@pytest.mark.parametrize(("url", "message"), REFUSED.values(), ids=REFUSED)
def test_addresses_that_are_refused(url: str, message: str) -> None:
    with pytest.raises(PushError, match=message) as caught:
        client(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://news.example/blog/", "http://localhost:2368", "http://[::1]:1", "http://127.9.9.9"]
)
def test_addresses_that_are_good(url: str) -> None:
    assert client(url).url("/posts/", {"a": "b c"}) == f"{url.rstrip('/')}/posts/?a=b+c"
