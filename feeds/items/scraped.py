"""Plain text out of scraped text: without entities and markup, and not all in capitals. Pure.

What `plain` returns is safe in XML 1.0 documents and on terminals once it is escaped for the place where it goes.
"""

import html
import re
import unicodedata
from collections.abc import Mapping

import nh3

from feeds.text import one_line

# An HTML parser needs time that grows with the square of the depth of tags. What comes after these is dropped.
_MAX_MARKUP = 20_000  # characters
_MAX_TAGS = 1_000

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


def _without_markup(text: str) -> str:
    """Remove tags and comments; keep entities, and escape `<` and `&`."""
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
