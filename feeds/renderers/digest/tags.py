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

# The characters at which a tag of some tool begins: {{…}} {%…%} {$…} {…} %%{…}%% [[…]] *|…|* <%…%> %NAME%
_OPENER = re.compile(rf"\{{(?!{WORD_JOINER})|\[(?=\[)|\*(?=\|)|[%<](?=%)|%(?=[A-Za-z][\w-]*%)")


def neutralise_html(markup: str) -> str:
    """Return escaped text in which no tool finds a tag: the characters that begin one become character references."""
    return _OPENER.sub(lambda match: f"&#{ord(match.group())};", markup)


def neutralise_text(text: str) -> str:
    """Return plain text in which no tool finds a tag: a word joiner follows each character that could begin one."""
    return _OPENER.sub(lambda match: match.group() + WORD_JOINER, text)


_URL_OPENER = re.compile(r"[{}|<>]|\[(?=\[)|%(?=%)")
_URL_NAME = re.compile(r"(%[A-Fa-f][0-9A-Fa-f])([A-Za-z0-9_-])(?=[\w-]*%)")


def neutralise_url(url: str) -> str:
    """Return an equivalent address (RFC 3986 §6.2.2) in which no tool finds a tag.

    Without any bracket, %DATE% can be an escape (%DA) and two letters before the next escape, and %A93% can be the end
    of an é and a digit.
    """
    plain = _URL_OPENER.sub(lambda match: quote(match.group(), safe=""), url)
    return _URL_NAME.sub(lambda match: f"{match[1]}%{ord(match[2]):02X}", plain)


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
        ("%%", r"%%.*?%%"),
        ("<%", r"<%.*?%>"),
        ("%", r"%[A-Z][A-Z0-9_-]{2,}%"),
    )
)
"""The beginning of each tag, which is much faster to find, and a pattern for the whole tag."""


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
