"""The editor's note and short texts in mail, plain text, web pages and feeds."""

import pytest

from feeds.config.look import LIGHT
from feeds.config.mailing_tools import Profile, profile
from feeds.model import Editorial, Sponsor
from feeds.renderers.digest.tags import neutralise
from feeds.renderers.guard import Expected, violations
from feeds.renderers.note import for_mail, for_web, mistakes, note_html, note_mail, note_text, without_tags

MAILCHIMP, BUTTONDOWN, NONE = profile("mailchimp"), profile("buttondown"), profile("none")

NOTE = """\
Dear *|FNAME|*, this was a week of **bans** and *bills*, as [The Paper](https://paper.example/é "tip") says.
A second line.

- one
- two
  1. inner
  2. more

> A quote, <https://paper.example/>
>
> of two paragraphs.

Write to [us](mailto:us@news.example).
"""


def test_on_web_pages_and_in_feeds_a_note_has_no_tags() -> None:
    assert note_html(NOTE, [MAILCHIMP]) == (
        "<p>Dear, this was a week of <strong>bans</strong> and <em>bills</em>, as "
        '<a href="https://paper.example/%C3%A9" title="tip">The Paper</a> says.\nA second line.</p>\n'
        "<ul>\n<li>one</li>\n<li>two\n<ol>\n<li>inner</li>\n<li>more</li>\n</ol>\n</li>\n</ul>\n"
        '<blockquote>\n<p>A quote, <a href="https://paper.example/">https://paper.example/</a></p>\n'
        "<p>of two paragraphs.</p>\n</blockquote>\n"
        '<p>Write to <a href="mailto:us@news.example">us</a>.</p>'
    )


def test_in_mail_a_note_has_its_styles_and_tags() -> None:
    made = note_mail(NOTE, MAILCHIMP, LIGHT, "ltr")
    assert '<p style="margin:0 0 12px">Dear *|FNAME|*, this' in made
    assert f"border-left:3px solid {LIGHT.line}" in made
    assert f"border-right:3px solid {LIGHT.line}" in note_mail(NOTE, MAILCHIMP, LIGHT, "rtl")


def test_in_plain_text_a_note_is_wrapped() -> None:
    assert note_text(NOTE, MAILCHIMP) == (
        "Dear *|FNAME|*, this was a week of bans and bills, as The Paper\n"
        "(https://paper.example/%C3%A9) says. A second line.\n"
        "\n- one\n- two\n  1. inner\n  2. more\n"
        "\n> A quote, https://paper.example/\n>\n> of two paragraphs.\n"
        "\nWrite to us (us@news.example)."
    )


REFUSED = {
    "HTML": ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
    "a script": ("<script>alert(1)</script>", "&lt;script&gt;"),
    "an event handler": ("a <img src=x onerror=alert(1)>", "&lt;img"),
    "a script as address": ("[x](javascript:alert(1))", "[x](javascript"),
    "a script in capitals": ("[x](JaVaScRiPt:alert(1))", "[x](JaVaScRiPt"),
    "a script as reference": ("[x]\n\n[x]: javascript:alert(1)", "[x]"),
    "a script in angle brackets": ("<javascript:alert(1)>", "&lt;javascript"),
    "data": ("[x](data:text/html,<script>)", "[x](data"),
    "a password": ("[x](https://user:pass@a.example)", "[x](https"),
    "a relative address": ("[x](/y)", "[x](/y)"),
    "a tag inside an address": ("[x](https://a.example/*|UNSUB|*)", "[x]("),
    "a picture": ("![x](https://a.example/x.png)", "!"),
    "a heading": ("# Big", "# Big"),
    "a heading with a line": ("Big\n===", "==="),
    "a code block": ("```\nx\n```", "x"),
    "a line": ("---", "---"),
}


@pytest.mark.parametrize(("note", "shown"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("tool", [MAILCHIMP, NONE], ids=["mailchimp", "none"])
def test_what_a_note_cannot_have_is_shown_as_text_and_reported(note: str, shown: str, tool: Profile) -> None:
    for made in (note_html(note, [tool]), note_mail(note, tool, LIGHT, "ltr")):
        assert shown in made
        assert list(violations("ai/index.html", made.encode(), Expected())) == []
        assert not any(f"<{name}" in made for name in ("script", "img", "h1", "hr", "pre", "b>"))
    problems = list(mistakes(Editorial(path="issues/ai/1.md", note=f"Fine.\n\n{note}", note_line=5), [tool]))
    assert problems
    assert {(p.path, p.line, str(p.severity)) for p in problems} == {("issues/ai/1.md", 7, "warning")}


def test_tags_of_other_tools_are_shown_as_text_and_reported() -> None:
    note = "Hello {{ subscriber.name }},\nand *|FNAME|* {{ <script>alert(1)</script> }}"
    made = note_mail(note, MAILCHIMP, LIGHT, "ltr")
    assert "{\u2060{\u2060 subscriber.name }}" in made
    assert "*|FNAME|*" in made
    assert "<script" not in made
    editorial = Editorial(path="i.md", note=note, note_line=3)
    assert [(p.line, p.code) for p in mistakes(editorial, [MAILCHIMP])][:2] == [(3, "unknown-tag"), (4, "unknown-tag")]
    assert "<script" not in note_mail(note, BUTTONDOWN, LIGHT, "ltr"), "not even as a tag of the tool's"


LINKS = {"mailchimp": "[leave](*|UNSUB|*)", "buttondown": "[leave]({{ unsubscribe_url }} 'for ever')"}


@pytest.mark.parametrize(("tool", "note"), LINKS.items(), ids=LINKS)
def test_a_link_may_lead_to_a_tag_of_the_tool(tool: str, note: str) -> None:
    own, tag = profile(tool), profile(tool).unsubscribe
    assert f'<a href="{tag}"' in note_mail(note, own, LIGHT, "ltr")
    assert note_text(note, own) == f"leave ({tag})"
    assert note_html(note, [own]) == "<p>leave</p>"
    assert list(mistakes(Editorial(path="i.md", note=note), [own])) == []
    other = MAILCHIMP if tool == "buttondown" else BUTTONDOWN
    shown = f"leave ({neutralise(tag)})"
    assert shown in note_mail(note, other, LIGHT, "ltr")
    assert "<a" not in note_mail(note, other, LIGHT, "ltr")
    assert note_text(note, other) == shown
    assert note_html(note, [other]) == f"<p>leave ({tag})</p>"
    assert [p.code for p in mistakes(Editorial(path="i.md", note=note), [other])] == ["unknown-tag"]


@pytest.mark.parametrize("tag", ['{{ x" onclick="alert(1) }}', "{{ <b> }}"], ids=["quotes", "HTML"])
def test_a_link_to_a_tag_that_would_end_its_attribute_is_shown_as_text(tag: str) -> None:
    note = f"[x](<{tag}>) [y](https://a.example '{tag}')" if "<" not in tag else f"[x]({tag})"
    made = note_mail(note, BUTTONDOWN, LIGHT, "ltr")
    assert "x (" in made
    assert list(violations("ai/digest.html", made.encode(), Expected(tools=(BUTTONDOWN,)))) == []
    message = 'a link to a tag with ", <, > or & is shown as text; link to another tag'
    assert [p.message for p in mistakes(Editorial(path="i.md", note=note), [BUTTONDOWN])] == [message]


def test_each_tool_fills_in_its_own_tags() -> None:
    note = "*|FNAME|* {{ subscriber.name }}"
    assert note_text(note, MAILCHIMP).startswith("*|FNAME|* {\u2060{\u2060")
    assert note_text(note, BUTTONDOWN) == "*\u2060|FNAME|* {{ subscriber.name }}"
    assert note_html(f"Hi, {note}!", [MAILCHIMP, BUTTONDOWN]) == "<p>Hi!</p>"
    assert note_html(note) == f"<p>{note}</p>"


@pytest.mark.parametrize(
    ("note", "shown"),
    {
        "Dear *|FNAME|*, hello": "Dear, hello",
        "Hello, *|FNAME|*!": "Hello!",
        "Hello, *|FNAME|*, and welcome": "Hello, and welcome",
        "*|FNAME|*, hello": "hello",
        "Hello *|FNAME|* *|LNAME|*": "Hello",
        "You, *|FNAME|* , and me": "You, and me",
        "A week of *|FNAME|* bans , and more": "A week of bans , and more",
    }.items(),
)
def test_commas_and_spaces_of_a_tag_go_with_it(note: str, shown: str) -> None:
    assert note_html(note, [MAILCHIMP]) == f"<p>{shown}</p>"
    assert without_tags(note, [MAILCHIMP]) == shown


def test_a_character_that_marks_tags_is_no_part_of_one() -> None:
    assert note_html("Hello, *|FN\U00100000AME|*!", [MAILCHIMP]) == "<p>Hello!</p>"


def test_a_paragraph_that_is_only_a_tag_vanishes_from_the_web() -> None:
    assert note_html("*|FNAME|*\n\nHello", [MAILCHIMP]) == "<p>Hello</p>"


def test_short_texts() -> None:
    sponsor = Sponsor(name="A *|X|*", text="{{ y }}", url="https://a.example")
    editorial = Editorial(path="i.md", subject="Hi *|FNAME|*, {{ y }}", preheader="p", sponsor=sponsor)
    mail = for_mail(editorial, MAILCHIMP)
    assert mail.subject == "Hi *\u2060|FNAME|*, {\u2060{\u2060 y }}", "one unknown tag makes all of the text plain"
    assert mail.preheader == "p"
    assert mail.sponsor
    assert (mail.sponsor.name, mail.sponsor.text) == ("A *|X|*", "{\u2060{\u2060 y }}")
    web = for_web(editorial, [MAILCHIMP])
    assert web.subject == "Hi, {{ y }}"
    assert without_tags("Dear {{ name }} , hello", [BUTTONDOWN]) == "Dear, hello"


def test_a_long_note_of_nested_lists_is_rendered_at_once() -> None:
    note = "\n".join("  " * n + "- x" for n in range(80)) + "\n" + "> " * 2000 + "x " + "[" * 3000 + "*" * 1000
    assert len(note) < 15_000
    for made in (note_html(note), note_mail(note, NONE, LIGHT, "ltr"), note_text(note, NONE)):
        assert "x" in made
