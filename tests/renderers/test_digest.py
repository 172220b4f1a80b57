"""What a digest must be: the points of the checklist by their numbers, one issue with everything in it."""

import email
import html
import re
import subprocess
import sys
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from feeds.config.look import DARK, contrast, lightened
from feeds.config.mailing_tools import PROFILES, profile
from feeds.languages import language
from feeds.model import Image, Period, Provider, Rules, Story
from feeds.renderers import templates as templating
from feeds.renderers.digest import render as digest
from feeds.renderers.digest import view as views
from feeds.renderers.digest.render import Digest, DigestError
from feeds.renderers.digest.subject import envelope
from feeds.renderers.shipped import templates_dir
from feeds.renderers.templates import BadTemplateError
from feeds.renderers.wording import anchor
from feeds.text import WORD_JOINER, wrap
from support.digests import SENDER, STYLE, everything, evil, long_issue, made
from support.examples import PICTURE, coverage, issue, site, story, topic, utc
from support.inlining import environment, inline_html, normalised
from support.tags import LOOKALIKES, TAG

NONE = profile("none")
SOURCE = (templates_dir() / digest.HTML_TEMPLATE).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def full() -> Digest:
    return made()


def tree(html: str) -> Any:  # what an XPath finds can be of many types
    return etree.fromstring(html, etree.HTMLParser())


def links(html: str) -> list[str]:
    return [str(href) for href in tree(html).xpath("//a/@href")]


def texts(element: Any, path: str) -> list[str]:
    return [" ".join("".join(found.itertext()).split()) for found in element.xpath(path)]


# ---- the whole documents


@pytest.mark.parametrize("kind", ["html", "txt", "eml"])
def test_whole_documents(full: Digest, golden: Callable[[str, bytes], None], kind: str) -> None:
    documents = {"html": full.html.encode(), "txt": full.text.encode(), "eml": full.eml}
    golden(f"digest.{kind}", documents[kind])


# ---- document


def test_point_1_document(full: Digest) -> None:
    assert full.html.startswith("<!DOCTYPE html>\n<html ")
    page = tree(full.html)
    assert (page.get("lang"), page.get("dir")) == ("en", "ltr")
    (wrapper,) = page.xpath("//*[@role='article']")
    assert dict(wrapper.attrib).items() >= {"aria-roledescription": "email", "lang": "en", "dir": "ltr"}.items()
    assert texts(page, "//title") == [full.subject]
    assert 10 <= len(full.subject) <= 78


def test_point_1_right_to_left() -> None:
    page = tree(made(issue(story(), topic=topic(language="ar"))).html)
    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")


def test_point_1_a_story_has_its_own_language(full: Digest) -> None:
    (story,) = tree(full.html).xpath("//td/*[@lang='ar']")
    assert story.get("dir") == "rtl"


def test_point_1_directions_stay_apart() -> None:
    arabic = story("x", coverage("a"), coverage("b", provider=Provider("الجزيرة"), published=None))
    result = made(issue(arabic))
    latin, mixed = texts(tree(result.html), "//li")
    assert latin == "Outlet a What a says 25 Jan"
    assert mixed == "\u2068الجزيرة\u2069 What b says"
    assert "\u2068The Paper\u2069<i> · </i>\u2068" in made(issue(story(), topic=topic(language="ar"))).html


def test_point_2_metas(full: Digest) -> None:
    metas = {m.get("name") or "charset": m.get("content") or m.get("charset") for m in tree(full.html).xpath("//meta")}
    assert metas["charset"] == "utf-8"
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    assert "x-apple-disable-message-reformatting" in metas
    assert "telephone=no" in str(metas["format-detection"])
    assert metas["color-scheme"] == metas["supported-color-schemes"] == "light dark"
    assert ":root { color-scheme: light dark;" in full.html


def test_point_3_one_column(full: Digest) -> None:
    assert "max-width:600px" in full.html
    assert '<!--[if mso]><table role="presentation" align="center" width="600"' in full.html
    assert full.html.count("<!--[if mso]>") == full.html.count("<![endif]-->")
    assert {t.get("role") for t in tree(full.html).xpath("//table")} == {"presentation"}
    mso = "".join(re.findall(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", full.html, re.DOTALL))
    assert {n: mso.count(f"<{n}") for n in ("table", "tr", "td")} == {
        n: mso.count(f"</{n}>") for n in ("table", "tr", "td")
    }


def test_point_4_gmail_keeps_the_styles(full: Digest) -> None:
    styles = re.findall(r"<style[^>]*>(.*?)</style>", re.sub(r"<!--.*?-->", "", full.html, flags=re.DOTALL), re.DOTALL)
    assert len(styles) == 2
    for style in styles:
        assert len(style.encode()) < 16_000
        assert not re.search(r"@[^{}]*\{[^{}]*(\{[^{}]*\}[^{}]*)*@", style), "nested at-rules"
    assert "data-ogsc" in styles[1]
    assert "@media" not in styles[1]


def test_point_5_no_text_is_small(full: Digest) -> None:
    sizes = [int(size) for size in re.findall(r"font(?:-size)?:\s*(?:bold )?(\d+)px", full.html)]
    assert min(sizes) >= 13
    assert 'class="page" style="padding:0 32px;font:16px/26px -apple-system,' in full.html


def test_point_6_dark_mode_survives_inlining(full: Digest) -> None:
    dark = full.html.partition("@media (prefers-color-scheme: dark) {")[2].partition("\n}")[0]
    assert dark.count("!important") == 9
    assert all(rule.endswith("!important}") for rule in re.findall(r"\{[^{}]*[{;]color:[^{}]*\}", dark))
    assert "[data-ogsc] td" in full.html
    assert not re.search(r"#(?:000|fff)(?:000|fff)?\b", full.html, re.IGNORECASE)


def test_point_6_thunderbird_leaves_links_their_colour(full: Digest) -> None:
    """Its dark mode keeps rules with a light colour, but not those in @media, nor dark colours in style attributes."""
    rule = f"[dir] a{{color:{DARK.ink}}}"
    assert rule in full.html.rpartition("<style>")[2]
    brightness = zip((0.2125, 0.7154, 0.0721), bytes.fromhex(DARK.ink[1:]), strict=True)
    assert sum(share * value for share, value in brightness) > 200
    own_colour = "contains(@style, 'color:') or @class = 'thumb' or ../@class = 'wide'"
    assert tree(full.html).xpath(f"//a[not({own_colour})]") == []
    assert rule not in made(tool="kit").html  # the tool's content may have links without a colour


def test_point_6_every_dark_class_is_used(full: Digest) -> None:
    used = {name for names in tree(full.html).xpath("//@class") for name in str(names).split()}
    styles = "".join(re.findall(r"<style>(.*?)</style>", full.html, re.DOTALL))
    assert used == set(re.findall(r"\.([a-z]+)[ ,.{]", styles))


def test_point_6_default_colours_can_be_read(full: Digest) -> None:
    view = view_of_everything()
    for palette in (view.light, view.dark):
        for colour in (palette.ink, palette.quiet, palette.accent):
            assert min(contrast(colour, palette.paper), contrast(colour, palette.desk)) >= 4.5


@pytest.mark.parametrize("accent", ["#000000", "#9c2f2f", "#00509e", "#1a6b2f", "#4b0082"])
def test_point_6_any_readable_accent_has_a_dark_one(accent: str) -> None:
    made(accent=accent)
    assert contrast(lightened(accent, DARK.paper), DARK.paper) >= 4.5


def test_point_7_headings_and_alternatives(full: Digest) -> None:
    page = tree(full.html)
    assert len(page.xpath("//h1")) == 1
    assert len(page.xpath("//h2")) == 4
    assert [img.get("alt") for img in page.xpath("//img")] == ["", "A picture", ""]
    assert all(texts(page, "//a[@aria-hidden='false' or not(@aria-hidden)][not(img)]"))
    hidden = page.xpath("//a[not(normalize-space()) and not(img[@alt != ''])]")
    assert [(a.get("aria-hidden"), a.get("tabindex")) for a in hidden] == [("true", "-1")]


def test_point_7_no_attribute_twice(full: Digest) -> None:
    for tag in re.findall(r"<[a-z][^>]*>", full.html):
        names = re.findall(r'([\w:-]+)="', re.sub(r'="[^"]*"', '=""', tag))
        assert len(names) == len(set(names)), tag


# ---- content


def test_point_9_preheader(full: Digest) -> None:
    (preheader, *_) = tree(full.html).xpath("//body/div")
    assert preheader.get("style") == "display:none;mso-hide:all"
    text = "".join(preheader.itertext())
    assert text.startswith(f"{full.preheader}\u034f")
    assert len(text.replace("\u034f", "").replace("\u200c", "")) >= 150
    assert full.preheader == "Title of film · A story without a picture · حظر التعرف على الوجوه"
    assert 0 < len(full.preheader) <= 140


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        pytest.param(story(excerpt="An excerpt."), "An excerpt.", id="the excerpt"),
        pytest.param(story(title="A title", excerpt="A title. And more."), "And more.", id="without the title in it"),
        pytest.param(story("x", coverage("bbc"), excerpt=""), "What bbc says", id="the coverage"),
        pytest.param(story(excerpt=""), "What matters in AI", id="the topic's description"),
    ],
)
def test_point_9_the_preheader_of_one_story_is_not_its_subject(only: Story, expected: str) -> None:
    assert made(issue(only)).preheader == expected


def test_point_10_lead_story_first(full: Digest) -> None:
    page = tree(full.html)
    assert texts(page, "//h1") == ["AI"]
    assert texts(page, "//h2")[:3] == ["Ban the scan, say New Yorkers", "Title of film", "A story without a picture"]
    (lead, *_) = page.xpath("//h2/ancestor::td[1]")
    assert lead.xpath("h2/a/@href") == lead.xpath("p/a[img]/@href") == ["https://paper.example/lead"]
    assert lead.xpath("p[a]/following-sibling::h2/preceding-sibling::p/a/img/@width") == ["536"]
    assert texts(lead, "p")[1:3] == ["The Paper · 26 Jan · 9 outlets", "Excerpt of lead."]


def test_point_10_masthead(full: Digest) -> None:
    head = tree(full.html).xpath("//h1/..")[0]
    assert texts(head, "*") == ["", "Smart News", "AI", "Week 4 · 25–31 Jan 2021 · View in browser"]
    assert head.xpath(".//a/@href") == ["https://news.example/ai/", "https://news.example/ai/issues/2021-W04/"]


def test_point_10_videos_say_so(full: Digest) -> None:
    page = tree(full.html)
    film = page.xpath("//h2[contains(., 'film')]/ancestor::td[1]")[0]
    assert texts(film, ".//p")[0] == "Video · The Paper · 26 Jan · 2 outlets"
    assert texts(film, ".//li") == ["Outlet tv · Video What tv says 25 Jan"]


def test_point_11_coverage_and_how_much_more(full: Digest) -> None:
    lead = tree(full.html).xpath("//h2/ancestor::td[1]")[0]
    assert texts(lead, ".//li")[0] == "Outlet wired What wired says 25 Jan"
    assert len(lead.xpath(".//li")) == 6
    assert lead.xpath(".//li/descendant::a/@href")[0] == "https://wired.example/story"
    (more,) = lead.xpath("p/a[not(img)]")
    assert more.text == "+2 more articles on this story"
    assert more.get("href") == f"https://news.example/ai/issues/2021-W04/#{anchor(everything().stories[0])}"


def test_point_11_one_more_is_one() -> None:
    edition = issue(story("x", coverage("a"), coverage("b")))
    assert "+1 more article on this story" in made(edition, lead_coverage=1).text


def test_anchors_never_move() -> None:
    assert anchor(story("lead")) == "story-d966592fb9"


def test_point_12_pictures(full: Digest) -> None:
    sizes = [(img.get("width"), img.get("height")) for img in tree(full.html).xpath("//img")]
    assert sizes == [("48", "48"), ("536", "281"), ("72", "96")]
    for img in tree(full.html).xpath("//img"):
        assert img.get("src", "").startswith("https://")
        assert "display:block" in img.get("style", "")


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(Image("http://p.example/a.jpg", 1200, 630), id="not https"),
        pytest.param(Image("https://p.example/a.jpg", None, 630), id="unknown width"),
        pytest.param(Image("https://p.example/a.jpg", 1200, None), id="unknown height"),
        pytest.param(Image("https://p.example/a.jpg", 1, 1), id="tracking pixel"),
        pytest.param(Image("https://p.example/a.jpg", 50, 50), id="logo"),
        pytest.param(Image("https://p.example/a.jpg", 1200, 90), id="banner"),
        pytest.param(Image("https://p.example/a.jpg", 300, 3000), id="column"),
    ],
)
def test_point_12_pictures_that_are_not_shown(image: Image) -> None:
    digest = made(issue(story("a", images=(image,)), story("b", images=(image,))))
    assert "<img" not in digest.html


def test_point_12_the_first_good_picture_is_taken() -> None:
    assert PICTURE.url in made(issue(story(images=(Image("http://p.example/a.jpg", 9, 9), PICTURE)))).html


def test_point_12_no_pictures_on_request() -> None:
    assert "<img" not in made(images=False).html


def test_point_12_logo_of_known_size() -> None:
    logo = "https://news.example/logo.png"
    html = made(issue(story(), site=site(logo=logo)), logo_size=(120, 40)).html
    assert f'<img class="plate" src="{logo}" width="120" height="40" alt=""' in html
    assert ".plate{background-color:#fffefb!important" in html
    assert logo not in made(issue(story(), site=site(logo=logo))).html


def test_point_12_logo_for_dark_mode() -> None:
    logos = site(logo="https://news.example/logo.png", logo_dark="https://news.example/dark.png")
    page = tree(made(issue(story(), site=logos), logo_size=(120, 40)).html)
    assert page.xpath("//img/@src") == [logos.logo, logos.logo_dark]
    assert [i.get("class") for i in page.xpath("//img")] == ["day", "night"]
    assert "display:none" in page.xpath("//img[@class='night']/@style")[0]


def test_point_12_a_topic_s_own_logo_has_no_dark_one() -> None:
    logos = site(logo="https://news.example/logo.png", logo_dark="https://news.example/dark.png")
    own = topic(logo="https://news.example/ai.png")
    assert logos.logo_dark not in made(issue(story(), site=logos, topic=own), logo_size=(120, 40)).html


def test_point_12_thumbs_stand_beside_the_title_in_word(full: Digest) -> None:
    row = full.html[full.html.index('<a class="thumb"') - 200 : full.html.index('class="text"') + 400]
    table = '<!--[if mso]><table role="presentation" dir="rtl"><tr><td width="160" align="right"><![endif]-->'
    assert f'{table}<a class="thumb"' in row
    assert '</a><!--[if mso]></td><td width="376"><![endif]--><div class="text"' in row
    in_word = full.html.partition("<!--[if mso]>")[2].partition("<![endif]-->")[0]
    assert all(img.get("border") == "0" for img in tree(full.html).xpath("//a/img"))
    assert "td{padding:0;vertical-align:top}" in in_word
    arabic = made(issue(story(), story("x", images=(Image("https://p.example/t.jpg", 900, 1200),), language="ar"))).html
    assert '<table role="presentation" dir="ltr"><tr><td width="160" align="left">' in arabic


@pytest.mark.parametrize(
    ("fonts", "text", "titles"),
    [
        pytest.param({}, "Segoe UI", "Georgia", id="as shipped"),
        pytest.param({"font": "'My Font', serif"}, "Georgia", "Georgia", id="unknown, with serifs"),
        pytest.param({"heading_font": "'My Font', tahoma"}, "Segoe UI", "Tahoma", id="the second"),
        pytest.param({"heading_font": "Unknown"}, "Segoe UI", "Arial", id="unknown"),
    ],
)
def test_word_gets_a_font_that_it_has(fonts: dict[str, Any], text: str, titles: str) -> None:
    html = made(**fonts).html
    assert f"td,p,li{{font-family:{text}!important}}" in html
    assert f"h1,h2,.name{{font-family:{titles}!important}}" in html


def test_sections_have_a_row_of_their_own(full: Digest) -> None:
    rows = tree(full.html).xpath("//td[p[1][count(../*) = 1]]")
    assert [texts(cell, "p") for cell in rows] == [["Rights"], ["Elsewhere"]]
    sizes = re.findall(r"font(?:-size)?:(?:bold )?(\d+)px(?:/[^;\"]*)?\">(?:<a|Rights|Elsewhere)", full.html)
    assert sizes == ["40", "24", "30", "21", "24", "24", "21"]
    assert "\nRights\n======\n" in full.text


def test_dates_in_another_year_than_the_masthead_s_have_it() -> None:
    late = story("x", coverage("old", published=utc("2020-12-30")), published=utc("2021-01-26"))
    assert texts(tree(made(issue(late)).html), "//li") == ["Outlet old What old says 30 Dec 2020"]


def test_a_japanese_date_is_not_broken() -> None:
    assert "<i> · </i>1\u2060月\u206026\u2060日" in made(issue(story(), topic=topic(language="ja"))).html


def test_word_reads_from_right_to_left_where_the_digest_does(full: Digest) -> None:
    """It doesn't look at the direction of what is around a table."""
    rule = "td,h1,h2{direction:rtl}\np,h1,h2,li{text-align:right}"
    assert rule in made(issue(story(), topic=topic(language="ar"))).html
    assert rule not in full.html


def test_an_issue_s_id_is_not_turned_round() -> None:
    assert "العدد \u20682021-W04\u2069" in made(issue(story(), topic=topic(language="ar"))).html


def test_no_break_spaces_are_references(full: Digest) -> None:
    body = full.html.partition('role="article"')[2]
    assert "\N{NO-BREAK SPACE}" not in body
    assert "26&nbsp;Jan" in body


def test_the_tool_s_preview_text_is_apart_from_ours() -> None:
    result = made(tool="mailchimp")
    assert f">*|MC_PREVIEW_TEXT|* {result.preheader}" in result.html


def test_forward_and_subscribe() -> None:
    result = made(subscribe_url="https://news.example/subscribe")
    foot = tree(result.html).xpath("//td")[-1]
    assert texts(foot, "p")[0] == "Forward · Subscribe"
    forward, subscribe = foot.xpath("p[1]/a/@href")
    assert forward.startswith("mailto:?subject=AI%3A%20Ban")
    assert forward.endswith("&body=https%3A%2F%2Fnews.example%2Fai%2Fissues%2F2021-W04%2F")
    assert subscribe == "https://news.example/subscribe"
    assert "Subscribe:\nhttps://news.example/subscribe\n" in result.text


def test_point_13_footer(full: Digest) -> None:
    foot = tree(full.html).xpath("//td")[-1]
    assert texts(foot, "p") == [
        "Unsubscribe · View in browser",
        f"You get this e-mail because you subscribed to Smart News: AI. {SENDER.address} · Issue 2021-W04",
    ]
    assert foot.xpath(".//a/@href") == ["mailto:leave@news.example", "https://news.example/ai/issues/2021-W04/"]


def test_point_13_own_reason() -> None:
    assert "You asked for it &amp; here it is" in made(reason="You asked for it & here it is").html


def test_point_14_absolute_links(full: Digest) -> None:
    for link in links(full.html):
        assert re.match(r"https?://|mailto:", link), link
    assert "data:" not in full.html


# ---- mailing tools


@pytest.mark.parametrize("tool", [p for p in PROFILES if p != "none"])
def test_point_15_tags_are_byte_exact(tool: str) -> None:
    tool_profile, result = profile(tool), made(tool=tool)
    used = {k: t for k, t in tool_profile.tags.items() if k not in ("first_name", "tracking")}
    for name, tag in used.items():
        if name in ("unsubscribe", "view_in_browser", "preferences"):
            assert f'href="{tag}"' in result.html
            assert f":\n{tag}\n" in result.text
        else:
            assert tag in result.html
    parts = message(result.eml)
    assert tool_profile.unsubscribe in parts["html"]
    assert tool_profile.unsubscribe in parts["plain"]


def test_point_15_the_tools_address_wins() -> None:
    assert SENDER.address not in made(tool="mailchimp").html


@pytest.mark.parametrize(
    ("style", "reason"),
    [
        pytest.param({"address": "{can-spam}"}, "nothing will fill in {can-spam}", id="placeholder in the address"),
        pytest.param({"reason": "Hello *|FNAME|*"}, "nothing will fill in *|FNAME|*", id="another tool's tag"),
        pytest.param({"subject": "{titel}"}, "subject: has no {titel}; choose from {topic} {site}", id="subject"),
        pytest.param({"preheader": "{lead"}, "preheader: cannot be read", id="brace"),
        pytest.param({"subject": "{lead.id}"}, "subject: has no {lead.id}", id="attribute"),
    ],
)
def test_point_16_unfilled_placeholders_are_errors(style: dict[str, Any], reason: str) -> None:
    with pytest.raises(DigestError, match=re.escape(reason)):
        made(**style)


@pytest.mark.parametrize(
    ("html", "text", "reason"),
    [
        ("<p>{{ digest.nothing }}</p>", None, "has no attribute 'nothing'"),
        ("<p>{name}</p>", None, "digest.html: nothing will fill in {name}"),
        ("<p>hi</p>", None, "digest.html: mailchimp needs *|UNSUB|* in it"),
        ("<p {{ digest.subject }}>", None, "digest.html:2: {{ digest.subject }} is between attributes"),
        (None, "hi", "digest.txt: mailchimp needs *|UNSUB|* in it"),
        (None, "{{ digest.nothing }}", "has no attribute 'nothing'"),
        (None, "{% if %}", "digest.txt:1: "),
    ],
)
def test_point_16_own_templates_are_checked(tmp_path: Path, html: str | None, text: str | None, reason: str) -> None:
    if html:
        page = f"<!DOCTYPE html>\n<html><head></head><body>{html}</body></html>"
        (tmp_path / "digest.html").write_text(page, encoding="utf-8")
    if text:
        (tmp_path / "digest.txt").write_text(text, encoding="utf-8")
    with pytest.raises((DigestError, BadTemplateError), match=re.escape(reason)):
        made(tool="mailchimp", overrides=str(tmp_path))


def test_own_templates_may_use_every_tag(tmp_path: Path) -> None:
    body = "{{ digest.tags.first_name }} {{ digest.tags.unsubscribe }}"
    page = f"<!DOCTYPE html><html><head></head><body>{body}</body></html>"
    (tmp_path / "digest.html").write_text(page, encoding="utf-8")
    assert "*|FNAME|* *|UNSUB|*" in made(tool="mailchimp", overrides=str(tmp_path)).html


@pytest.mark.parametrize("tool", PROFILES)
def test_point_17_articles_cannot_act_as_tags(tool: str) -> None:
    tags, result = profile(tool).tags.values(), made(evil(), tool=tool)
    css = re.compile(r"<style.*?</style>", re.DOTALL)
    parts = message(result.eml)
    for document in (css.sub("", result.html), result.text, result.subject, result.preheader, parts["plain"]):
        for tag in tags:
            document = document.replace(tag, "")
        assert not TAG.search(document)
    title = texts(tree(result.html), "//h2")[0]
    assert title.replace(WORD_JOINER, "") == " ".join(LOOKALIKES)


@pytest.mark.parametrize("tool", PROFILES)
def test_articles_cannot_act_as_tags_after_a_dom(tool: str) -> None:
    """An editor that a digest is pasted into, and Ghost, write what they have parsed, with other references or none."""
    body = re.sub(r"<style.*?</style>", "", made(evil(), tool=tool).html, flags=re.DOTALL)
    for tag in profile(tool).tags.values():
        body = body.replace(tag, "").replace(html.escape(tag), "")
    parsed = tree(body)
    read = [" ".join(map(str, parsed.xpath(path))) for path in ("//text()", "//@*")]
    for again in (*read, etree.tostring(parsed, encoding="unicode", method="html"), html.unescape(body)):
        assert not TAG.search(again)


def test_point_17_markup_is_text() -> None:
    result = made(issue(story(title='<script>alert("x")</script> & <b>', excerpt="</p><p>")))
    assert "<script" not in result.html
    assert texts(tree(result.html), "//h2") == ['<script>alert("x")</script> & <b>']


def test_point_18_no_tool_no_tags() -> None:
    result = made(list_unsubscribe="", address="")
    assert "nsubscribe</a>" not in result.html
    assert "Unsubscribe" not in result.text
    assert not TAG.search(re.sub(r"<style.*?</style>", "", result.html, flags=re.DOTALL))
    assert "https://news.example/ai/issues/2021-W04/" in links(result.html)


# ---- size


def test_point_19_ten_long_stories() -> None:
    result = made(long_issue(10, 5))
    assert result.size == len(result.html.encode()) < 35_000
    assert (result.omitted_coverage, result.omitted_stories) == (0, 0)


def test_point_19_thirty_long_stories_lose_nothing_silently() -> None:
    edition = long_issue(30, 5)
    result = made(edition)
    assert result.size <= 90_000
    assert result.omitted_stories == 0
    listed = {c.url for s in edition.stories for c in s.coverage} & set(links(result.html))
    more = sum(int(n) for n in re.findall(r"\+(\d+) more article", result.html))
    assert len(listed) + more == 150


def test_point_19_coverage_goes_first() -> None:
    result = made(long_issue(30, 5), coverage=5, max_bytes=85_000)
    assert result.size <= 85_000
    assert result.omitted_stories == 0
    shown = tree(result.html).xpath("//td[h2 or div]")
    per_story = {len(cell.xpath(".//li")) for cell in shown}
    assert len(per_story) == 1
    assert result.omitted_coverage == 150 - 30 * per_story.pop() > 0


def test_point_19_then_stories_each_replaced_by_a_link() -> None:
    result = made(long_issue(80, 5))
    assert result.size <= 90_000
    shown = len(tree(result.html).xpath("//h2"))
    assert result.omitted_stories == 80 - shown > 0
    assert 'href="https://news.example/ai/issues/2021-W04/" style="' in result.html
    assert f">{80 - shown} more stories in this issue</a>" in result.html
    assert f"{80 - shown} more stories in this issue:\nhttps://news.example/ai/issues/2021-W04/\n" in result.text
    # One more would have been too much.
    assert len(made(long_issue(80, 5), max_bytes=92_500).html) > len(result.html)


def test_point_19_what_the_topic_limits_is_linked_but_not_counted() -> None:
    edition = issue(*(story(f"s{n}") for n in range(5)), topic=topic(rules=Rules(digest_limit=4)))
    result = made(edition)
    assert ">1 more story in this issue</a>" in result.html
    assert result.omitted_stories == 0


def test_point_19_one_story_is_always_there() -> None:
    result = made(issue(story(excerpt="x " * 200, url="https://x.example/" + "x" * 30_000)), max_bytes=20_000)
    assert result.size > 20_000
    assert len(tree(result.html).xpath("//h2")) == 1


# ---- text and mail


def test_point_20_text_has_the_same_stories_and_addresses(full: Digest) -> None:
    in_html = {link for link in links(full.html) if link != "https://news.example/ai/"}
    assert in_html == set(re.findall(r"(?:https|mailto):\S+", full.text))


def test_point_20_wrapped_but_never_inside_an_address() -> None:
    text = made(long_issue(2, 2)).text
    assert all(len(line) <= 72 for line in text.splitlines() if "://" not in line)
    assert all(len(line.split()) == 1 for line in text.splitlines() if "://" in line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a" * 30 + " " + "b" * 30 + " " + "c" * 30, ["a" * 30 + " " + "b" * 30, "c" * 30], id="words"),
        pytest.param(
            "see https://x.example/" + "x" * 80 + " ok", ["see", "https://x.example/" + "x" * 80, "ok"], id="URL"
        ),
        pytest.param("字" * 40, ["字" * 36, "字" * 4], id="wide characters without spaces"),
        pytest.param("x" * 70 + " 24\N{NO-BREAK SPACE}Jan", ["x" * 70, "24 Jan"], id="date"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_point_20_wrapping(text: str, expected: list[str]) -> None:
    assert wrap(text).splitlines() == expected


def test_point_20_hanging_indent() -> None:
    assert wrap("x " * 60, "  ", "- ").splitlines() == ["- " + "x " * 34 + "x", "  " + "x " * 24 + "x"]


def message(eml: bytes) -> dict[str, str]:
    parsed = email.message_from_bytes(eml, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return {p.get_content_subtype(): p.get_content().replace("\r\n", "\n") for p in parsed.iter_parts()}


def test_point_21_mail(full: Digest) -> None:
    parsed = email.message_from_bytes(full.eml, policy=policy.default)
    assert parsed.get_content_type() == "multipart/alternative"
    assert message(full.eml) == {"plain": full.text, "html": full.html}
    headers = {name: str(parsed[name]) for name in ("Subject", "From", "X-Unsent", "List-Unsubscribe", "Date")}
    assert headers == {
        "Subject": full.subject,
        "From": "Smart News <news@news.example>",
        "X-Unsent": "1",
        "List-Unsubscribe": "<mailto:leave@news.example>",
        "Date": "Tue, 26 Jan 2021 17:45:00 +0000",
    }


def test_point_21_lines_are_short_and_ascii() -> None:
    eml = made(long_issue(3, 3), list_unsubscribe=f"https://news.example/{'x' * 300}").eml
    assert eml.isascii()
    assert all(len(line) <= 998 for line in eml.split(b"\r\n"))
    assert eml.count(b"\n") == eml.count(b"\r\n")
    assert (
        email.message_from_bytes(eml, policy=policy.default)["List-Unsubscribe"]
        == f"<https://news.example/{'x' * 300}>"
    )


def test_point_21_no_sender_no_from() -> None:
    parsed = email.message_from_bytes(made(sender_address="", list_unsubscribe="").eml)
    assert (parsed["From"], parsed["List-Unsubscribe"]) == (None, None)


# ---- periods and building


def test_point_22_dates_in_the_sites_time_zone() -> None:
    period = Period("2021-01-26", utc("2021-01-25 15:00"), utc("2021-01-26 15:00"))
    result = made(issue(story(), period=period), timezone="Asia/Tokyo")
    assert "26 January 2021" in result.html
    assert "The Paper · 27 Jan\n" in result.text


@pytest.mark.parametrize(
    ("period", "tag", "expected"),
    [
        (Period("2021-W04", utc("2021-01-25"), utc("2021-02-01")), "en", "Week 4 · 25–31 Jan 2021"),
        (Period("2020-W53", utc("2020-12-28"), utc("2021-01-04")), "en", "Week 53 · 28 Dec 2020 – 3 Jan 2021"),
        (Period("2021-01", utc("2021-01-01"), utc("2021-02-01")), "en", "January 2021"),
        (Period("2021-01", utc("2021-01-01"), utc("2021-02-01")), "fr", "janvier 2021"),
        (Period("2021-01-26", utc("2021-01-26"), utc("2021-01-27")), "en-US", "January 26, 2021"),
        (None, "en", ""),
    ],
)
def test_point_22_periods_are_said_in_the_topics_language(period: Period | None, tag: str, expected: str) -> None:
    edition = issue(story(), period=period, topic=topic(language=tag))
    found = texts(tree(made(edition).html), "//h1/following-sibling::p/text()/..")
    assert [text.rpartition(" · ")[0] for text in found] == [expected][: bool(expected)]


def test_point_23_same_bytes_nothing_printed(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def refuse(*_: object) -> None:
        raise AssertionError("network access")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    digest._compiled.cache_clear()
    assert made() == made()
    assert capfd.readouterr() == ("", "")


# ---- subject, style, template


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{topic}: {lead}", "AI: Ban the scan, say New Yorkers"),
        ("{site} {issue}: {lead}", "Smart News 2021-W04: Ban the scan, say New Yorkers"),
        ("{lead} ({count} stories, {period})", "Ban the scan, say New Yorkers (4 stories, Week 4 · 25–31 Jan 2021)"),
        ("{topic} · {others}", "AI · Title of film · A story without a picture · حظر التعرف على الوجوه"),
        ("{topic}", "AI · AI · Smart News · Week 4 · 25–31 Jan 2021"),
        ("", "AI · Smart News · Week 4 · 25–31 Jan 2021"),
    ],
)
def test_subjects_by_template(template: str, expected: str) -> None:
    assert made(subject=template).subject.removeprefix("· ") == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    {"{topic}: {lead}": "AI : Title of one", "{topic}: x {lead}": "AI: x Title of one"}.items(),
)
def test_the_usual_subject_has_the_colon_of_its_language(template: str, expected: str) -> None:
    assert made(issue(story(), topic=topic(language="fr")), subject=template).subject == expected


def test_a_long_title_leaves_room_for_the_rest() -> None:
    result = made(issue(story(title="word " * 40)), subject="{lead} | {site}")
    assert result.subject.endswith("word… | Smart News")
    assert 60 < len(result.subject) <= 78


@pytest.mark.parametrize(
    ("style", "reason"),
    [
        pytest.param({"accent": "red"}, "accent: must be a colour like #9c2f2f", id="no colour"),
        pytest.param({"accent": "#ffcc00"}, "accent: contrast against #fffefb is 1.5; at least 4.5", id="pale"),
        pytest.param({"accent_dark": "#331111"}, "accent_dark: contrast against #1c1d20 is 1.0", id="dark on dark"),
        pytest.param({"font": 'Arial"; x'}, "font: must be a list of fonts", id="font that is CSS"),
        pytest.param({"heading_font": "'Arial"}, "heading_font: must be a list of fonts", id="odd quote"),
        pytest.param({"logo_size": (10,)}, "logo_size: must be [width, height]", id="one number"),
        pytest.param({"logo_size": (700, 10)}, "logo_size: must be [width, height] in pixels, at most 600", id="wide"),
        pytest.param({"sender_address": "me"}, "sender_address: is not an e-mail address", id="sender"),
        pytest.param({"subscribe_url": "me"}, "subscribe_url: must be an https:// address", id="subscribe"),
        pytest.param({"list_unsubscribe": "http://x"}, "list_unsubscribe: must be an e-mail address or", id="http"),
        pytest.param(
            {"accent": "red", "font": ";"}, "accent: must be a colour like #9c2f2f\nfont: must", id="all at once"
        ),
    ],
)
def test_styles_that_cannot_be_used_are_errors(style: dict[str, Any], reason: str) -> None:
    with pytest.raises(DigestError, match=re.escape(reason)):
        made(**style)


def test_colours_and_fonts_of_ones_own() -> None:
    html = made(
        accent="#00509e", accent_dark="#7fb2ff", font="Verdana, sans-serif", heading_font="'My Font', serif"
    ).html
    assert "border-top:4px solid #00509e" in html
    assert ".label,a.more{color:#7fb2ff!important}" in html
    assert "font:16px/26px Verdana,sans-serif;" in html
    assert "font:bold 30px/38px 'My Font',serif\"" in html


def view_of_everything() -> views.DigestView:
    head = envelope(everything(), STYLE)
    viewer = views.ViewBuilder(everything(), STYLE, NONE, views.IN_HTML, head, language("en"))
    return viewer.view(views.Extent(stories=4, coverage=6))


def test_the_shipped_template_comes_inlined(request: pytest.FixtureRequest) -> None:
    path = templates_dir() / digest.INLINED_TEMPLATE
    inlined = digest.with_inlined_css(SOURCE, templating.environment()).encode()
    if request.config.getoption("--update-golden"):
        path.write_bytes(inlined)
    assert path.read_bytes() == inlined


def test_premailer_is_loaded_only_for_templates_of_ones_own(tmp_path: Path) -> None:
    code = (
        "import sys; from feeds.renderers.digest.render import prepare;"
        "prepare(sys.argv[1]); print('premailer' in sys.modules)"
    )
    (tmp_path / digest.HTML_TEMPLATE).write_text(SOURCE.replace("32px", "30px"), encoding="utf-8")
    for overrides, is_loaded in {"": "False", str(tmp_path): "True"}.items():
        command = [sys.executable, "-c", code, overrides]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == is_loaded


def test_inlining_the_shipped_template_first_is_the_same() -> None:
    rendered = environment().from_string(SOURCE).render(digest=view_of_everything())
    assert list(normalised(made().html)) == list(normalised(inline_html(rendered.lstrip())))
