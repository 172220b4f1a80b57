"""From a plan to files: which there are, and where they lie. Pure: `output` writes them."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feeds import digest, manifest, site
from feeds.config import Config
from feeds.digest import Digest
from feeds.editions import History, Plan, TopicPlan
from feeds.model import Edition
from feeds.problems import ConfigError
from feeds.syndication import FORMATS, OPML, STYLESHEET, opml
from feeds.templating import asset

_DIGEST_FILES = ("digest.html", "digest.txt", "digest.eml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    files: dict[str, bytes]
    """Path below out/, POSIX → content; the manifest is last, so that it never promises what is not there."""
    withdrawn: tuple[str, ...]
    """Files of earlier builds whose stories are all gone."""
    notes: tuple[str, ...]
    """What the curator should know of a digest, by its path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Topic:
    files: dict[str, bytes]
    entry: Mapping[str, Any]
    withdrawn: tuple[str, ...]
    notes: tuple[str, ...]


def render(
    config: Config,
    plan: Plan,
    *,
    only: Sequence[str] = (),
    before: Mapping[str, Mapping[str, Any]],
    done: Container[str] = (),
) -> Rendered:
    """All files of a build.

    `only`: slugs of topics; the others' entries in the manifest are taken from `before`. `done`: archive documents
    that are full and were written by an earlier build. Raises ConfigError when `only` names no topic.
    """
    if unknown := set(only) - {t.topic.slug for t in plan.topics}:
        known = ", ".join(t.topic.slug for t in plan.topics)
        raise ConfigError("", [f"--topic: no topic {slug!r}; there are {known}" for slug in sorted(unknown)])
    rendered = {t.topic.slug: _topic(config, t, done) for t in plan.topics if not only or t.topic.slug in only}
    entries = {slug: topic.entry for slug, topic in rendered.items()}
    shown = [t for t in plan.topics if t.topic.slug in entries or t.topic.slug in before]
    files = {STYLESHEET: asset(STYLESHEET)}
    for topic in rendered.values():
        files |= topic.files
    files[site.PAGE] = site.landing_page(config.site, shown, config.overrides)
    files[OPML] = opml.render(config.site, [t.topic for t in shown])
    files[manifest.NAME] = manifest.render(
        config.site, [entries.get(t.topic.slug) or before[t.topic.slug] for t in shown]
    )
    return Rendered(
        files=files,
        withdrawn=tuple(name for topic in rendered.values() for name in topic.withdrawn),
        notes=tuple(note for topic in rendered.values() for note in topic.notes),
    )


def final_files(plan: Plan, history: History) -> Iterator[str]:
    """The archive documents that were full before this build: they are never to change."""
    for topic in plan.topics:
        past = history.get(topic.topic.slug)
        for edition in topic.archives[: len(past.archives) if past else 0]:
            yield from (f"{edition.directory}/{format_.file_name}" for format_ in FORMATS)


def _topic(config: Config, plan: TopicPlan, done: Container[str]) -> _Topic:
    files = dict(_feeds([plan.feed, *plan.archives], done))
    files[f"{plan.topic.slug}/{site.PAGE}"] = site.topic_page(plan, config.overrides)
    made = {issue: _digests(config, issue) for issue in (*plan.issues, *plan.rebuilt)}
    for issue, digests in made.items():
        files[f"{issue.directory}/{site.PAGE}"] = site.issue_page(issue, config.overrides)
        files |= _digest_files(issue.directory, digests)
    current = _digest_files(plan.topic.slug, made[plan.issues[0]]) if plan.issues else {}
    return _Topic(
        files=files | current,
        entry=manifest.topic_entry(plan, [_issue_entry(issue, made[issue]) for issue in plan.issues]),
        withdrawn=tuple(_withdrawn(plan)),
        notes=tuple(note for issue, digests in made.items() for note in _notes(issue, digests)),
    )


def _withdrawn(plan: TopicPlan) -> Iterator[str]:
    """Files of issues that have lost all their stories, and of the current digest when no issue is left."""
    for directory in plan.withdrawn:
        yield from (f"{directory}/{name}" for name in (site.PAGE, *_DIGEST_FILES))
    if plan.withdrawn and not plan.issues:
        yield from (f"{plan.topic.slug}/{name}" for name in _DIGEST_FILES)


def _feeds(editions: Sequence[Edition], done: Container[str]) -> Iterator[tuple[str, bytes]]:
    for edition in editions:
        for format_ in FORMATS:
            name = f"{edition.directory}/{format_.file_name}"
            if name not in done:
                yield name, format_.render(edition)


def _digests(config: Config, issue: Edition) -> Mapping[str, Digest]:
    """By what tells their files' names apart: empty for the main one, that of the first mailing tool."""
    made = {p.name: digest.render(issue, config.style, p) for p in config.mailing.profiles}
    return {"": next(iter(made.values())), **(made if len(made) > 1 else {})}


def _digest_files(directory: str, digests: Mapping[str, Digest]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for name, made in digests.items():
        stem = f"{directory}/digest{name and '.'}{name}"
        files |= {f"{stem}.html": made.html.encode(), f"{stem}.txt": made.text.encode(), f"{stem}.eml": made.eml}
    return files


def _issue_entry(issue: Edition, digests: Mapping[str, Digest]) -> Mapping[str, object]:
    return manifest.issue_entry(
        issue,
        [
            {
                "file": f"digest{name and '.'}{name}.html",
                "subject": made.subject,
                "preheader": made.preheader,
                "bytes": made.size,
                "omitted_coverage": made.omitted_coverage,
                "omitted_stories": made.omitted_stories,
            }
            for name, made in digests.items()
        ],
    )


def _notes(issue: Edition, digests: Mapping[str, Digest]) -> Iterator[str]:
    for name, made in digests.items():
        if made.omitted_coverage or made.omitted_stories:
            yield (
                f"{issue.directory}/digest{name and '.'}{name}.html: note: shortened to {made.size:,} bytes: "
                f"{made.omitted_coverage} related articles and {made.omitted_stories} stories are links to its web page"
            )
