"""Digests and pages of an issue with an editor's file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml.html import fromstring
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.config.mailing_tools import profile
from feeds.config.options import DigestOptions, MailingOptions
from feeds.editions.issues import Neighbours
from feeds.model import Edition, Editorial, Image, Section, Sponsor
from feeds.renderers.guard import Expected, violations
from feeds.renderers.site.pages import issue_page
from support.digests import edited, long_issue, made
from support.examples import issue, site, story


def page(of: Edition, tool: str = "none", **digest: Any) -> bytes:
    options: dict[str, Any] = {"mailing": MailingOptions(tool=tool), "digest": DigestOptions(**digest)}
    return issue_page(
        of, Neighbours(), Config(root=Path(), site=site(), sources=(), out=Path(), **options), has_mail=True
    )


@pytest.mark.parametrize("kind", ["html", "txt", "eml"])
def test_whole_documents(golden: Callable[[str, bytes], None], kind: str) -> None:
    digest = made(edited(), "mailchimp")
    documents = {"html": digest.html.encode(), "txt": digest.text.encode(), "eml": digest.eml}
    golden(f"edited.{kind}", documents[kind])


def test_a_whole_page(golden: Callable[[str, bytes], None]) -> None:
    golden("edited.page.html", page(edited(), "mailchimp"))


def test_subject_and_preheader_are_used_as_they_are() -> None:
    digest = made(edited(), "mailchimp")
    assert digest.subject == "*|FNAME|*, a week of bans"
    assert digest.preheader == "New York wants one, too"
    assert made(edited(), "buttondown").subject == "*\u2060|FNAME|*, a week of bans"


def test_links_of_the_note_have_their_colour_in_dark_mode() -> None:
    document = made(edited()).html
    assert 'style="color:#9c2f2f" class="more">The Paper<' in document
    assert ".label,a.more{color:" in document


def test_the_sponsor_is_labelled_in_every_language() -> None:
    of = edited()
    words = {"en": "Sponsored", "de": "Anzeige", "fr": "Sponsorisé", "ja": "広告"}
    for tag, word in words.items():
        translated = replace(of, topic=replace(of.topic, language=tag))
        digest = made(translated)
        for document in (digest.html, page(translated).decode()):
            found: Any = fromstring(document)
            (block,) = found.xpath("//*[self::td or self::aside][a/@rel='sponsored' or */a/@rel='sponsored']")
            assert word in block.text_content()
        assert f"{word}: Acme" in digest.text


def test_the_sponsor_comes_after_the_lead() -> None:
    for document in (made(edited()).html, made(edited()).text, page(edited()).decode()):
        text = document[document.index("Ban the scan!") :]
        assert text.index("A story without") < text.index("Acme") < text.index("News of the week")


@pytest.mark.parametrize(
    ("stories", "sections", "choice", "expected"),
    [
        (7, 1, "auto", False),
        (8, 1, "auto", True),
        (2, 2, "auto", True),
        (8, 1, False, False),
        (1, 1, True, True),
    ],
    ids=["seven stories", "eight stories", "two sections", "never", "always"],
)
def test_contents(stories: int, sections: int, choice: Any, expected: bool) -> None:
    found = tuple(story(f"s{n}", title=f"The {n}th") for n in range(stories))
    parts = tuple(Section(f"Part {n}", found[n::sections]) for n in range(sections))
    of = issue(*(s for part in parts for s in part.stories), sections=parts)
    digest = made(of, contents=choice)
    assert [("In this issue" in d) for d in (digest.html, digest.text, page(of, contents=choice).decode())] == [
        expected
    ] * 3
    assert digest.text.count("- The 0th\n") == expected


def test_contents_name_the_stories_that_are_shown() -> None:
    found = tuple(story(f"s{n}", title=f"The {n}th") for n in range(9))
    of = issue(*found, sections=(Section("News", found, 3),))
    digest = made(of, contents=True)
    assert [n for n in range(9) if f"The {n}th" in digest.text] == [0, 1, 2]
    assert "6 more stories in this issue" in digest.text


def test_all_of_it_counts_in_the_size() -> None:
    of = replace(long_issue(30, 5), editorial=replace(edited().editorial or Editorial(path=""), note="x " * 4000))
    digest = made(of, max_bytes=60_000)
    assert digest.size <= 60_000
    without = made(replace(of, editorial=None), max_bytes=60_000)
    assert digest.omitted_stories > without.omitted_stories


HOSTILE = '"><script>alert(1)</script> \u202e {{ x }} *|UNSUB|* [[y]] %%z%% {% raw %} <% a %> %NAME%'


@pytest.mark.parametrize("tool", ["none", "mailchimp", "buttondown", "mailjet", "ghost", "activecampaign"])
def test_a_hostile_file_is_safe(tool: str) -> None:
    texts = HOSTILE.replace("\u202e", "")  # dropped when the file is read
    sponsor = Sponsor(
        name=texts, text=texts, url="https://a.example/{{x}}", image=Image("https://a.example/%7B", 600, 300)
    )
    editorial = Editorial(path="i.md", note=f"{texts}\n\n[a](javascript:alert(1)) [b](https://a.example/{{{{x}}}})")
    editorial = replace(editorial, subject=texts, preheader=texts, sponsor=sponsor)
    of = replace(edited(), editorial=editorial)
    digest = made(of, tool)
    expected = Expected(tools=(profile(tool),))
    documents = {
        "ai/digest.html": digest.html.encode(),
        "ai/digest.txt": digest.text.encode(),
        "ai/digest.eml": digest.eml,
        "ai/index.html": page(of, tool),
    }
    for name, data in documents.items():
        assert list(violations(name, data, expected)) == [], name
        assert b"<script>alert" not in data or not name.endswith("html")
