"""manifest.json: what is in out/, for programs; and for the next build, what this one promised its readers."""

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from feeds.editions.plan import NewsletterPlan, PreviousTopic, PreviousTopics, TopicPlan
from feeds.model import EditionPlan, Site

if TYPE_CHECKING:
    from feeds.renderers.syndication.formats import Format

NAME = "manifest.json"
_VERSION = 1


def render(
    site: Site,
    *,
    topics: Sequence[Mapping[str, object]],
    newsletters: Sequence[Mapping[str, object]],
    outcomes: Mapping[str, int],
    files: Sequence[str],
) -> bytes:
    """The manifest of these entries; `outcomes`: documents by what they came to; `files`: all that builds have made."""
    manifest: dict[str, object] = {"version": _VERSION, "title": site.title, "base_url": site.base_url}
    manifest |= {"topics": topics, "newsletters": newsletters, "outcomes": outcomes, "files": files}
    return (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()


def topic_entry(
    plan: TopicPlan, issues: Sequence[Mapping[str, object]], feeds: "Iterable[Format]"
) -> dict[str, object]:
    """One topic's entry; `issues`: what `issue_entry` made of each; `feeds`: the formats that are made."""
    entry = _entry(plan.feed)
    entry["feeds"] = [{"type": f.media_type, "url": plan.feed.url(f.file_name)} for f in feeds]
    if plan.archive_ids:
        entry["archives"] = plan.archive_ids
    return entry | _counts(plan.feed) | {"issues": issues}


def newsletter_entry(plan: NewsletterPlan, issues: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """One newsletter's entry; `issues`: what `issue_entry` made of each."""
    return _entry(plan.outline) | {"issues": issues}


def _entry(outline: EditionPlan) -> dict[str, object]:
    return {
        "slug": outline.topic.slug,
        "name": outline.topic.name,
        "title": outline.topic.title,
        "url": outline.home_url,
        "updated": outline.updated.isoformat(),
    }


class DigestEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One digest of an issue."""

    file: str
    """In the issue's directory."""
    subject: str
    preheader: str
    bytes: int
    """Of the HTML."""
    omitted_coverage: int
    """Related articles for which there was no room."""
    omitted_stories: int
    """Stories for which there was no room."""


def issue_entry(issue: EditionPlan, digests: Iterable[DigestEntry]) -> dict[str, object]:
    """One issue's entry; `digests`: one for each mailing tool."""
    entry: dict[str, object] = {"id": issue.period.id if issue.period else "", "url": issue.url()}
    return entry | _counts(issue) | {"digests": [msgspec.structs.asdict(d) for d in digests]}


def _counts(outline: EditionPlan) -> dict[str, object]:
    return {
        "story_count": len(outline.stories),
        "coverage_count": sum(len(s.covers) for s in outline.stories),
        "stories": [s.id for s in outline.stories],
    }


class PreviousBuild(Struct, frozen=True):
    """What an earlier build left in out/."""

    base_url: str = ""
    entries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Of topics and newsletters, by slug."""
    files: frozenset[str] = frozenset()
    """All that builds have made, this one's and older ones', and not removed: names below out/, as they stand there."""

    def without(self, slugs: Container[str]) -> "PreviousBuild":
        """As if those topics had never been."""
        return replace(self, entries={slug: entry for slug, entry in self.entries.items() if slug not in slugs})

    @property
    def history(self) -> PreviousTopics:
        """What it promised; an entry of another shape has promised nothing."""
        past = {}
        for slug, entry in self.entries.items():
            with suppress(KeyError, TypeError, ValueError):
                past[slug] = PreviousTopic(
                    name=entry["name"],
                    updated=datetime.fromisoformat(entry["updated"]),
                    archives=tuple(tuple(map(str, ids)) for ids in entry.get("archives", ())[:-1]),
                    issues=tuple(issue["id"] for issue in entry["issues"]),
                    is_newsletter="feeds" not in entry,
                )
        return past


def read(data: bytes | None) -> PreviousBuild:
    """An earlier manifest; an empty one where it is missing, unreadable, or of another version."""
    try:
        manifest = json.loads(data or b"{}")
        if manifest["version"] == _VERSION:
            entries = {t["slug"]: t for t in [*manifest["newsletters"], *manifest["topics"]]}
            return PreviousBuild(manifest["base_url"], entries, frozenset(map(str, manifest.get("files", ()))))
    except (ValueError, KeyError, TypeError):
        pass
    return PreviousBuild()


class _Issue(msgspec.Struct):
    id: str = ""


class _Entry(msgspec.Struct):
    """What completing needs; all else is not even decoded."""

    slug: str
    name: str
    title: str
    issues: list[_Issue] = []


class _Manifest(msgspec.Struct):
    topics: list[_Entry]
    newsletters: list[_Entry]


class Listed(NamedTuple):
    """A topic or newsletter, in short."""

    slug: str
    name: str
    title: str
    issues: tuple[str, ...]
    """Ids."""
    is_newsletter: bool


def listed(data: bytes | None) -> tuple[Listed, ...]:
    """What a manifest lists; nothing where it is missing or unreadable. Fast, however large it is."""
    try:
        manifest = msgspec.json.decode(data or b"", type=_Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    found = [*((e, False) for e in manifest.topics), *((e, True) for e in manifest.newsletters)]
    return tuple(Listed(e.slug, e.name, e.title, tuple(i.id for i in e.issues), newsletter) for e, newsletter in found)
