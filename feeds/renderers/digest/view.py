"""The records that the digest's templates lay out, with every text chosen, translated and escaped. Pure.

An issue has two views, one with escaped texts for HTML and one for plain text; both show the same stories.
"""

from collections.abc import Callable, Iterator
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
from feeds.renderers.digest.prose import prose
from feeds.renderers.digest.subject import period_label, preheader
from feeds.renderers.digest.tags import neutralise, neutralise_url
from feeds.renderers.pictures import Box, for_mail
from feeds.renderers.wording import anchor, reading_direction
from feeds.text import truncate

_PREVIEW_LENGTH = 220
"""Characters in the longest previews; the preheader is padded to this length, or body text would follow it."""
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_ISOLATE, _POP_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_PADDING = "\u034f\u200c\u00a0"
_LEAD_EXCERPT, _EXCERPT = 320, 180
"""Characters, at most."""
_LEAD_BOX = Box(536, 536, min_width=280)
_SMALL_BOX = Box(144, 144, min_width=72)
_ICON = 48
"""Width and height in pixels."""


class Picture(Struct, frozen=True):
    url: str
    width: int
    """Pixels, as shown; a picture is never enlarged."""
    height: int
    alt: str = ""
    """Empty for decoration."""


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
    """The heading above the story, if a section begins with it; else empty."""
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
    """A link to the coverage that is left out here."""
    language: str
    direction: str
    opposite: str
    """The other direction: `rtl` for `ltr`."""


class DigestView(Struct, frozen=True, kw_only=True):
    """Everything in a digest: the variable `digest` of the templates. Texts are escaped already."""

    subject: str
    preheader: str
    padding: str
    """Invisible characters that keep body text out of the inbox's preview."""
    language: str
    direction: str
    publication: str
    """The site's title; empty when it is the heading."""
    heading: str
    period: str
    home_url: str
    logo: Picture | None
    lead: StoryView
    stories: tuple[StoryView, ...]
    """All but the lead."""
    more: Link | None
    """A link to the stories that are left out here."""
    coverage_heading: str
    issue: str
    reason: str
    address: str
    links: tuple[Link, ...]
    """Unsubscribe, view in browser and preferences, as far as they lead somewhere."""
    tags: Profile
    """All tags of the mailing tool, for templates that use more of them."""
    font: str
    heading_font: str
    light: Palette
    dark: Palette


class Escaping(Struct, frozen=True):
    """How each kind of text is escaped for one kind of document."""

    text: Callable[[str], str]
    """For texts of articles, in which no mailing tool may find a tag."""
    own: Callable[[str], str]
    """For texts of the configuration, which may contain tags."""
    url: Callable[[str], str]
    date: Callable[[str], str]
    tag: Callable[[str], str]
    """For tags, which stay as they are."""


def _unbroken(date: str) -> str:
    return date.replace(" ", _NO_BREAK_SPACE)


IN_HTML = Escaping(
    text=lambda text: escape(neutralise(text)),
    own=escape,
    url=lambda url: escape(neutralise_url(url)),
    date=lambda date: escape(_unbroken(date)),
    tag=Markup,
)
IN_TEXT = Escaping(text=lambda text: neutralise(prose(text)), own=str, url=neutralise_url, date=_unbroken, tag=str)


class Extent(Struct, frozen=True):
    """How much of an issue a digest shows."""

    stories: int
    """At most, in each section."""
    coverage: int
    """Related articles, at most, under each story."""


class ViewBuilder(Struct, frozen=True):
    """Build the views of one issue for one kind of document."""

    edition: Edition
    look: DigestLook
    profile: Profile
    escaping: Escaping
    subject: str
    words: Language

    def view(self, extent: Extent) -> DigestView:
        edition, look, out = self.edition, self.look, self.escaping
        stories = shown(edition, extent)
        lead, *others = [self._story(s, n == 0, extent) for n, s in enumerate(stories)]
        name = edition.topic.label
        preview = preheader(edition, look, self.subject)
        return DigestView(
            subject=out.own(self.subject),
            preheader=out.own(preview),
            padding=_PADDING * (_PREVIEW_LENGTH - len(preview)),
            language=out.own(edition.topic.language),
            direction=self.words.direction,
            publication=out.text(edition.site.title) if edition.site.title != name else "",
            heading=out.text(name),
            period=out.own(period_label(edition, look)),
            home_url=out.url(edition.home_url),
            logo=self._logo(),
            lead=lead,
            stories=tuple(others),
            more=self._more_stories(len(edition.stories) - len(stories)),
            coverage_heading=out.own(self.words.text("Related coverage")),
            issue=out.own(self.words.text("Issue {id}", id=edition.period.id)) if edition.period else "",
            reason=out.own(look.reason) or self._default_reason(),
            address=out.tag(self.profile.address) or out.own(look.sender.address),
            links=tuple(self._links()),
            tags=replace(self.profile, **cast("Any", {n: out.tag(t) for n, t in self.profile.tags.items()})),
            font=Markup(look.font.replace(", ", ",")),  # noqa: S704 - letters, commas and single quotes, says DigestLook.problems
            heading_font=Markup(look.heading_font.replace(", ", ",")),  # noqa: S704
            light=look.light,
            dark=look.dark,
        )

    def _story(self, story: Story, is_lead: bool, extent: Extent) -> StoryView:
        lead, out = story.lead, self.escaping
        limit = coverage_limit(self.look, is_lead, extent)
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
        return next((self.escaping.text(s.title) for s in self.edition.sections if s.stories[0] is story), "")

    def _coverage(self, coverage: Coverage) -> CoverageView:
        out = self.escaping
        return CoverageView(
            outlet=out.text(self._isolated(coverage.provider.name)),
            title=out.text(self._isolated(coverage.title)),
            url=out.url(coverage.url),
            date=self._date(coverage.published) if coverage.published else "",
            label=self._label(coverage),
        )

    def _date(self, when: datetime) -> str:
        return self.escaping.date(self._isolated(self.words.short_date(when, self.look.zone)))

    def _isolated(self, text: str) -> str:
        """Return a part of a line so that its direction doesn't affect the other parts (UAX #9)."""
        mixed = self.words.direction == "rtl" or (
            not text.isascii() and any(bidirectional(char) in ("R", "AL") for char in text)
        )
        return f"{_ISOLATE}{text}{_POP_ISOLATE}" if mixed else text

    def _label(self, article: Article) -> str:
        return self.escaping.own(self.words.text("Video")) if article.type == "video" else ""

    def _more_coverage(self, story: Story, number: int) -> Link | None:
        if number <= 0:
            return None
        one, many = "+{number} more article on this story", "+{number} more articles on this story"
        text = self.words.plural(one, many, number)
        return Link(self.escaping.own(text), self.escaping.url(f"{self.edition.url()}#{anchor(story)}"))

    def _more_stories(self, number: int) -> Link | None:
        if number <= 0:
            return None
        text = self.words.plural("{number} more story in this issue", "{number} more stories in this issue", number)
        return Link(self.escaping.own(text), self.escaping.url(self.edition.url()))

    def _picture(self, images: tuple[Image, ...], box: Box) -> Picture | None:
        if not self.look.images or not (found := for_mail(images, box)):
            return None
        image, width, height = found
        return Picture(self.escaping.url(image.url), width, height, self.escaping.text(image.title))

    def _logo(self) -> Picture | None:
        """Return the logo if its size is known, or else the icon, which is square."""
        site, logo = self.edition.site, self.edition.topic.logo or self.edition.site.logo
        url, (width, height) = (logo, self.look.logo_size) if self.look.logo_size else (site.icon, (_ICON, _ICON))
        if not self.look.images or not url.startswith("https://"):
            return None
        return Picture(self.escaping.url(url), width, height)

    def _default_reason(self) -> str:
        reason = "You get this e-mail because you subscribed to {topic}."
        return self.escaping.text(self.words.text(reason, topic=self.edition.topic.title))

    def _links(self) -> Iterator[Link]:
        """Yield each link that has a tag of the tool or an address of its own."""
        tool, out, words = self.profile, self.escaping, self.words
        links = (
            ("Unsubscribe", tool.unsubscribe, unsubscribe_url(self.look.sender.list_unsubscribe)),
            ("View in browser", tool.view_in_browser, self.edition.url()),
            ("Preferences", tool.preferences, ""),
        )
        for text, tag, url in links:
            if tag or url:
                yield Link(out.own(words.text(text)), out.tag(tag) if tag else out.url(url))


def shown(edition: Edition, extent: Extent) -> tuple[Story, ...]:
    """Return the stories of this extent, section by section."""
    parts = [section.stories for section in edition.sections] or [edition.stories]
    return tuple(story for stories in parts for story in stories[: extent.stories])


def coverage_limit(look: DigestLook, is_lead: bool, extent: Extent) -> int:
    return min(look.lead_coverage if is_lead else look.coverage, extent.coverage)
