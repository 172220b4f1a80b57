"""The last look at files: planted mistakes are found, and what is in order is let through."""

import re
import time
from html import escape
from pathlib import Path

import pytest

from feeds.config.look import DigestLook, SenderOptions
from feeds.config.mailing_tools import PROFILES, profile
from feeds.renderers.digest import render as digest
from feeds.renderers.guard import Expected, own_scripts, violations
from feeds.renderers.shipped import templates_dir
from feeds.renderers.syndication.feed import feed_of
from feeds.renderers.syndication.formats import FORMATS
from support.examples import coverage, edition, issue, issue_page, story
from support.harmless import harms_of
from support.places import REPOSITORY

BASE = "https://news.example/"
SCRIPTS = frozenset[bytes]().union(*(own_scripts(p.read_text("utf-8")) for p in templates_dir().glob("*.html")))
EXPECTED = Expected(base_url=BASE, scripts=SCRIPTS, tools=(PROFILES["none"],), secrets=("hunter2",))
TOKEN = "t8piR+SUTjJCiMarC85/w4OTxH0wskq3KzF9JpoCvgrYuvGry3QSowS9c00nmI7f=="

MADE = issue(story("one", coverage()), story("two", coverage("more")))
MAIL = digest.render(MADE, DigestLook(sender=SenderOptions(sender_address="a@news.example")), profile("none"))
FILES: dict[str, bytes] = {
    "index.html": issue_page(MADE),
    "digest.html": MAIL.html.encode(),
    "digest.txt": MAIL.text.encode(),
    "digest.eml": MAIL.eml,
    **{f.file_name: f.render(feed_of(edition(*MADE.stories))) for f in FORMATS},
}
"""One of each kind, and nothing wrong with any."""


def found(name: str, data: bytes, expected: Expected = EXPECTED) -> list[str]:
    return list(violations(f"ai/{name}", data, expected))


def planted(name: str, markup: str) -> bytes:
    """The file with HTML where the headline of its first story stands in HTML."""
    data = FILES[name]
    if name.endswith(".xml"):
        old, new = "Excerpt of one.&lt;/p&gt;", f"{escape(markup, quote=False)}&lt;/p&gt;"
    elif name.endswith(".json"):
        old, new = "Excerpt of one.</p>", markup.replace("\\", "\\\\").replace('"', '\\"') + "</p>"
    elif name.endswith(".eml"):
        made = MAIL.html.replace("Excerpt of one.", markup).encode()
        from email import message_from_bytes, policy

        mail = message_from_bytes(data, policy=policy.SMTP)
        part = list(mail.iter_parts())[1]
        part.set_content(made.decode(), subtype="html", cte="quoted-printable")
        return mail.as_bytes()
    else:
        old, new = "Excerpt of one.", markup
    assert old.encode() in data
    return data.replace(old.encode(), new.encode(), 1)


# ---- nothing wrong


@pytest.mark.parametrize("name", FILES)
def test_what_renderers_make_passes(name: str) -> None:
    assert found(name, FILES[name]) == []


@pytest.mark.parametrize(
    "path",
    [p for folder in ("out", "tests/golden") for p in sorted((REPOSITORY / folder).rglob("*")) if p.is_file()],
    ids=lambda p: p.relative_to(REPOSITORY).as_posix(),
)
def test_no_false_alarm(path: Path) -> None:
    expected = Expected(base_url="https://feeds.example/", scripts=SCRIPTS, tools=(PROFILES["none"],))
    if path.suffix == ".eml" or path.name.startswith("digest"):  # the golden digest is made for a tool
        tools = [tool for tool in PROFILES.values() if tool.unsubscribe and tool.unsubscribe in path.read_text()]
        expected = Expected(base_url=expected.base_url, tools=tuple(tools) or expected.tools)
    assert list(violations(path.as_posix(), path.read_bytes(), expected)) == []


@pytest.mark.parametrize("tool", PROFILES)
def test_tags_of_the_tool_pass(tool: str) -> None:
    made = digest.render(MADE, DigestLook(), profile(tool))
    several = Expected(tools=(PROFILES["none"], PROFILES["mailchimp"], profile(tool)))
    assert found(f"digest.{tool}.html", made.html.encode(), several) == []
    assert found(f"digest.{tool}.eml", made.eml, several) == []
    assert found("digest.html", made.html.encode(), Expected(tools=(profile(tool),))) == []


TALK = (
    "How <script>alert(1)</script> works",
    "<img src=x onerror=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "href=javascript:alert(1) onclick=alert(2)",
    "He said \" onclick=\"x and ' onload='y",
    "Jinja's {{ user.name }} and {% if x %}",
    "*|FNAME|* and [[PERMALINK]] and %%x%% and <% y %>",
    "&lt;script&gt; &#0; &amp;#7; \\u0000 \\b",
    "Funding secured: startup raises 5m",
    'A "secured": field, the "url": "javascript:x" member and "content_html": "<script>"',
    "]]> <![CDATA[ <!-- --> ?> <?xml",
    "a < b > c <d e",
    "\u2068isolated\u2069 \u200dzero\u200bwidth",
)


@pytest.mark.parametrize("text", TALK)
def test_text_that_talks_about_it_passes(text: str) -> None:
    made = issue(story(title=text, excerpt=text, topics=(text,)), story("two", coverage(title=text)))
    mail = digest.render(made, DigestLook(), profile("none"))
    files = {"digest.html": mail.html.encode(), "digest.txt": mail.text.encode(), "digest.eml": mail.eml}
    files |= {f.file_name: f.render(feed_of(made)) for f in FORMATS} | {"index.html": issue_page(made)}
    assert {name: problems for name, data in files.items() if (problems := found(name, data))} == {}


@pytest.mark.parametrize(
    "script",
    [
        *(s.decode() for s in sorted(SCRIPTS)),
        '<iframe title="Digest" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe>',
        '<script src="site.js"></script>',
        '<script src="../../site.js" defer></script>',
        '<script src="/news/site.js" type="module"></script>',
        f'<script src="{BASE}site.js"></script>',
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "\\u003cb>"}</script>',
    ],
)
def test_own_scripts_pass(script: str) -> None:
    assert found("index.html", planted("index.html", script)) == []


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="data:image/png;base64,AAAA" alt="">',
        '<a href="mailto:a@b.example">mail</a>',
        "<a href='tel:+1'>call</a>",
        '<img alt="x > y" src="https://x.example/?a=1&amp;b=2">',
        '<meta name="content-security-policy" content="x">',
        '<button data-copy="x" hidden>once=1</button>',
        '<a href="rss.xml" title="it\'s on=1">relative</a>',
    ],
)
def test_ordinary_markup_passes(markup: str) -> None:
    assert found("index.html", planted("index.html", markup)) == []


# ---- violations

IN_MARKUP = (
    ("<script>alert(1)</script>", "the element script"),
    ("<SCRIPT SRC=//evil.example/x></SCRIPT>", "the element script"),
    ('<iframe title="x" sandbox="allow-same-origin allow-scripts"></iframe>', "the element iframe"),
    ('<iframe title="x" sandbox="" src="https://evil.example/"></iframe>', "the element iframe"),
    ('<script src="https://evil.example/site.js"></script>', "the element script"),
    ('<script src="//evil.example/site.js"></script>', "the element script"),
    ('<script src="data:,site.js"></script>', "the element script"),
    ('<script src="site.js">alert(1)</script>', "the element script"),
    ('<script type="application/ld+json"><!--<script></script>', "the element script"),
    ("<iframe src='https://x.example/'></iframe>", "the element iframe"),
    ("<object data=x></object>", "the element object"),
    ("<embed/src=x>", "the element embed"),
    ('<base href="https://evil.example/">', "the element base"),
    ("<img src=x onerror=alert(1)>", "an event handler"),
    ('<img src="x" ONLOAD = "alert(1)">', "an event handler"),
    ("<svg/onload=alert(1)>", "an event handler"),
    ('<p title="a > b" onclick="x">', "an event handler"),
    ("<p title='\"' onclick='x'>", "an event handler"),
    ('<p style=" style=" onclick="x">', "an event handler"),
    ('<p class="a"onclick="x">', "an event handler"),
    ('<a href="javascript:alert(1)">', "an unsafe URL"),
    ("<a href=JaVaScRiPt:alert(1)>", "an unsafe URL"),
    ("<a href=' &#1; java&#x09;script:alert(1)'>", "an unsafe URL"),
    ('<a href="java\nscript&colon;alert(1)">', "an unsafe URL"),
    ('<a href="vbscript:x">', "an unsafe URL"),
    ('<a href="data:text/html,x">', "an unsafe URL"),
    ('<img src="data:image/svg+xml,x">', "an unsafe URL"),
    ('<a href="file:///etc/passwd">', "an unsafe URL"),
    ('<form action="javascript:x">', "an unsafe URL"),
    ('<button formaction="javascript:x">', "an unsafe URL"),
    ('<use xlink:href="javascript:x"/>', "an unsafe URL"),
    ('<p srcdoc="x">', "the attribute srcdoc"),
    ('<meta http-equiv="refresh" content="0">', "the attribute http-equiv"),
    ('<img alt="x', "a tag that doesn't end"),
)
IN_HTML = ("index.html", "digest.html", "digest.eml", "rss.xml", "atom.xml", "feed.json")


@pytest.mark.parametrize("name", IN_HTML)
@pytest.mark.parametrize(("markup", "reason"), IN_MARKUP, ids=[m for m, _ in IN_MARKUP])
def test_planted_markup_is_found(name: str, markup: str, reason: str) -> None:
    if markup == '<img alt="x' and name != "feed.json":
        markup += "<"  # the rest of the file would end it
    problems = found(name, planted(name, markup.replace("\n", " ")))
    assert problems
    assert any(reason in p for p in problems) or "doesn't end" in reason, problems


def parsed(name: str, data: bytes) -> list[str]:
    """What parsers find."""
    return [harm for harm in harms_of(name, data) if not harm.startswith("inspection: ")]


@pytest.mark.parametrize("name", IN_HTML)
@pytest.mark.parametrize("markup", [m for m, reason in IN_MARKUP if "doesn't end" not in reason])
def test_parsers_find_the_same(name: str, markup: str) -> None:
    assert parsed(name, FILES[name]) == []
    assert parsed(name, planted(name, markup.replace("\n", " ")))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("character", "code"), [("\0", "0000"), ("\x1b", "001B"), ("\x7f", "007F"), ("\x90", "0090"), ("\u202e", "202E")]
)
def test_planted_characters_are_found(name: str, character: str, code: str) -> None:
    data = FILES[name]
    position = len(data) // 2 if not name.endswith(".eml") else data.index(b"Title of one")
    while data[position] & 0xC0 == 0x80:  # inside a character
        position += 1
    line = data.count(b"\n", 0, position) + 1
    problems = found(name, data[:position] + character.encode() + data[position:])
    assert any(f"U+{code}" in p for p in problems)
    if not name.endswith(".eml"):
        assert any(f"line {line}: " in p for p in problems)


@pytest.mark.parametrize("escaped", [r"\u0007", r"\b", r"\\\u001b", r"\r"])
def test_planted_escapes_of_characters_are_found(escaped: str) -> None:
    data = FILES["feed.json"].replace(b"Excerpt of", f"Excerpt {escaped} of".encode(), 1)
    assert any("control character" in p for p in found("feed.json", data))


def test_planted_references_to_characters_are_found() -> None:
    data = FILES["rss.xml"].replace(b"Title of", b"Title &#x1b; of", 1)
    assert any("control character" in p for p in found("rss.xml", data))


@pytest.mark.parametrize("name", FILES)
def test_planted_bytes_that_are_no_text_are_found(name: str) -> None:
    data = FILES[name].replace(b"Title of two", b"Title =E9of two" if name.endswith(".eml") else b"Title \xe9of two")
    assert any("invalid UTF-8" in p for p in found(name, data))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "leak", ["hunter2", f"secured: {TOKEN}", f'secured: "{TOKEN}"', f"secured: &#34;{TOKEN}", f"Secured:{TOKEN}"]
)
def test_planted_secrets_are_found_and_not_repeated(name: str, leak: str) -> None:
    if name.endswith(".json"):
        leak = leak.replace('"', '\\"')
    if name.endswith(".eml"):  # quoted-printable breaks lines and writes = as =3D
        leak = leak.replace("=", "=3D")
        leak = f"{leak[:50]}=\r\n{leak[50:]}"
    problems = found(name, FILES[name].replace(b"Title of two", leak.encode()))
    assert problems
    assert not any("hunter2" in p or TOKEN[:20] in p for p in problems)


def test_a_planted_member_of_json_is_found() -> None:
    data = FILES["feed.json"].replace(b'"title":', b'"secured": "x", "title":', 1)
    assert found("feed.json", data) == ["line 1: a field `secured`"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//x.example", "data:text/html,x", ""])
def test_a_planted_address_in_json_is_found(url: str) -> None:
    data = FILES["feed.json"].replace(b'"url":"https://paper.example/one"', f'"url": "{url}"'.encode())
    assert any("an unsafe URL" in p for p in found("feed.json", data))


@pytest.mark.parametrize("name", ["digest.html", "digest.txt", "digest.eml"])
@pytest.mark.parametrize("tag", ["{{ name }}", "*|FNAME|*", "{% if %}", "[[X]]", "%%x%%", "{$url}", "{name}", "%NAME%"])
def test_planted_placeholders_are_found(name: str, tag: str) -> None:
    data = FILES[name].replace(b"Title of two", tag.encode())
    assert any(f"nothing will fill in {tag}" in p for p in found(name, data))


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Bcc: everyone@evil.example", "an unexpected header: bcc"),
        ("Subject: Another", "the header subject twice"),
        ("X-Evil: 1", "an unexpected header: x-evil"),
    ],
)
def test_planted_headers_are_found(header: str, reason: str) -> None:
    assert found("digest.eml", header.encode() + b"\r\n" + FILES["digest.eml"]) == [reason]


@pytest.mark.parametrize("word", ["=?utf-8?q?x=0D=0ABcc:_y?=", "=?UTF-8?B?eA1CY2M6IHk=?=", "=?utf-8?b?4oCu?="])
def test_planted_characters_in_an_encoded_header_are_found(word: str) -> None:
    data = FILES["digest.eml"].replace(b"Subject: ", f"Subject: {word} ".encode())
    assert any("in the headers: line 1: " in p for p in found("digest.eml", data))


def test_a_planted_lone_line_end_is_found() -> None:
    assert found("digest.eml", FILES["digest.eml"].replace(b"\r\n", b"\n", 1))


def test_scripts_of_templates_are_those_that_are_the_same_every_time() -> None:
    template = "<script>\na()\n</script><p><script>b({{ c }})</script>"
    assert own_scripts(template) == {b"<script>\na()\n</script>"}


@pytest.mark.parametrize(
    "hostile", ["<", "<a ", '<a href="', "<a '", "<script", "&lt;", '"content_html": "', "secured:"]
)
def test_it_takes_no_time(hostile: str) -> None:
    data = (hostile * (100_000 // len(hostile))).encode()
    for name in (*FILES, "feeds.opml"):
        started = time.perf_counter()
        list(violations(name, data, EXPECTED))
        assert time.perf_counter() - started < 1, name


def test_a_tag_with_many_attributes_takes_no_time() -> None:
    started = time.perf_counter()
    assert any("event handler" in reason for reason in found("x.html", b"<p " + b'class="x" ' * 24 + b'onclick="y">'))
    assert time.perf_counter() - started < 1


def test_it_reads_as_a_sentence() -> None:
    assert re.match(r"line \d+: control character U\+0007", found("x.css", b"\n\x07")[0])
