"""manifest.json: what is in out/, for programs; and for the next build, what this one promised its readers."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from feeds.editions import History, PastTopic, TopicPlan
from feeds.model import Edition, Site

NAME = "manifest.json"
_VERSION = 1


def render(site: Site, topics: Sequence[Mapping[str, object]]) -> bytes:
    """The manifest of these topics' entries."""
    manifest = {"version": _VERSION, "title": site.title, "base_url": site.base_url, "topics": list(topics)}
    return (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()


def topic_entry(plan: TopicPlan, feeds: Mapping[str, str], issues: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """One topic's entry. `feeds`: format → file name; `issues`: what `issue_entry` made of each."""
    feed = plan.feed
    entry: dict[str, object] = {
        "slug": plan.topic.slug,
        "name": plan.topic.name,
        "title": plan.topic.title,
        "url": feed.home_url,
        "feeds": {kind: feed.url(name) for kind, name in feeds.items()},
        "updated": feed.updated.isoformat() if feed.updated else None,
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


def entries(data: bytes | None) -> dict[str, dict[str, Any]]:
    """Topic entries of an earlier manifest, by slug; none where it is missing or unreadable."""
    try:
        topics = json.loads(data or b"{}")["topics"]
        return {t["slug"]: t for t in topics}
    except (ValueError, KeyError, TypeError):
        return {}


def history(topics: Mapping[str, Mapping[str, Any]]) -> History:
    """What the entries' topics have promised; an entry of another shape has promised nothing."""
    past = {}
    for slug, entry in topics.items():
        try:
            past[slug] = PastTopic(
                name=entry["name"],
                updated=datetime.fromisoformat(entry["updated"]) if entry["updated"] else None,
                archives=tuple(tuple(map(str, ids)) for ids in entry.get("archives", ())[:-1]),
                issues=tuple(issue["id"] for issue in entry["issues"]),
            )
        except (KeyError, TypeError, ValueError):
            continue
    return past
