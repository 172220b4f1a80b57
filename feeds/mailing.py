"""Mailing tools: the tags that each replaces when it sends, and what keeps article text from looking like one.

A digest is pasted, often by hand, into a tool that treats certain sequences of characters as commands. So texts that
are not the digest's own are made harmless for the syntax of every tool, whichever one a digest is made for.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

NONE = "none"
"""The profile without a tool: real addresses instead of tags."""
CUSTOM = "custom"
"""The profile of a tool that is not listed here: all its tags come from the configuration."""


class Profile(Struct, frozen=True, kw_only=True):
    """A mailing tool. Tags go out byte for byte; an empty one is a tag that the tool does not have."""

    name: str
    unsubscribe: str = ""
    """Becomes an address."""
    view_in_browser: str = ""
    """Becomes an address."""
    preferences: str = ""
    """Becomes the address where subscribers change what they get."""
    address: str = ""
    """Becomes the sender's postal address, as text."""
    preview_text: str = ""
    """Becomes what the tool's own field for preview text holds."""
    content: str = ""
    """Becomes what is written in the tool itself; without it the tool refuses the template."""
    first_name: str = ""
    """For templates of one's own."""
    tracking: str = ""
    """Becomes the picture that counts who opens. Nothing shipped uses it."""
    required: tuple[str, ...] = ("unsubscribe",)
    """Fields whose tags the tool refuses, or the law forbids, to send without."""

    @property
    def tags(self) -> dict[str, str]:
        """The tags that there are, by field."""
        return {name: tag for name in TAG_NAMES if (tag := getattr(self, name))}


TAG_NAMES = tuple(name for name in Profile.__struct_fields__ if name not in ("name", "required"))
_LINK_TAGS = ("unsubscribe", "view_in_browser", "preferences")

# From the tools' documentation; a tag that could not be found there is left out.
_KNOWN = (
    Profile(name=NONE, required=()),
    Profile(
        name="mailchimp",
        unsubscribe="*|UNSUB|*",
        view_in_browser="*|ARCHIVE|*",
        address="*|LIST:ADDRESSLINE|*",
        preview_text="*|MC_PREVIEW_TEXT|*",
        first_name="*|FNAME|*",
    ),
    Profile(
        name="buttondown",
        unsubscribe="{{ unsubscribe_url }}",
        view_in_browser="{{ email.absolute_url }}",
        preferences="{{ manage_subscription_url }}",
    ),
    Profile(
        name="listmonk",
        unsubscribe="{{ UnsubscribeURL }}",
        view_in_browser="{{ MessageURL }}",
        tracking="{{ TrackView }}",
    ),
    Profile(
        name="kit",
        unsubscribe="{{ unsubscribe_url }}",
        address="{{ address }}",
        content="{{ message_content }}",
        required=("unsubscribe", "address", "content"),
    ),
    Profile(
        name="brevo",
        unsubscribe="{{ unsubscribe }}",
        view_in_browser="{{ mirror }}",
        first_name="{{ contact.FIRSTNAME }}",
    ),
    Profile(
        name="sendgrid",
        unsubscribe="{{{unsubscribe}}}",
        preferences="{{{unsubscribe_preferences}}}",
        address="{{Sender_Name}}, {{Sender_Address}}, {{Sender_City}}",
    ),
    Profile(
        name="mailerlite",
        unsubscribe="{$unsubscribe}",
        view_in_browser="{$url}",
        address="{$account_address}",
        first_name="{$name}",
    ),
    Profile(name="mailjet", unsubscribe="[[UNSUB_LINK_EN]]", view_in_browser="[[PERMALINK]]"),
    Profile(name="activecampaign", unsubscribe="%UNSUBSCRIBELINK%", first_name="%FIRSTNAME%"),
    Profile(name="mailcoach", unsubscribe="{{ unsubscribeUrl }}", view_in_browser="{{ webviewUrl }}"),
    Profile(name="ghost", unsubscribe="%%{unsubscribe_url}%%"),
)
PROFILES: Mapping[str, Profile] = {p.name: p for p in _KNOWN}


def profile(name: str, custom_tags: Mapping[str, str] | None = None) -> Profile:
    """The tool's profile; `custom_tags` (`[mailing.tags]`) add to its tags, replace them, or make a `custom` one.

    Raises ValueError, one line for each mistake: an unknown tool or tag, a tag that could not go out as it is, a
    required one that is missing.
    """
    tags = dict(custom_tags or {})
    if name not in PROFILES and name != CUSTOM:
        raise ValueError(f"unknown mailing tool {name!r}{_hint(name, [*PROFILES, CUSTOM])}")
    if tags and name == NONE:
        raise ValueError(f"the mailing tool {NONE!r} has no tags: name the tool, or write {CUSTOM!r}")
    mistakes = [message for key, tag in tags.items() for message in _mistakes(key, tag)]
    if mistakes:
        raise ValueError("\n".join(mistakes))
    result = replace(PROFILES.get(name, Profile(name=CUSTOM)), **cast("Any", tags))
    missing = [key for key in result.required if not getattr(result, key)]
    if missing:
        raise ValueError(f"the mailing tool {name!r} needs a tag for {' and '.join(missing)}")
    return result


def _mistakes(key: str, tag: str) -> Iterator[str]:
    if key not in TAG_NAMES:
        yield f"unknown tag {key!r}{_hint(key, TAG_NAMES)}"
    elif not tag.strip() or not tag.isprintable():
        yield f"the tag {key!r} must be one line of text"
    elif key in _LINK_TAGS and '"' in tag:
        # It stands between the quotes of an href, byte for byte.
        yield f"the tag {key!r} must not hold a double quote: use single ones"


def _hint(word: str, known: list[str] | tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f": did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"


# Article text ------------------------------------------------------------------------------------------------------

WORD_JOINER = "\u2060"
"""Invisible, and no line breaks at it; between two characters it keeps them from being a tag."""

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
