"""manifest.json: what is in out/, for programs; and for the next build, what this one promised its readers."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from feeds.editions import History, NewsletterPlan, PastTopic, TopicPlan
from feeds.model import Edition, Site
from feeds.syndication import FORMATS

NAME = "manifest.json"
_VERSION = 1


def render(site: Site, *, topics: Sequence[Mapping[str, object]], newsletters: Sequence[Mapping[str, object]]) -> bytes:
    """The manifest of these entries."""
    manifest: dict[str, object] = {"version": _VERSION, "title": site.title, "base_url": site.base_url}
    manifest |= {"topics": topics, "newsletters": newsletters}
    return (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()


def topic_entry(plan: TopicPlan, issues: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """One topic's entry; `issues`: what `issue_entry` made of each."""
    entry = _entry(plan.feed)
    entry["feeds"] = [{"type": f.media_type, "url": plan.feed.url(f.file_name)} for f in FORMATS]
    if plan.archive_ids:
        entry["archives"] = plan.archive_ids
    return entry | _counts(plan.feed) | {"issues": issues}


def newsletter_entry(plan: NewsletterPlan, issues: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """One newsletter's entry; `issues`: what `issue_entry` made of each."""
    return _entry(plan.edition) | {"issues": issues}


def _entry(edition: Edition) -> dict[str, object]:
    return {
        "slug": edition.topic.slug,
        "name": edition.topic.name,
        "title": edition.topic.title,
        "url": edition.home_url,
        "updated": edition.updated.isoformat(),
    }


def issue_entry(issue: Edition, digests: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """One issue's entry; `digests`: its file, subject, bytes and what was left out, for each mailing tool."""
    return {"id": issue.period.id if issue.period else "", "url": issue.url(), **_counts(issue), "digests": digests}


def _counts(edition: Edition) -> dict[str, object]:
    return {
        "story_count": len(edition.stories),
        "coverage_count": sum(len(s.coverage) for s in edition.stories),
        "stories": [s.id for s in edition.stories],
    }


@dataclass(frozen=True, slots=True)
class Past:
    """What an earlier build left in out/."""

    base_url: str = ""
    entries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Of topics and newsletters, by slug."""

    @property
    def history(self) -> History:
        """What it promised; an entry of another shape has promised nothing."""
        past = {}
        for slug, entry in self.entries.items():
            with suppress(KeyError, TypeError, ValueError):
                past[slug] = PastTopic(
                    name=entry["name"],
                    updated=datetime.fromisoformat(entry["updated"]),
                    archives=tuple(tuple(map(str, ids)) for ids in entry.get("archives", ())[:-1]),
                    issues=tuple(issue["id"] for issue in entry["issues"]),
                    is_newsletter="feeds" not in entry,
                )
        return past


def read(data: bytes | None) -> Past:
    """An earlier manifest; an empty one where it is missing, unreadable, or of another version."""
    try:
        manifest = json.loads(data or b"{}")
        if manifest["version"] == _VERSION:
            return Past(manifest["base_url"], {t["slug"]: t for t in [*manifest["newsletters"], *manifest["topics"]]})
    except (ValueError, KeyError, TypeError):
        pass
    return Past()
