"""The web pages: all topics, one topic, one issue. Layout is the templates'; everything is decided before."""

from collections.abc import Sequence
from dataclasses import dataclass

from feeds.editions import NewsletterPlan, TopicPlan
from feeds.languages import language
from feeds.model import Edition, Image, Site, Story
from feeds.syndication import FORMATS, OPML
from feeds.templating import render
from feeds.views import anchor

PAGE = "index.html"


def landing_page(
    site: Site, topics: Sequence[TopicPlan], newsletters: Sequence[NewsletterPlan], overrides: str = ""
) -> bytes:
    """All topics: subscribe, read, copy the digest."""
    return _render(
        "index.html",
        overrides,
        site=site,
        topics=topics,
        newsletters=newsletters,
        language=language(site.language),
        opml=OPML,
    )


def topic_page(plan: TopicPlan, overrides: str = "") -> bytes:
    """The newest stories with all their coverage, and the list of issues."""
    return _edition_page("topic.html", plan.feed, overrides, plan=plan)


def newsletter_page(plan: NewsletterPlan, overrides: str = "") -> bytes:
    """What the newsletter is, and the list of issues."""
    return _edition_page("newsletter.html", plan.edition, overrides, plan=plan)


def issue_page(issue: Edition, overrides: str = "") -> bytes:
    """One issue with all its stories: the target of "view in browser" and of "+N more"."""
    return _edition_page("issue.html", issue, overrides)


@dataclass(frozen=True, slots=True)
class _Entry:
    story: Story
    anchor: str
    image: Image | None
    section: str
    """Heading above it, where a section begins; else empty."""


def _edition_page(template: str, edition: Edition, overrides: str, **context: object) -> bytes:
    headings = {section.stories[0].id: section.title for section in edition.sections}
    entries = [
        _Entry(s, anchor(s), s.lead.images[0] if s.lead.images else None, headings.get(s.id, ""))
        for s in edition.stories
    ]
    words = language(edition.topic.language)
    return _render(template, overrides, site=edition.site, edition=edition, stories=entries, language=words, **context)


def _render(template: str, overrides: str, **context: object) -> bytes:
    return render(template, overrides, formats=FORMATS, **context).encode()
