"""JSON Feed 1.1 (jsonfeed.org/version/1.1), with an extension `_related` for coverage."""

from collections.abc import Mapping
from typing import Any

import msgspec

from feeds.languages import Language, language
from feeds.media_types import JSON
from feeds.model import Author, Coverage, Edition, Provider, Story
from feeds.renderers.syndication import entry as content


def render(edition: Edition) -> bytes:
    """feed.json: UTF-8, indented, a newline at its end."""
    words = language(edition.topic.language)
    feed = _filled(
        version="https://jsonfeed.org/version/1.1",
        title=content.feed_title(edition.topic),
        home_page_url=edition.home_url,
        feed_url=edition.url(JSON),
        description=content.description(edition.topic),
        # A subscription document and an archive alike: what comes next is older.
        next_url=edition.url(JSON, directory=edition.prev_archive) if edition.prev_archive else "",
        icon=content.logo(edition),
        favicon=edition.site.icon,
        authors=[_person(content.author(edition))],
        language=edition.topic.language,
        hubs=[{"type": "WebSub", "url": edition.site.hub}] if edition.site.hub else [],
    )
    feed["items"] = [_item(story, words) for story in edition.stories]  # there even if empty
    return msgspec.json.format(msgspec.json.encode(feed), indent=2) + b"\n"


def _item(story: Story, words: Language) -> dict[str, Any]:
    lead = story.lead
    picture = content.picture(story)
    return _filled(
        id=story.id,
        url=lead.url,
        title=content.title(lead),
        content_html=content.html(story, words),
        content_text=content.text(story, words),
        summary=content.summary(story, words),
        image=picture.url if picture else "",
        date_published=content.timestamp(story.published),
        date_modified=content.timestamp(story.updated),
        authors=[_person(lead.provider)] if content.outlet(lead.provider) else [],
        tags=[name for name in map(content.literal, lead.topics) if name],
        language=lead.language,
        _related=[_related(c) for c in story.coverage],
    )


def _related(coverage: Coverage) -> dict[str, Any]:
    return _filled(
        url=coverage.url,
        title=content.title(coverage),
        outlet=content.outlet(coverage.provider),
        date_published=content.timestamp(coverage.published) if coverage.published else "",
    )


def _person(who: Author | Provider) -> Mapping[str, Any]:
    return _filled(
        name=content.outlet(who) if isinstance(who, Provider) else who.name,
        url=who.url,
    )


def _filled(**members: Any) -> dict[str, Any]:
    """What is unknown is left out: JSON Feed has no empty values."""
    return {name: value for name, value in members.items() if value}
