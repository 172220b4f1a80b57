"""Real feed readers, subscribed to a real server: what they fetch, keep and show, and what nightly rebuilds do to it.

newsboat, rss2email, sfeed and ROME are Debian packages; reader, feedparser and listparser come from PyPI; SIMPLEPIE is
the folder of a checkout of github.com/simplepie/simplepie. Each test has a publication, a server and a reader of its
own, whose home is a temporary folder. Where readers differ, the tables below say how; docs/readers.md tells users.
"""

import email
import email.policy
import hashlib
import mailbox
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import formatdate, parsedate_to_datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import struct_time
from typing import Any, ClassVar, Literal, NamedTuple
from urllib.request import urlopen

import pytest
from lxml import html

from feeds.config.load import load_config
from feeds.media_types import ATOM, JSON, MEDIA_TYPES, OPML, RSS
from feeds.pipeline import build
from feeds.text import WORD_JOINER
from support.building import write_item
from support.places import TESTS

NOW = datetime(2021, 2, 1, 6, tzinfo=UTC)
READERS = TESTS / "support/readers"
TIMEOUT = 30
"""Seconds for a reader's process, which needs a fraction of one."""


# Server --------------------------------------------------------------------------------------------------------------


class Request(NamedTuple):
    path: str
    status: int


class Server(ThreadingHTTPServer):
    """Serves a folder as a web server would, with validators (RFC 9110 §8.8), and writes down who asked for what."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.requests: list[Request] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def statuses(self) -> list[int]:
        """Of the requests since the last call."""
        found = [r.status for r in self.requests]
        self.requests.clear()
        return found


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        path = self.server.folder / self.path.lstrip("/")
        body = path.read_bytes() if path.is_file() else b""
        headers = self._headers_of(path, body) if body else {}
        status = 404 if not body else 304 if self._is_known(headers) else 200
        self.server.requests.append(Request(self.path, status))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status == 200:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status == 200:
            self.wfile.write(body)

    def _headers_of(self, path: Path, body: bytes) -> dict[str, str]:
        return {
            "Content-Type": {OPML: "text/x-opml", **MEDIA_TYPES}[path.name] + "; charset=utf-8",
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"',
            "Last-Modified": formatdate(path.stat().st_mtime, usegmt=True),
        }

    def _is_known(self, headers: dict[str, str]) -> bool:
        """If-None-Match goes before If-Modified-Since (RFC 9110 §13.2.2)."""
        if etag := self.headers.get("If-None-Match"):
            return bool(etag == headers["ETag"])
        return bool(self.headers.get("If-Modified-Since") == headers["Last-Modified"])

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """No log: `requests` has it."""


# Publication ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Story:
    """What a reader should show of an item."""

    name: str
    title: str
    excerpt: str = "About it."
    published: datetime
    updated: datetime
    topics: tuple[str, ...] = ("AI",)
    coverage: tuple[tuple[str, str], ...] = ()
    """Title and address."""
    picture: str = ""
    type: str = "article"

    @property
    def id(self) -> str:
        return f"https://paper.example/{self.name}"

    def write(self, folder: Path) -> None:
        """As a document; scraped texts have entities where they mean a character."""
        image = {"url": self.picture, "width": 1200, "height": 630, "title": "A picture"}
        write_item(
            folder,
            f"{self.name}.md",
            title=_scraped(self.title),
            excerpt=_scraped(self.excerpt),
            publishedDateTime=self.published.isoformat(),
            topics=list(self.topics),
            type=self.type,
            images=[image] if self.picture else [],
            provider={"name": "The Paper", "domain": "paper.example"},
            related=[
                {
                    "title": _scraped(title),
                    "webUrl": url,
                    "publishedDateTime": self.updated.isoformat(),
                    "provider": {"name": "Another Paper"},
                    "quality": 40 - number,
                }
                for number, (title, url) in enumerate(self.coverage)
            ],
        )


def _scraped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2021, 1, day, hour, tzinfo=UTC)


HOSTILE = Story(
    name="hostile",
    title="Tom & Jerry’s <b>: 1 < 2 &amp; “AT&T”",
    excerpt="Write <b>bold</b> as &lt;b&gt; & mind x<y && y>z; “ü” 人 \\n <script>alert('1')</script>",
    published=at(26, 17),
    updated=at(27, 12),
    topics=("AI", "Chess"),
    coverage=(
        ("A camera's view", "https://other.example/camera?a=1&b=2"),
        ("<em>Why</em> “x” & AT&T's &copy;", "https://other.example/why/%E2%82%AC?q=%26#top"),
    ),
    picture="https://paper.example/picture.jpg?w=1200&h=630",
)
VIDEO = Story(
    name="video",
    title="A video",
    published=at(25),
    updated=at(28),
    type="video",
    coverage=(("What it shows", "https://other.example/shows"),),
)
PLAIN = Story(name="plain", title="A title with a tpyo", published=at(24), updated=at(24))
BARE = Story(name="bare", title="Without excerpt", excerpt="", published=at(23), updated=at(23))
MOVED = Story(name="moved", title="To be dated anew", published=at(22), updated=at(22))
OTHER = Story(name="other", title="In another topic", published=at(21), updated=at(21), topics=("Chess",))
NEW = Story(name="new", title="Brand new", published=at(31), updated=at(31))

STORIES = (HOSTILE, VIDEO, PLAIN, BARE, MOVED, OTHER)
IN_AI = {s.id: s for s in STORIES if "AI" in s.topics}


@dataclass(frozen=True)
class Publication:
    root: Path
    server: Server

    def write(self, *stories: Story) -> None:
        for story in stories:
            story.write(self.root / "seeds")

    def build(self, now: datetime = NOW) -> tuple[str, ...]:
        """The names of the files that changed. The next day's are a day newer, so that no test has to wait."""
        config = load_config(start=self.root, base_url=self.server.url)
        report = build(config, now)
        assert not report.problems
        seconds = (datetime.now(UTC) + (now - NOW)).timestamp()  # `curl -z` compares with this machine's clock
        for name in report.files.written:
            os.utime(self.root / "out" / name, (seconds, seconds))
        return report.files.written

    def url(self, name: str, topic: str = "ai") -> str:
        return f"{self.server.url}{topic}/{name}"

    @property
    def opml(self) -> bytes:
        return (self.root / "out" / OPML).read_bytes()


@pytest.fixture
def publication(tmp_path: Path) -> Iterator[Publication]:
    """Built once, and being served."""
    root = tmp_path / "publication"
    root.mkdir()
    (root / "feeds.toml").write_text('title = "Test"\n', encoding="utf-8")
    with Server(root / "out") as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        made = Publication(root, server)
        made.write(*STORIES)
        made.build()
        yield made
        server.shutdown()
        thread.join(TIMEOUT)


# Readers -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row, mail or line of a reader's."""

    feed: str
    """Address of the feed that it belongs to."""
    id: str
    title: str
    link: str
    date: datetime
    content: str
    """HTML."""
    outlet: str = ""
    topics: tuple[str, ...] = ()
    media: str = ""
    """Address of the picture."""
    related: tuple[tuple[str, str], ...] = ()
    """Title and address of structured links."""

    @cached_property
    def _body(self) -> Any:
        return html.fromstring(self.content)

    @property
    def text(self) -> str:
        return str(self._body.text_content())

    @property
    def coverage(self) -> tuple[tuple[str, str], ...]:
        """Title and address of each article in the list."""
        return tuple((a.text_content(), a.get("href")) for a in self._body.xpath("//ul/li/a"))

    @property
    def picture(self) -> str:
        return "".join(self._body.xpath("//img/@src"))


Outcome = Literal["replaced", "kept", "added"]
"""What becomes of an entry when its story is edited: it changes, or does not, or a second one comes."""


class Client(ABC):
    """A reader with nothing but what is in its `home`."""

    name: ClassVar[str]
    formats: ClassVar[tuple[str, ...]] = (RSS, ATOM)
    shows: ClassVar[Literal["published", "updated"]] = "published"
    """The date of an entry."""
    keeps: ClassVar[frozenset[str]] = frozenset({"outlet"})
    """What it has as data besides the content; keys of DATA."""
    has_one_row_per_id: ClassVar[bool] = False
    """Over all feeds; else a story in two topics is there twice."""
    polls_before_304: ClassVar[int | None] = 1
    """None: it never sends a conditional request."""
    edits: ClassVar[dict[str, Outcome]]
    """By the field that is edited."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @abstractmethod
    def subscribe(self, *urls: str) -> None: ...

    @abstractmethod
    def poll(self) -> None: ...

    @abstractmethod
    def entries(self) -> list[Entry]: ...

    def run(self, *command: str | Path, text: str = "") -> str:
        """A program's output; its environment is its home and little else."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", "no_proxy": "*"}
        done = subprocess.run(
            command, input=text, env=env, cwd=self.home, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def file(self, name: str, text: str | bytes) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path


def need_program(name: str, package: str) -> None:
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed: Debian package {package}")


def need_module(name: str, project: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed: {project} on PyPI")


class OpmlClient(Client):
    """A reader that imports OPML."""

    @abstractmethod
    def import_opml(self, document: bytes) -> None: ...

    @abstractmethod
    def subscriptions(self) -> list[str]: ...


class Newsboat(OpmlClient):
    """A terminal reader. Its cache has one row for an id, over all feeds: a story in two topics is listed in the feed
    that was read last. It remembers ETag and Last-Modified from the second time on that it reads a feed.
    """

    name = "newsboat"
    has_one_row_per_id = True
    polls_before_304 = 2
    edits: ClassVar = {"title": "replaced", "coverage": "replaced", "date": "kept"}

    def __init__(self, home: Path) -> None:
        need_program("newsboat", "newsboat")
        super().__init__(home)
        self.file("config", "")
        self.subscribe()

    def subscribe(self, *urls: str) -> None:
        self.file("urls", "".join(f"{url}\n" for url in urls))

    def import_opml(self, document: bytes) -> None:
        self._newsboat("-i", self.file("import.opml", document))

    def subscriptions(self) -> list[str]:
        return [line.split()[0] for line in (self.home / "urls").read_text(encoding="utf-8").splitlines()]

    def poll(self) -> None:
        self._newsboat("-x", "reload")

    def entries(self) -> list[Entry]:
        return [
            Entry(feed=feed, id=guid, title=title, link=url, date=_from_unix(date), content=content, outlet=author)
            for feed, guid, title, url, date, content, author in self.rows(
                "SELECT feedurl, guid, title, url, pubDate, content, author FROM rss_item"
            )
        ]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home / "cache.db")) as cache:
            return cache.execute(query).fetchall()

    def _newsboat(self, *arguments: str | Path) -> None:
        files = ("-u", self.home / "urls", "-c", self.home / "cache.db", "-C", self.home / "config")
        self.run("newsboat", *files, *arguments)


class Rss2Email(OpmlClient):
    """Sends a mail for each entry, here into a Maildir; what is edited later is not sent again."""

    name = "rss2email"
    shows = "updated"
    keeps = frozenset({"outlet", "topics"})
    edits: ClassVar = {"title": "kept", "coverage": "kept", "date": "kept"}
    options: ClassVar[dict[str, bool]] = {"html-mail": True, "date-header": True}

    def __init__(self, home: Path) -> None:
        need_program("r2e", "rss2email")
        super().__init__(home)
        options = "".join(f"{key} = {value}\n" for key, value in self.options.items())
        where = f"email-protocol = maildir\nmaildir-path = {home}\nto = me@reader.example\nverbose = error\n"
        self.file("r2e.cfg", f"[DEFAULT]\n{where}{options}")

    def subscribe(self, *urls: str) -> None:
        for number, url in enumerate(urls):
            self._r2e("add", f"feed-{number}", url)

    def import_opml(self, document: bytes) -> None:
        self._r2e("opmlimport", self.file("import.opml", document))

    def subscriptions(self) -> list[str]:
        return re.findall(r"\((\S+) -> ", self._r2e("list"))

    def poll(self) -> None:
        self._r2e("run")

    def mails(self) -> list[Any]:
        folder = mailbox.Maildir(self.home / "INBOX")
        return [
            email.message_from_bytes(folder.get_bytes(key), policy=email.policy.default) for key in folder.iterkeys()
        ]

    def entries(self) -> list[Entry]:
        return [
            Entry(
                feed=mail["X-RSS-Feed"],
                id=mail["X-RSS-ID"],
                title=mail["Subject"],
                link=mail["X-RSS-URL"],
                date=parsedate_to_datetime(mail["Date"]).replace(tzinfo=UTC),
                content=mail.get_content(),
                outlet=mail["From"].addresses[0].display_name.rpartition(": ")[2],
                topics=tuple((mail["X-RSS-TAGS"] or "").split(",")),
            )
            for mail in self.mails()
        ]

    def _r2e(self, *arguments: str | Path) -> str:
        return self.run("r2e", "-c", self.home / "r2e.cfg", "-d", self.home / "r2e.json", *arguments)


class Rss2EmailThatReplies(Rss2Email):
    """Sends a reply to its first mail when a story's content changes, the date in it included, but not its title."""

    name = "rss2email, reply-changes"
    edits: ClassVar = {"title": "kept", "coverage": "added", "date": "added"}
    options: ClassVar = Rss2Email.options | {"reply-changes": True}


class Rss2EmailAsText(Rss2Email):
    """As it is out of the box."""

    name = "rss2email, text"
    options: ClassVar = {"date-header": True}


class Sfeed(OpmlClient):
    """Shell tools around a file of lines. sfeed_update never asks conditionally, and what it has it keeps: a line is
    the same if id, title and link are, so that an edited title makes a second one.
    """

    name = "sfeed"
    keeps = frozenset({"outlet", "topics"})
    polls_before_304: ClassVar[int | None] = None
    edits: ClassVar = {"title": "added", "coverage": "kept", "date": "kept"}
    functions: ClassVar = ""

    def __init__(self, home: Path) -> None:
        for program, package in {"sfeed_update": "sfeed", "sfeed_opml_import": "sfeed", "curl": "curl"}.items():
            need_program(program, package)
        super().__init__(home)

    def subscribe(self, *urls: str) -> None:
        lines = "".join(f"feed 'feed {number}' '{url}'\n" for number, url in enumerate(urls))
        self._configure(f"feeds() {{\n{lines}}}\n")

    def import_opml(self, document: bytes) -> None:
        self._configure(self.run("sfeed_opml_import", text=document.decode()))

    def _configure(self, text: str) -> None:
        self.file(".sfeed/sfeedrc", text + self.functions)

    def subscriptions(self) -> list[str]:
        return list(self._feeds().values())

    def poll(self) -> None:
        self.run("sfeed_update")

    def entries(self) -> list[Entry]:
        folder = self.home / ".sfeed/feeds"
        return [
            _sfeed_entry(url, line)
            for name, url in self._feeds().items()
            for line in (folder / name.replace("/", "_")).read_text(encoding="utf-8").splitlines()
        ]

    def _feeds(self) -> dict[str, str]:
        """Address by name."""
        text = (self.home / ".sfeed/sfeedrc").read_text(encoding="utf-8")
        calls = [shlex.split(line) for line in text.splitlines() if line.strip().startswith("feed ")]
        return {name: url for _, name, url, *_ in calls}


def _sfeed_entry(feed: str, line: str) -> Entry:
    """sfeed(5): separated by TABs; in the content a backslash escapes newline, TAB and itself."""
    date, title, link, content, kind, id_, author, _, categories, *_ = line.split("\t")
    assert kind == "html"
    plain = re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), content)
    return Entry(
        feed=feed,
        id=id_,
        title=title,
        link=link,
        date=_from_unix(int(date)),
        content=plain,
        outlet=author,
        topics=tuple(categories.split("|")),
    )


class SfeedWithEtags(Sfeed):
    """With the `fetch` that its README recommends."""

    name = "sfeed, ETags"
    polls_before_304 = 1
    functions: ClassVar = """
fetch() {
    etag="$HOME/.sfeed/etag.$(basename "$3")"
    curl -L --max-redirs 0 -H "User-Agent:" -f -s -m 15 --compressed \\
        --etag-save "${etag}" --etag-compare "${etag}" -z "${etag}" "$2" 2>/dev/null
}
"""


class Reader(OpmlClient):
    """A library that keeps what it reads in SQLite. One row for a feed and an id."""

    name = "reader"
    formats = (RSS, ATOM, JSON)
    edits: ClassVar = {"title": "replaced", "coverage": "replaced", "date": "replaced"}

    def __init__(self, home: Path) -> None:
        if sys.version_info < (3, 12):  # and so reader < 3.27, with a feedparser inside that imports it
            need_module("sgmllib", "sgmllib3k")
        self._module = need_module("reader", "reader")
        super().__init__(home)

    def _open(self) -> Any:
        """Anew for each step, as if it were started again."""
        return closing(self._module.make_reader(str(self.home / "reader.db")))

    def subscribe(self, *urls: str) -> None:
        with self._open() as reader:
            for url in urls:
                reader.add_feed(url)

    def import_opml(self, document: bytes) -> None:
        with self._open() as reader, self.file("import.opml", document).open("rb") as file:
            reader.import_feeds(file)

    def subscriptions(self) -> list[str]:
        with self._open() as reader:
            return [feed.url for feed in reader.get_feeds()]

    def poll(self) -> None:
        with self._open() as reader:
            reader.update_feeds(scheduled=False)  # now, although an hour has not passed
            assert [feed.last_exception for feed in reader.get_feeds() if feed.last_exception] == []

    def entries(self) -> list[Entry]:
        with self._open() as reader:
            return [
                Entry(
                    feed=entry.feed_url,
                    id=entry.id,
                    title=entry.title,
                    link=entry.link,
                    date=entry.published,
                    content=entry.get_content(prefer_summary=False).value,
                    outlet=entry.authors[0].name if entry.authors else "",
                )
                for entry in reader.get_entries()
            ]


class Feedparser(OpmlClient):
    """A library that reads one document at a time and keeps nothing, with listparser for OPML."""

    name = "feedparser"
    keeps = frozenset({"outlet", "topics", "media", "related"})
    edits: ClassVar = {"title": "replaced", "coverage": "replaced", "date": "replaced"}

    def __init__(self, home: Path) -> None:
        self._feedparser = need_module("feedparser", "feedparser")
        self._listparser = need_module("listparser", "listparser")
        super().__init__(home)
        self._results: dict[str, Any] = {}

    def subscribe(self, *urls: str) -> None:
        self._results |= {url: {} for url in urls}

    def import_opml(self, document: bytes) -> None:
        found = self._listparser.parse(document.decode())
        assert not found.bozo
        self.subscribe(*(feed.url for feed in found.feeds))

    def subscriptions(self) -> list[str]:
        return list(self._results)

    def poll(self) -> None:
        for url, last in self._results.items():
            found = self._feedparser.parse(url, etag=last.get("etag"), modified=last.get("modified"))
            assert found.bozo == url.endswith(JSON), found.get("bozo_exception")
            if found.status != 304:
                self._results[url] = found

    def entries(self) -> list[Entry]:
        return [
            Entry(
                feed=url,
                id=entry.id,
                title=entry.title,
                link=entry.link,
                date=_from_struct(entry.published_parsed),
                content=entry.content[0].value,
                outlet=entry.get("author_detail", {}).get("name", ""),
                topics=tuple(tag.term for tag in entry.get("tags", ())),
                media="".join(media["url"] for media in entry.get("media_content", ()) if media["medium"] == "image"),
                related=tuple((link.title, link.href) for link in entry.links if link.rel == "related"),
            )
            for url, result in self._results.items()
            for entry in result.get("entries", ())
        ]


class Parser(Client):
    """A library in another language, run by a program that prints a line for each entry."""

    keeps = frozenset({"outlet", "topics"})
    edits: ClassVar = {"title": "replaced", "coverage": "replaced", "date": "replaced"}

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._urls: tuple[str, ...] = ()
        self._entries: list[Entry] = []

    def subscribe(self, *urls: str) -> None:
        self._urls = urls

    def entries(self) -> list[Entry]:
        return self._entries


class Rome(Parser):
    """The library behind CommaFeed and much of what reads feeds in Java. The program fetches, and it only parses."""

    name = "ROME"
    polls_before_304: ClassVar[int | None] = None
    jars: ClassVar = [
        Path(f"/usr/share/java/{name}.jar") for name in ("rome", "rome-utils", "jdom2", "slf4j-api", "slf4j-nop")
    ]

    def __init__(self, home: Path) -> None:
        need_program("javac", "default-jdk-headless")
        if not all(jar.is_file() for jar in self.jars):
            pytest.skip("ROME is not installed: Debian package librome-java")
        super().__init__(home)

    def poll(self) -> None:
        self._entries = [self._entry(url, line) for url in self._urls for line in self.lines(url)]

    def lines(self, url: str) -> list[str]:
        """One for each entry: id, title, link, published, updated, content, outlet, topics."""
        with urlopen(url, timeout=TIMEOUT) as answer:
            document = answer.read().decode()
        path = ":".join(map(str, self.jars))
        command = ("java", "-Dfile.encoding=UTF-8", "-cp", path, READERS / "Rome.java")
        return self.run(*command, text=document).splitlines()[1:] if document.startswith("<") else []

    def _entry(self, url: str, line: str) -> Entry:
        id_, title, link, published, _, content, outlet, topics = line.split("\t")
        date = _from_unix(int(published) // 1000)
        return Entry(
            feed=url,
            id=id_,
            title=title,
            link=link,
            date=date,
            content=content,
            outlet=outlet,
            topics=tuple(topics.split("|")),
        )


class SimplePie(Parser):
    """The library of FreshRSS, WordPress and others. What its cache forgets is asked for without conditions."""

    name = "SimplePie"
    polls_before_304: ClassVar[int | None] = None
    keeps = frozenset({"outlet", "topics", "media"})

    def __init__(self, home: Path) -> None:
        need_program("php", "php-cli, php-curl and php-xml")
        self._library = os.environ.get("SIMPLEPIE", "")
        if not self._library:
            pytest.skip("SIMPLEPIE is not set to the folder of a checkout of github.com/simplepie/simplepie")
        super().__init__(home)
        (home / "cache").mkdir()

    def poll(self) -> None:
        arguments = ("-d", "error_reporting=0", READERS / "simplepie.php", self._library, self.home / "cache")
        self._entries = [self._entry(line) for line in self.run("php", *arguments, *self._urls).splitlines()]

    def _entry(self, line: str) -> Entry:
        url, id_, title, link, published, _, content, outlet, topics, media = line.split("\t")
        return Entry(
            feed=url,
            id=id_,
            title=title,
            link=link,
            date=_from_unix(int(published)),
            content=content,
            outlet=outlet,
            topics=tuple(topics.split("|")),
            media=media,
        )


def _from_unix(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _from_struct(when: struct_time) -> datetime:
    return datetime(*when[:6], tzinfo=UTC)


CLIENTS = (Newsboat, Rss2Email, Sfeed, Reader, Feedparser)
PARSERS = (Rome, SimplePie)
VARIANTS = (Rss2EmailThatReplies, SfeedWithEtags)


def each(*clients: Any) -> pytest.MarkDecorator:
    """Runs a test with each of them."""
    return pytest.mark.parametrize("client", clients, indirect=True, ids=lambda c: getattr(c, "name", None))


def each_format(*clients: type[Client]) -> pytest.MarkDecorator:
    """Runs a test with each of them and each format that it reads."""
    pairs = {f"{client.name}, {name}": (client, name) for client in clients for name in client.formats}
    return pytest.mark.parametrize(("client", "name"), pairs.values(), ids=pairs, indirect=["client"])


@pytest.fixture
def client(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))  # for the libraries, which run in this process: .netrc and the like
    monkeypatch.setenv("no_proxy", "*")
    made = request.param(home)
    assert isinstance(made, Client)
    return made


# Reading -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [RSS, ATOM, JSON])
@each(*CLIENTS, *PARSERS)
def test_a_subscription_shows_the_stories(client: Client, publication: Publication, name: str) -> None:
    """As Story.id, title, …; nothing at all where the reader does not know the format."""
    client.subscribe(publication.url(name))
    client.poll()
    assert publication.server.requests == [(f"/ai/{name}", 200)]
    expected = IN_AI if name in client.formats else {}
    entries = {e.id: e for e in client.entries()}
    assert len(entries) == len(client.entries())
    assert entries.keys() == expected.keys()
    for id_, story in expected.items():
        entry = entries[id_]
        assert _plain(entry.title) == story.title
        assert entry.link == story.id
        assert entry.date == getattr(story, client.shows)
        assert story.excerpt in entry.text
        assert entry.coverage == story.coverage
        assert entry.picture == story.picture


def _plain(text: str) -> str:
    return text.replace(WORD_JOINER, "").replace("\N{FULLWIDTH LESS-THAN SIGN}", "<")


DATA = {
    "outlet": "The Paper",
    "topics": HOSTILE.topics,
    "media": HOSTILE.picture,
    "related": HOSTILE.coverage,
}


@each_format(*CLIENTS, *PARSERS)
def test_what_a_reader_has_as_data(client: Client, publication: Publication, name: str) -> None:
    client.subscribe(publication.url(name))
    client.poll()
    (entry,) = (e for e in client.entries() if e.id == HOSTILE.id)
    related = tuple((_plain(title), url) for title, url in entry.related)
    found = {"outlet": entry.outlet, "topics": entry.topics, "media": entry.media, "related": related}
    assert {field: value for field, value in found.items() if value} == {field: DATA[field] for field in client.keeps}


@each(*CLIENTS, *PARSERS)
def test_a_video_says_that_it_is_one(client: Client, publication: Publication) -> None:
    client.subscribe(publication.url(ATOM))
    client.poll()
    assert [e.id for e in client.entries() if "25 January 2021 · Video" in e.text] == [VIDEO.id]


@each(*CLIENTS)
def test_opml_subscribes_to_each_topic_once(client: OpmlClient, publication: Publication) -> None:
    client.import_opml(publication.opml)
    topics = {topic: publication.url(ATOM, topic.lower()) for topic in ("AI", "Chess")}
    assert sorted(client.subscriptions()) == sorted(topics.values())
    client.poll()
    copies = Counter(e.id for e in client.entries())
    assert copies == {s.id: 1 if client.has_one_row_per_id else len(s.topics) for s in STORIES}
    assert {e.feed for e in client.entries() if e.id == PLAIN.id} == {topics["AI"]}
    assert {e.feed for e in client.entries() if e.id == OTHER.id} == {topics["Chess"]}
    assert {e.feed for e in client.entries() if e.id == HOSTILE.id} <= set(topics.values())


LOOK_ALIKE = ("C++", "C#", "A/B", 'Kids\' "toys" & <more>', "人工智能")


@each(*CLIENTS)
def test_opml_with_topics_whose_names_look_alike(client: OpmlClient, publication: Publication) -> None:
    publication.write(replace(PLAIN, topics=LOOK_ALIKE))
    publication.build()
    client.import_opml(publication.opml)
    assert len(set(client.subscriptions())) == len(client.subscriptions()) == 2 + len(LOOK_ALIKE)
    client.poll()
    assert {e.id for e in client.entries()} == {s.id for s in STORIES}
    assert set(publication.server.statuses()) == {200}


# Polling again -------------------------------------------------------------------------------------------------------


@each(*CLIENTS, *PARSERS, *VARIANTS)
def test_what_has_not_changed_is_not_sent_again(client: Client, publication: Publication) -> None:
    client.subscribe(publication.url(RSS), publication.url(ATOM))
    for _ in range(client.polls_before_304 or 1):
        client.poll()
    before = client.entries()
    publication.server.statuses()
    client.poll()
    assert publication.server.statuses() == [304 if client.polls_before_304 else 200] * 2
    assert _rows(client.entries()) == _rows(before)


def _rows(entries: Iterable[Entry]) -> Counter[tuple[str, ...]]:
    return Counter((e.feed, e.id, e.title, str(e.date), e.content) for e in entries)


# Rebuilding ----------------------------------------------------------------------------------------------------------

EDITED = {
    "title": replace(PLAIN, title="A title without a typo"),
    "coverage": replace(VIDEO, coverage=(*VIDEO.coverage, ("One more", "https://other.example/more"))),
    "date": replace(MOVED, published=at(30), updated=at(30)),  # from the end of the feed to its top
}


@each_format(*CLIENTS, *PARSERS, *VARIANTS)
def test_edits_arrive_and_nothing_comes_twice(client: Client, publication: Publication, name: str) -> None:
    client.subscribe(publication.url(name))
    client.poll()
    before = client.entries()
    publication.write(*EDITED.values(), NEW)
    assert f"ai/{name}" in publication.build(NOW + timedelta(days=1))
    client.poll()
    after = client.entries()
    assert {e.id for e in after} - {e.id for e in before} == {NEW.id}
    assert {field: _outcome(field, before, after) for field in EDITED} == client.edits
    edited = {story.id for story in EDITED.values()}
    assert _rows(e for e in after if e.id not in {*edited, NEW.id}) == _rows(e for e in before if e.id not in edited)
    assert [_plain(e.title) for e in after if e.id == NEW.id] == [NEW.title]

    assert publication.build(NOW + timedelta(days=2)) == ()  # a night without news
    client.poll()
    assert _rows(client.entries()) == _rows(after)


def _outcome(field: str, before: Iterable[Entry], after: Iterable[Entry]) -> Outcome | list[Any]:
    """What became of the one story whose `field` was edited; what is there now, if it is none of the three."""
    story = EDITED[field]
    old, now = ([getattr(e, field) for e in entries if e.id == story.id] for entries in (before, after))
    new = [getattr(story, "published" if field == "date" else field)]
    outcomes: tuple[tuple[list[Any], Outcome], ...] = (
        (sorted(old), "kept"),
        (sorted(new), "replaced"),
        (sorted(old + new), "added"),
    )
    return next((outcome for rows, outcome in outcomes if rows == sorted(now)), now)


@each(*CLIENTS)
def test_a_story_that_joins_another_topic(client: OpmlClient, publication: Publication) -> None:
    """It is new in that topic's feed, unless the reader knows its id from another one."""
    client.import_opml(publication.opml)
    client.poll()
    before = client.entries()
    publication.write(replace(PLAIN, topics=("Chess", "AI")))
    publication.build(NOW + timedelta(days=1))
    client.poll()
    assert len(client.entries()) - len(before) == (0 if client.has_one_row_per_id else 1)
    assert {e.id for e in client.entries()} == {e.id for e in before}


# Issues --------------------------------------------------------------------------------------------------------------

EDITORIAL = """\
---
subject: 'A week of *|FNAME|* bans: 1 < 2 & "AT&T"'
preheader: And what Minneapolis decided.
---
Good morning, *|FNAME|*! *Who* may look at [whom](https://other.example/whom?a=1&b=2)?
"""
SUBJECT = 'A week of bans: 1 < 2 & "AT&T"'
NOTE = "Good morning! Who may look at whom?"


@each_format(*CLIENTS, *PARSERS)
def test_the_feed_of_issues_has_each_issue_once(client: Client, publication: Publication, name: str) -> None:
    file = publication.root / "issues/ai/2021-W04.md"
    file.parent.mkdir(parents=True)
    file.write_text(EDITORIAL, encoding="utf-8")
    tool = '[mailing]\ntool = "mailchimp"\nsender_name = "Us"\nsender_address = "us@news.example"\n'
    (publication.root / "feeds.toml").write_text(f'title = "Test"\n{tool}', encoding="utf-8")
    publication.build()
    client.subscribe(publication.url(name, "ai/issues"))
    client.poll()
    addresses = [publication.url(f"2021-W{week:02}/", "ai/issues") for week in (3, 4, 5)]
    first = {entry.id: entry for entry in client.entries()}
    assert sorted(first) == addresses[:2] and len(client.entries()) == 2  # noqa: PT018
    newest = first[addresses[1]]
    assert (_plain(newest.title), newest.link, newest.date) == (SUBJECT, newest.id, datetime(2021, 2, 1, tzinfo=UTC))
    assert NOTE in newest.text
    for story in (HOSTILE, VIDEO):
        assert story.id in newest.content
        assert set(story.coverage) <= set(newest.coverage)
    assert "FNAME" not in newest.content

    publication.write(NEW)  # late for the issue that has closed, and so in the next one
    publication.build(NOW + timedelta(days=1))
    client.poll()
    assert _rows(client.entries()) == _rows(first.values())
    publication.build(NOW + timedelta(days=7))
    client.poll()
    assert sorted(entry.id for entry in client.entries()) == addresses
    assert _rows(e for e in client.entries() if e.id in first) == _rows(first.values())


# Particular readers --------------------------------------------------------------------------------------------------


@each(Rss2EmailThatReplies)
def test_an_edit_is_a_reply_to_the_first_mail(client: Rss2Email, publication: Publication) -> None:
    client.subscribe(publication.url(ATOM))
    client.poll()
    (first,) = (mail for mail in client.mails() if mail["X-RSS-ID"] == VIDEO.id)
    publication.write(EDITED["coverage"])
    publication.build(NOW + timedelta(days=1))
    client.poll()
    (reply,) = (mail for mail in client.mails() if mail["In-Reply-To"])
    assert reply["In-Reply-To"] == first["Message-ID"]
    assert "https://other.example/more" in reply.get_content()


@pytest.mark.parametrize("name", [RSS, ATOM])
@each(Rss2EmailAsText)
def test_a_mail_of_plain_text_has_the_coverage(client: Rss2Email, publication: Publication, name: str) -> None:
    client.subscribe(publication.url(name))
    client.poll()
    (text,) = (mail.get_content() for mail in client.mails() if mail["X-RSS-ID"] == HOSTILE.id)
    assert "The Paper · 26 January 2021" in text
    assert [url for _, url in HOSTILE.coverage if url not in text] == []


@pytest.mark.parametrize("name", [RSS, ATOM])
@each(Newsboat)
def test_the_feed_leads_to_the_topic_s_page(client: Newsboat, publication: Publication, name: str) -> None:
    client.subscribe(publication.url(name))
    client.poll()
    assert client.rows("SELECT url, title FROM rss_feed") == [(publication.url(""), "Test: AI")]


# Dates ---------------------------------------------------------------------------------------------------------------

LAST_SECOND = datetime(2021, 1, 28, 23, 59, 59, tzinfo=UTC)
SAME_SECOND = tuple(
    replace(PLAIN, name=f"same-{number}", published=LAST_SECOND, updated=LAST_SECOND) for number in range(40)
)


@each_format(*CLIENTS, *PARSERS)
def test_stories_of_one_second_keep_their_day(client: Client, publication: Publication, name: str) -> None:
    publication.write(*SAME_SECOND)
    publication.build()
    client.subscribe(publication.url(name))
    client.poll()
    dates = {entry.id: entry.date.replace(microsecond=0) for entry in client.entries()}
    assert {story.id: dates[story.id] for story in SAME_SECOND} == {story.id: LAST_SECOND for story in SAME_SECOND}


@pytest.mark.parametrize("name", [ATOM])
@each(Rome)
def test_an_edit_has_the_right_day_in_java(client: Rome, publication: Publication, name: str) -> None:
    """Nine digits of a fraction were eleven days to it."""
    publication.write(*SAME_SECOND)
    publication.build()
    updated = [int(line.split("\t")[4]) / 1000 for line in client.lines(publication.url(name))]
    stories = {*IN_AI.values(), *SAME_SECOND}
    assert sorted(map(int, updated)) == sorted(int(story.updated.timestamp()) for story in stories)


def strict_date(text: str) -> datetime:
    """Return an RFC 3339 date as QuiteRSS reads it: the digits of a fraction are milliseconds, one or three of them."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d|\d{3}))?Z", text)
    assert match, f"{text} has another number of digits, or no time zone"
    return datetime.fromisoformat(f"{match[1]}+00:00") + timedelta(milliseconds=int(match[2] or 0))


DATED = re.compile(r"<(?:\w+:)?(published|updated)>([^<]+)|\"date_(published|modified)\":\"([^\"]+)")


@pytest.mark.parametrize("name", [RSS, ATOM, JSON])
def test_a_strict_reader_takes_every_date(publication: Publication, name: str) -> None:
    publication.write(*SAME_SECOND)
    publication.build()
    document = (publication.root / "out/ai" / name).read_text(encoding="utf-8")
    dates = [strict_date(match[2] or match[4]) for match in DATED.finditer(document)]
    stories = (*IN_AI.values(), *SAME_SECOND)
    assert {date.replace(microsecond=0) for date in dates} >= {story.updated for story in stories}
