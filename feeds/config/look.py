"""How a site's digests look, and what stands around their stories: the settings, and what is wrong with them. Pure."""

import re
from collections.abc import Iterator
from colorsys import hls_to_rgb, rgb_to_hls
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct
from msgspec.structs import replace

from feeds.text import template_problem

WIDTH = 600
"""Of a digest's column, in pixels."""


class Palette(Struct, frozen=True):
    """Colours as #rrggbb."""

    desk: str
    """Behind the column."""
    paper: str
    """The column."""
    ink: str
    quiet: str
    rule: str
    """Between stories."""
    line: str
    """Under links."""
    accent: str = ""


# No pure black or white: clients that invert colours by themselves make the most of those.
LIGHT = Palette(desk="#f1efe9", paper="#fffefb", ink="#1f1e1b", quiet="#66625a", rule="#e0dcd2", line="#a39d90")
DARK = Palette(desk="#131416", paper="#1c1d20", ink="#e8e5de", quiet="#a8a49c", rule="#3a3b3f", line="#77746e")
_CONTRAST = 4.5
"""WCAG 2.2 §1.4.3, level AA."""

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
    logo_size: Annotated[
        tuple[int, ...],
        Meta(description="[width, height] of the logo in pixels; if empty, the icon is shown instead"),
    ] = ()
    lead_coverage: Annotated[int, Meta(ge=0, description="Related articles under the lead story")] = 6
    coverage: Annotated[int, Meta(ge=0, description="Related articles under each other story")] = 3
    max_bytes: Annotated[
        int,
        Meta(ge=20_000, description="A longer digest loses coverage, then stories; Gmail clips at about 102 KB"),
    ] = 90_000
    reason: Annotated[str, Meta(description="For example: You get this e-mail because …")] = ""
    subject: Annotated[
        str,
        Meta(description="May use {topic} {site} {issue} {period} {count} {lead} {others} {excerpt}"),
    ] = "{topic}: {lead}"
    preheader: Annotated[
        str,
        Meta(description="What mail clients show beside the subject; may use the same names"),
    ] = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class SenderOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part of `[mailing]` that says who sends a digest."""

    address: Annotated[str, Meta(description="Your postal address, for tools that have no tag for it")] = ""
    sender_name: Annotated[str, Meta(description="Name in the From header of digest.eml and test mails")] = ""
    sender_address: Annotated[str, Meta(description="E-mail address in the From header")] = ""
    list_unsubscribe: Annotated[
        str,
        Meta(description="E-mail address or https://… to unsubscribe with, for tools that have no tag for it"),
    ] = ""


class DigestLook(LookOptions, frozen=True, kw_only=True):
    """All that a digest is made with besides its stories and the tool that sends it."""

    sender: SenderOptions = SenderOptions()
    overrides: str = ""
    """Folder of the site's own templates."""

    @property
    def light(self) -> Palette:
        return replace(LIGHT, accent=self.accent)

    @property
    def dark(self) -> Palette:
        return replace(DARK, accent=self.accent_dark or lightened(self.accent, DARK.paper))

    def problems(self) -> Iterator[tuple[str, str]]:
        """What cannot be used: field and message."""
        checks = {
            "timezone": _zone_problem(self.timezone),
            "accent": _colour_problem(self.accent, LIGHT),
            "accent_dark": _colour_problem(self.accent_dark, DARK) if self.accent_dark else "",
            "font": _font_problem(self.font),
            "heading_font": _font_problem(self.heading_font),
            "logo_size": _size_problem(self.logo_size),
            "subject": template_problem(self.subject, PLACEHOLDERS),
            "preheader": template_problem(self.preheader, PLACEHOLDERS),
            "sender_address": _address_problem(self.sender.sender_address),
            "list_unsubscribe": _unsubscribe_problem(self.sender.list_unsubscribe),
        }
        yield from ((name, message) for name, message in checks.items() if message)


PLACEHOLDERS = {
    "topic": "the topic's title",
    "site": "the publication's title",
    "issue": "2021-W04",
    "period": "Week 4 · 25–31 Jan 2021",
    "count": "how many stories",
    "lead": "the lead story's title",
    "others": "the other stories' titles",
    "excerpt": "the lead story's excerpt",
}


def _zone_problem(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return "is no time zone: write one like Europe/Berlin, or UTC"
    return ""


_MAILBOX = re.compile(r"[^\s@<>(),:;\"\\]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def is_mailbox(text: str) -> bool:
    """Whether it is an e-mail address, in the form that people write."""
    return _MAILBOX.fullmatch(text) is not None


def _address_problem(address: str) -> str:
    return "" if not address or is_mailbox(address) else "is no e-mail address"


def _unsubscribe_problem(text: str) -> str:
    return "" if not text or unsubscribe_url(text) else "must be an e-mail address or an https:// address"


def unsubscribe_url(text: str) -> str:
    """As an URL; "" when it is none."""
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
    return f"has a contrast of {ratio:.1f} to {palette.paper} behind it, {_CONTRAST} is the least: take a {advice} one"


def contrast(one: str, other: str) -> float:
    """Of two #rrggbb colours, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in bytes.fromhex(colour[1:])]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@lru_cache(maxsize=16)
def lightened(colour: str, background: str) -> str:
    """The colour, of the same hue, as light as it takes to be read on a dark background."""
    hue, lightness, saturation = rgb_to_hls(*(part / 255 for part in bytes.fromhex(colour[1:])))
    steps = (lightness + (1 - lightness) * step / 20 for step in range(21))
    shades = (bytes(round(255 * part) for part in hls_to_rgb(hue, light, saturation)) for light in steps)
    return next(f"#{s.hex()}" for s in shades if contrast(f"#{s.hex()}", background) >= _CONTRAST)
