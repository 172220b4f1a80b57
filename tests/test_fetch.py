"""Pages from a real server on this machine: those that can be had, and those that are refused."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from feeds.fetch import FetchError, Patience, fetch, is_public

PAGE = b"<!DOCTYPE html><title>One</title>"
LITTLE = Patience(answer=0.3, whole=0.5, most_bytes=1000)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.strip("/")
        if name.startswith("redirect"):
            self._begin(302, location=f"/{name.removeprefix('redirect-')}")
        elif name == "large-redirect":  # until the client hangs up
            self._begin(302, location="/page")
            while True:
                self.wfile.write(b"x" * 100_000)
        elif name == "headers":
            self.send_response(200)
            for _ in range(20):
                self.send_header("X", "y")
                self.flush_headers()
                time.sleep(0.1)
        elif name == "type":
            self._begin(200, "text/\x1b[31mhtml")
        elif name == "endless":
            self._begin(302, location="/endless")
        elif name == "missing":
            self._begin(404)
        elif name == "pdf":
            self._begin(200, "application/pdf")
        elif name == "large":
            self._begin(200)
            self.wfile.write(b"x" * 5000)
        elif name == "slow":
            self._begin(200)
            for _ in range(20):
                self.wfile.write(b"x")
                time.sleep(0.1)
        elif name == "silent":
            time.sleep(2)
        elif name == "broken":
            self.wfile.write(b"nonsense\r\n\r\n")
        else:
            self._begin(200, "text/html; charset=ISO-8859-1")
            self.wfile.write(PAGE)

    def _begin(self, status: int, kind: str = "text/html", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Serve pages on a free port."""
    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up is expected
    thread = threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}/"
    served.shutdown()
    served.server_close()
    thread.join()


def anywhere(_address: str) -> bool:
    return True


def test_a_page(server: str) -> None:
    found = fetch(f"{server}redirect-page", is_allowed=anywhere)
    assert (found.url, found.data, found.charset) == (f"{server}page", PAGE, "iso-8859-1")


def test_the_body_of_a_redirect_is_not_read(server: str) -> None:
    assert fetch(f"{server}large-redirect", LITTLE, anywhere).data == PAGE


REFUSED = {
    "missing": "the server answers 404",
    "pdf": "this is application/pdf, not a web page",
    "large": "the answer is larger than 1,000 bytes",
    "slow": "the answer is not complete after 0.5 seconds",
    "headers": "the answer is not complete after 0.5 seconds",
    "type": r"this is text/\[31mhtml, not a web page",
    "silent": "the server did not answer in time",
    "endless": "there are too many redirects",
    "broken": "the server's answer cannot be read",
}


@pytest.mark.parametrize(("path", "reason"), REFUSED.items())
def test_what_is_refused(server: str, path: str, reason: str) -> None:
    with pytest.raises(FetchError, match=reason):
        fetch(f"{server}{path}", LITTLE, anywhere)


def test_nothing_is_sent_to_a_private_address(server: str) -> None:
    with pytest.raises(FetchError, match="the address is in a private network"):
        fetch(f"{server}page")


def test_a_redirect_to_a_private_address_is_not_followed(server: str) -> None:
    seen: list[str] = []

    def only_the_first(address: str) -> bool:
        seen.append(address)
        return len(seen) == 1

    with pytest.raises(FetchError, match="the address is in a private network"):
        fetch(f"{server}redirect-page", is_allowed=only_the_first)
    assert seen == ["127.0.0.1"] * 2


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://nowhere.invalid/", "there is no server with this name"),
        ("http://127.0.0.1:1/", "the server cannot be reached"),
    ],
)
def test_no_server(url: str, reason: str) -> None:
    with pytest.raises(FetchError, match=reason):
        fetch(url, LITTLE, anywhere)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::127.0.0.1", False),
        ("::ffff:0:127.0.0.1", False),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b::93.184.216.34", True),
        ("64:ff9b:1::1", False),
        ("2002:a00:1::1", False),
        ("fec0::1", False),
    ],
)
def test_public_addresses(address: str, expected: bool) -> None:
    assert is_public(address) is expected
