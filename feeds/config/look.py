"""How digests look and who sends them: the options, and what is wrong with their values. Pure."""

import re
from collections.abc import Iterator
from colorsys import hls_to_rgb, rgb_to_hls
from functools import lru_cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct
from msgspec.structs import replace

from feeds.config import placeholders

WIDTH = 600
"""Width of a digest's column, in pixels."""
PLACEHOLDERS = ("topic", "site", "issue", "period", "count", "lead", "others", "excerpt")
"""Names that a subject or a preheader may use."""


ContentsChoice = Literal["auto"] | bool


class Palette(Struct, frozen=True):
    """Colours as #rrggbb."""

    desk: str
    """Background behind the column."""
    paper: str
    """Background of the column."""
    ink: str
    quiet: str
    rule: str
    """Line between stories."""
    line: str
    """Line under links."""
    accent: str = ""


# None of them is pure black or white: clients that invert colours change those the most.
LIGHT = Palette(desk="#f1efe9", paper="#fffefb", ink="#1f1e1b", quiet="#66625a", rule="#e0dcd2", line="#a39d90")
DARK = Palette(desk="#131416", paper="#1c1d20", ink="#e8e5de", quiet="#a8a49c", rule="#3a3b3f", line="#77746e")
_CONTRAST = 4.5  # WCAG 2.2 §1.4.3, level AA

_SANS = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
_SERIF = "Georgia, 'Times New Roman', serif"


class LookOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part of `[digest]` that a digest is rendered with."""

    timezone: Annotated[str, Meta(description="Time zone in which days begin and end, such as Europe/Berlin")] = "UTC"
    accent: Annotated[str, Meta(description="Colour of links as #rrggbb; its contrast is checked")] = "#9c2f2f"
    accent_dark: Annotated[str, Meta(description="The same for dark mode; if empty, a lighter accent")] = ""
    font: Annotated[str, Meta(description="Font of the text, as in CSS, names in single quotes")] = _SANS
    heading_font: Annotated[str, Meta(description="Font of titles")] = _SERIF
    images: Annotated[bool, Meta(description="Show pictures")] = True
    logo_size: Annotated[tuple[int, ...], Meta(description="[width, height] in pixels; empty: show the icon")] = ()
    lead_coverage: Annotated[int, Meta(ge=0, description="Related articles under the lead story")] = 6
    coverage: Annotated[int, Meta(ge=0, description="Related articles under each other story")] = 3
    contents: Annotated[ContentsChoice, Meta(description='List of titles on top: "auto", true or false')] = "auto"
    max_bytes: Annotated[int, Meta(ge=20_000, description="More is shortened; Gmail clips at about 102 KB")] = 90_000
    reason: Annotated[str, Meta(description="For example: You get this e-mail because …")] = ""
    subject: Annotated[str, Meta(description=f"May contain {placeholders.in_braces(PLACEHOLDERS)}")] = "{topic}: {lead}"
    preheader: Annotated[str, Meta(description="Shown beside the subject; may contain the same names")] = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class SenderOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part of `[mailing]` that says who sends a digest."""

    address: Annotated[str, Meta(description="Your postal address, for tools that have no tag for it")] = ""
    sender_name: Annotated[str, Meta(description="Name in the From header of digest.eml and test mails")] = ""
    sender_address: Annotated[str, Meta(description="E-mail address in the From header")] = ""
    list_unsubscribe: Annotated[str, Meta(description="Address or https://…, for tools without an unsubscribe tag")] = (
        ""
    )
    subscribe_url: Annotated[
        str, Meta(description="https://… where readers subscribe by e-mail, for pages and mail")
    ] = ""


class DigestLook(LookOptions, frozen=True, kw_only=True):
    """Everything a digest is rendered with, except its stories and the mailing tool."""

    sender: SenderOptions = SenderOptions()
    overrides: str = ""
    """Folder of the publication's own templates; empty if it has none."""

    @property
    def light(self) -> Palette:
        return replace(LIGHT, accent=self.accent)

    @property
    def dark(self) -> Palette:
        return replace(DARK, accent=self.accent_dark or lightened(self.accent, DARK.paper))

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield each field with a value that cannot be used, and a message."""
        checks = {
            "timezone": zone_problem(self.timezone),
            "accent": _colour_problem(self.accent, LIGHT),
            "accent_dark": _colour_problem(self.accent_dark, DARK) if self.accent_dark else "",
            "font": _font_problem(self.font),
            "heading_font": _font_problem(self.heading_font),
            "logo_size": _size_problem(self.logo_size),
            "subject": placeholders.problem(self.subject, PLACEHOLDERS),
            "preheader": placeholders.problem(self.preheader, PLACEHOLDERS),
        }
        yield from ((name, message) for name, message in checks.items() if message)
        for name, is_valid, message in (
            ("sender_address", is_mailbox, "is not an e-mail address"),
            ("list_unsubscribe", unsubscribe_url, "must be an e-mail address or an https:// address"),
            ("subscribe_url", _WEB_ADDRESS.fullmatch, "must be an https:// address"),
        ):
            if (text := getattr(self.sender, name)) and not is_valid(text):
                yield name, message


# Word, which shows mail in Outlook, takes Times New Roman for every other name, and never looks at the next one.
_IN_WORD = (
    *(
        "Arial",
        "Calibri",
        "Cambria",
        "Candara",
        "Consolas",
        "Constantia",
        "Corbel",
        "Courier New",
        "Garamond",
        "Georgia",
    ),
    *("Segoe UI", "Tahoma", "Times New Roman", "Trebuchet MS", "Verdana"),
)


def font_in_word(stack: str) -> str:
    """Return the first font of the list that Word has, or else one that suits the generic name at its end."""
    names = [name.strip(" '") for name in stack.split(",")]
    known = (own for name in names for own in _IN_WORD if name.lower() == own.lower())
    return next(known, "Georgia" if names[-1] == "serif" else "Arial")


def zone_problem(name: str) -> str:
    """Return what is wrong with the name of a time zone; "" if nothing is."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return "is not a time zone; write one like Europe/Berlin, or UTC"
    return ""


_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
"""ASCII only: few servers accept other addresses (RFC 6531)."""
_WEB_ADDRESS = re.compile(r"https://[!-;=?-~]+")


def is_mailbox(text: str) -> bool:
    """Return whether the text is an e-mail address, without a name around it."""
    return _MAILBOX.fullmatch(text) is not None


def unsubscribe_url(text: str) -> str:
    """Return the address or URL as a URL; "" if it is neither."""
    if re.fullmatch(r"(?:https://|mailto:)[!-;=?-~]+", text):
        return text
    return f"mailto:{text}" if _MAILBOX.fullmatch(text) else ""


def _size_problem(size: tuple[int, ...]) -> str:
    fits = not size or (len(size) == 2 and all(0 < n <= WIDTH for n in size))
    return "" if fits else f"must be [width, height] in pixels, at most {WIDTH}"


def _font_problem(stack: str) -> str:
    good = re.fullmatch(r"[\w ,'-]+", stack) and stack.count("'") % 2 == 0
    return "" if good else "must be a list of fonts, those with spaces in single quotes: Georgia, 'Times New Roman'"


def _colour_problem(colour: str, palette: Palette) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
        return "must be a colour like #9c2f2f"
    ratio = contrast(colour, palette.paper)
    if ratio >= _CONTRAST:
        return ""
    advice = "lighter" if palette is DARK else "darker"
    return f"contrast against {palette.paper} is {ratio:.1f}; at least {_CONTRAST} is needed; choose a {advice} colour"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two #rrggbb colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in bytes.fromhex(colour[1:])]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@lru_cache(maxsize=16)
def lightened(colour: str, background: str) -> str:
    """Return the colour in the same hue, made light enough to be read on a dark background."""
    hue, lightness, saturation = rgb_to_hls(*(part / 255 for part in bytes.fromhex(colour[1:])))
    steps = (lightness + (1 - lightness) * step / 20 for step in range(21))
    shades = (bytes(round(255 * part) for part in hls_to_rgb(hue, light, saturation)) for light in steps)
    return next(f"#{s.hex()}" for s in shades if contrast(f"#{s.hex()}", background) >= _CONTRAST)
