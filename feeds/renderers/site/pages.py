"""Render the web pages: all topics, one topic or newsletter, one issue. Templates only lay them out.

Links between the pages are relative, so that they work wherever out/ is served or opened. Addresses that are read
elsewhere are absolute: canonical addresses, metadata, and the addresses of feeds that people copy.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.config.look import DigestLook
from feeds.config.mailing_tools import NONE
from feeds.editions.issues import Neighbours
from feeds.editions.plan import TopicPlan
from feeds.languages import Language, language
from feeds.media_types import ATOM, OPML, SITE_SCRIPT, SITE_STYLESHEET, SITEMAP
from feeds.model import EVERYTHING, Coverage, Edition, EditionInfo, EditionPlan, Image, Period, Site, Story, Topic
from feeds.renderers import pictures
from feeds.renderers.note import for_web, note_html
from feeds.renderers.site.metadata import Metadata, edition_metadata, landing_metadata
from feeds.renderers.syndication.formats import FORMATS, Format
from feeds.renderers.templates import environment, render
from feeds.renderers.wording import anchor, has_contents, issue_name, period_name, reading_direction

_OPEN_COVERAGE = 5
"""Related articles that a topic's page shows under each story; readers unfold the others. An issue's page shows all."""


# Variables of the templates ------------------------------------------------------------------------------------------


class LanguageAttributes(NamedTuple):
    """The attributes of an element with a text; each is empty when it is the same as the page's."""

    lang: str
    """BCP 47."""
    dir: str
    """`ltr` or `rtl`."""


class Entry(Struct, frozen=True):
    """A story on a page."""

    story: Story
    anchor: str
    picture: Image | None
    section: str
    """The heading above the story, if a section begins with it; else empty."""
    tongue: LanguageAttributes
    coverage: tuple[Coverage, ...]
    """Shown at once."""
    folded: tuple[Coverage, ...]
    """Shown when unfolded."""


class FeedLink(Struct, frozen=True):
    label: str
    """The name of its format: `RSS`."""
    href: str
    address: str
    """The absolute URL, to be copied into a feed reader."""
    media_type: str


class IssueLink(Struct, frozen=True):
    href: str
    label: str
    stories: int = 0
    """How many it has; 0 where that isn't shown."""
    is_open: bool = False
    """True if its period is not over."""


class Card(Struct, frozen=True):
    """A summary of a topic or newsletter."""

    topic: Topic
    tongue: LanguageAttributes
    href: str
    description: str
    """Empty if it only repeats the title or the site's description."""
    lead: Entry | None
    """The newest story of a topic; the first story of a newsletter's current issue."""
    stories: int
    """How many, in the feed or in that issue."""
    issues: int
    updated: datetime | None
    feeds: tuple[FeedLink, ...]
    issue: IssueLink | None
    """The current issue, whose digest is `digest.html`."""
    running: IssueLink | None
    """The issue whose period is not over, unless it is the current one."""

    @property
    def app_link(self) -> str:
        """A `feed:` address, which opens the feed in the system's reader; empty without an Atom feed."""
        return next((f"feed:{s.address}" for s in self.feeds if s.address.endswith(ATOM)), "")


class ToolOption(Struct, frozen=True):
    """A mailing tool, as an option of the digest's preview."""

    label: str
    """Its name for people; empty for the digest without any tool's tags."""
    name: str
    """Its name in file names; empty for the first tool, for which `digest.html` is made."""


# Pages ---------------------------------------------------------------------------------------------------------------


def landing_page(config: Config, plans: Sequence[tuple[TopicPlan, Story | None]]) -> bytes:
    """Render the page of all topics and newsletters, each with the story that represents it."""
    build = _builder(config, config.site.language, "")
    shown = iter(pictures.for_pages(lead for _, lead in plans if lead))
    cards = [build.card(plan, lead, next(shown) if lead else None) for plan, lead in plans]
    return build.page(
        "index.html",
        landing_metadata(config.site, (lead for plan, lead in plans if lead and not plan.is_newsletter)),
        cards=cards,
        updated=max((c.updated for c in cards if c.updated), default=None),
        # The feed of all topics comes first: programs that offer only one take it for the site's.
        discovery=sorted(cards, key=lambda card: card.topic.name != EVERYTHING),
        opml=OPML if "atom" in config.build.formats else "",
        sitemap=SITEMAP,
    )


def topic_page(plan: TopicPlan, shown: Edition, config: Config) -> bytes:
    """Render the stories of a topic's feed, or of a newsletter's current issue, and the list of issues."""
    build = _builder(config, plan.topic.language, "../")
    card = build.card(plan, next(iter(shown.stories), None))
    return build.page(
        "newsletter.html" if plan.is_newsletter else "topic.html",
        edition_metadata(replace(shown, directory=plan.feed.directory), plan.topic.title),
        edition=shown,
        card=card,
        discovery=(*card.feeds, *(build.issue_feeds(plan.feed) if plan.issue_feed else ())),
        digest="digest" if plan.issues.newest and _has_editor(config) else "",
        stories=build.entries(shown, _OPEN_COVERAGE),
        issues=[build.issue(issue) for issue in plan.issues.newest],
        **(_editorial(shown, config) if plan.is_newsletter else {}),
    )


def issue_page(issue: Edition, near: Neighbours, config: Config, *, has_mail: bool) -> bytes:
    """Return the page of one issue with all its stories, to which a digest links; `has_mail` is whether it has one."""
    build = _builder(config, issue.topic.language, "../../../")
    period = build.period(issue.period)
    own = build.issue_feeds(issue) if config.feed.issues else ()
    return build.page(
        "issue.html",
        edition_metadata(issue, f"{issue.topic.title}, {period}"),
        edition=issue,
        discovery=own if issue.topic.slug in config.newsletter_slugs else (*own, *build.feeds(issue)),
        period=period,
        issue_name=issue_name(issue.period, build.words) if issue.period else "",
        stories=build.entries(issue),
        **_editorial(issue, config),
        digest="digest" if has_mail and _has_editor(config) else "",
        previous=build.neighbour(near.previous),
        next=build.neighbour(near.next),
    )


def _editorial(issue: Edition, config: Config) -> dict[str, object]:
    """Return what the editor has added to an issue, as variables of its page."""
    tools = config.mailing.profiles
    editorial = issue.editorial and for_web(issue.editorial, tools)
    note = note_html(editorial.note, tools) if editorial and editorial.note else ""
    return {
        "note": Markup(note),  # noqa: S704 - made of Markdown without HTML
        "has_contents": has_contents(len(issue.stories), len(issue.sections), config.digest.contents),
        "sponsor": editorial and editorial.sponsor,
    }


def redirect_page(edition: EditionInfo) -> bytes:
    """Render the page at an earlier address of a topic. Its template cannot be replaced."""
    words = language(edition.topic.language)
    return render("redirect.html", language=words, title=edition.topic.title, url=edition.home_url).encode()


def _has_editor(config: Config) -> bool:
    return config.build.has_digests and config.pages.editor


def assets(config: Config) -> dict[str, bytes]:
    """Return the stylesheet, in the digest's colours and fonts, and the script of all pages, by file name."""
    templates = environment(config.overrides)
    script = templates.loader.get_source(templates, SITE_SCRIPT)[0] if templates.loader else ""
    style = render(SITE_STYLESHEET, config.overrides, style=config.look)
    return {SITE_STYLESHEET: style.encode(), SITE_SCRIPT: script.encode()}


def tool_options(names: Sequence[str]) -> tuple[ToolOption, ...]:
    """Return the options of the preview; none if there is only one."""
    distinct = tuple(dict.fromkeys(names))
    labels = [_SPELLINGS.get(name, name.capitalize()) for name in distinct]
    return tuple(map(ToolOption, labels, ("", *distinct[1:]))) if len(labels) > 1 else ()


_SPELLINGS = {
    NONE: "",
    "listmonk": "listmonk",
    "sendgrid": "SendGrid",
    "mailerlite": "MailerLite",
    "activecampaign": "ActiveCampaign",
}


# Building them -------------------------------------------------------------------------------------------------------


def _builder(config: Config, language_tag: str, root: str) -> "_PageBuilder":
    formats = [format_ for format_ in FORMATS if format_.name in config.build.formats]
    return _PageBuilder(config.site, config.look, config.mailing.tools, formats, language(language_tag), root)


class _PageBuilder(Struct, frozen=True):
    """Build the variables of one page's template, and the page."""

    site: Site
    look: DigestLook
    tools: Sequence[str]
    formats: Sequence[Format]
    """Those that are built."""
    words: Language
    root: str
    """The relative address of out/ from the page."""

    def page(self, template: str, about: Metadata, **context: object) -> bytes:
        context |= {"site": self.site, "language": self.words, "zone": self.look.zone, "root": self.root}
        context["subscribe"] = self.look.sender.subscribe_url
        return render(template, self.look.overrides, **context, about=about, tools=tool_options(self.tools)).encode()

    def entries(self, edition: Edition, shown: int = sys.maxsize) -> list[Entry]:
        """Return the edition's stories; of each one's coverage, `shown` articles are shown and the others folded."""
        headings = {section.stories[0].id: section.title for section in edition.sections}
        found = zip(edition.stories, pictures.for_pages(edition.stories), strict=True)
        return [self._entry(s, edition.topic, picture, shown, headings.get(s.id, "")) for s, picture in found]

    def _entry(self, story: Story, topic: Topic, picture: Image | None, shown: int = 0, section: str = "") -> Entry:
        # Folding a single article would save nothing.
        shown = shown if len(story.coverage) > shown + 1 else len(story.coverage)
        return Entry(
            story=story,
            anchor=anchor(story),
            picture=picture,
            section=section,
            tongue=self._attributes(story.lead.language or topic.language),
            coverage=story.coverage[:shown],
            folded=story.coverage[shown:],
        )

    def _attributes(self, tag: str) -> LanguageAttributes:
        direction = reading_direction(tag, self.words)
        return LanguageAttributes(
            lang=tag if tag != self.words.tag else "",
            dir=direction if direction != self.words.direction else "",
        )

    def card(self, plan: TopicPlan, lead: Story | None, picture: Image | None = None) -> Card:
        topic, shown, issues = plan.topic, plan.shown, plan.issues
        folder, running = self._folder(topic), issues.open if issues.open is not issues.current else None
        return Card(
            topic=topic,
            tongue=self._attributes(topic.language),
            href=folder or "./",
            description="" if topic.description in (topic.title, self.site.description) else topic.description,
            lead=self._entry(lead, topic, picture) if lead else None,
            stories=len(shown.stories),
            issues=len(issues.newest),
            updated=shown.updated if shown.stories else None,
            feeds=() if plan.is_newsletter else self.feeds(shown),
            issue=self.issue(issues.current, folder) if issues.current else None,
            running=self.issue(running, folder) if running else None,
        )

    def _folder(self, topic: Topic) -> str:
        """Return the relative address of the topic's folder; empty on its own page."""
        return "" if self.root else f"{topic.slug}/"

    def feeds(self, edition: EditionInfo) -> tuple[FeedLink, ...]:
        """Return the feeds of the edition's topic."""
        return tuple(self._feed_link(edition, format_) for format_ in self.formats)

    def issue_feeds(self, edition: EditionInfo) -> tuple[FeedLink, ...]:
        """Return the feeds of the topic's closed issues."""
        words = self.words.text("Issues")
        inner = replace(edition, topic=replace(edition.topic, slug=f"{edition.topic.slug}/issues"))
        return tuple(replace(link, label=f"{words}, {link.label}") for link in self.feeds(inner))

    def _feed_link(self, edition: EditionInfo, format_: Format) -> FeedLink:
        href = f"{self._folder(edition.topic)}{format_.file_name}"
        address = edition.url(format_.file_name, directory=edition.topic.slug)
        return FeedLink(format_.label, href, address, format_.media_type)

    def issue(self, issue: EditionPlan, folder: str = "") -> IssueLink:
        href = f"{folder}issues/{issue.period.id}/" if issue.period else folder
        return IssueLink(href, self.period(issue.period), len(issue.stories), issue.is_open)

    def neighbour(self, period: Period | None) -> IssueLink | None:
        return IssueLink(f"../{period.id}/", self.period(period)) if period else None

    def period(self, period: Period | None) -> str:
        return period_name(period, self.look.zone, self.words.tag) if period else ""
