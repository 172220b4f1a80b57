"""The digest of one issue: HTML with inlined CSS, plain text and .eml, for one mailing tool. Pure.

The templates lay out a view: frozen records in which everything is decided, limited, worded and safe to print. There
are two of it, one with escaped texts for HTML and one with plain ones; both show the same stories.
"""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache
from string import Formatter
from typing import Any, cast
from unicodedata import bidirectional, east_asian_width

from babel.dates import format_interval, format_skeleton
from jinja2 import Template, TemplateError, TemplateSyntaxError
from markupsafe import Markup, escape

from feeds.inlining import InliningError, inline_template
from feeds.languages import Language, language
from feeds.mailing import Profile, missing, neutralise_html, neutralise_text, neutralise_url, unfilled
from feeds.model import Article, Coverage, Edition, Image, Story
from feeds.templating import environment
from feeds.text import truncate

HTML_TEMPLATE = "digest.html"
TEXT_TEMPLATE = "digest.txt"

SUBJECT_LENGTH = 78
"""Characters; RFC 5322 §2.1.1 recommends it for lines, and longer subjects are cut by every inbox."""
PREHEADER_LENGTH = 140
_PREVIEW_LENGTH = 220
"""Characters that the longest previews show: the preheader is padded up to there, or body text would follow it."""
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_ISOLATE, _POP_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_PADDING = "\u034f\u200c\u00a0"
_LEAD_EXCERPT, _EXCERPT = 320, 180
_TEXT_WIDTH = 72
_WIDTH = 600
"""Of the HTML's column, in pixels."""


# What a site can set -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Palette:
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
_LIGHT = Palette(desk="#f1efe9", paper="#fffefb", ink="#1f1e1b", quiet="#66625a", rule="#e0dcd2", line="#a39d90")
_DARK = Palette(desk="#131416", paper="#1c1d20", ink="#e8e5de", quiet="#a8a49c", rule="#3a3b3f", line="#77746e")
_CONTRAST = 4.5
"""WCAG 2.2 §1.4.3, level AA."""

_SANS = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
_SERIF = "Georgia, 'Times New Roman', serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a site's digests look, and what stands around their stories."""

    accent: str = "#9c2f2f"
    """#rrggbb, for light backgrounds."""
    accent_dark: str = ""
    """For dark backgrounds; empty: the accent, made lighter until it can be read."""
    font: str = _SANS
    """CSS font stack, names in single quotes."""
    heading_font: str = _SERIF
    images: bool = True
    logo_size: tuple[int, ...] = ()
    """Width and height, in pixels, at which the topic's or the site's logo is shown; empty: the square icon is."""
    lead_coverage: int = 6
    """Related articles under the lead story."""
    coverage: int = 3
    """Related articles under each other story."""
    max_bytes: int = 90_000
    """Of the HTML. Gmail clips at about 102 KB and hides the unsubscribe link."""
    address: str = ""
    """Postal address, for tools that have no tag for it. The law of many countries asks for one."""
    reason: str = ""
    """Why one gets this; empty: "You get this e-mail because you subscribed to …"."""
    subject: str = "{topic}: {lead}"
    """Names in it: see PLACEHOLDERS."""
    preheader: str = ""
    """As `subject`; empty: the other stories' titles, or what else says more than the subject."""
    sender_name: str = ""
    sender_address: str = ""
    """From, in the .eml."""
    list_unsubscribe: str = ""
    """E-mail address or https URL; a header of the .eml, and the link in the footer where the tool has no tag."""
    zone: tzinfo = UTC
    """In which days begin and end."""
    overrides: str = ""
    """Folder of the site's own templates."""

    def problems(self) -> Iterator[tuple[str, str]]:
        """What cannot be used: field and message."""
        checks = {
            "accent": _colour_problem(self.accent, _LIGHT),
            "accent_dark": _colour_problem(self.accent_dark, _DARK) if self.accent_dark else "",
            "font": _font_problem(self.font),
            "heading_font": _font_problem(self.heading_font),
            "logo_size": _size_problem(self.logo_size),
            "lead_coverage": _least_problem(self.lead_coverage, 0),
            "coverage": _least_problem(self.coverage, 0),
            "max_bytes": _least_problem(self.max_bytes, 20_000),
            "subject": _template_problem(self.subject),
            "preheader": _template_problem(self.preheader),
            "sender_address": _address_problem(self.sender_address),
            "list_unsubscribe": _unsubscribe_problem(self.list_unsubscribe),
        }
        yield from ((name, message) for name, message in checks.items() if message)


_MAILBOX = re.compile(r"[^\s@<>(),:;\"\\]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def _address_problem(address: str) -> str:
    return "" if not address or _MAILBOX.fullmatch(address) else "is no e-mail address"


def _unsubscribe_problem(text: str) -> str:
    return "" if not text or _unsubscribe_url(text) else "must be an e-mail address or an https:// address"


def _unsubscribe_url(text: str) -> str:
    """As an URL; "" when it is none."""
    if re.fullmatch(r"(?:https://|mailto:)[!-;=?-~]+", text):
        return text
    return f"mailto:{text}" if _MAILBOX.fullmatch(text) else ""


def _least_problem(number: int, least: int) -> str:
    return f"must be at least {least}" if number < least else ""


def _size_problem(size: tuple[int, ...]) -> str:
    fits = not size or (len(size) == 2 and all(0 < n <= _WIDTH for n in size))
    return "" if fits else f"must be [width, height] in pixels, at most {_WIDTH}"


def _font_problem(stack: str) -> str:
    good = re.fullmatch(r"[\w ,'-]+", stack) and stack.count("'") % 2 == 0
    return "" if good else "must be a list of fonts, those with spaces in single quotes: Georgia, 'Times New Roman'"


def _colour_problem(colour: str, palette: Palette) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
        return "must be a colour like #9c2f2f"
    ratio = contrast(colour, palette.paper)
    if ratio >= _CONTRAST:
        return ""
    advice = "lighter" if palette is _DARK else "darker"
    return f"has a contrast of {ratio:.1f} to {palette.paper} behind it, {_CONTRAST} is the least: take a {advice} one"


def contrast(one: str, other: str) -> float:
    """Of two #rrggbb colours, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in bytes.fromhex(colour[1:])]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _lightened(colour: str, background: str) -> str:
    """The colour, of the same hue, as light as it takes to be read on a dark background."""
    hue, lightness, saturation = rgb_to_hls(*(part / 255 for part in bytes.fromhex(colour[1:])))
    steps = (lightness + (1 - lightness) * step / 20 for step in range(21))
    shades = (bytes(round(255 * part) for part in hls_to_rgb(hue, light, saturation)) for light in steps)
    return next(f"#{s.hex()}" for s in shades if contrast(f"#{s.hex()}", background) >= _CONTRAST)


# Subject and preheader ---------------------------------------------------------------------------------------------

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
_LONG = ("lead", "others", "excerpt")
"""Those that get the room that all else leaves, in this order."""
_SHORTEST = 10
"""Characters: a subject, or a piece of a title, that is shorter says nothing."""


def _template_problem(template: str) -> str:
    try:
        used = [f for f in Formatter().parse(template) if f[1] is not None]
    except ValueError as error:
        return f"cannot be read: {error}"
    unknown = [name for _, name, spec, conversion in used if name not in PLACEHOLDERS or spec or conversion]
    return f"has no {{{unknown[0]}}}: there are {', '.join(f'{{{n}}}' for n in PLACEHOLDERS)}" if unknown else ""


def _subject(edition: Edition, style: Style) -> str:
    values = _values(edition, style)
    subject = _fill(style.subject, values, SUBJECT_LENGTH)
    if len(subject) < _SHORTEST:
        subject = _fill(f"{style.subject} · {{topic}} · {{site}} · {{period}}", values, SUBJECT_LENGTH)
    return subject


def _preheader(edition: Edition, style: Style, subject: str) -> str:
    """Configured, or the first of those that say something that the subject does not."""
    values, first = _values(edition, style), edition.stories[0]
    excerpt = first.lead.excerpt.removeprefix(first.lead.title).lstrip(" .:–—-")
    covered = " · ".join(c.title for c in first.coverage)
    own = [neutralise_text(text) for text in (excerpt, covered, edition.topic.description)]
    candidates = [_fill(style.preheader, values, PREHEADER_LENGTH), values["others"], *own]
    return next((truncate(text, PREHEADER_LENGTH) for text in candidates if text and text not in subject), "")


def _values(edition: Edition, style: Style) -> dict[str, str]:
    lead, *others = [neutralise_text(s.lead.title) for s in edition.stories]
    return {
        "topic": neutralise_text(_heading(edition)),
        "site": neutralise_text(edition.site.title),
        "issue": edition.period.id if edition.period else "",
        "period": _period_label(edition, style),
        "count": str(len(edition.stories)),
        "lead": lead,
        "others": " · ".join(others),
        "excerpt": neutralise_text(edition.stories[0].lead.excerpt),
    }


def _fill(template: str, values: Mapping[str, str], limit: int) -> str:
    short = {**values, **dict.fromkeys(_LONG, "")}
    for name in _LONG:
        room = limit - len(template.format_map(short))
        short[name] = truncate(values[name], room) if room >= _SHORTEST else ""
        if f"{{{name}}}" not in template:
            short[name] = ""
    return truncate(" ".join(template.format_map(short).split()), limit)


# The view that the templates lay out --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Picture:
    url: str
    width: int
    """Pixels, as shown; never more than the picture has."""
    height: int
    alt: str = ""
    """Empty where the picture says nothing that the text does not."""


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageView:
    """One related article."""

    outlet: str
    title: str
    url: str
    date: str
    """Empty when unknown."""
    label: str
    """`Video`, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    title: str
    url: str
    outlet: str
    date: str
    label: str
    """`Video`, or empty."""
    excerpt: str
    picture: Picture | None
    coverage: tuple[CoverageView, ...]
    more: Link | None
    """To the coverage that is not shown here."""
    language: str
    direction: str
    opposite: str
    """The other direction: `rtl` for `ltr`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything in a digest, as `digest` in the templates. Texts can be printed as they are."""

    subject: str
    preheader: str
    padding: str
    """Invisible; keeps body text out of the inbox's preview."""
    language: str
    direction: str
    publication: str
    """Empty where it is the heading."""
    heading: str
    period: str
    home_url: str
    logo: Picture | None
    lead: StoryView
    stories: tuple[StoryView, ...]
    """All but the lead."""
    more: Link | None
    """To the stories that are not shown here."""
    coverage_heading: str
    issue: str
    reason: str
    address: str
    links: tuple[Link, ...]
    """Unsubscribe, view in browser, preferences: those that there are."""
    tags: Profile
    """The mailing tool's tags, for what else a template wants of them."""
    font: str
    heading_font: str
    light: Palette
    dark: Palette


@dataclass(frozen=True, slots=True)
class _Printer:
    """How texts come out in one kind of document."""

    text: Callable[[str], str]
    """Somebody else's."""
    own: Callable[[str], str]
    """The configuration's, which may hold tags."""
    url: Callable[[str], str]
    date: Callable[[str], str]
    tag: Callable[[str], str]
    """Byte for byte."""


def _unbroken(date: str) -> str:
    return date.replace(" ", _NO_BREAK_SPACE)


_IN_HTML = _Printer(
    text=lambda text: Markup(neutralise_html(escape(text))),  # noqa: S704 - escaped just there
    own=escape,
    url=lambda url: escape(neutralise_url(url)),
    date=lambda date: escape(_unbroken(date)),
    tag=Markup,
)
_IN_TEXT = _Printer(text=neutralise_text, own=str, url=neutralise_url, date=_unbroken, tag=str)


@dataclass(frozen=True, slots=True)
class _Extent:
    """How much of an issue is shown."""

    stories: int
    coverage: int
    """Related articles under any one story, at most."""


@dataclass(frozen=True, slots=True)
class _Viewer:
    """Makes views of one issue for one kind of document."""

    edition: Edition
    style: Style
    profile: Profile
    out: _Printer
    subject: str
    words: Language

    def view(self, extent: _Extent) -> View:
        edition, style, out = self.edition, self.style, self.out
        lead, *others = [self._story(s, n == 0, extent) for n, s in enumerate(edition.stories[: extent.stories])]
        heading = _heading(edition)
        preheader = _preheader(edition, style, self.subject)
        return View(
            subject=out.own(self.subject),
            preheader=out.own(preheader),
            padding=_PADDING * (_PREVIEW_LENGTH - len(preheader)),
            language=out.own(edition.topic.language),
            direction=self.words.direction,
            publication=out.text(edition.site.title) if edition.site.title != heading else "",
            heading=out.text(heading),
            period=out.own(_period_label(edition, style)),
            home_url=out.url(edition.home_url),
            logo=self._logo(),
            lead=lead,
            stories=tuple(others),
            more=self._more_stories(len(edition.stories) - extent.stories),
            coverage_heading=out.own(self.words.text("Related coverage")),
            issue=out.own(self.words.text("Issue {id}", id=edition.period.id)) if edition.period else "",
            reason=out.own(style.reason) or self._default_reason(),
            address=out.tag(self.profile.address) or out.own(style.address),
            links=tuple(self._links()),
            tags=replace(self.profile, **cast("Any", {n: out.tag(t) for n, t in self.profile.tags.items()})),
            font=Markup(style.font.replace(", ", ",")),  # noqa: S704 - letters, commas and single quotes, says Style.problems
            heading_font=Markup(style.heading_font.replace(", ", ",")),  # noqa: S704
            light=replace(_LIGHT, accent=style.accent),
            dark=replace(_DARK, accent=style.accent_dark or _lightened(style.accent, _DARK.paper)),
        )

    def _story(self, story: Story, is_lead: bool, extent: _Extent) -> StoryView:
        lead, out = story.lead, self.out
        limit = _coverage_limit(self.style, is_lead, extent)
        direction = _direction(lead.language, self.words)
        return StoryView(
            title=out.text(lead.title),
            url=out.url(lead.url),
            outlet=out.text(self._isolated(lead.provider.name)),
            date=self._date(lead.published),
            label=self._label(lead),
            excerpt=out.text(truncate(lead.excerpt, _LEAD_EXCERPT if is_lead else _EXCERPT)),
            picture=self._picture(lead.images, _LEAD_BOX if is_lead else _SMALL_BOX),
            coverage=tuple(self._coverage(c) for c in story.coverage[:limit]),
            more=self._more_coverage(story, len(story.coverage) - limit),
            language=out.own(lead.language or self.edition.topic.language),
            direction=direction,
            opposite="ltr" if direction == "rtl" else "rtl",
        )

    def _coverage(self, coverage: Coverage) -> CoverageView:
        out = self.out
        return CoverageView(
            outlet=out.text(self._isolated(coverage.provider.name)),
            title=out.text(self._isolated(coverage.title)),
            url=out.url(coverage.url),
            date=self._date(coverage.published) if coverage.published else "",
            label=self._label(coverage),
        )

    def _date(self, when: datetime) -> str:
        return self.out.date(self._isolated(self.words.short_date(when, self.style.zone)))

    def _isolated(self, text: str) -> str:
        """A piece of a line with pieces in other scripts, so that the directions of all of them stay apart (UAX #9)."""
        mixed = self.words.direction == "rtl" or any(bidirectional(char) in ("R", "AL") for char in text)
        return f"{_ISOLATE}{text}{_POP_ISOLATE}" if mixed else text

    def _label(self, article: Article) -> str:
        return self.out.own(self.words.text("Video")) if article.type == "video" else ""

    def _more_coverage(self, story: Story, number: int) -> Link | None:
        if number <= 0:
            return None
        one, many = "+{number} more article on this story", "+{number} more articles on this story"
        text = self.words.plural(one, many, number)
        return Link(self.out.own(text), self.out.url(f"{self.edition.url()}#{anchor(story)}"))

    def _more_stories(self, number: int) -> Link | None:
        if number <= 0:
            return None
        text = self.words.plural("{number} more story in this issue", "{number} more stories in this issue", number)
        return Link(self.out.own(text), self.out.url(self.edition.url()))

    def _picture(self, images: Sequence[Image], box: "_Box") -> Picture | None:
        if not self.style.images:
            return None
        shown = next((i for i in images if _is_shown(i, box)), None)
        if not shown:
            return None
        width, height = _fitted(shown.width or 0, shown.height or 0, box)
        return Picture(self.out.url(shown.url), width, height, self.out.text(shown.title))

    def _logo(self) -> Picture | None:
        """The logo, when its size is known; else the icon, which is square."""
        site, logo = self.edition.site, self.edition.topic.logo or self.edition.site.logo
        url, (width, height) = (logo, self.style.logo_size) if self.style.logo_size else (site.icon, (_ICON, _ICON))
        if not self.style.images or not url.startswith("https://"):
            return None
        return Picture(self.out.url(url), width, height)

    def _default_reason(self) -> str:
        reason = "You get this e-mail because you subscribed to {topic}."
        return self.out.text(self.words.text(reason, topic=self.edition.topic.title))

    def _links(self) -> Iterator[Link]:
        """Only links that lead somewhere: a tool's tag, else a real address, else none."""
        tool, out, words = self.profile, self.out, self.words
        links = (
            ("Unsubscribe", tool.unsubscribe, _unsubscribe_url(self.style.list_unsubscribe)),
            ("View in browser", tool.view_in_browser, self.edition.url()),
            ("Preferences", tool.preferences, ""),
        )
        for text, tag, url in links:
            if tag or url:
                yield Link(out.own(words.text(text)), out.tag(tag) if tag else out.url(url))


def anchor(story: Story) -> str:
    """Id of a story on the issue's web page, the same for all time."""
    return f"story-{hashlib.sha256(story.id.encode()).hexdigest()[:10]}"


def _heading(edition: Edition) -> str:
    """The topic's title without the publication's, which stands above it."""
    return edition.topic.title.removeprefix(f"{edition.site.title}: ")


def _direction(tag: str, default: Language) -> str:
    try:
        return language(tag).direction if tag else default.direction
    except ValueError:  # a tag that CLDR does not know is still a good lang attribute
        return default.direction


def _coverage_limit(style: Style, is_lead: bool, extent: _Extent) -> int:
    return min(style.lead_coverage if is_lead else style.coverage, extent.coverage)


def _period_label(edition: Edition, style: Style) -> str:
    """`Week 4 · 25–31 Jan 2021`, `26 January 2021`, `January 2021`; "" without a period."""
    period, words = edition.period, language(edition.topic.language)
    if not period:
        return ""
    first, last = (when.astimezone(style.zone).date() for when in (period.start, period.end - timedelta(seconds=1)))
    if first == last:
        return words.long_date(first)
    if week := re.fullmatch(r"\d+-W(\d+)", period.id):
        dates = format_interval(first, last, "yMMMd", locale=words.locale)
        return f"{words.text('Week {number}', number=int(week[1]))} · {dates}"
    return format_skeleton("yMMMM", first, locale=words.locale)


# Pictures ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Box:
    """Room for a picture, in pixels."""

    width: int
    height: int
    least: int
    """Width below which a picture would look lost."""


_LEAD_BOX = _Box(536, 536, 280)
_SMALL_BOX = _Box(144, 144, 72)
_ICON = 48


def _is_shown(image: Image, box: _Box) -> bool:
    """Of unknown size, a picture would be shown in a wrong one; a banner or a tracking pixel is no illustration."""
    if not image.width or not image.height or not image.url.startswith("https://"):
        return False
    return _fitted(image.width, image.height, box)[0] >= box.least and image.width <= 4 * image.height


def _fitted(width: int, height: int, box: _Box) -> tuple[int, int]:
    """Into the box, in the same ratio, and never enlarged."""
    scale = min(1.0, box.width / width, box.height / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


# Documents ---------------------------------------------------------------------------------------------------------


class DigestError(ValueError):
    """A template or a setting that no digest can be made with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    html: str
    text: str
    eml: bytes
    """A draft with both as alternatives."""
    subject: str
    preheader: str
    size: int
    """Of the HTML, in bytes as UTF-8."""
    omitted_coverage: int
    """Related articles that the size left no room for; what `Style` leaves out does not count."""
    omitted_stories: int
    """Stories that the size left no room for."""


def render(edition: Edition, style: Style, profile: Profile) -> Digest:
    """The digest of an issue that has at least one story; shows `rules.digest_limit` of them.

    Raises DigestError, one line for each mistake, when the style, the templates or the tags cannot be used.
    """
    if problems := [f"{name}: {message}" for name, message in style.problems()]:
        raise DigestError("\n".join(problems))
    html_template, text_template = _templates(style.overrides)
    subject = _subject(edition, style)
    words = language(edition.topic.language)
    in_html = _Viewer(edition, style, profile, _IN_HTML, subject, words)
    in_text = _Viewer(edition, style, profile, _IN_TEXT, subject, words)
    full = _Extent(
        min(len(edition.stories), edition.topic.rules.digest_limit), max(style.lead_coverage, style.coverage)
    )
    extent, html = _fit(lambda e: _rendered(html_template, in_html.view(e)), full, style.max_bytes)
    text = _rendered(text_template, in_text.view(extent))
    _check(HTML_TEMPLATE, html, profile, profile.required)
    _check(TEXT_TEMPLATE, text, profile, ("unsubscribe",))
    shown = edition.stories[: extent.stories]
    return Digest(
        html=html,
        text=text,
        eml=_eml(edition, style, subject, text, html),
        subject=subject,
        preheader=_preheader(edition, style, subject),
        size=_size(html),
        omitted_coverage=_coverage_shown(shown, style, full) - _coverage_shown(shown, style, extent),
        omitted_stories=full.stories - extent.stories,
    )


def _fit(document: Callable[[_Extent], str], full: _Extent, max_bytes: int) -> tuple[_Extent, str]:
    """As much as there is room for: less coverage under every story first, then fewer stories, never none."""
    for coverage in range(full.coverage, -1, -1):
        extent = replace(full, coverage=coverage)
        html = document(extent)
        if _size(html) <= max_bytes:
            return extent, html
    bare = _Extent(full.stories, 0)
    fitting = bisect_right(range(1, full.stories), max_bytes, key=lambda n: _size(document(replace(bare, stories=n))))
    extent = replace(bare, stories=max(1, fitting))
    return extent, document(extent)


def _size(document: str) -> int:
    return len(document.encode())


def _coverage_shown(stories: Sequence[Story], style: Style, extent: _Extent) -> int:
    return sum(min(len(s.coverage), _coverage_limit(style, n == 0, extent)) for n, s in enumerate(stories))


def _templates(overrides: str) -> tuple[Template, Template]:
    shared = environment(overrides)
    loader = shared.loader
    sources = [loader.get_source(shared, name)[0] for name in (HTML_TEMPLATE, TEXT_TEMPLATE)] if loader else []
    return _compiled(overrides, *sources)


@lru_cache(maxsize=16)
def _compiled(overrides: str, html: str, text: str) -> tuple[Template, Template]:
    """By their sources, so that a template that is being edited is never an old one."""
    own = environment(overrides).overlay(autoescape=True)
    plain = own.overlay(autoescape=False)
    plain.filters = {**plain.filters, "wrap": wrap}
    try:
        return own.from_string(inline_template(html, own, HTML_TEMPLATE)), plain.from_string(text)
    except InliningError as error:
        raise DigestError(str(error)) from error
    except TemplateSyntaxError as error:
        raise DigestError(f"{TEXT_TEMPLATE}:{error.lineno}: {error.message}") from error


def _rendered(template: Template, view: View) -> str:
    try:
        return template.render(digest=view)
    except TemplateError as error:
        raise DigestError(f"the digest's template: {error}") from error


def _check(name: str, document: str, profile: Profile, required: tuple[str, ...]) -> None:
    mistakes = [f"{name}: nothing will fill in {found}" for found in unfilled(document, profile)]
    mistakes += [f"{name}: {profile.name} needs {tag} in it" for tag in missing(document, profile, required)]
    if mistakes:
        raise DigestError("\n".join(mistakes))


def wrap(text: str, indent: str = "", first: str | None = None) -> str:
    """Lines of at most 72 columns, each behind the indent, the first behind `first`; addresses and dates stay whole."""
    room = _TEXT_WIDTH - len(indent)
    lines = [""]
    for word in filter(None, text.split(" ")):
        for piece in _pieces(word, room):
            joined = f"{lines[-1]} {piece}" if lines[-1] else piece
            if _columns(joined) <= room:
                lines[-1] = joined
            else:
                lines.append(piece)
    filled = [indent + line for line in lines if line]
    if filled and first is not None:
        filled[0] = first + filled[0].removeprefix(indent)
    return "\n".join(filled).replace(_NO_BREAK_SPACE, " ")


def _pieces(word: str, room: int) -> Iterator[str]:
    """A word, cut where it is longer than a line: scripts without spaces make such words. Addresses are not cut."""
    start = columns = 0
    for position, char in enumerate(word if "://" not in word else ""):
        width = _columns(char)
        if columns + width > room:
            yield word[start:position]
            start, columns = position, 0
        columns += width
    yield word[start:]


def _columns(text: str) -> int:
    return len(text) if text.isascii() else sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _eml(edition: Edition, style: Style, subject: str, text: str, html: str) -> bytes:
    """RFC 5322, multipart/alternative; `X-Unsent` makes a mail client open it as a draft.

    Its Date is the issue's own, never the clock's: clients replace it when they send.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject
    if style.sender_address:
        message["From"] = Address(style.sender_name, addr_spec=style.sender_address)
    if edition.updated:
        message["Date"] = edition.updated
    message["X-Unsent"] = "1"
    if url := _unsubscribe_url(style.list_unsubscribe):
        message["List-Unsubscribe"] = f"<{url}>"
    # Quoted-printable passes every relay and has no long lines, whatever the articles' addresses are like.
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    # The library would take a random one.
    message.set_boundary(f"=_{hashlib.sha256(f'{subject}{text}{html}'.encode()).hexdigest()[:40]}")
    return message.as_bytes()
