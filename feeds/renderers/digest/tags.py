"""The tags that mailing tools replace when they send, and text that must not look like one. Pure.

A digest is pasted, often by hand, into a tool that reads certain sequences of characters as commands. So the texts of
articles are made harmless for the syntax of all tools, whichever one a digest is made for.
"""

import re
from functools import lru_cache
from urllib.parse import quote

from feeds.config.mailing_tools import Profile
from feeds.text import WORD_JOINER

# Article text --------------------------------------------------------------------------------------------------------

# The characters at which a tag of some tool begins:
# {{…}} {%…%} {$…} {…} %%{…}%% [[…]] [%…%] *|…|* <%…%> %NAME% %TODAY+2% %IF …% %/IF% ::name:: @TrackLink
_OPENER = re.compile(
    rf"\{{(?!{WORD_JOINER})|\[(?=[\[%])|\*(?=\|)|[%<](?=%)|%(?=[A-Za-z/])|:(?=:\w)|@(?=tracklink)", re.IGNORECASE
)


def neutralise(text: str) -> str:
    """Return text in which no tool finds a tag: a word joiner follows each character that could begin one.

    In HTML, character references would not do: an editor that the digest is pasted into, or a tool that parses it
    before it looks for tags, writes the characters themselves again. A word joiner is invisible, and stays.
    """
    return _OPENER.sub(lambda match: match.group() + WORD_JOINER, text)


_AUTHORITY = re.compile(r"(?:[a-z]+://[^/?#]*)?", re.IGNORECASE)
_URL_OPENER = re.compile(r"[{}|<>]|\*(?=\||%7c)|\[(?=[\[%])|%(?=%)|:(?=:\w)|@(?=tracklink)", re.IGNORECASE)
_URL_NAME = re.compile(r"(%[A-Fa-f][0-9A-Fa-f])([A-Za-z0-9_-])(?=[\w+-]*%)")


def neutralise_url(url: str) -> str:
    """Return an equivalent address (RFC 3986 §6.2.2) in which no tool finds a tag.

    Without any bracket, %DATE% can be an escape (%DA) and two letters before the next escape, and %A93% can be the end
    of an é and a digit. A host cannot contain a tag, but an IPv6 address contains `::`.
    """
    host = _AUTHORITY.match(url)
    start = host.end() if host else 0
    plain = _URL_OPENER.sub(lambda match: quote(match.group(), safe=""), url[start:])
    return url[:start] + _URL_NAME.sub(lambda match: f"{match[1]}%{ord(match[2]):02X}", plain)


# Tags in a finished digest -------------------------------------------------------------------------------------------

# All tags of a tool have the same syntax, and its users may use more of them than its profile lists.
_SYNTAXES = tuple(
    (opener, re.compile(pattern))
    for opener, pattern in (
        ("{{", r"\{\{.*?\}\}+"),
        ("{%", r"\{%.*?%\}"),
        ("{$", r"\{\$[^{}]*\}"),
        ("{", r"(?<!\{)\{[A-Za-z][\w.-]*\}(?!\})"),
        ("*|", r"\*\|.*?\|\*"),
        ("[[", r"\[\[.*?\]\]"),
        ("[%", r"\[%.*?%\]"),
        ("%%", r"%%.*?%%"),
        ("<%", r"<%.*?%>"),
        ("%", r"%/?[A-Z][A-Z0-9_-]{2,}(?:\+\d+)?%|%IF [^%]*%|%/IF%"),
        ("::", r"::[A-Za-z][\w.-]*::"),
    )
)
"""The beginning of each tag, which is much faster to find, and a pattern for the whole tag.

listmonk's `@TrackLink` is missing: no tag of its profile shows that listmonk, and only listmonk, fills it in.
"""


_ANY_TAG = re.compile("|".join(pattern.pattern for _, pattern in _SYNTAXES))


def tags_in(text: str) -> tuple[str, ...]:
    """Return what is a tag in the syntax of any tool, in order."""
    return tuple(_ANY_TAG.findall(text))


def unfilled(document: str, tool: Profile) -> tuple[str, ...]:
    """Return the placeholders that this tool won't fill: tags in the syntax of other tools.

    The texts of articles are neutralised, so these come from a template or from the configuration.
    """
    for tag in tool.tags.values():
        document = document.replace(tag, "")
    used = [syntax for opener, syntax in _foreign_syntaxes(tool) if opener in document]
    return tuple(dict.fromkeys(found for syntax in used for found in syntax.findall(document)))


@lru_cache(maxsize=16)
def _foreign_syntaxes(tool: Profile) -> list[tuple[str, re.Pattern[str]]]:
    return [(o, syntax) for o, syntax in _SYNTAXES if not any(syntax.search(tag) for tag in tool.tags.values())]


def missing(document: str, tool: Profile, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tags that the document lacks, of the profile's fields `names`."""
    return tuple(tag for name in names if (tag := getattr(tool, name)) and tag not in document)
