"""What the digest's templates lay out: frozen records in which everything is decided, worded and escaped. Pure.

There are two views of an issue, one with escaped texts for HTML and one with plain ones; both show the same stories.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast
from unicodedata import bidirectional

from markupsafe import Markup, escape
from msgspec import Struct
from msgspec.structs import replace

from feeds.config.look import DigestLook, Palette, unsubscribe_url
from feeds.config.mailing_tools import Profile
from feeds.languages import Language
from feeds.model import Article, Coverage, Edition, Image, Story
from feeds.renderers.digest.subject import period_label, preheader
from feeds.renderers.digest.tags import neutralise_html, neutralise_text, neutralise_url
from feeds.renderers.wording import anchor, reading_direction
from feeds.text import truncate

_PREVIEW_LENGTH = 220
"""Characters that the longest previews show: the preheader is padded up to there, or body text would follow it."""
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_ISOLATE, _POP_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_PADDING = "\u034f\u200c\u00a0"
_LEAD_EXCERPT, _EXCERPT = 320, 180


class Picture(Struct, frozen=True):
    url: str
    width: int
    """Pixels, as shown; never more than the picture has."""
    height: int
    alt: str = ""
    """Empty where the picture says nothing that the text does not."""


class Link(Struct, frozen=True):
    text: str
    url: str


class CoverageView(Struct, frozen=True, kw_only=True):
    """One related article."""

    outlet: str
    title: str
    url: str
    date: str
    """Empty when unknown."""
    label: str
    """`Video`, or empty."""


class StoryView(Struct, frozen=True, kw_only=True):
    section: str
    """Heading above it, where a section begins; else empty."""
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


class View(Struct, frozen=True, kw_only=True):
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


class Printer(Struct, frozen=True):
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


IN_HTML = Printer(
    text=lambda text: Markup(neutralise_html(escape(text))),  # noqa: S704 - escaped just there
    own=escape,
    url=lambda url: escape(neutralise_url(url)),
    date=lambda date: escape(_unbroken(date)),
    tag=Markup,
)
IN_TEXT = Printer(text=neutralise_text, own=str, url=neutralise_url, date=_unbroken, tag=str)


class Extent(Struct, frozen=True):
    """How much of an issue is shown."""

    stories: int
    """In each section, at most."""
    coverage: int
    """Related articles under any one story, at most."""


class Viewer(Struct, frozen=True):
    """Makes views of one issue for one kind of document."""

    edition: Edition
    style: DigestLook
    profile: Profile
    out: Printer
    subject: str
    words: Language

    def view(self, extent: Extent) -> View:
        edition, style, out = self.edition, self.style, self.out
        stories = shown(edition, extent)
        lead, *others = [self._story(s, n == 0, extent) for n, s in enumerate(stories)]
        name = edition.topic.label
        preview = preheader(edition, style, self.subject)
        return View(
            subject=out.own(self.subject),
            preheader=out.own(preview),
            padding=_PADDING * (_PREVIEW_LENGTH - len(preview)),
            language=out.own(edition.topic.language),
            direction=self.words.direction,
            publication=out.text(edition.site.title) if edition.site.title != name else "",
            heading=out.text(name),
            period=out.own(period_label(edition, style)),
            home_url=out.url(edition.home_url),
            logo=self._logo(),
            lead=lead,
            stories=tuple(others),
            more=self._more_stories(len(edition.stories) - len(stories)),
            coverage_heading=out.own(self.words.text("Related coverage")),
            issue=out.own(self.words.text("Issue {id}", id=edition.period.id)) if edition.period else "",
            reason=out.own(style.reason) or self._default_reason(),
            address=out.tag(self.profile.address) or out.own(style.sender.address),
            links=tuple(self._links()),
            tags=replace(self.profile, **cast("Any", {n: out.tag(t) for n, t in self.profile.tags.items()})),
            font=Markup(style.font.replace(", ", ",")),  # noqa: S704 - letters, commas and single quotes, says DigestLook.problems
            heading_font=Markup(style.heading_font.replace(", ", ",")),  # noqa: S704
            light=style.light,
            dark=style.dark,
        )

    def _story(self, story: Story, is_lead: bool, extent: Extent) -> StoryView:
        lead, out = story.lead, self.out
        limit = coverage_limit(self.style, is_lead, extent)
        direction = reading_direction(lead.language, self.words)
        return StoryView(
            section=self._section(story),
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

    def _section(self, story: Story) -> str:
        return next((self.out.text(s.title) for s in self.edition.sections if s.stories[0] is story), "")

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
        mixed = self.words.direction == "rtl" or (
            not text.isascii() and any(bidirectional(char) in ("R", "AL") for char in text)
        )
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
            ("Unsubscribe", tool.unsubscribe, unsubscribe_url(self.style.sender.list_unsubscribe)),
            ("View in browser", tool.view_in_browser, self.edition.url()),
            ("Preferences", tool.preferences, ""),
        )
        for text, tag, url in links:
            if tag or url:
                yield Link(out.own(words.text(text)), out.tag(tag) if tag else out.url(url))


def shown(edition: Edition, extent: Extent) -> tuple[Story, ...]:
    """The stories that have room."""
    parts = [section.stories for section in edition.sections] or [edition.stories]
    return tuple(story for stories in parts for story in stories[: extent.stories])


def coverage_limit(style: DigestLook, is_lead: bool, extent: Extent) -> int:
    return min(style.lead_coverage if is_lead else style.coverage, extent.coverage)


# Pictures ----------------------------------------------------------------------------------------------------------


class _Box(Struct, frozen=True):
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
