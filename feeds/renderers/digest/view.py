"""The records that the digest's templates lay out, with every text chosen, translated and escaped. Pure.

An issue has two views, one with escaped texts for HTML and one for plain text; both show the same stories.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import quote

from markupsafe import Markup, escape
from msgspec import Struct
from msgspec.structs import replace

from feeds.config.look import DigestLook, Palette, font_in_word, unsubscribe_url
from feeds.config.mailing_tools import Profile
from feeds.languages import Language
from feeds.model import Article, Coverage, Edition, Section, Story
from feeds.renderers.digest.prose import prose
from feeds.renderers.digest.subject import Envelope, period_label
from feeds.renderers.digest.tags import neutralise, neutralise_url
from feeds.renderers.note import note_mail, note_text
from feeds.renderers.pictures import MailPicture, for_mail, for_sponsor
from feeds.renderers.wording import anchor, has_contents, isolated, issue_name, reading_direction
from feeds.text import WORD_JOINER, truncate

_PREVIEW_LENGTH = 150
"""Characters in all but the longest previews, as React Email has it; the preheader is padded to this length, or body
text would follow it."""
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_PADDING = "\u034f\u200c\u00a0"
_LEAD_EXCERPT, _EXCERPT = 320, 180
"""Characters, at most."""
_ICON = 48
"""Width and height in pixels."""


class Picture(Struct, frozen=True):
    url: str
    width: int
    """Pixels, as shown; a picture is never enlarged."""
    height: int
    alt: str = ""
    """Empty for decoration."""
    is_large: bool = False
    """True for one as wide as the column."""


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
    outlets: str
    """`5 outlets`, those that are left out here included; empty for a single one."""
    excerpt: str
    picture: Picture | None
    coverage: tuple[CoverageView, ...]
    more: Link | None
    """A link to the coverage that is left out here."""
    language: str
    direction: str
    is_foreign: bool
    """True when its language or direction is not the digest's."""
    opposite: str
    """The other direction: `rtl` for `ltr`."""
    side: str
    """Where its lines begin: `left` or `right`."""


class SponsorView(Struct, frozen=True, kw_only=True):
    """The block after the lead story that somebody paid for."""

    label: str
    """`Sponsored`"""
    name: str
    url: str
    text: str
    """Empty for none."""
    picture: Picture | None


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
    """The topic's page."""
    logo: Picture | None
    logo_dark: Picture | None
    """The logo in dark mode; None for the same one."""
    view_in_browser: Link | None
    has_sections: bool
    """True if any story is below the heading of a section."""
    note: str
    """The editor's note: HTML, or lines of plain text; empty for none."""
    contents_heading: str
    contents: tuple[StoryView, ...]
    """The stories whose titles are in the list of contents; empty if there is no such list."""
    lead: StoryView
    sponsor: SponsorView | None
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
    forward: Link | None
    """Writes a mail with the issue's address."""
    subscribe: Link | None
    """For those who got the mail from a friend; None without `subscribe_url`."""
    tags: Profile
    """All tags of the mailing tool, for templates that use more of them."""
    font: str
    heading_font: str
    word_font: str
    """The font of text in Outlook for Windows, which looks at the first name only."""
    word_heading_font: str
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
    note: Callable[[str, Profile, DigestLook, str], str]
    """For the editor's note, which may contain tags."""


def _unbroken(date: str) -> str:
    return date.replace(" ", _NO_BREAK_SPACE)


_DATE_PARTS = re.compile("(?=[年月日])|(?<=[年月])(?=.)")


def _joined(date: str) -> str:
    """Return a date that isn't broken between ideographs and numbers."""
    return _DATE_PARTS.sub(WORD_JOINER, date)


def _escaped(text: str) -> Markup:
    # Safari makes plain spaces of no-break spaces when it copies, unless they are character references.
    return Markup(str(escape(text)).replace(_NO_BREAK_SPACE, "&nbsp;"))  # noqa: S704 - it is escaped here


IN_HTML = Escaping(
    text=lambda text: _escaped(neutralise(text)),
    own=_escaped,
    url=lambda url: escape(neutralise_url(url)),
    date=lambda date: _escaped(_joined(_unbroken(date))),
    tag=Markup,
    note=lambda note, tool, look, direction: Markup(note_mail(note, tool, look.light, direction)),  # noqa: S704
)
IN_TEXT = Escaping(
    text=lambda text: neutralise(prose(text)),
    own=str,
    url=neutralise_url,
    date=_unbroken,
    tag=str,
    note=lambda note, tool, look, direction: note_text(note, tool),
)


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
    envelope: Envelope
    words: Language

    def view(self, extent: Extent) -> DigestView:
        edition, look, out = self.edition, self.look, self.escaping
        stories = shown(edition, extent)
        pictures = for_mail(stories) if look.images else [None] * len(stories)
        shown_with = zip(stories, pictures, strict=True)
        lead, *others = [self._story(s, n == 0, picture, extent) for n, (s, picture) in enumerate(shown_with)]
        name = edition.topic.label
        return DigestView(
            subject=out.own(self.envelope.subject),
            preheader=out.own(self.envelope.preheader),
            padding=_PADDING * (_PREVIEW_LENGTH - len(self.envelope.preheader)),
            language=out.own(edition.topic.language),
            direction=self.words.direction,
            publication=out.text(edition.site.title) if edition.site.title != name else "",
            heading=out.text(name),
            period=out.own(period_label(edition, look)),
            home_url=out.url(edition.home_url),
            logo=self._logo(edition.topic.logo or edition.site.logo),
            logo_dark=self._logo_dark(),
            view_in_browser=self._link(self.words.text("View in browser"), self.profile.view_in_browser, edition.url()),
            has_sections=any(story.section for story in (lead, *others)),
            note=self._note(),
            contents_heading=out.own(self.words.text("In this issue")),
            contents=(lead, *others) if has_contents(len(stories), len(edition.sections), look.contents) else (),
            lead=lead,
            sponsor=self._sponsor(),
            stories=tuple(others),
            more=self._more_stories(len(edition.stories) - len(stories)),
            coverage_heading=out.own(self.words.text("Related coverage")),
            issue=out.own(issue_name(edition.period, self.words)) if edition.period else "",
            reason=out.own(look.reason) or self._default_reason(),
            address=out.tag(self.profile.address) or out.own(look.sender.address),
            links=tuple(self._links()),
            forward=self._link(self.words.text("Forward"), "", self._forward_url()),
            subscribe=self._link(self.words.text("Subscribe"), "", look.sender.subscribe_url),
            tags=replace(self.profile, **cast("Any", {n: out.tag(t) for n, t in self.profile.tags.items()})),
            font=Markup(look.font.replace(", ", ",")),  # noqa: S704 - letters, commas and single quotes, says DigestLook.problems
            heading_font=Markup(look.heading_font.replace(", ", ",")),  # noqa: S704
            word_font=font_in_word(look.font),
            word_heading_font=font_in_word(look.heading_font),
            light=look.light,
            dark=look.dark,
        )

    def _story(self, story: Story, is_lead: bool, picture: MailPicture | None, extent: Extent) -> StoryView:
        lead, out = story.lead, self.escaping
        limit = coverage_limit(self.look, is_lead, extent)
        direction = reading_direction(lead.language, self.words)
        return StoryView(
            section=self._section(story),
            title=out.text(lead.title),
            url=out.url(lead.url),
            outlet=out.text(isolated(lead.provider.name, self.words)),
            date=self._date(lead.published),
            label=self._label(lead),
            outlets=self._outlets(story),
            excerpt=out.text(truncate(lead.excerpt, _LEAD_EXCERPT if is_lead else _EXCERPT)),
            picture=self._picture(picture) if picture else None,
            coverage=tuple(self._coverage(c) for c in story.coverage[:limit]),
            more=self._more_coverage(story, len(story.coverage) - limit),
            language=out.own(lead.language or self.edition.topic.language),
            direction=direction,
            is_foreign=(lead.language or self.words.tag, direction) != (self.words.tag, self.words.direction),
            opposite="ltr" if direction == "rtl" else "rtl",
            side="right" if direction == "rtl" else "left",
        )

    def _note(self) -> str:
        editorial = self.edition.editorial
        if not editorial or not editorial.note:
            return ""
        return self.escaping.note(editorial.note, self.profile, self.look, self.words.direction)

    def _sponsor(self) -> SponsorView | None:
        sponsor = self.edition.editorial and self.edition.editorial.sponsor
        if not sponsor:
            return None
        out = self.escaping
        picture = for_sponsor(sponsor.image) if sponsor.image and self.look.images else None
        return SponsorView(
            label=out.own(self.words.text("Sponsored")),
            name=out.own(sponsor.name),
            url=out.url(sponsor.url),
            text=out.own(sponsor.text),
            picture=self._picture(picture) if picture else None,
        )

    def _section(self, story: Story) -> str:
        return next((self.escaping.text(s.title) for s in self.edition.sections if s.stories[0] is story), "")

    def _coverage(self, coverage: Coverage) -> CoverageView:
        out = self.escaping
        return CoverageView(
            outlet=out.text(isolated(coverage.provider.name, self.words)),
            title=out.text(isolated(coverage.title, self.words)),
            url=out.url(coverage.url),
            date=self._date(coverage.published) if coverage.published else "",
            label=self._label(coverage),
        )

    def _date(self, when: datetime) -> str:
        zone, period = self.look.zone, self.edition.period
        ends = (period.start, period.end - timedelta(seconds=1)) if period else ()
        # The masthead names the year of the period.
        has_year = {end.astimezone(zone).year for end in ends} == {when.astimezone(zone).year}
        date = self.words.day(when, zone) if has_year else self.words.short_date(when, zone)
        return self.escaping.date(isolated(date, self.words))

    def _outlets(self, story: Story) -> str:
        number = len({article.provider.name for article in (story.lead, *story.coverage)})
        return (
            self.escaping.own(_unbroken(self.words.plural("{number} outlet", "{number} outlets", number)))
            if number > 1
            else ""
        )

    def _label(self, article: Article) -> str:
        return self.escaping.own(self.words.text("Video")) if article.type == "video" else ""

    def _more_coverage(self, story: Story, number: int) -> Link | None:
        if number <= 0:
            return None
        one, many = "+{number} more article on this story", "+{number} more articles on this story"
        return self._link(self.words.plural(one, many, number), "", f"{self.edition.url()}#{anchor(story)}")

    def _more_stories(self, number: int) -> Link | None:
        if number <= 0:
            return None
        one, many = "{number} more story in this issue", "{number} more stories in this issue"
        return self._link(self.words.plural(one, many, number), "", self.edition.url())

    def _picture(self, picture: MailPicture) -> Picture:
        out, image = self.escaping, picture.image
        return Picture(out.url(image.url), picture.width, picture.height, out.text(image.title), picture.is_large)

    def _logo(self, logo: str) -> Picture | None:
        """Return the logo if its size is known, or else the icon, which is square."""
        icon = self.edition.site.icon
        url, (width, height) = (logo, self.look.logo_size) if self.look.logo_size else (icon, (_ICON, _ICON))
        if not self.look.images or not url.startswith("https://"):
            return None
        return Picture(self.escaping.url(url), width, height, is_large=bool(self.look.logo_size))

    def _logo_dark(self) -> Picture | None:
        """Return the publication's logo for dark mode, unless the topic has a logo of its own."""
        site, own = self.edition.site, self.edition.topic.logo
        is_own = own not in ("", site.logo)
        if is_own or not self.look.logo_size or not site.logo_dark or not self._logo(site.logo):
            return None
        return self._logo(site.logo_dark)

    def _default_reason(self) -> str:
        reason = "You get this e-mail because you subscribed to {topic}."
        return self.escaping.text(self.words.text(reason, topic=self.edition.topic.title))

    def _links(self) -> Iterator[Link]:
        """Yield each link that has a tag of the tool or an address of its own."""
        tool = self.profile
        links = (
            ("Unsubscribe", tool.unsubscribe, unsubscribe_url(self.look.sender.list_unsubscribe)),
            ("View in browser", tool.view_in_browser, self.edition.url()),
            ("Preferences", tool.preferences, ""),
        )
        yield from (link for text, tag, url in links if (link := self._link(self.words.text(text), tag, url)))

    def _link(self, text: str, tag: str, url: str) -> Link | None:
        """Return a link to the tool's tag, or else to the address, or None without both."""
        out = self.escaping
        return Link(out.own(text), out.tag(tag) if tag else out.url(url)) if tag or url else None

    def _forward_url(self) -> str:
        return f"mailto:?subject={quote(self.envelope.subject, safe='')}&body={quote(self.edition.url(), safe='')}"


def shown(edition: Edition, extent: Extent) -> tuple[Story, ...]:
    """Return the stories of this extent, section by section."""
    parts = edition.sections or (Section("", edition.stories),)
    return tuple(story for part in parts for story in part.stories[: min(extent.stories, story_limit(edition, part))])


def story_limit(edition: Edition, section: Section) -> int:
    """Return how many stories of a section a digest shows at most."""
    return section.limit or edition.topic.rules.digest_limit


def coverage_limit(look: DigestLook, is_lead: bool, extent: Extent) -> int:
    return min(look.lead_coverage if is_lead else look.coverage, extent.coverage)
