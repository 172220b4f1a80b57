"""manifest.json: what is in out/, for programs, and for the next build what this one promised its readers."""

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.editions.plan import Plan, PreviousTopic, PreviousTopics, TopicPlan
from feeds.media_types import FEEDS, MEDIA_TYPES
from feeds.model import EditionPlan

NAME = "manifest.json"
_VERSION = 1


class DigestEntry(Struct, frozen=True, kw_only=True):
    """One digest of an issue."""

    file: str
    """Name in the issue's directory."""
    subject: str
    preheader: str
    bytes: int
    """Size of the HTML."""
    omitted_coverage: int
    """Related articles left out because the digest would have been too large."""
    omitted_stories: int
    """Stories left out because the digest would have been too large."""


class PreviousBuild(Struct, frozen=True):
    """What earlier builds left in out/."""

    base_url: str = ""
    entries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The entries of topics and newsletters, keyed by slug."""
    files: frozenset[str] = frozenset()
    """Names of all files that builds have made and not removed."""

    def without(self, slugs: Container[str]) -> "PreviousBuild":
        """Return a copy that knows nothing of these topics."""
        return replace(self, entries={slug: entry for slug, entry in self.entries.items() if slug not in slugs})

    @property
    def topics(self) -> PreviousTopics:
        """What it promised. An entry of an unknown shape promises nothing."""
        topics = {}
        for slug, entry in self.entries.items():
            with suppress(KeyError, TypeError, ValueError):
                topics[slug] = PreviousTopic(
                    name=entry["name"],
                    updated=datetime.fromisoformat(entry["updated"]),
                    archives=tuple(tuple(map(str, ids)) for ids in entry.get("archives", ())[:-1]),
                    issues=tuple(issue["id"] for issue in entry["issues"]),
                    is_newsletter="feeds" not in entry,
                )
        return topics


def read(data: bytes | None) -> PreviousBuild:
    """Return what a manifest records; nothing if it is missing, unreadable or of another version."""
    try:
        manifest = json.loads(data or b"{}")
        if manifest["version"] == _VERSION:
            entries = {t["slug"]: t for t in [*manifest["newsletters"], *manifest["topics"]]}
            return PreviousBuild(manifest["base_url"], entries, frozenset(map(str, manifest.get("files", ()))))
    except (ValueError, KeyError, TypeError):
        pass
    return PreviousBuild()


def render(
    config: Config,
    plan: Plan,
    digests: Mapping[str, Sequence[DigestEntry]],
    *,
    made: Container[str],
    previous: PreviousBuild,
    outcomes: Mapping[str, int],
    files: Sequence[str],
) -> bytes:
    """Return the manifest as UTF-8 with a final newline.

    `digests` are keyed by the directory of their issue. `made` has the slugs of the topics and newsletters that this
    build has made; the entries of the others are taken from `previous`. `outcomes` counts documents by outcome.
    """
    entries = {**previous.entries}
    entries |= {p.topic.slug: _entry(p, digests, config.build.formats) for p in plan.all if p.topic.slug in made}
    manifest = {
        "version": _VERSION,
        "title": config.site.title,
        "base_url": config.site.base_url,
        "topics": [entries[p.topic.slug] for p in plan.topics if p.topic.slug in entries],
        "newsletters": [entries[p.topic.slug] for p in plan.newsletters if p.topic.slug in entries],
        "outcomes": outcomes,
        "files": files,
    }
    return (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()


def _entry(
    plan: TopicPlan, digests: Mapping[str, Sequence[DigestEntry]], formats: Iterable[str]
) -> Mapping[str, object]:
    entry: dict[str, object] = {
        "slug": plan.topic.slug,
        "name": plan.topic.name,
        "title": plan.topic.title,
        "url": plan.feed.home_url,
        "updated": plan.feed.updated.isoformat(),
    }
    if not plan.is_newsletter:
        entry["feeds"] = [{"type": MEDIA_TYPES[FEEDS[f]], "url": plan.feed.url(FEEDS[f])} for f in formats]
        if plan.archive_ids:
            entry["archives"] = plan.archive_ids
        entry |= _stories(plan.feed)
    issues = [_issue_entry(issue, digests.get(issue.directory, ())) for issue in plan.issues.newest]
    return entry | {"issues": issues}


def _issue_entry(issue: EditionPlan, digests: Iterable[DigestEntry]) -> dict[str, object]:
    entry: dict[str, object] = {"id": issue.period.id if issue.period else "", "url": issue.url()}
    return entry | _stories(issue) | {"digests": [msgspec.structs.asdict(d) for d in digests]}


def _stories(edition: EditionPlan) -> dict[str, object]:
    return {
        "story_count": len(edition.stories),
        "coverage_count": sum(len(s.covers) for s in edition.stories),
        "stories": [s.id for s in edition.stories],
    }


class _Issue(Struct):
    id: str = ""


class _Entry(Struct):
    """The few members that shell completion needs; nothing else is decoded."""

    slug: str
    name: str
    title: str
    issues: list[_Issue] = []


class _Manifest(Struct):
    topics: list[_Entry]
    newsletters: list[_Entry]


class ListedTopic(NamedTuple):
    """A topic or newsletter of the last build, in short."""

    slug: str
    name: str
    title: str
    issues: tuple[str, ...]
    """Their ids."""
    is_newsletter: bool


def listed(data: bytes | None) -> tuple[ListedTopic, ...]:
    """Return what a manifest lists, or nothing if it cannot be read. Fast, however large it is."""
    try:
        manifest = msgspec.json.decode(data or b"", type=_Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    found = [*((e, False) for e in manifest.topics), *((e, True) for e in manifest.newsletters)]
    return tuple(
        ListedTopic(e.slug, e.name, e.title, tuple(i.id for i in e.issues), newsletter) for e, newsletter in found
    )
