"""The preview's server, asked as browsers, feed readers and intruders would ask it."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from feeds.commands.serve import serve
from feeds.config.load import LOCAL_BASE_URL
from feeds.preview.server import PreviewState, ServeError, Server

BASE = "https://ada.example/news/"
PAGE = f"""<!DOCTYPE html><body>
<a href="{BASE}">home</a> <a href="{BASE}ai/rss.xml">feed</a> <a href="{BASE}ai/">topic</a>
<a href="{BASE}2021/an-article.html">an article of the same host</a>
</body></html>
"""
TYPES = {"rss.xml": "application/rss+xml", "feed.json": "application/feed+json"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Client:
    server: Server

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Request the path unchanged, unlike urllib. Keywords are headers, such as `Sec_Fetch_Dest="empty"`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=10)
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return Answer(response.status, dict(response.headers), body)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "secret.html").write_text("secret")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/secret.html").write_text("secret")
    out = tmp_path / "out"
    for name in (
        *("index.html", "ai/index.html", "ai/rss.xml", "ai/feed.json", "ai/digest.html", "feed.css", ".hidden"),
        *("ai/digest.eml", "ai/digest.txt", "two words/index.html"),
    ):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(PAGE)
    (out / "empty").mkdir()
    (out / "link.html").symlink_to(tmp_path / "secret.html")
    (out / "linked").symlink_to(tmp_path / "folder")
    (out / "page-leads-out").mkdir()
    (out / "page-leads-out/index.html").symlink_to(tmp_path / "secret.html")
    (out / "shown.html").symlink_to(out / ".hidden")
    (out / "circle").symlink_to("circle")
    (out / "page-leads-in").mkdir()
    (out / "page-leads-in/index.html").symlink_to("../ai/index.html")
    (out / "inner.html").symlink_to(out / "ai/index.html")
    return out


@contextmanager
def serving() -> Iterator[Client]:
    server = Server(0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Client(server)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def client(out: Path) -> Iterator[Client]:
    with serving() as client:
        client.server.publish(PreviewState(out=out, base_url=BASE, media_types=TYPES))
        yield client


FOUND = {
    "the landing page": ("/", "text/html; charset=utf-8"),
    "a folder's page": ("/ai/", "text/html; charset=utf-8"),
    "a page by its name": ("/ai/index.html?x=1", "text/html; charset=utf-8"),
    "a name with a space": ("/two%20words/", "text/html; charset=utf-8"),
    "RSS": ("/ai/rss.xml", "application/rss+xml; charset=utf-8"),
    "JSON Feed": ("/ai/feed.json", "application/feed+json"),
    "a stylesheet": ("/feed.css", "text/css; charset=utf-8"),
    "a mail": ("/ai/digest.eml", "message/rfc822"),
    "a text": ("/ai/digest.txt", "text/plain; charset=utf-8"),
    "a link to another file of out/": ("/inner.html", "text/html; charset=utf-8"),
    "a folder whose page is such a link": ("/page-leads-in/", "text/html; charset=utf-8"),
}


@pytest.mark.parametrize(("path", "kind"), FOUND.values(), ids=FOUND)
def test_files_come_with_their_type(client: Client, path: str, kind: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    head = client.get(path, "HEAD")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(answer.body)))


HIDDEN = {
    "nothing": "/none.html",
    "a folder without a page": "/empty/",
    "dots": "/../secret.html",
    "dots further down": "/ai/../../secret.html",
    "encoded dots": "/%2e%2e/secret.html",
    "an encoded slash": "/..%2fsecret.html",
    "encoded twice": "/%252e%252e/secret.html",
    "a backslash": "/..%5csecret.html",
    "an absolute path": "//etc/passwd",
    "a drive": "/C:/secret.html",
    "a NUL": "/index.html%00.txt",
    "a link that leads out": "/link.html",
    "a folder's link that leads out": "/linked/secret.html",
    "a folder whose page is a link that leads out": "/page-leads-out/",
    "the same, by its name": "/page-leads-out/index.html",
    "a link to itself": "/circle",
    "a hidden file": "/.hidden",
    "a link to a hidden file": "/shown.html",
    "a name far too long": "/" + "x" * 5000,
    "no UTF-8": "/%ff%fe",
}


@pytest.mark.parametrize("path", HIDDEN.values(), ids=HIDDEN)
def test_what_is_not_there_or_not_in_out_is_not_found(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status, b"secret" in answer.body) == (404, False)


def test_a_folder_without_its_slash_is_redirected(client: Client) -> None:
    assert (client.get("/ai").status, client.get("/ai?x=1").headers["Location"]) == (301, "/ai/?x=1")
    # Not to another host, which //two%20words/ would be.
    assert client.get("//two%20words").headers["Location"] == "/two%20words/"


def test_validators(client: Client, out: Path) -> None:
    etag = client.get("/ai/rss.xml").headers["ETag"]
    for wanted in (etag, f'"other", W/{etag}', "*"):
        answer = client.get("/ai/rss.xml", If_None_Match=wanted)
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", etag)
    assert client.get("/ai/rss.xml", If_None_Match='"other"').status == 200
    (out / "ai/rss.xml").write_text("changed")
    assert client.get("/ai/rss.xml", If_None_Match=etag).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_written(client: Client, method: str) -> None:
    answer = client.get("/", method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_only_this_machine_is_answered(client: Client) -> None:
    assert client.server.server_address[0] == "127.0.0.1"
    for host in ("localhost", "127.0.0.1", f"LOCALHOST:{client.server.server_port}"):
        assert client.get("/", Host=host).status == 200
    for host in ("news.example", f"news.example:{client.server.server_port}", "", "localhost.news.example", "[", "[x]"):
        assert client.get("/", Host=host).status == 421


def test_links_lead_to_the_preview_where_it_has_the_file(client: Client) -> None:
    for path in ("/", "/ai/rss.xml"):
        text = client.get(path).body.decode()
        for name in ("", "ai/rss.xml", "ai/"):
            assert f'href="{client.server.url}{name}"' in text
        assert f'href="{BASE}2021/an-article.html"' in text


AS_THEY_ARE: dict[str, tuple[str, dict[str, str]]] = {
    "a page that a script fetches": ("/", {"Sec_Fetch_Dest": "empty"}),
    "a digest that a script fetches": ("/ai/digest.html", {"Sec_Fetch_Dest": "empty"}),
    "a digest in a frame": ("/ai/digest.html", {"Sec_Fetch_Dest": "iframe"}),
    "a digest that a program reads": ("/ai/digest.html", {}),
    "a mail": ("/ai/digest.eml", {"Sec_Fetch_Dest": "document"}),
}


@pytest.mark.parametrize(("path", "headers"), AS_THEY_ARE.values(), ids=AS_THEY_ARE)
def test_what_is_to_be_copied_is_the_file_as_it_is(client: Client, path: str, headers: dict[str, str]) -> None:
    assert client.get(path, **headers).body.decode() == PAGE


def test_a_digest_that_is_looked_at_can_be_clicked_through(client: Client) -> None:
    text = client.get("/ai/digest.html", Sec_Fetch_Dest="document").body.decode()
    assert f'href="{client.server.url}ai/"' in text
    assert "EventSource" in text


def test_pages_say_what_is_wrong(client: Client, out: Path) -> None:
    def shown(**options: Any) -> str:
        client.server.publish(PreviewState(out=out, base_url=BASE, **options))
        return client.get("/").body.decode()

    assert "<aside" not in shown()
    text = shown(messages=["seeds/<b>.md:1: error bad-date a & b"])
    assert "seeds/&lt;b&gt;.md:1: error bad-date a &amp; b" in text
    assert text.index("<aside") < text.index("</body>")
    assert "Built with errors:" in text
    assert "The build failed" in shown(messages=["no"], failed=True)
    assert "<aside" in client.get("/none").body.decode()
    assert "<aside" not in client.get("/ai/rss.xml").body.decode()
    assert "<aside" not in (out / "index.html").read_text()


def test_before_the_first_build() -> None:
    with serving() as client:
        assert client.get("/").status == 503
        client.server.publish(PreviewState(out=None, base_url="", messages=["feeds.toml: error: x"], failed=True))
        answer = client.get("/feeds.toml")
        assert (answer.status, b"feeds.toml: error: x" in answer.body) == (404, True)


def test_open_pages_learn_of_each_version(client: Client, out: Path) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.server.server_port, timeout=10)
    connection.request("GET", "/.feeds/events")
    response = connection.getresponse()
    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.readline() == b"data: 1\n"
    client.server.publish(PreviewState(out=out, base_url=BASE))
    assert [response.readline(), response.readline()] == [b"\n", b"data: 2\n"]
    client.server.server_close()
    assert response.read() == b"\n"  # it ends, and the next one can have the port
    connection.close()


def test_a_port_that_is_taken(client: Client) -> None:
    port = client.server.server_port
    with pytest.raises(ServeError, match=rf"^port {port} is in use by another program; stop it, or choose another"):
        Server(port)


def test_the_default_port_is_that_of_the_default_base_url() -> None:
    (port,) = [p.default for p in serve.params if p.name == "port"]
    assert f"http://localhost:{port}/" == LOCAL_BASE_URL


@pytest.mark.parametrize(
    ("path", "links"),
    [
        pytest.param("/", [b'href="ai/digest.html" data-preview'], id="landing page"),
        pytest.param("/ai/", [b'href="digest.html" data-preview'], id="topic"),
        pytest.param("/two%20words/", [], id="without a digest"),
        pytest.param("/ai/digest.html", [], id="a digest"),
    ],
)
def test_each_page_leads_to_the_preview_of_its_digests(client: Client, path: str, links: list[bytes]) -> None:
    """`[pages] editor` may have taken the link away, and the landing page never has one."""
    body = client.get(path, Sec_Fetch_Dest="document").body
    assert [
        link for link in (b'href="ai/digest.html" data-preview', b'href="digest.html" data-preview') if link in body
    ] == links
    assert (b"<dialog" in body) == bool(links)
