"""The digest for Ghost, which puts it into a mail of its own."""

import re

import pytest
from lxml import etree

from feeds.renderers.digest.fragment import fragment
from support.digests import made


@pytest.fixture(scope="module")
def html() -> str:
    return made(tool="ghost").html


@pytest.mark.parametrize("gone", ["<!DOCTYPE", "<html", "<head", "<style>", "<body", "\u034f", " class=", "&#39;", "'"])
def test_what_only_a_whole_mail_has_is_gone(html: str, gone: str) -> None:
    assert gone not in re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)


def test_the_stories_and_links_are_the_same(html: str) -> None:
    whole, part = (etree.fromstring(text, etree.HTMLParser()) for text in (made(tool="none").html, html))
    for path in ("//h2//text()", "//li//a/@href", "//img/@src"):
        assert part.xpath(path) == whole.xpath(path) != []
    assert 'href="%%{unsubscribe_url}%%"' in html


@pytest.mark.parametrize("element", ["a", "h1", "h2", "li", "p", "td"])
def test_each_element_states_its_colour(html: str, element: str) -> None:
    tags = re.findall(rf"<{element}\b[^>]*>", re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL))
    assert tags
    assert all(re.search(r"[;\"]color:#[0-9a-f]{6}!important", tag) for tag in tags)


def test_ghost_gets_no_shorthand(html: str) -> None:
    """Cells and large text state parts of it on their own."""
    assert not re.search(r"[;\"]font:", html)
    assert '<h2 style="margin:0;font-size:30px;line-height:38px;font-family:Georgia,Times New Roman,serif;' in html


def test_thumbs_begin_on_the_side_of_the_text(html: str) -> None:
    frame = html.partition(">")[0]
    assert frame.endswith('style="max-width:536px;margin:0 auto;text-align:left"')


def test_an_end_without_a_beginning_does_no_harm() -> None:
    assert "</p><p>x</p></div>" in fragment("<body></p><p>x</p></body>")


def test_only_colours_are_important(html: str) -> None:
    """Ghost takes all of it away again, after the colour of its paragraphs has lost to ours."""
    styles = re.findall(r' style="([^"]*)"', re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL))
    declarations = [part for style in styles for part in style.split(";")]
    assert {part.partition(":")[0] for part in declarations if "!important" in part} == {"color"}
    assert all(part.endswith("!important") for part in declarations if part.startswith("color:"))


def test_each_cell_states_its_font(html: str) -> None:
    """Ghost has rules for cells; paragraphs and lists inherit theirs."""
    cells = re.findall(r"<td\b[^>]*>", re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL))
    assert all("font-family:-apple-system,Segoe UI," in cell and "font-size:16px" in cell for cell in cells)


def test_large_text_is_in_elements_that_ghost_does_not_shrink_on_phones(html: str) -> None:
    page = etree.fromstring(html, etree.HTMLParser())
    large = page.xpath("//h1/a/b/@style | //h2/a/b/@style | //td/p/b/@style")
    assert large == [f"font-size:{size}px" for size in (40, 24, 30, 21, 24, 24, 21)]


def test_tags_are_balanced(html: str) -> None:
    plain = re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)
    for name in ("div", "table", "tr", "td", "p", "ul", "li"):
        assert len(re.findall(rf"<{name}\b", plain)) == plain.count(f"</{name}>")


def test_a_template_of_one_s_own_gives_its_body() -> None:
    mail = '<html><head><title>A</title></head><body style="color:#111111"><p>Text</p></body></html>'
    part = fragment(mail)
    assert '<p style="color:#111111!important">Text</p>' in part
    assert part.startswith('<div role="article" aria-label="A" style="max-width:536px;margin:0 auto">')
    assert "<head" not in part
