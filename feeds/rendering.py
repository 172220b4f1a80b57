"""From a plan to files: which there are, and where they lie. Pure: `output` writes them."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError

from feeds import digest, manifest, site, sitemap
from feeds.config import Config
from feeds.digest import Digest, DigestError
from feeds.editions import History, NewsletterPlan, Plan, TopicPlan
from feeds.issues import Issues
from feeds.mailing import CUSTOM, PROFILES
from feeds.manifest import Past
from feeds.model import Edition
from feeds.problems import ConfigError
from feeds.syndication import FORMATS, OPML, STYLESHEET, opml
from feeds.templating import asset

_DIGEST_FILES = tuple(
    f"digest{tool and '.'}{tool}.{kind}" for tool in ("", *PROFILES, CUSTOM) for kind in ("html", "txt", "eml")
)
"""Whatever an earlier build may have made, with tools that are no longer configured, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    files: dict[str, bytes]
    """Path below out/, POSIX → content; the manifest is last, so that it never promises what is not there."""
    withdrawn: tuple[str, ...]
    """Files of earlier builds whose stories are all gone."""
    notes: tuple[str, ...]
    """What the curator should know of a digest, by its path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What one topic or newsletter adds."""

    files: dict[str, bytes]
    entry: Mapping[str, Any]
    withdrawn: tuple[str, ...]
    notes: tuple[str, ...]


def render(
    config: Config, plan: Plan, *, only: Sequence[str] = (), before: Past, done: Container[str] = ()
) -> Rendered:
    """All files of a build.

    `only`: slugs of topics and newsletters; what the manifest says of the others is taken from `before`. `done`:
    archive documents that are full and were written by an earlier build. Raises ConfigError when `only` names nothing,
    or when a template or a tag cannot be used.
    """
    slugs = [p.topic.slug for p in plan.all]
    if unknown := set(only) - set(slugs):
        known = ", ".join(slugs)
        raise ConfigError("", [f"--topic: no topic {slug!r}; there are {known}" for slug in sorted(unknown)])
    wanted = set(only or slugs)
    try:
        parts = {t.topic.slug: _topic(config, t, done) for t in plan.topics if t.topic.slug in wanted}
        parts |= {n.topic.slug: _newsletter(config, n) for n in plan.newsletters if n.topic.slug in wanted}
        common = _common(config, plan, parts, before)
    except (DigestError, TemplateError) as error:
        raise ConfigError(config.overrides, str(error).splitlines()) from error
    return Rendered(
        files={name: data for part in parts.values() for name, data in part.files.items()} | common,
        withdrawn=tuple(name for part in parts.values() for name in part.withdrawn),
        notes=tuple(note for part in parts.values() for note in part.notes),
    )


def _common(config: Config, plan: Plan, parts: Mapping[str, _Part], before: Past) -> dict[str, bytes]:
    """Files of all topics together, the manifest last."""
    entries = {**before.entries, **{slug: part.entry for slug, part in parts.items()}}
    topics = [t for t in plan.topics if t.topic.slug in entries]
    newsletters = [n for n in plan.newsletters if n.topic.slug in entries]
    return {
        STYLESHEET: asset(STYLESHEET),
        **site.assets(config),
        site.PAGE: site.landing_page(config, topics, newsletters),
        sitemap.NAME: sitemap.render(config.site, topics, newsletters),
        OPML: opml.render(config.site, [t.topic for t in topics]),
        manifest.NAME: manifest.render(
            config.site,
            topics=[entries[t.topic.slug] for t in topics],
            newsletters=[entries[n.topic.slug] for n in newsletters],
        ),
    }


def final_files(plan: Plan, history: History) -> Iterator[str]:
    """The archive documents that were full before this build: they are never to change."""
    for topic in plan.topics:
        past = history.get(topic.topic.slug)
        for edition in topic.archives[: len(past.archives) if past else 0]:
            yield from (f"{edition.directory}/{format_.file_name}" for format_ in FORMATS)


def _topic(config: Config, plan: TopicPlan, done: Container[str]) -> _Part:
    files = dict(_feeds([plan.feed, *plan.archives], done))
    files[f"{plan.topic.slug}/{site.PAGE}"] = site.topic_page(plan, config)
    made = {issue: _digests(config, issue) for issue in plan.issues.all}
    return _Part(
        files=files | _issue_files(config, plan.topic.slug, plan.issues, made),
        entry=manifest.topic_entry(plan, [_issue_entry(issue, made[issue]) for issue in plan.issues.newest]),
        withdrawn=tuple(_withdrawn(plan.topic.slug, plan.issues)),
        notes=tuple(_notes(made)),
    )


def _newsletter(config: Config, plan: NewsletterPlan) -> _Part:
    made = {issue: _digests(config, issue) for issue in plan.issues.all}
    files = {f"{plan.topic.slug}/{site.PAGE}": site.newsletter_page(plan, config)}
    return _Part(
        files=files | _issue_files(config, plan.topic.slug, plan.issues, made),
        entry=manifest.newsletter_entry(plan, [_issue_entry(issue, made[issue]) for issue in plan.issues.newest]),
        withdrawn=tuple(_withdrawn(plan.topic.slug, plan.issues)),
        notes=tuple(_notes(made)),
    )


def _issue_files(
    config: Config, slug: str, issues: Issues, made: Mapping[Edition, Mapping[str, Digest]]
) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    near = issues.neighbours()
    for issue, digests in made.items():
        files[f"{issue.directory}/{site.PAGE}"] = site.issue_page(issue, near[issue.directory], config)
        files |= _digest_files(issue.directory, digests)
    return files | (_digest_files(slug, made[issues.newest[0]]) if issues.newest else {})


def _withdrawn(slug: str, issues: Issues) -> Iterator[str]:
    """Files of issues that have lost all their stories, and of the current digest when no issue is left."""
    for directory in issues.withdrawn:
        yield from (f"{directory}/{name}" for name in (site.PAGE, *_DIGEST_FILES))
    if issues.withdrawn and not issues.newest:
        yield from (f"{slug}/{name}" for name in _DIGEST_FILES)


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


def _notes(made: Mapping[Edition, Mapping[str, Digest]]) -> Iterator[str]:
    for issue, digests in made.items():
        for name, d in digests.items():
            if d.omitted_coverage or d.omitted_stories:
                yield (
                    f"note: {issue.directory}/digest{name and '.'}{name}.html is shortened to {d.size:,} bytes: "
                    f"{d.omitted_coverage} related articles and {d.omitted_stories} stories are only on its web page"
                )
