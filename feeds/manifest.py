"""manifest.json: what is in out/, for programs; and for the next build, what this one promised its readers."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from feeds.editions import History, PastTopic, TopicPlan
from feeds.model import Edition, Site
from feeds.syndication import FORMATS

NAME = "manifest.json"
_VERSION = 1


def render(site: Site, topics: Sequence[Mapping[str, object]]) -> bytes:
    """The manifest of these topics' entries."""
    manifest = {"version": _VERSION, "title": site.title, "base_url": site.base_url, "topics": list(topics)}
    return (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()


def topic_entry(plan: TopicPlan, issues: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """One topic's entry; `issues`: what `issue_entry` made of each."""
    feed = plan.feed
    entry: dict[str, object] = {
        "slug": plan.topic.slug,
        "name": plan.topic.name,
        "title": plan.topic.title,
        "url": feed.home_url,
        "feeds": [{"type": f.media_type, "url": feed.url(f.file_name)} for f in FORMATS],
        "updated": feed.updated.isoformat(),
        **_counts(feed),
    }
    if plan.archive_ids:
        entry["archives"] = plan.archive_ids
    entry["issues"] = issues
    return entry


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
    """The topics' entries, by slug."""

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
                )
        return past


def read(data: bytes | None) -> Past:
    """An earlier manifest; an empty one where it is missing, unreadable, or of another version."""
    try:
        manifest = json.loads(data or b"{}")
        if manifest["version"] == _VERSION:
            return Past(manifest["base_url"], {t["slug"]: t for t in manifest["topics"]})
    except (ValueError, KeyError, TypeError):
        pass
    return Past()
