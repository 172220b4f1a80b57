"""Makes the files of products. Pure: `output` writes them."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from jinja2 import TemplateError
from msgspec import Struct

from feeds.config.load import Config
from feeds.config.mailing_tools import CUSTOM, PROFILES, Profile
from feeds.editions.issues import Issues
from feeds.editions.plan import NewsletterPlan, Plan, TopicPlan
from feeds.editions.stories import edition_of, story_of
from feeds.media_types import ATOM, OPML, PAGE, STYLESHEET
from feeds.model import Candidate, Edition, Item, Story
from feeds.renderers import manifest
from feeds.renderers.digest import render as digest
from feeds.renderers.digest.render import Digest, DigestError
from feeds.renderers.guard import Expected, own_scripts, violations
from feeds.renderers.manifest import DigestEntry, PreviousBuild
from feeds.renderers.products import FeedProduct, IssueProduct, NewsletterPageProduct, Product, TopicPageProduct
from feeds.renderers.shipped import asset
from feeds.renderers.site import pages as site
from feeds.renderers.site import sitemap
from feeds.renderers.syndication import opml
from feeds.renderers.syndication.feed import feed_of
from feeds.renderers.syndication.formats import FORMATS, Format
from feeds.renderers.templates import page_sources

_DIGEST_FILES = tuple(
    f"digest{tool and '.'}{tool}.{kind}" for tool in ("", *PROFILES, CUSTOM) for kind in ("html", "txt", "eml")
)
"""Whatever an earlier build may have made, with tools that are no longer configured, too."""


_decode = msgspec.msgpack.Decoder(Item).decode


class Rendered(Struct, frozen=True, kw_only=True):
    """One product."""

    files: dict[str, bytes]
    """Path below out/, POSIX → content."""
    digests: tuple[DigestEntry, ...] = ()
    """Of an issue: one for each mailing tool."""
    notes: tuple[str, ...] = ()
    """What the curator should know of them."""


class Task(Struct, frozen=True, kw_only=True):
    """The products of one topic that are to be made anew."""

    slug: str
    products: tuple[Product, ...]
    items: Mapping[str, bytes]
    """What the documents of their stories say, by path: each an Item as MessagePack."""


class Result(Struct, frozen=True, kw_only=True):
    slug: str
    made: tuple[Rendered, ...] = ()
    """As the task's products; nothing when one of them cannot be made."""
    mistakes: tuple[str, ...] = ()
    """Of templates and settings."""


def prepare(config: Config) -> None:
    """Inline the CSS and compile the templates of digests once, before the workers fork."""
    with suppress(TemplateError):  # each task reports it
        digest.prepare(config.overrides)


def render(task: Task, config: Config, now: datetime) -> Result:
    """All of them, or none."""
    stories: dict[str, Story] = {}

    def known(candidate: Candidate) -> Story:
        if candidate.id not in stories:
            stories[candidate.id] = story(candidate, task.items[candidate.path], now)
        return stories[candidate.id]

    try:
        made = tuple(_render(p, config, known) for p in task.products)
    except (DigestError, TemplateError) as error:
        return Result(slug=task.slug, mistakes=tuple(str(error).splitlines()))
    found = tuple(line for rendered in made for line in harms(rendered.files, config))
    return Result(slug=task.slug, made=() if found else made, mistakes=found)


def harms(files: Mapping[str, bytes], config: Config) -> Iterator[str]:
    """What must not leave, one line each: the last look at what is about to be written."""
    expected = _expected(config.overrides, config.site.base_url, config.mailing.profiles)
    for name, data in files.items():
        yield from (f"{name}: {reason}: nothing of it is published" for reason in violations(name, data, expected))


@lru_cache(maxsize=4)
def _expected(overrides: str, base_url: str, tools: tuple[Profile, ...]) -> Expected:
    scripts = frozenset(script for source in page_sources(overrides) for script in own_scripts(source))
    return Expected(base_url=base_url, scripts=scripts, tools=tools)


def story(candidate: Candidate, item: bytes, now: datetime) -> Story:
    """The story of a candidate; `item` as in a Task."""
    return story_of(candidate, _decode(item), now)


def _render(product: Product, config: Config, story: Callable[[Candidate], Story]) -> Rendered:
    match product:
        case FeedProduct(outline):
            return Rendered(files=dict(_feeds(edition_of(outline, story), config)))
        case TopicPageProduct(plan):
            page = site.topic_page(plan, edition_of(plan.feed, story), config)
            return Rendered(files={product.name: page})
        case NewsletterPageProduct(plan):
            page = site.newsletter_page(plan, edition_of(plan.newest, story), config)
            return Rendered(files={product.name: page})
        case IssueProduct():
            return _issue(product, edition_of(product.outline, story), config)


def _feeds(edition: Edition, config: Config) -> Iterator[tuple[str, bytes]]:
    feed = feed_of(edition)
    for format_ in _formats(config):
        yield f"{edition.directory}/{format_.file_name}", format_.render(feed)


def _issue(product: IssueProduct, issue: Edition, config: Config) -> Rendered:
    files: dict[str, bytes] = {}
    if config.build.has_pages:
        files[f"{issue.directory}/{PAGE}"] = site.issue_page(issue, product.near, config)
    if not config.build.has_digests:
        return Rendered(files=files)
    made = _digests(config, issue)
    for directory in (issue.directory, *([issue.topic.slug] if product.is_current else [])):
        files |= _digest_files(directory, made)
    entries = tuple(_digest_entry(name, d) for name, d in made.items())
    return Rendered(files=files, digests=entries, notes=tuple(_notes(issue.directory, entries)))


def _digests(config: Config, issue: Edition) -> Mapping[str, Digest]:
    """By what tells their files' names apart: empty for the main one, that of the first mailing tool."""
    made = {p.name: digest.render(issue, config.look, p) for p in config.mailing.profiles}
    return {"": next(iter(made.values())), **(made if len(made) > 1 else {})}


def _digest_files(directory: str, digests: Mapping[str, Digest]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for name, made in digests.items():
        stem = f"{directory}/digest{name and '.'}{name}"
        files |= {f"{stem}.html": made.html.encode(), f"{stem}.txt": made.text.encode(), f"{stem}.eml": made.eml}
    return files


def _digest_entry(name: str, made: Digest) -> DigestEntry:
    return DigestEntry(
        file=f"digest{name and '.'}{name}.html",
        subject=made.subject,
        preheader=made.preheader,
        bytes=made.size,
        omitted_coverage=made.omitted_coverage,
        omitted_stories=made.omitted_stories,
    )


def _notes(directory: str, digests: Iterable[DigestEntry]) -> Iterator[str]:
    for d in digests:
        if d.omitted_coverage or d.omitted_stories:
            yield (
                f"note: {directory}/{d.file} is shortened to {d.bytes:,} bytes: "
                f"{d.omitted_coverage} related articles and {d.omitted_stories} stories are only on its web page"
            )


# ---- files of all topics together


def common(
    config: Config,
    plan: Plan,
    leads: Mapping[str, Story],
    known: Container[str],
) -> dict[str, bytes]:
    """All but the manifest.

    `leads`: the first story of each topic and newsletter that has one, by slug; `known`: slugs of the topics and
    newsletters that this build or an earlier one has made. Raises TemplateError.
    """
    topics = [t for t in plan.topics if t.topic.slug in known]
    newsletters = [n for n in plan.newsletters if n.topic.slug in known]
    files: dict[str, bytes] = {}
    if config.build.formats:
        files[STYLESHEET] = asset(STYLESHEET)
    if config.build.has_pages:
        files |= site.assets(config)
        files[PAGE] = site.landing_page(
            config,
            [(t, leads.get(t.topic.slug)) for t in topics],
            [(n, leads.get(n.topic.slug)) for n in newsletters],
        )
        files[sitemap.NAME] = sitemap.render(config.site, topics, newsletters)
    if ATOM.removesuffix(".xml") in config.build.formats:
        files[OPML] = opml.render(config.site, [t.topic for t in topics])
    return files


def record(
    config: Config,
    plan: Plan,
    digests: Mapping[str, Sequence[DigestEntry]],
    made: Container[str],
    before: PreviousBuild,
    outcomes: Mapping[str, int],
    files: Sequence[str],
) -> dict[str, bytes]:
    """The manifest: to be written last, so that it never promises what is not there.

    `digests`: of each issue, by its directory; `made`: slugs of the topics and newsletters that this build has made;
    what is said of the others is taken from `before`; `outcomes` and `files`: as in `manifest.render`.
    """
    entries: dict[str, Mapping[str, Any]] = {**before.entries}
    entries |= {p.topic.slug: _entry(p, digests, config) for p in plan.all if p.topic.slug in made}
    data = manifest.render(
        config.site,
        topics=[entries[t.topic.slug] for t in plan.topics if t.topic.slug in entries],
        newsletters=[entries[n.topic.slug] for n in plan.newsletters if n.topic.slug in entries],
        outcomes=outcomes,
        files=files,
    )
    return {manifest.NAME: data}


def _entry(
    plan: TopicPlan | NewsletterPlan, digests: Mapping[str, Sequence[DigestEntry]], config: Config
) -> Mapping[str, Any]:
    issues = [manifest.issue_entry(issue, digests.get(issue.directory, ())) for issue in plan.issues.newest]
    if isinstance(plan, TopicPlan):
        return manifest.topic_entry(plan, issues, _formats(config))
    return manifest.newsletter_entry(plan, issues)


def _formats(config: Config) -> list[Format]:
    return [f for f in FORMATS if f.name in config.build.formats]


def leading(plan: TopicPlan | NewsletterPlan) -> Candidate | None:
    """The story that stands for a topic or a newsletter on the landing page."""
    outline = plan.feed if isinstance(plan, TopicPlan) else plan.newest
    return next(iter(outline.stories), None)


def withdrawn(plan: TopicPlan | NewsletterPlan) -> Iterator[str]:
    """Files of issues that have lost all their stories, and of the current digest when no issue is left."""
    issues: Issues = plan.issues
    for directory in issues.withdrawn:
        yield from (f"{directory}/{name}" for name in (PAGE, *_DIGEST_FILES))
    if issues.withdrawn and not issues.newest:
        yield from (f"{plan.topic.slug}/{name}" for name in _DIGEST_FILES)
