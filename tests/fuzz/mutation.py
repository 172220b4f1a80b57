"""Inputs for the fuzzers: test documents, changed at random, with what is known to be trouble put in."""

from functools import lru_cache
from itertools import cycle
from pathlib import Path
from random import Random

from fuzz.targets import SEPARATOR

_TESTS = Path(__file__).parent.parent
_MOST = 8192
"""Bytes of an input: what is longer has its own tests."""

TROUBLE: tuple[bytes, ...] = tuple(
    token if isinstance(token, bytes) else token.encode("utf-8", "surrogatepass")
    for token in (
        # markup
        *("<script>", "</script>", "<b>", "</", "<!--", "-->"),
        *("<![CDATA[", "]]>", "<?xml", "&lt;", "&amp;", "&#0;"),
        *("&#x202e;", "&#55296;", "&quot;", "&colon;", '"'),
        *("'", "`", "<a href=javascript:x>", "<img onerror=x ", "<"),
        *("</title>", "<svg/onload=x>", "&#99999999999;", "&"),
        *(">", "style=", " onclick=", "<o:p>", "<svg><style>"),
        # tags of tools
        *(
            "{{ x }}",
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "*|UNSUB|*",
            "*|",
            "|*",
            "[[",
            "]]",
            "%%",
            "<%",
            "{$",
            "%DATE%",
            "${",
        ),
        *("{lead}", "{0.__class__}", "%s", "{", "}", "%", "[", "*", "|", "\u2060"),
        # characters
        *("\0", "\r\n", "\r", "\n", "\t", "\x1b[31m"),
        *("\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\u2069", "\ufeff"),
        *(
            "\u200b",
            "\u200d",
            "\u00ad",
            "\ufffe",
            "\U0001f468\u200d\U0001f469",
            "\ud800",
            "\udc00",
            "é",
            "e\u0301",
            "ſ",
        ),
        *("\u0130", "K", "ß", "ﬁ", "人工智能", "العربية"),
        *("\u0345", "\u1e9e", "…", "\u3000", "\U000e0041", "\u034f"),
        *(b"\xff", b"\xc2", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xfe\xff"),
        # YAML
        *(
            "---\n",
            "...\n",
            "- ",
            "? ",
            ": ",
            "&a ",
            "*a",
            "<<: ",
            "!!python/name:x ",
            "!!binary ",
            "!",
            "|\n",
            ">-\n",
            "# ",
        ),
        *(
            "[",
            "]",
            "{",
            "}",
            ",",
            "%YAML 1.1\n",
            "\\ud800",
            "\\x00",
            "\\",
            "~",
            "null",
            ".nan",
            ".inf",
            "secured: hunter2",
        ),
        # TOML
        *("+++\n", " = ", '"""', "'''", "[[related]]\n", "0x", "9" * 5000, "a.a.a.a.", "1e400"),
        *(
            "title: ",
            "webUrl: ",
            "related:\n",
            "topics: ",
            "images:\n  - ",
            "quality: ",
            "provider: ",
            "date: ",
            "excerpt: ",
        ),
        *("publishedDateTime: 2021-01-26T17:45:00Z\n", "published: true\n"),
        *("language: ", "heat: ", "type: video\n"),
        # addresses, dates, numbers
        *(
            "https://",
            "http:",
            "//",
            "javascript:",
            "data:",
            "@",
            "user:pw@",
            ":99999",
            "[::1]",
            "[::1%25x]",
            "xn--",
            "..",
            "/",
        ),
        *(
            "www.",
            "amp.",
            "/amp",
            ".amp.html",
            "?utm_source=x",
            "&amp=1",
            "#",
            "?",
            "%2e%2e",
            "%00",
            "%C3%A9",
            "%c3",
            ";",
        ),
        *(
            "www.google.com/amp/s/",
            "x.cdn.ampproject.org/c/s/",
            "outputType=amp",
            "。",
            "．",
            "①",
            "\\",
            "con",
            "nul.txt",
        ),
        *(
            "9999-12-31",
            "0000-00-00",
            "2021-02-29",
            "T24:00:00",
            "+99:99",
            "-1",
            "9" * 30,
            "1e400",
            "0x7f",
            "٣",
            "true",
        ),
        *(
            "topics: ['*', Weekly, IndexNow, CON, '../x', manifest.json]\n",
            "topics:\n  - all\n  - ai\n  - AI\n",
            "categories: [AI, feeds.opml]\n",
        ),
        "X" * 300,
        "x " * 200,
        "\nBcc: x@y.example",
        "=?utf-8?Q?=0D=0A?=",
        SEPARATOR,
    )
)

_SAMPLES: dict[str, tuple[bytes, ...]] = {
    "urls": tuple(
        url.encode()
        for url in (
            "https://paper.example/a/b.html?x=1&utm_source=y#z",
            "http://www.Paper.example:80/%7Euser/../x/./y/",
            "https://www.google.com/amp/s/paper.example/x.amp.html",
            "https://paper-example.cdn.ampproject.org/c/s/paper.example/x/amp/",
            "https://bücher.example/straße?q=ä&amp=1",
            "https://[2001:db8::1]:8443/x?a=b;c=d",
            "https://user:pw@paper.example/",
            "javascript:alert(1)",
            "C++ & Ärzte/人工智能",
        )
    ),
    "text": tuple(
        text.encode()
        for text in (
            "‘Ban The Scan’ campaign targets <b>facial</b> recognition &amp; more",
            "BREAKING NEWS: NASA LAUNCHES iPhone don't",
            "<p>One</p><p>two <a href='https://x.example/'>three</a></p> 1 < 2 &#8217;",
            "人工智能 と العربية mixed 👨\u200d👩\u200d👧 text that goes on, longer than one line of a mail",
        )
    ),
}

_NAMES = (b"item", b"caf\xe9", b"-n", "two\u2028".encode(), "\u202egnp".encode(), b"::error ::x", b"con", b"{x}")
"""Of documents in whole builds."""


@lru_cache(maxsize=8)
def corpus(target: str) -> tuple[bytes, ...]:
    """What inputs of a target are made of."""
    documents = tuple(
        path.read_bytes()[:_MOST]
        for folder in ("hostile", "valid", "invalid")
        for path in sorted((_TESTS / "documents" / folder).iterdir())
    )
    if target in _SAMPLES:
        return _SAMPLES[target]
    if target == "digest":
        return tuple(SEPARATOR.join(_SAMPLES["text"] + _SAMPLES["urls"][:n]) for n in range(5))
    if target == "build":
        named = [b"%b\n%b" % (name, document) for name, document in zip(cycle(_NAMES), documents, strict=False)]
        return tuple(SEPARATOR.join(named[n : n + 3]) for n in range(len(named)))
    return documents


def mutated(random: Random, seeds: tuple[bytes, ...]) -> bytes:
    """One of the seeds, changed in a few places."""
    data = bytearray(random.choice(seeds))
    for _ in range(random.choice((1, 1, 2, 3, 5, 8))):
        random.choice(_CHANGES)(random, data, seeds)
    return bytes(data[:_MOST])


def _insert(random: Random, data: bytearray, seeds: tuple[bytes, ...]) -> None:
    at = random.randint(0, len(data))
    data[at:at] = random.choice(TROUBLE)


def _insert_many(random: Random, data: bytearray, seeds: tuple[bytes, ...]) -> None:
    at = random.randint(0, len(data))
    data[at:at] = (random.choice(TROUBLE) * random.choice((2, 10, 60)))[:2000]


def _replace(random: Random, data: bytearray, seeds: tuple[bytes, ...]) -> None:
    start, end = _span(random, data)
    data[start:end] = random.choice(TROUBLE)


def _delete(random: Random, data: bytearray, seeds: tuple[bytes, ...]) -> None:
    start, end = _span(random, data)
    del data[start:end]


def _repeat(random: Random, data: bytearray, seeds: tuple[bytes, ...]) -> None:
    start, end = _span(random, data)
    data[end:end] = (data[start:end] * random.choice((1, 2, 20)))[:2000]


def _splice(random: Random, data: bytearray, seeds: tuple[bytes, ...]) -> None:
    other = random.choice(seeds)
    start = random.randint(0, len(other))
    at = random.randint(0, len(data))
    data[at:at] = other[start : start + random.choice((8, 64, 400))]


def _flip(random: Random, data: bytearray, seeds: tuple[bytes, ...]) -> None:
    if data:
        data[random.randrange(len(data))] = random.randrange(256)


def _character(random: Random, data: bytearray, seeds: tuple[bytes, ...]) -> None:
    at = random.randint(0, len(data))
    most = random.choice((0x80, 0x800, 0x3100, 0x10000, 0x110000))
    data[at:at] = chr(random.randrange(most)).encode("utf-8", "surrogatepass")


_CHANGES = (_insert, _insert, _insert_many, _replace, _replace, _delete, _repeat, _splice, _flip, _character)


def _span(random: Random, data: bytearray) -> tuple[int, int]:
    start = random.randint(0, len(data))
    return start, min(len(data), start + random.choice((1, 2, 4, 16, 80)))
