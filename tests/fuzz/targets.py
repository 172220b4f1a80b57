"""What is fuzzed: each target takes any bytes, and raises when something is not as it must always be."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from msgspec.structs import replace

from feeds.config.load import Config, load_config
from feeds.config.look import DigestLook, SenderOptions
from feeds.config.mailing_tools import PROFILES
from feeds.config.options import Defaults, Limits
from feeds.items import yaml_reader
from feeds.items.front_matter import Document
from feeds.items.plain_yaml import plain_mapping
from feeds.items.scraped import plain, unshout
from feeds.items.validate import validate
from feeds.model import Article, Edition, Item, Period, Site, Story, Topic
from feeds.pipeline import build
from feeds.problems import Problem
from feeds.renderers.digest import render as digest
from feeds.renderers.digest.tags import neutralise, neutralise_url, unfilled
from feeds.renderers.syndication.entry import literal
from feeds.text import fold, one_line, truncate, wrap
from feeds.urls import canonical_url, is_slug, safe_url, slug, strip_tracking
from support.examples import read_document
from support.harmless import harms, harms_of

NOW = datetime(2021, 2, 1, 6, tzinfo=UTC)
SEPARATOR = b"\n=====\n"
"""Between the documents of one input, and between the texts of another."""

_LIMITS = Limits()
_UNCLEAN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
_URL = re.compile(r"https?://[!#$&-;=?-Z\[\]_a-z~%]+")


class FlawError(AssertionError):
    """Something is not as it must always be."""


def demand(holds: object, what: str) -> None:
    if not holds:
        raise FlawError(what)


# ---- targets


def urls(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    demand(is_slug(slug(text)), f"slug {slug(text)!r}")
    try:
        url = safe_url(text)
    except ValueError as error:
        demand(str(error), "a reason")
        return
    _check_url(url)
    if len(url) > 4096:  # as it does when much of it had to be encoded
        return
    demand(safe_url(url) == url, f"safe_url again makes {safe_url(url)!r} of {url!r}")
    _check_url(strip_tracking(url))
    demand(canonical_url(strip_tracking(url)) == canonical_url(url), "tracking counts in the id")
    name = canonical_url(url)
    _check_url(name)
    demand(name.startswith("https://"), f"id {name!r}")
    demand(safe_url(name) == name, f"the id {name!r} is no safe URL")
    # Nothing is named twice; of www.www. and of an AMP page's AMP page one is taken away each time.
    demand(
        "amp" in name or name.startswith("https://www.") or canonical_url(name) == name,
        f"canonical again makes {canonical_url(name)!r} of {name!r}",
    )
    demand(unfilled(neutralise_url(url), PROFILES["none"]) == (), f"a tag in {neutralise_url(url)!r}")


def text(data: bytes) -> None:
    limit, text = (data[0] if data else 0), data.decode("utf-8", "surrogateescape")
    clean = plain(text)
    _check_text(clean)
    _check_text(literal(clean))
    _check_text(one_line(text))
    short = truncate(clean, limit)
    demand(len(short) <= max(limit, 0), "truncate")
    demand(short == clean or short.endswith("…") or limit == 0, "an ellipsis")
    _check_text(unshout(clean, text if not _UNCLEAN.search(text) else clean))
    fold(clean)
    demand(wrap(clean, " " * (limit % 20)).split() == clean.replace("\xa0", " ").split() or _has_long(clean), "wrap")
    demand(unfilled(neutralise(clean), PROFILES["none"]) == (), "a tag in text")


def front_matter(data: bytes) -> None:
    path = _folder() / ("x.yml" if data[:1] == b"#" else "x.md")
    path.write_bytes(data)
    document, problems = read_document(path, path.name)
    text = data.decode(errors="replace")
    mapping = plain_mapping(text, _LIMITS)
    demand(mapping is None or mapping == yaml_reader.parse(text, _LIMITS).data, "PyYAML reads it differently")
    if document:
        item, more = validate(document, Defaults(published=True, quality=60))
        problems += more
        if item:
            _check_item(item)
    _check_problems(problems, data.count(b"\n") + data.count(b"\r") + 1)


def digests(data: bytes) -> None:
    stories = tuple(Story(item, item.related) for item in _items(data))
    if not stories:
        return
    edition = replace(_EDITION, stories=stories)
    tool = PROFILES[sorted(PROFILES)[len(data) % len(PROFILES)]]
    if tool.name not in ("none", "mailchimp"):
        tool = PROFILES["none"]
    made = digest.render(edition, _STYLE, tool)
    name = "digest" if tool.name == "none" else "x"  # harms_of knows no other tool
    for kind, content in (("html", made.html.encode()), ("txt", made.text.encode()), ("eml", made.eml)):
        _check_harmless(list(harms_of(f"{name}.{kind}", content)))
    demand(len(made.subject) <= 78, f"subject {made.subject!r}")


def whole_build(data: bytes) -> None:
    """Build documents that each begin with a line that is the name of the file."""
    root = _folder() / "site"
    seeds = root / "seeds"
    seeds.mkdir(parents=True)
    try:
        for number, document in enumerate(data.split(SEPARATOR)[:8]):
            name, _, content = document.partition(b"\n")
            (seeds / _file_name(number, name)).write_bytes(content)
        (seeds / "good.md").write_bytes(_GOOD)
        report = build(_config(root), NOW)
        demand(not report.mistakes, f"mistakes {report.mistakes}")
        _check_problems(report.problems, 10**9)
        _check_harmless(harms(root / "out"))
        demand(b"The good one" in (root / "out/all/atom.xml").read_bytes(), "the good document is in the feed of all")
    finally:
        shutil.rmtree(root)


def _file_name(number: int, name: bytes) -> str:
    """Return a name that a file of this system can have: a number, because some names are equal, and a suffix."""
    if os.name == "nt":
        return f"{number}.md"
    return os.fsdecode(b"%d%b.md" % (number, name[:200].replace(b"/", b"").replace(b"\0", b"")))


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "urls": urls,
    "text": text,
    "front_matter": front_matter,
    "digest": digests,
    "build": whole_build,
}


# ---- what must always be so


def _check_url(url: str) -> None:
    demand(_URL.fullmatch(url), f"URL {url!r}")


def _check_text(text: str) -> None:
    demand(not _UNCLEAN.search(text), f"text {text!r}")
    demand(text == " ".join(text.split()), f"spaces {text!r}")
    text.encode()


def _has_long(text: str) -> bool:
    """Words that do not fit into a line are cut."""
    return any(len(word) > 20 for word in text.split())


def _check_problems(problems: tuple[Problem, ...], lines: int) -> None:
    for problem in problems:
        demand(1 <= problem.line <= lines, f"line {problem.line} of {lines}")
        demand(problem.code and len(problem.message) < 500, f"message {problem.message!r}")
        demand(not _UNCLEAN.search(problem.message), f"message {problem.message!r}")


def _check_article(article: Article) -> None:
    for url in (article.id, article.url, *(i.url for i in article.images), article.provider.url or article.url):
        _check_url(url)
    for text in (article.title, article.excerpt, article.provider.name, *(i.title for i in article.images)):
        _check_text(text)
    demand(0 < len(article.title) <= _LIMITS.title_length, "length of the title")
    demand(len(article.excerpt) <= _LIMITS.excerpt_length, "length of the excerpt")
    demand(0 <= article.quality <= 1000, "quality")


def _check_item(item: Item) -> None:
    for article in (item, *item.related):
        _check_article(article)
    for topic in item.topics:
        _check_text(topic)
        demand(is_slug(slug(topic)), f"topic {topic!r}")
    demand(1990 <= item.published.year <= 9000, "year")
    demand(len(item.topics) <= _LIMITS.topics and len(item.related) <= _LIMITS.related, "limits")


def _check_harmless(found: list[str]) -> None:
    demand(not found, "; ".join(found[:3]))


# ---- what they are made with


_GOOD = b"""---
title: The good one
webUrl: https://good.example/one
date: 2021-01-26T17:45:00Z
published: true
quality: 60
topics: [AI]
---
"""


@lru_cache(maxsize=1)
def _temporary() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory()


def _folder() -> Path:
    """In memory where that is possible; removed at the end."""
    return Path(_temporary().name)


@lru_cache(maxsize=1)
def _config(root: Path) -> Config:
    (root / "feeds.toml").write_text('base_url = "https://news.example/"\nfeed.all = true\n', encoding="utf-8")
    return load_config(start=root)


_STYLE = DigestLook(sender=SenderOptions(sender_address="a@news.example", list_unsubscribe="leave@news.example"))
_EDITION = Edition(
    site=Site(title="News", base_url="https://news.example/"),
    topic=Topic(name="AI", slug="ai", title="News: AI", label="AI", description="About AI"),
    stories=(),
    directory="ai/issues/2021-W04",
    period=Period("2021-W04", datetime(2021, 1, 25, tzinfo=UTC), datetime(2021, 2, 1, tzinfo=UTC)),
)
_FIELDS = ("title", "excerpt", "name", "alt", "url", "language")


def _items(data: bytes) -> list[Item]:
    """Of texts between separators: the first article's fields, then the next one's."""
    texts = [part.decode("utf-8", "replace") for part in data.split(SEPARATOR)][:24]
    items = []
    for number in range(0, len(texts), len(_FIELDS)):
        given = dict(zip(_FIELDS, texts[number:], strict=False))
        url = f"https://paper.example/{number}"
        fields: dict[str, object] = {
            "title": given.get("title"),
            "excerpt": given.get("excerpt"),
            "webUrl": given.get("url"),
            "originalUrl": url,
            "date": "2021-01-26T17:45:00Z",
            "language": given.get("language"),
            "provider": {"name": given.get("name")},
            "images": [{"url": url, "title": given.get("alt"), "width": "1200", "height": "630"}],
            "related": [{"title": text, "webUrl": f"{url}/{n}"} for n, text in enumerate(texts)],
        }
        item, _ = validate(Document("x.md", fields, lambda where: 1), Defaults())
        items += [item] if item else []
    return items
