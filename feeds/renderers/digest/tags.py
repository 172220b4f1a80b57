"""Mailing tools: the tags that each replaces when it sends, and what keeps article text from looking like one.

A digest is pasted, often by hand, into a tool that treats certain sequences of characters as commands. So texts that
are not the digest's own are made harmless for the syntax of every tool, whichever one a digest is made for.
"""

import re
from functools import lru_cache
from urllib.parse import quote

from feeds.config.mailing_tools import Profile
from feeds.text import WORD_JOINER

# Article text ------------------------------------------------------------------------------------------------------

# The characters at which some tool's tag begins: {{…}} {%…%} {$…} {…} %%{…}%% [[…]] *|…|* <%…%> %NAME%
_OPENER = re.compile(rf"\{{(?!{WORD_JOINER})|\[(?=\[)|\*(?=\|)|[%<](?=%)|%(?=[A-Za-z][\w-]*%)")


def neutralise_html(markup: str) -> str:
    """Escaped text in which no tool finds a tag: the first characters become references, which a reader never sees."""
    return _OPENER.sub(lambda match: f"&#{ord(match.group())};", markup)


def neutralise_text(text: str) -> str:
    """Plain text in which no tool finds a tag: a word joiner stands behind what it could begin with."""
    return _OPENER.sub(lambda match: match.group() + WORD_JOINER, text)


_URL_OPENER = re.compile(r"[{}|<>]|\[(?=\[)|%(?=%)")
_URL_NAME = re.compile(r"(%[A-Fa-f][0-9A-Fa-f])([A-Za-z0-9_-])(?=[\w-]*%)")


def neutralise_url(url: str) -> str:
    """The same address (RFC 3986 §6.2.2) with nothing in it that is a tag.

    A `safe_url` has none of the brackets; but %DATE% can be an escape (%DA) and two letters before the next escape, and
    %A93% the end of an é and a digit.
    """
    plain = _URL_OPENER.sub(lambda match: quote(match.group(), safe=""), url)
    return _URL_NAME.sub(lambda match: f"{match[1]}%{ord(match[2]):02X}", plain)


# What is left over -------------------------------------------------------------------------------------------------

# One kind of tag per syntax: a tool's own templates may use more tags of its kind than its profile lists.
_SYNTAXES = tuple(
    (opener, re.compile(pattern))
    for opener, pattern in (
        ("{{", r"\{\{.*?\}\}+"),
        ("{%", r"\{%.*?%\}"),
        ("{$", r"\{\$[^{}]*\}"),
        ("{", r"(?<!\{)\{[A-Za-z][\w.-]*\}(?!\})"),
        ("*|", r"\*\|.*?\|\*"),
        ("[[", r"\[\[.*?\]\]"),
        ("%%", r"%%.*?%%"),
        ("<%", r"<%.*?%>"),
        ("%", r"%[A-Z][A-Z0-9_-]{2,}%"),
    )
)
"""What each begins with, which is found much faster, and the whole."""


def unfilled(document: str, tool: Profile) -> tuple[str, ...]:
    """Placeholders that nobody will fill: what looks like a tag, but not like one of this tool.

    Article text has been neutralised, so they come from a template or from the configuration.
    """
    for tag in tool.tags.values():
        document = document.replace(tag, "")
    there = [syntax for opener, syntax in _foreign(tool) if opener in document]
    return tuple(dict.fromkeys(found for syntax in there for found in syntax.findall(document)))


@lru_cache(maxsize=16)
def _foreign(tool: Profile) -> list[tuple[str, re.Pattern[str]]]:
    """Of the syntaxes those that are none of the tool's."""
    return [(o, syntax) for o, syntax in _SYNTAXES if not any(syntax.search(tag) for tag in tool.tags.values())]


def missing(document: str, tool: Profile, names: tuple[str, ...]) -> tuple[str, ...]:
    """The tags among the fields `names` that the document should hold and does not."""
    return tuple(tag for name in names if (tag := getattr(tool, name)) and tag not in document)
