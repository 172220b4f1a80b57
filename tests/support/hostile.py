"""Sources that mean harm: small ones are files, what is big is made here. As a program it builds each of them alone.

`python -m support.hostile FOLDER [CASE]…` writes `FOLDER/CASE/` for each and prints one JSON object by case: how long
the build took in a process of its own, how much memory it had, and what it said.
"""

import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.places import TESTS

NOW = datetime(2021, 2, 1, 6, tzinfo=UTC)
CORPUS = TESTS / "documents" / "hostile"
GOOD = b"""---
title: A good item
webUrl: https://good.example/item
publishedDateTime: 2021-01-26T17:45:00Z
published: true
quality: 60
topics: [AI]
---
"""
_HEAD = GOOD.removesuffix(b"---\n").replace(b"good.example", b"paper.example").replace(b"A good item", b"A headline")
_MB = 1_000_000


def document(more: bytes, name: str = "") -> bytes:
    return _HEAD.replace(b"/item", f"/{name or 'item'}".encode()) + more + b"\n---\n"


def _long(field: bytes, text: bytes, size: int = _MB) -> bytes:
    long = b'%b: "%b"' % (field, text * (size // len(text)))
    return document(long).replace(b"title: A headline\n", b"" if field == b"title" else b"title: A headline\n", 1)


def _related(entry: bytes, count: int) -> bytes:
    return document(b"related:\n" + b"".join(entry.replace(b"#", b"%d" % n) + b"\n" for n in range(count)))


def _aliased(text: bytes) -> bytes:
    """The same markup as title and excerpt of as many entries as its aliases may stand for."""
    entry = b"- { title: *m, excerpt: *m, webUrl: https://other.example/# }"
    return (
        document(b'x: &m "%b"\nrelated:\n' % (text * (20_000 // len(text))))[:-5]
        + b"".join(entry.replace(b"#", b"%d" % n) + b"\n" for n in range(50))
        + b"---\n"
    )


def _toml(more: bytes) -> bytes:
    """An item of Hugo's, with what is usual in one, and more."""
    head = b'title = "x"\nwebUrl = "https://toml.example/"\ndate = 2021-01-26\npublished = true\ntopics = ["AI"]\n'
    return b"+++\n" + head + more + b"\n+++\n"


_BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"\n".join(
    b"a%d: &a%d [%b]" % (n, n, b", ".join([b"*a%d" % (n - 1) if n > 1 else b"*a"] * 9)) for n in range(1, 30)
)

GENERATED: Mapping[str, Callable[[], bytes | list[bytes]]] = {
    # size
    "50 MB": lambda: document(b"x: y\n" * 10 * _MB),
    "50 MB in one line": lambda: b"---\ntitle: " + b"x" * 50 * _MB,
    "50 MB of dashes": lambda: b"---\n" * 12 * _MB,
    "50 MB of text below": lambda: GOOD + b"text " * 10 * _MB,
    "50 MB of carriage returns": lambda: b"---\r\n" * 10 * _MB,
    "1 MB title": lambda: _long(b"title", b"word "),
    "1 MB title in one word": lambda: _long(b"title", b"x"),
    "1 MB title in capitals": lambda: _long(b"title", b"WORDS "),
    "1 MB title of accents": lambda: _long(b"title", "x\u0301\u0301\u0301".encode()),
    "1 MB title of joined emoji": lambda: _long(b"title", "👨\u200d".encode()),
    "1 MB title of flags": lambda: _long(b"title", "🇦".encode()),
    "1 MB title of spaces": lambda: _long(b"title", b" "),
    "1 MB excerpt": lambda: _long(b"excerpt", "An excerpt. 人工 العربية ".encode()),
    "1 MB excerpt of references": lambda: _long(b"excerpt", b"&amp;"),
    "1 MB reference": lambda: _long(b"excerpt", b"&#" + b"9" * _MB, 1),
    "1 MB reference of zeros": lambda: _long(b"excerpt", b"&#" + b"0" * 900_000 + b"65;", 1),
    "1 MB of ampersands": lambda: _long(b"excerpt", b"&"),
    "1 MB of tags": lambda: _long(b"excerpt", b"<div>"),
    "1 MB of surrogates": lambda: _long(b"excerpt", rb"\ud800"),
    "1 MB number": lambda: document(b"heat: " + b"9" * _MB),
    "1 MB date": lambda: document(b"date: 2021-01-26" + b" " * _MB + b"x")[:-4].replace(b"published", b"x") + b"---\n",
    "1 MB URL": lambda: document(b"originalUrl: https://paper.example/" + b"%" * _MB),
    "1 MB key": lambda: document(b"x" * _MB + b": y"),
    "1 MB topic": lambda: document(b"topics: [AI, " + b"x" * _MB + b"]"),
    "1 MB of comments": lambda: document(b"#\n" * (_MB // 2)),
    "twenty 1 MB documents": lambda: [document(b'excerpt: "%b"' % (b"word " * 200_000), f"n{n}") for n in range(20)],
    # depth
    "10,000 lists": lambda: document(b"x: " + b"[" * 10_000 + b"]" * 10_000),
    "10,000 mappings": lambda: document(b"x: " + b"{x: " * 10_000 + b"}" * 10_000),
    "10,000 lists in blocks": lambda: document(b"x:\n" + b"- " * 10_000),
    "10,000 keys": lambda: document(b"? " * 10_000),
    "25,000 brackets": lambda: document(b"x: " + b"[" * 25_000),
    "25,000 brackets that are secured": lambda: document(b"secured: " + b"[" * 25_000),
    "100,000 mappings that are secured": lambda: document(b"secured: " + b"{x: " * 100_000),
    "100,000 lists in blocks that are secured": lambda: document(b"secured:\n" + b"- " * 100_000),
    # number
    "a million related entries": lambda: _related(b"- {title: x, webUrl: 'https://x.example/#'}", _MB),
    "20,000 related entries": lambda: _related(b"- {title: x, webUrl: 'https://x.example/#'}", 20_000),
    "90,000 related entries that are none": lambda: _related(b"- x", 90_000),
    "15,000 bad related entries": lambda: _related(b"- {title: [], webUrl: [], quality: x, date: x}", 15_000),
    "500 related entries of 100 images": lambda: document(
        b"x: &i [" + b"'https://x.example/1.jpg'," * 100 + b"]\nrelated:\n"
        b"" + b"".join(b"- {title: x, webUrl: 'https://x.example/%d', images: *i}\n" % n for n in range(400))
    ),
    "5,000 topics": lambda: document(b"topics: [" + b", ".join(b"t%d" % n for n in range(5000)) + b"]"),
    "40,000 images": lambda: document(b"images: [" + b", ".join([b"'https://x.example/'"] * 40_000) + b"]"),
    "100,000 keys": lambda: document(b"".join(b"k%d: x\n" % n for n in range(80_000))),
    "90,000 duplicate keys": lambda: document(b"x: y\n" * 90_000),
    "50,000 anchors": lambda: document(b"".join(b"k%d: &a%d x\n" % (n, n) for n in range(50_000))),
    "50,000 colons": lambda: document(b"a:" * 50_000),
    "100,000 escapes": lambda: document(b"x: " + b'"\\x41' * 100_000),
    # aliases
    "1 MB of directives": lambda: b"".join(b"%%TAG !a%d! b\n" % n for n in range(60_000)) + GOOD[:-4],
    "1 MB of directives below": lambda: (
        GOOD[4:-4] + b"...\n\n" + b"".join(b"%%TAG !%d! b\n" % n for n in range(60_000))
    ),
    "billion laughs": lambda: document(_BOMB),
    "quadratic aliases": lambda: document(b'x: &a "%b"\ny: [%b]' % (b"x" * 500_000, b"*a," * 100_000)),
    "merged bombs": lambda: document(
        b"b: &b {%b}\nc: [%b]" % (b",".join(b"k%d: 1" % n for n in range(1000)), b"{<<: [*b,*b,*b,*b]}," * 10_000)
    ),
    "merged blanks": lambda: document(
        b"b: &b {%b}\nc: {<<: [%b]}" % (b",".join(b"k%d: " % n for n in range(30_000)), b"*b," * 30)
    ),
    "merged in a chain": lambda: document(
        b"a0: &a0 {x: y}\n" + b"".join(b"a%d: &a%d {<<: [*a%d, *a%d]}\n" % (n, n, n - 1, n - 1) for n in range(1, 40))
    ),
    "nested tags by alias": lambda: _aliased(b"<b><i><nobr><font><p>"),
    "open tags by alias": lambda: _aliased(b"<a "),
    "nested lists by alias": lambda: _aliased(b"<ul>"),
    "nested annotations by alias": lambda: _aliased(b"<rp>"),
    "tables by alias": lambda: _aliased(b"<div><table>"),
    # addresses
    "500 hosts to encode": lambda: document(
        b"u: &u https://" + "٠".encode() * 3900 + b"/\nrelated:\n" + b"- {title: x, webUrl: *u}\n" * 450
    ),
    "240 paths to shorten": lambda: _related(
        b"- {title: x, webUrl: 'https://x.example/#/" + b"../" * 1300 + b"'}", 240
    ),
    # TOML
    "5,000 digits in TOML": lambda: _toml(b"quality = " + b"9" * 5000),
    "5,000 hexadecimal digits in TOML": lambda: _toml(b"quality = 0x" + b"f" * 5000),
    "49,000 dots in a key of TOML": lambda: _toml(b"a" + b".a" * 49_000 + b" = 1"),
    "90,000 lines in a text of TOML": lambda: _toml(b'type = \'x\'\nx = """' + b"\n" * 90_000 + b'"""'),
    "1,900 bad related entries in TOML": lambda: _toml(
        b"related = [" + b"{title='', webUrl=1, quality='x', date=1}," * 1900 + b"]"
    ),
    # many documents
    "600 items of one story": lambda: [document(b"", "same") for _ in range(600)],
    "100 items that cover each other": lambda: [
        _related(b"- {title: x, webUrl: 'https://paper.example/n#'}", 100).replace(b"/item", b"/n%d" % n, 1)
        for n in range(100)
    ],
}


def sources(case: str) -> list[bytes | Path]:
    if case not in GENERATED:
        return [CORPUS / case]
    made = GENERATED[case]()
    return list(made) if isinstance(made, list) else [made]


def write(folder: Path, case: str) -> None:
    """The sources of a case and a good item beside them."""
    seeds = folder / "seeds"
    seeds.mkdir(parents=True)
    (seeds / "good.md").write_bytes(GOOD)
    for number, content in enumerate(sources(case)):
        if isinstance(content, Path):
            (seeds / content.name).write_bytes(content.read_bytes())
        else:
            suffix = "md" if content.startswith((b"---", b"+++")) else "yml"
            (seeds / f"x{number}.{suffix}").write_bytes(content)
    (folder / "feeds.toml").write_text('title = "Test"\nbase_url = "https://news.example/"\n', encoding="utf-8")


def measure(folder: Path, case: str) -> dict[str, Any]:
    """A build in a process of its own that may neither take much memory nor run for long."""
    write(folder, case)
    result = folder / "result.json"
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
        result.write_text(json.dumps(_build(folder)), encoding="utf-8")
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    said = json.loads(result.read_text("utf-8")) if result.exists() else {"error": f"status {status}"}
    return {"megabytes": usage.ru_maxrss / 1024, **said}


def _build(folder: Path) -> dict[str, Any]:
    from feeds import build, load_config

    started = time.process_time()
    try:
        report = build(load_config(start=folder), NOW)
    except BaseException:
        return {"error": traceback.format_exc()}
    return {
        "seconds": time.process_time() - started,
        "problems": [[Path(p.path).name, p.line, p.severity, p.code, p.message] for p in report.problems],
    }


def _warm_up(folder: Path) -> None:
    """What a process loads once is no matter of a document."""
    (folder / "seeds").mkdir(parents=True)
    (folder / "seeds" / "good.md").write_bytes(GOOD.replace(b"A good", b"<b>A good"))
    sys.stderr.write(_build(folder).get("error", ""))


def main(folder: Path, *cases: str) -> None:
    _warm_up(folder / "warm")
    names = cases or [*GENERATED, *sorted(p.name for p in CORPUS.iterdir())]
    measured = {case: measure(folder / str(n), case) | {"folder": str(n)} for n, case in enumerate(names)}
    sys.stdout.write(json.dumps(measured))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
