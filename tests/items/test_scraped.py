"""What remains of scraped text."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.items.scraped import plain, unshout
from support.texts import FORBIDDEN, any_text, quick


@pytest.mark.parametrize(
    ("scraped", "expected"),
    [
        pytest.param("A headline", "A headline", id="as it is"),
        pytest.param("", "", id="empty"),
        # entities
        pytest.param("It&#8217;s", "It’s", id="numeric entity"),
        pytest.param("AT&amp;T", "AT&T", id="named entity"),
        pytest.param("AT&T, R&D & more", "AT&T, R&D & more", id="lone ampersands"),
        pytest.param("&amp;amp;", "&amp;", id="decoded once"),
        pytest.param("<b>&amp;amp;</b>", "&amp;", id="decoded once, in markup"),
        pytest.param("&lt;script&gt;", "<script>", id="escaped markup is text"),
        pytest.param("<i>&lt;b&gt;</i>", "<b>", id="escaped markup in markup is text"),
        pytest.param("a&nbsp;b&#160;c", "a b c", id="no-break spaces"),
        pytest.param("&#150; &#x80;", "– €", id="Windows-1252 numbers"),
        pytest.param("a&#x202e;b&#xfeff;c&#8;d", "abcd", id="unwanted characters as entities"),
        pytest.param(f"a&#{'9' * 5000};b&#{'0' * 5000}65;c", "a\ufffdbAc", id="numbers too long for Python"),
        pytest.param("&#12345678 &#00000065 &#;&#x;", "\ufffd A &#;&#x;", id="numbers without a semicolon"),
        # markup
        pytest.param("a <b>bold</b> word", "a bold word", id="inline tags"),
        pytest.param("un<em>believ</em>able", "unbelievable", id="inline tags leave no space"),
        pytest.param("<p>One</p><p>two</p>", "One two", id="block tags leave a space"),
        pytest.param("one<br>two<BR/>three<br />four", "one two three four", id="line breaks"),
        pytest.param("<ul><li>a<li>b</ul>", "a b", id="list"),
        pytest.param("a<script>alert('<b>')</script>b<style>p{}</style>c", "abc", id="script and style"),
        pytest.param("a<svg><path d='M0'/><title>t</title></svg>b", "ab", id="drawing"),
        pytest.param('<a href="https://example.com/?a=1&b=2" title="x > y">link</a>', "link", id="attributes"),
        pytest.param("<IMG src=x onerror=alert(1)>text", "text", id="upper case"),
        pytest.param("read on <a href='https://example.c", "read on", id="cut in a tag"),
        pytest.param("a <!-- comment --> b", "a b", id="comment"),
        pytest.param("<!DOCTYPE html><p>x", "x", id="doctype"),
        pytest.param("<![CDATA[Cats & <b>dogs</b>]]>", "Cats & dogs", id="CDATA"),
        pytest.param("a ]]> b < c", "a ]]> b < c", id="no CDATA"),
        pytest.param("<scr\x00ipt>x</script>y", "y", id="tag with a NUL in it"),
        # less-than signs
        pytest.param("List<String> and Map<K, V>", "List<String> and Map<K, V>", id="generics"),
        pytest.param("I <3 you </3", "I <3 you </3", id="hearts"),
        pytest.param("if a < b && c > d", "if a < b && c > d", id="comparison"),
        pytest.param("<String> is <b>bold</b> & <3", "<String> is bold & <3", id="text and markup"),
        pytest.param("<custom-element>x", "<custom-element>x", id="no element of HTML"),
        pytest.param("<bold>x <?php <! end<", "<bold>x <?php <! end<", id="what only looks like markup"),
        # characters
        pytest.param(
            " \t one \r\n two\x0b\x0cthree\u2028four\u3000five\x85six ", "one two three four five six", id="whitespace"
        ),
        pytest.param("a\x00b\x08c\x1bd\x7fe\x9ff", "abcdef", id="control characters"),
        pytest.param("a\ufffeb\uffffc\ufdd0d\U0010ffffe", "abcde", id="noncharacters"),
        pytest.param("a\u202eb\u2066c\u2069d\ufeffe", "abcde", id="bidi controls and byte order mark"),
        pytest.param("\ud83d\ude00 \ud83d x\ude00", "😀 x", id="surrogates"),
        pytest.param("<i>\ud83d\ude00\ud83d</i>", "😀", id="surrogates in markup"),
        pytest.param("👨\u200d👩\u200d👧 می\u200cخواهم", "👨\u200d👩\u200d👧 می\u200cخواهم", id="joiners stay"),
        pytest.param("שלום\u200f!", "שלום\u200f!", id="direction marks stay"),
        pytest.param("\ue000 \U000e0067", "\ue000 \U000e0067", id="private use and tags stay"),
    ],
)
def test_plain(scraped: str, expected: str) -> None:
    assert plain(scraped) == expected


@quick
@given(any_text)
@example("&#xd83d;&#xde00;")
@example("<" * 50)
def test_plain_is_one_clean_line_whatever_comes(text: str) -> None:
    result = plain(text)
    assert not FORBIDDEN.search(result)
    assert result == " ".join(result.split())
    result.encode()


@quick
@given(
    st.text(
        st.characters(codec="utf-8", exclude_characters="<&", exclude_categories=["Cc", "Cf", "Cn", "Zs", "Zl", "Zp"])
    )
)
def test_plain_changes_nothing_that_needs_no_change(text: str) -> None:
    assert plain(text) == text


@quick
@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"])))
def test_plain_undoes_one_escaping(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain(escaped) == text


@pytest.mark.parametrize(
    "hostile", ["<div>", "<b>", "<b a=", "<!--", "<table><td>", "&", "<", "<![CDATA[", "&#1", "&#1;"]
)
def test_plain_takes_no_time_for_hostile_text(hostile: str) -> None:
    started = time.process_time()
    plain(hostile * (1_000_000 // len(hostile)))
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("title", "context", "expected"),
    [
        pytest.param("Ban the scan", "", "Ban the scan", id="not shouted"),
        pytest.param("FACIAL RECOGNITION BANNED", "", "Facial Recognition Banned", id="shouted"),
        pytest.param("NASA", "", "NASA", id="one acronym"),
        pytest.param("AI", "", "AI", id="short acronym"),
        pytest.param("BREAKING", "Breaking", "BREAKING", id="one word"),
        pytest.param("AI AND ML", "", "AI AND ML", id="short words"),
        pytest.param("ROBOTS VS AI", "", "ROBOTS VS AI", id="one long word"),
        pytest.param("ROBOTS BEAT humans", "", "ROBOTS BEAT humans", id="less than 80 %"),
        pytest.param("ROBOTS WIN THE PRIZE ever", "", "Robots Win The Prize Ever", id="more than 80 %"),
        pytest.param("生成AIの著作権", "", "生成AIの著作権", id="an acronym in Japanese"),
        pytest.param("NTTドコモとKDDI", "", "NTTドコモとKDDI", id="companies in Japanese"),
        pytest.param("NVIDIAの新型GPU、TSMCで量産", "", "NVIDIAの新型GPU、TSMCで量産", id="companies in a sentence"),
        pytest.param("شركة OPENAI تطلق نموذج AI", "", "شركة OPENAI تطلق نموذج AI", id="an acronym in Arabic"),
        pytest.param("인공지능 AI 저작권 NVIDIA 소송", "", "인공지능 AI 저작권 NVIDIA 소송", id="acronyms in Korean"),
        pytest.param("NASA LAUNCHES NEW IPHONE", "So NASA has a new iPhone.", "NASA Launches new iPhone", id="context"),
        pytest.param("THE BAN STARTS TODAY", "The ban. And the end", "The ban Starts Today", id="first word's capital"),
        pytest.param("“IPHONE WINS PRIZE”", "an iPhone", "“iPhone Wins Prize”", id="first word's own spelling"),
        pytest.param(
            "GOOD ROBOTS WIN", "Robots? No, robots. Robots!", "Good robots Win", id="small letters count most"
        ),
        pytest.param("GOOD NEWS EVERYONE", "THIS IS GREAT NEWS HERE", "Good News Everyone", id="shouted context"),
        pytest.param("UNESCO WARNS OF ROBOTS", "says UNESCO", "UNESCO Warns Of Robots", id="acronym in context"),
        pytest.param(
            "INTERNATIONAL ROBOTS", "the INTERNATIONAL one", "International Robots", id="too long for an acronym"
        ),
        pytest.param("DON'T PANIC: IT’S ROBOTS", "", "Don't Panic: It’s Robots", id="apostrophes"),
        pytest.param("COVID-19 VACCINE NEWS", "on COVID-19", "COVID-19 Vaccine News", id="digits"),
        pytest.param("НОВОСТИ СЕГОДНЯ", "", "Новости Сегодня", id="Cyrillic"),
        pytest.param("人工知能のニュース 今日のニュース", "", "人工知能のニュース 今日のニュース", id="no case"),
        pytest.param("", "", "", id="empty"),
    ],
)
def test_unshout(title: str, context: str, expected: str) -> None:
    assert unshout(title, context) == expected


@quick
@given(any_text, any_text)
def test_unshout_changes_case_only(title: str, context: str) -> None:
    assert unshout(title, context).casefold() == title.casefold()
