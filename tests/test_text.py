"""What is done to texts of any kind: one line, cut to a length, compared."""

import subprocess
import sys
import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from feeds.text import fold, one_line, truncate
from support.texts import any_text, quick


def test_one_line_leaves_markup_and_entities_alone() -> None:
    assert one_line(" <b>\n&amp;\x00 \u202e") == "<b> &amp;"


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("Hello, world", 12, "Hello, world", id="fits"),
        pytest.param("Hello wide world", 11, "Hello wide…", id="word ends at the limit"),
        pytest.param("Hello wide world", 10, "Hello…", id="word does not fit"),
        pytest.param("Hello, wide world", 11, "Hello…", id="comma before the ellipsis"),
        pytest.param("Hello. Wide world", 11, "Hello…", id="full stop before the ellipsis"),
        pytest.param("Hello — wide world", 10, "Hello…", id="dash before the ellipsis"),
        pytest.param("Hello (wide world)", 8, "Hello…", id="opening bracket before the ellipsis"),
        pytest.param("Hello (wide) world", 14, "Hello (wide)…", id="closing bracket stays"),
        pytest.param("Prices up 50% again", 15, "Prices up 50%…", id="percent sign stays"),
        pytest.param("Internationalization", 8, "Interna…", id="one long word"),
        pytest.param(" Internationalization", 8, " Intern…", id="one long word after a space"),
        pytest.param("日本語のテキストには空白がない", 8, "日本語のテキス…", id="Japanese"),
        pytest.param("東京、大阪、京都", 4, "東京…", id="Japanese comma before the ellipsis"),
        pytest.param("AI 人工知能の技術", 7, "AI 人工知…", id="Japanese after a space"),
        pytest.param("日本のOpenAI社", 8, "日本の…", id="Latin word in Japanese"),
        pytest.param("OpenAI社の発表", 7, "OpenAI…", id="Japanese after a Latin word"),
        pytest.param("by OpenAI社の発表", 10, "by OpenAI…", id="Japanese after the second Latin word"),
        pytest.param("สวัสดีชาวโลก", 6, "สวัส…", id="Thai vowel signs"),
        pytest.param("👨‍👩‍👧👨‍👩‍👧 family", 8, "👨‍👩‍👧…", id="joined emoji"),
        pytest.param("👨‍👩‍👧👨‍👩‍👧", 5, "…", id="emoji longer than the limit"),
        pytest.param("🇩🇪🇫🇷🇯🇵", 4, "🇩🇪…", id="flags"),
        pytest.param("cafe\u0301s everywhere", 5, "caf…", id="combining accent"),
        pytest.param("......", 3, "..…", id="only punctuation"),
        pytest.param("abc", 1, "…", id="no room"),
        pytest.param("abc", 0, "", id="limit 0"),
        pytest.param("abc", -1, "", id="negative limit"),
    ],
)
def test_truncate(text: str, limit: int, expected: str) -> None:
    assert truncate(text, limit) == expected


@pytest.mark.parametrize("mark", ["،", "؛", "؟", "۔", "।"])
def test_truncate_leaves_no_punctuation_before_the_ellipsis_in_other_scripts(mark: str) -> None:
    assert truncate(f"قال{mark} ثم مضى", 6) == "قال…"


@quick
@given(any_text, st.integers(-1, 40))
def test_truncate_cuts_a_prefix_between_graphemes(text: str, limit: int) -> None:
    result = truncate(text, limit)
    if len(text) <= limit:
        assert result == text
        return
    assert len(result) <= max(limit, 0)
    if limit <= 1:
        assert result == "…"[: max(limit, 0)]
        return
    head = result.removesuffix("…")
    assert text.startswith(head)
    assert len(head) in {0, *(match.end() for match in regex.finditer(r"\X", text))}


@quick
@given(st.lists(st.text("abcdefg", min_size=1, max_size=9), min_size=2), st.integers(11, 40))
def test_truncate_keeps_words_whole(words: list[str], limit: int) -> None:
    result = truncate(" ".join(words), limit).removesuffix("…")
    kept = result.split(" ")
    assert kept == words[: len(kept)]
    assert len(kept) == len(words) or len(result) + 1 + len(words[len(kept)]) >= limit, "as many as fit"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("Ban the Scan!", "‘Ban The Scan’", True, id="case and quotes"),
        pytest.param("A — B: c", "a b c", True, id="punctuation"),
        pytest.param("Ban\u00a0the  Scan", "Ban the Scan", True, id="spaces"),
        pytest.param("ＡＩ", "ai", True, id="width"),
        pytest.param("Straße", "STRASSE", True, id="sharp s"),
        pytest.param("cafe\u0301", "café", True, id="composition"),
        pytest.param("🔥 News", "News", True, id="emoji"),
        pytest.param("soft\u00adhyphen", "softhyphen", True, id="soft hyphen"),
        pytest.param("C++", "C", False, id="plus signs"),
        pytest.param("$5", "€5", False, id="currencies"),
        pytest.param("5", "6", False, id="digits"),
        pytest.param("कि", "क", False, id="vowel signs"),
        pytest.param("!!!", "???", False, id="only punctuation"),
        pytest.param("❤️", "☀️", False, id="only emoji"),
    ],
)
def test_fold(one: str, other: str, same: bool) -> None:
    assert (fold(one) == fold(other)) is same


@quick
@given(any_text)
def test_fold_of_something_is_something(text: str) -> None:
    assert bool(fold(text)) == bool(unicodedata.normalize("NFKC", text))
    assert fold(text.casefold()) == fold(text)


def test_libraries_for_rare_texts_are_not_loaded_for_all() -> None:
    code = "import sys; from feeds.text import *; truncate('x', 5);print(*{'regex'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
