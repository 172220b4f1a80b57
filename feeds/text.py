"""Plain text out of scraped text: entities, markup, invisible characters, capitals, length.

What `plain` returns is safe in XML 1.0 documents and on terminals once it is escaped for the place where it goes.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import takewhile

WORD_JOINER = "\u2060"
"""Invisible, and no line breaks at it; between two characters it keeps programs from reading them as markup."""
LINE_WIDTH = 72
"""Columns of wrapped text, as recommended for e-mail (RFC 3676 §4.2)."""
# An HTML parser needs time that grows with the square of the depth of tags. What comes after these is dropped.
_MAX_MARKUP = 20_000  # characters
_MAX_TAGS = 1_000

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

_INLINE_TAGS = (
    "a abbr acronym audio b bdi bdo big cite code data del dfn em embed font i img input ins kbd label map mark math "
    "meter nobr noscript object output picture progress q rb rp rt rtc ruby s samp script slot small source span "
    "strike strong style sub sup svg template time track tt u var video wbr"
)
_BLOCK_TAGS = (
    "address applet area article aside base basefont blockquote body br button canvas caption center col colgroup dd "
    "details dialog dir div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header "
    "hgroup hr html iframe legend li link main marquee menu menuitem meta nav noembed noframes ol optgroup option p "
    "param pre search section select summary table tbody td textarea tfoot th thead title tr ul"
)
_INLINE, _BLOCK = frozenset(_INLINE_TAGS.split()), frozenset(_BLOCK_TAGS.split())
_NOT_TEXT = {"iframe", "math", "noscript", "script", "style", "svg", "template"}
_LESS_THAN = re.compile(
    r"<(?:/?(?P<name>[a-z][a-z0-9]*)(?=[\s/>]|\Z)|(?P<other>!--|!doctype\b|\?xml\b))?",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """Return one line of plain text. Entities are decoded once, `&lt;b&gt;` to the text `<b>`, so call it only once.

    HTML tags are removed, and so is the content of script and style; any other `<` is text. Block tags leave a space.
    """
    if "<" in text:
        text = _without_markup(one_line("<".join(text[:_MAX_MARKUP].split("<", _MAX_TAGS + 1)[: _MAX_TAGS + 1])))
    if "&" in text:
        text = html.unescape(_BEYOND_UNICODE.sub(_bounded, text) if "&#" in text else text)
    return one_line(text)


# Python, and with it its HTML library, refuses to read numbers of more than 4,300 digits.
_BEYOND_UNICODE = re.compile(r"&#([0-9]{8,});?")


def _bounded(match: re.Match[str]) -> str:
    """Return the reference without leading zeros, or U+FFFD if its number is beyond Unicode."""
    significant = match[1].lstrip("0") or "0"
    return f"&#{significant};" if len(significant) < 8 else "\ufffd"


# Besides format characters and spaces: the other characters that are shown as nothing (Unicode's
# Default_Ignorable_Code_Point), and the Braille pattern without dots.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)


def is_visible(text: str) -> bool:
    """Return whether a reader sees anything of the text."""
    if "!" <= text[:1] <= "~":  # as most texts begin
        return True
    if text.isascii():
        return bool(text.strip())
    return any(unicodedata.category(char) not in ("Cf", "Zs") and not _INVISIBLE.match(char) for char in text)


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


def _without_markup(text: str) -> str:
    """Remove tags and comments; keep entities, and escape `<` and `&`."""
    import nh3  # slow to load, and few texts need it

    if "<![CDATA[" in text:
        text = text.replace("<![CDATA[", "").replace("]]>", "")
    text = _LESS_THAN.sub(_keep_or_escape, text)
    return nh3.clean(text, tags=set(), clean_content_tags=_NOT_TEXT)


def _keep_or_escape(match: re.Match[str]) -> str:
    if match["other"]:
        return match.group()
    name = (match["name"] or "").lower()
    if name in _INLINE:
        return match.group()
    return f" {match.group()}" if name in _BLOCK else f"&lt;{match.group()[1:]}"


# Characters that an ellipsis should not follow; closing brackets, quotes and signs of a word (%, +, #) are fine.
_DANGLING = " .,;:!?…-–—·•|/\\&([{<«‹“‘„‚¿¡、。，．：；！？・「『（【〈《،؛؟۔।॥"
# Scripts without spaces between words, in which a text may be cut between any two graphemes.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"


# Latin letters and punctuation: each is a grapheme, and only U+0020 is a place to cut.
_SIMPLE = re.compile("[ -~\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u203a\u20ac]*")


def truncate(text: str, limit: int, ellipsis: str = "…") -> str:
    """Return at most `limit` characters (code points), ellipsis included; a text that fits is returned unchanged.

    Cut between words, or between graphemes (UAX #29) if the script has no spaces or a single word is too long.
    """
    if len(text) <= limit:
        return text
    room = limit - len(ellipsis)
    if room <= 0:
        return ellipsis[: max(limit, 0)]
    head = text[: _cut(text, room)]
    return (head.rstrip(_DANGLING) or head.rstrip()) + ellipsis


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

    Here and not with the words of `feeds.languages`, as the configuration needs it for titles and must load fast.
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


_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LONG_WORD = 4  # letters; shorter words may be acronyms
_MAX_ACRONYM = 6
_SHOUTED = 0.8  # share of all letters: scripts without capitals never shout, whatever acronyms they contain


def unshout(title: str, context: str = "") -> str:
    """Return a title in capitals with each word as the context (the excerpt) spells it, or else Capitalised.

    A title that is not all in capitals, or too short to tell from acronyms, is returned unchanged.
    """
    if not _is_shouted(title):
        return title
    spellings = {} if _is_shouted(context) else _spellings(context)
    calm = _WORD.sub(lambda match: _calm(match.group(), spellings), title)
    first = _WORD.search(calm)
    if first is None or not first.group().islower():  # keep iPhone
        return calm
    return calm[: first.start()] + first.group().capitalize() + calm[first.end() :]


def _is_shouted(title: str) -> bool:
    lower = sum(map(str.islower, title))
    if 2 * lower > len(title) or sum(len(word) >= _LONG_WORD for word in _WORD.findall(title)) < 2:
        return False
    upper = sum(map(str.isupper, title))
    return upper >= _SHOUTED * sum(map(str.isalpha, title)) and upper > 0


def _spellings(context: str) -> Mapping[str, str]:
    """Return each word's spelling, keyed by its casefolded form.

    A spelling with a small first letter is preferred: a capital may be due to the word's place in the sentence.
    """
    found: dict[str, str] = {}
    for word in _WORD.findall(context):
        if word[0].islower():
            found[word.casefold()] = word
        else:
            found.setdefault(word.casefold(), word)
    return found


def _calm(word: str, spellings: Mapping[str, str]) -> str:
    spelling = spellings.get(word.casefold(), "")
    if spelling and (not spelling.isupper() or len(spelling) <= _MAX_ACRONYM):
        return spelling
    return word.capitalize()


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
