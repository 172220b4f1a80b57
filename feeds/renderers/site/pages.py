"""The web pages: all topics, one topic, one issue. Layout is the templates'; everything is decided before.

Links between the pages are relative, so that they work wherever out/ is served or looked at. What is read elsewhere
is absolute: canonical addresses, metadata, and the addresses of feeds that people copy.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.config.look import DigestLook
from feeds.config.mailing_tools import NONE
from feeds.editions.issues import Issues, Neighbours
from feeds.editions.plan import TopicPlan
from feeds.languages import Language, language
from feeds.media_types import OPML
from feeds.model import Coverage, Edition, EditionPlan, Image, Period, Site, Story, Topic
from feeds.renderers.site import metadata
from feeds.renderers.site.metadata import Metadata
from feeds.renderers.site.sitemap import NAME as SITEMAP
from feeds.renderers.syndication.formats import ATOM, FORMATS, Format
from feeds.renderers.templates import environment, render
from feeds.renderers.wording import anchor, period_name, reading_direction

STYLESHEET, SCRIPT = "site.css", "site.js"
_OPEN_COVERAGE = 5
"""Related articles that a topic's page shows under each story; the others unfold. An issue's page shows all."""


# What the templates lay out ------------------------------------------------------------------------------------------


class Tongue(NamedTuple):
    """Attributes of a text: each empty where it is the page's own."""

    lang: str
    """BCP 47."""
    dir: str
    """`ltr` or `rtl`."""


class Entry(Struct, frozen=True):
    """A story."""

    story: Story
    anchor: str
    picture: Image | None
    section: str
    """Heading above it, where a section begins; else empty."""
    tongue: Tongue
    coverage: tuple[Coverage, ...]
    """What is seen at once."""
    folded: tuple[Coverage, ...]
    """What unfolds."""


class FeedLink(Struct, frozen=True):
    label: str
    """Of its format: `RSS`."""
    href: str
    address: str
    """Absolute: what goes into a feed reader."""
    media_type: str


class Newest(Struct, frozen=True):
    """The newest issue."""

    label: str
    """Its period."""
    page: str
    """Its web page, relative."""
    mail: str
    """The current digest, relative and without its ending: `ai/digest`."""


class Card(Struct, frozen=True):
    """A topic or newsletter, in short."""

    topic: Topic
    tongue: Tongue
    href: str
    description: str
    """Empty where it says no more than the title, or the site's."""
    lead: Entry | None
    """Newest story of a topic; first story of a newsletter's newest issue."""
    stories: int
    """In the feed, or in that issue."""
    issues: int
    updated: datetime | None
    feeds: tuple[FeedLink, ...]
    newest: Newest | None

    @property
    def app_link(self) -> str:
        """Opens the feed in the reader that the system has for it (the `feed:` scheme); empty without a feed."""
        return next((f"feed:{s.address}" for s in self.feeds if s.address.endswith(ATOM)), "")


class IssueLink(Struct, frozen=True):
    href: str
    label: str
    stories: int = 0
    """How many it has, where that is said."""


class Tool(Struct, frozen=True):
    """A mailing tool that has a digest of its own."""

    label: str
    """As it writes itself; empty for the digest without any tool's tags."""
    name: str
    """In its files' names; empty for the first one, which `digest.html` is made for."""


# Pages ---------------------------------------------------------------------------------------------------------------


def landing_page(config: Config, plans: Sequence[tuple[TopicPlan, Story | None]]) -> bytes:
    """Render the page of all topics and newsletters, each with the story that represents it."""
    maker = _maker(config, config.site.language, "")
    cards = [maker.card(plan, lead) for plan, lead in plans]
    return maker.page(
        "index.html",
        metadata.of_landing(config.site, (lead for plan, lead in plans if lead and not plan.is_newsletter)),
        cards=cards,
        updated=max((c.updated for c in cards if c.updated), default=None),
        opml=OPML,
        sitemap=SITEMAP,
    )


def topic_page(plan: TopicPlan, shown: Edition, config: Config) -> bytes:
    """Render the stories of a topic's feed, or of a newsletter's newest issue, and the list of issues."""
    maker = _maker(config, plan.topic.language, "../")
    return maker.page(
        "newsletter.html" if plan.is_newsletter else "topic.html",
        metadata.of_edition(replace(shown, directory=plan.feed.directory), plan.topic.title),
        edition=shown,
        card=maker.card(plan, next(iter(shown.stories), None)),
        stories=maker.entries(shown, _OPEN_COVERAGE),
        issues=maker.issues(plan.issues),
    )


def issue_page(issue: Edition, near: Neighbours, config: Config) -> bytes:
    """One issue with all its stories: the target of "view in browser" and of "+N more"."""
    maker = _maker(config, issue.topic.language, "../../../")
    period = maker.period(issue.period)
    return maker.page(
        "issue.html",
        metadata.of_edition(issue, f"{issue.topic.title}, {period}"),
        edition=issue,
        period=period,
        stories=maker.entries(issue),
        previous=maker.neighbour(near.previous),
        next=maker.neighbour(near.next),
    )


def assets(config: Config) -> dict[str, bytes]:
    """The stylesheet, in the digest's colours and fonts, and the script: one of each for all pages."""
    templates = environment(config.overrides)
    script = templates.loader.get_source(templates, SCRIPT)[0] if templates.loader else ""
    style = render(STYLESHEET, config.overrides, style=config.look)
    return {STYLESHEET: style.encode(), SCRIPT: script.encode()}


def _tools(names: Sequence[str]) -> tuple[Tool, ...]:
    """Nothing to choose from unless there are several."""
    distinct = tuple(dict.fromkeys(names))
    chosen = [Tool(_SPELLINGS.get(name, name.capitalize()), name if n else "") for n, name in enumerate(distinct)]
    return tuple(chosen) if len(chosen) > 1 else ()


_SPELLINGS = {
    NONE: "",
    "listmonk": "listmonk",
    "sendgrid": "SendGrid",
    "mailerlite": "MailerLite",
    "activecampaign": "ActiveCampaign",
}


# How they come about -------------------------------------------------------------------------------------------------


def _maker(config: Config, tag: str, root: str) -> "_Maker":
    return _Maker(config.site, config.look, config.mailing.tools, language(tag), root)


class _Maker(Struct, frozen=True):
    """What one page is made with."""

    site: Site
    style: DigestLook
    tools: Sequence[str]
    words: Language
    root: str
    """The relative address of out/ from the page."""

    def page(self, template: str, about: Metadata, **context: object) -> bytes:
        context |= {"site": self.site, "language": self.words, "zone": self.style.zone, "root": self.root}
        return render(template, self.style.overrides, **context, about=about, tools=_tools(self.tools)).encode()

    def entries(self, edition: Edition, shown: int = sys.maxsize) -> list[Entry]:
        """Its stories; more than `shown` articles of a story's coverage are folded."""
        headings = {section.stories[0].id: section.title for section in edition.sections}
        return [self._entry(s, edition.topic, shown, headings.get(s.id, "")) for s in edition.stories]

    def _entry(self, story: Story, topic: Topic, shown: int, section: str = "") -> Entry:
        # A line that unfolds one line is no gain.
        shown = shown if len(story.coverage) > shown + 1 else len(story.coverage)
        return Entry(
            story=story,
            anchor=anchor(story),
            picture=metadata.picture(story.lead),
            section=section,
            tongue=self._tongue(story.lead.language or topic.language),
            coverage=story.coverage[:shown],
            folded=story.coverage[shown:],
        )

    def _tongue(self, tag: str) -> Tongue:
        direction = reading_direction(tag, self.words)
        return Tongue(tag if tag != self.words.tag else "", direction if direction != self.words.direction else "")

    def card(self, plan: TopicPlan, lead: Story | None) -> Card:
        topic, shown, newest = plan.topic, plan.shown, plan.issues.newest
        return Card(
            topic=topic,
            tongue=self._tongue(topic.language),
            href=self._folder(topic) or "./",
            description="" if topic.description in (topic.title, self.site.description) else topic.description,
            lead=self._entry(lead, topic, 0) if lead else None,
            stories=len(shown.stories),
            issues=len(newest),
            updated=shown.updated if shown.stories else None,
            feeds=() if plan.is_newsletter else tuple(self._feed_link(shown, format_) for format_ in FORMATS),
            newest=self._newest(newest[0]) if newest else None,
        )

    def _folder(self, topic: Topic) -> str:
        """Of its files; empty on its own page."""
        return "" if self.root else f"{topic.slug}/"

    def _feed_link(self, feed: EditionPlan, format_: Format) -> FeedLink:
        href = f"{self._folder(feed.topic)}{format_.file_name}"
        return FeedLink(format_.label, href, feed.url(format_.file_name), format_.media_type)

    def _newest(self, issue: EditionPlan) -> Newest:
        folder = self._folder(issue.topic)
        return Newest(self.period(issue.period), f"{folder}{_issue_path(issue.period)}", f"{folder}digest")

    def issues(self, issues: Issues) -> list[IssueLink]:
        return [IssueLink(_issue_path(e.period), self.period(e.period), len(e.stories)) for e in issues.newest]

    def neighbour(self, period: Period | None) -> IssueLink | None:
        return IssueLink(f"../{period.id}/", self.period(period)) if period else None

    def period(self, period: Period | None) -> str:
        return period_name(period, self.style.zone, self.words.tag) if period else ""


def _issue_path(period: Period | None) -> str:
    return f"issues/{period.id}/" if period else ""
