"""Text in one line or in several: without invisible characters, cut to a length, wrapped, compared."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import takewhile

WORD_JOINER = "\u2060"
"""Invisible, and no line breaks at it; between two characters it keeps programs from reading them as markup."""
LINE_WIDTH = 72
"""Columns of wrapped text, as recommended for e-mail (RFC 3676 §4.2)."""
_QUOTE = r"""(?:&quot;|&#34;|&#39;|\\?["'])?"""
SECURED_VALUE = rf"secured{_QUOTE}[ \t]*:[ \t]*{_QUOTE}[A-Za-z0-9+/=_-]{{60}}"
"""A regular expression for what a broken document could disclose: its field `secured`, with a long base64 value."""
_SECURED = re.compile(SECURED_VALUE, re.IGNORECASE)

# Characters that are invisible or reverse the text around them: lone surrogates, C0, DEL and C1 (except whitespace,
# which is folded), noncharacters, bidi embeddings, overrides and isolates, and the byte order mark.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]+"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def holds_secret(text: str) -> bool:
    """Return whether a text seems to contain a value of `secured`, like a block that swallowed the lines below it."""
    return ":" in text and "secured" in text.lower() and _SECURED.search(text) is not None


def one_line(text: str) -> str:
    """Return the text without unwanted characters and with folded whitespace; keep markup and entities."""
    if text.isprintable():  # no control, format or unassigned character and no space but U+0020: the usual case
        is_folded = "  " not in text and text[:1] != " " != text[-1:]
        return text if is_folded else " ".join(text.split())
    if (folded := " ".join(text.split())).isprintable():
        return folded
    if _SURROGATE.search(text):  # join the two halves of a character, as JSON writes them, and drop lone halves
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return " ".join(_UNWANTED.sub("", text).split())


def lines(text: str) -> str:
    """Return a text of several lines without unwanted characters; its lines and its spaces stay as they are."""
    return _UNWANTED.sub("", _SURROGATE.sub("", text))


# Characters that an ellipsis should not follow; closing brackets, quotes and signs of a word (%, +, #) are fine.
_DANGLING = " .,;:!?…-–—·•|/\\&([{<«‹“‘„‚¿¡、。，．：；！？・「『（【〈《،؛؟۔।॥"
# Scripts without spaces between words, in which a text may be cut between any two graphemes.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"


# Latin letters and punctuation: each is a grapheme, and only U+0020 is a place to cut.
_SIMPLE = re.compile("[ -~\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u203a\u20ac]*")


def truncate(text: str, limit: int) -> str:
    """Return at most `limit` characters (code points), `…` included; a text that fits is returned unchanged.

    Cut between words, or between graphemes (UAX #29) if the script has no spaces or a single word is too long.
    """
    if len(text) <= limit:
        return text
    if limit <= 1:
        return "…"[: max(limit, 0)]
    head = text[: _cut(text, limit - 1)]
    return f"{head.rstrip(_DANGLING) or head.rstrip()}…"


def _cut(text: str, room: int) -> int:
    """Return the end of the last word within `room` characters; `text` is longer than that."""
    if text.isascii() and text.isprintable():  # every character is a grapheme, and the only whitespace is U+0020
        space = text.rfind(" ", 0, room + 1)
        return space if space > 0 and not text[:space].isspace() else room
    space = text.rfind(" ", 0, room + 1)
    if _SIMPLE.fullmatch(text, max(space, 0), room + 1) and text[: max(space, 0)].strip():
        return space
    import regex  # slow to load, and few texts need it

    clusters = [m.span() for m in takewhile(lambda m: m.end() <= room, regex.finditer(r"\X", text))]
    end = clusters[-1][1] if clusters else 0
    if text[end].isspace():
        return end
    unspaced = regex.compile(_UNSPACED)
    if unspaced.match(text, end):
        return end
    for start, stop in reversed(clusters):
        if text[start].isspace() and text[:start].strip():
            return start
        if unspaced.match(text, start):
            return stop
    return end


def colon(language: str) -> str:
    """Return the colon between two texts as a language, given as a BCP 47 tag, writes it, with its spaces.

    It is not with the words of `feeds.languages`, because the configuration needs it for titles and must load fast.
    """
    match language.partition("-")[0].lower():
        case "fr":
            return "\N{NO-BREAK SPACE}: "
        case "ja" | "zh":
            return "："
    return ": "


class _FoldTable(dict[int, int | None]):
    """A table for str.translate, filled on demand; it keeps letters, digits, marks, and signs of math and money."""

    def __missing__(self, code: int) -> int | None:
        category = unicodedata.category(chr(code))
        is_kept = category[0] in "LMN" or category in ("Sm", "Sc")
        self[code] = code if is_kept and not 0xFE00 <= code <= 0xFE0F else None  # variation selectors are marks too
        return self[code]


_FOLD = _FoldTable()
_IGNORED = bytes(code for code in range(128) if _FOLD[code] is None)


def fold(text: str) -> str:
    """Return a key for comparing titles; case, width, punctuation, emoji and spaces count only if all else is empty."""
    if text.isascii():
        return text.lower().encode().translate(None, _IGNORED).decode() or text.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.translate(_FOLD) or folded


def wrap(text: str, indent: str = "", first: str | None = None) -> str:
    """Return lines of at most 72 columns, each after the indent, the first after `first`. URLs and dates are kept."""
    room = LINE_WIDTH - len(indent)
    lines: list[list[str]] = []
    left = -1
    for word in filter(None, text.split(" ")):
        for piece in (word,) if len(word) <= room and word.isascii() else _pieces(word, room):
            left -= 1 + _columns(piece)
            if left < 0:
                lines.append([])
                left = room - _columns(piece)
            lines[-1].append(piece)
    filled = [indent + " ".join(line) for line in lines]
    if filled and first is not None:
        filled[0] = first + filled[0].removeprefix(indent)
    return "\n".join(filled).replace("\N{NO-BREAK SPACE}", " ")


def underline(text: str) -> str:
    """Return the wrapped text above a line of equals signs as wide as it is."""
    lines = wrap(text)
    return f"{lines}\n{'=' * max(map(_columns, lines.splitlines()), default=0)}"


def _pieces(word: str, room: int) -> Iterator[str]:
    """Yield the parts of a word that is longer than a line, as in scripts without spaces. URLs are not cut."""
    start = columns = 0
    for position, char in enumerate(word if "://" not in word else ""):
        width = _columns(char)
        if columns + width > room:
            yield word[start:position]
            start, columns = position, 0
        columns += width
    yield word[start:]


def _columns(text: str) -> int:
    return len(text) if text.isascii() else sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
