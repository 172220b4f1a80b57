"""Render products into files. Pure: nothing is written here."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache, partial
from operator import eq

import msgspec
from jinja2 import TemplateError
from msgspec import Struct
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.config.mailing_tools import Profile
from feeds.editions.illustrations import illustrated
from feeds.editions.plan import Plan, TopicPlan
from feeds.editions.stories import edition_of, story_of
from feeds.languages import language
from feeds.media_types import OPML, PAGE, STYLESHEET
from feeds.model import NO_DATE, Candidate, Edition, EditionPlan, Item, Provider, Story
from feeds.problems import Problem, Severity
from feeds.renderers.digest.render import Digest, DigestError
from feeds.renderers.digest.render import prepare as prepare_digests
from feeds.renderers.digest.render import render as render_digest
from feeds.renderers.guard import Expected, own_scripts, violations
from feeds.renderers.manifest import DigestEntry
from feeds.renderers.names import digest_names
from feeds.renderers.products import (
    FeedProduct,
    IssueFeedProduct,
    IssueProduct,
    PageProduct,
    Product,
    RenderedProduct,
    restricted,
)
from feeds.renderers.shipped import asset
from feeds.renderers.site import pages as site
from feeds.renderers.site import sitemap
from feeds.renderers.syndication import opml
from feeds.renderers.syndication.feed import Feed, feed_of
from feeds.renderers.syndication.feed_date import FeedDate, all_dated
from feeds.renderers.syndication.formats import FORMATS
from feeds.renderers.syndication.issues import issue_feed
from feeds.renderers.templates import page_sources

_decode = msgspec.msgpack.Decoder(Item).decode


class RenderTask(Struct, frozen=True, kw_only=True):
    """The products of one topic that have to be rendered."""

    slug: str
    products: tuple[Product, ...]
    items: Mapping[str, bytes]
    """The items of their stories as MessagePack, keyed by the path of the document."""


class RenderResult(Struct, frozen=True, kw_only=True):
    slug: str
    rendered: tuple[RenderedProduct, ...] = ()
    """One for each product of the task, in order; none if any of them cannot be rendered."""
    mistakes: tuple[str, ...] = ()
    """Errors in templates and settings."""


def prepare(config: Config) -> None:
    """Load the names of months, inline the CSS and compile the digest's templates once, before the workers fork."""
    language(config.site.language).long_date(NO_DATE)
    if config.build.has_digests:
        with suppress(TemplateError):  # every task reports it
            prepare_digests(config.overrides)


def render(task: RenderTask, config: Config, now: datetime) -> RenderResult:
    """Render all products of a task, or none if there is a mistake in a template or a setting."""
    stories: dict[str, Story] = {}

    def loaded(candidate: Candidate) -> Story:
        if candidate.id not in stories:
            stories[candidate.id] = story(candidate, task.items[candidate.path], now)
        return stories[candidate.id]

    rendered: list[RenderedProduct] = []
    mistakes: list[str] = []
    for product in task.products:
        try:
            rendered.append(_checked(product, config, loaded))
        except ObjectionError as error:
            mistakes += error.reasons
        except (DigestError, TemplateError) as error:
            return RenderResult(slug=task.slug, mistakes=tuple(str(error).splitlines()))
    return RenderResult(slug=task.slug, rendered=() if mistakes else tuple(rendered), mistakes=tuple(mistakes))


class ObjectionError(Exception):
    """There is something in the files that must not be published, and it comes from no single story."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = [f"{reason}: nothing of it is published" for reason in reasons]
        super().__init__("\n".join(self.reasons))


def check(files: Mapping[str, bytes], config: Config) -> None:
    """Raise ObjectionError if there is anything in the files that must not be published."""
    if reasons := list(_objections(files, config)):
        raise ObjectionError(reasons)


def _checked(product: Product, config: Config, loaded: Callable[[Candidate], Story]) -> RenderedProduct:
    """Render a product, without those stories that put into it what must not be published. Raise ObjectionError."""

    def rendered(keeps: Callable[[Candidate], bool]) -> RenderedProduct:
        return _render(restricted(product, keeps), config, loaded)

    made = _render(product, config, loaded)
    if not any(_objections(made.files, config)):
        return made
    check(_render(product, config, lambda candidate: _blank(loaded(candidate))).files, config)
    found = {c: list(_objections(rendered(partial(eq, c)).files, config)) for c in dict.fromkeys(product.stories)}
    rest = rendered(lambda story: not found[story]) if any(found.values()) else made
    check(rest.files, config)
    return replace(rest, problems=tuple(sorted(_left_out(c.path, product.name, r[0]) for c, r in found.items() if r)))


_BLANK = "https://example.org/"


def _blank(story: Story) -> Story:
    """Return a story with nothing in it that could do harm: if there still is, it comes from a template."""
    provider = Provider("-")
    lead = replace(story.lead, id=_BLANK, url=_BLANK, title="-", excerpt="", provider=provider, images=(), topics=())
    return Story(lead, ())


def _left_out(path: str, where: str, reason: str) -> Problem:
    message = f"this item is left out of {where} because of {reason}; correct its texts and addresses"
    return Problem(path, 1, Severity.ERROR, "left-out", message)


def _objections(files: Mapping[str, bytes], config: Config) -> Iterator[str]:
    expected = _expected(config.overrides, config.site.base_url, config.mailing.profiles)
    for name, data in files.items():
        yield from (f"{name}: {reason}" for reason in violations(name, data, expected))


@lru_cache(maxsize=4)
def _expected(overrides: str, base_url: str, tools: tuple[Profile, ...]) -> Expected:
    scripts = frozenset(script for source in page_sources(overrides) for script in own_scripts(source))
    return Expected(base_url=base_url, scripts=scripts, tools=tools)


def story(candidate: Candidate, item: bytes, now: datetime) -> Story:
    """Return a candidate's story; `item` is encoded as in a RenderTask."""
    return story_of(candidate, _decode(item), now)


def _render(product: Product, config: Config, loaded: Callable[[Candidate], Story]) -> RenderedProduct:
    match product:
        case FeedProduct(plan):
            return _feeds(feed_of(_edition(plan, loaded)), product.dates, config)
        case IssueFeedProduct(plan, issues):
            made = [_edition(issue, loaded) for issue in issues]
            feed = issue_feed(_edition(plan, loaded), made, config.look, config.mailing.profiles)
            return _feeds(feed, product.dates, config)
        case PageProduct(plan):
            page = site.topic_page(plan, _edition(plan.shown, loaded), config)
            return RenderedProduct(files={product.name: page})
        case IssueProduct(plan):
            return _issue(product, _edition(plan, loaded), config)


def _edition(plan: EditionPlan, loaded: Callable[[Candidate], Story]) -> Edition:
    return edition_of(plan, lambda candidate: illustrated(loaded(candidate), plan.common_pictures))


def _feeds(feed: Feed, previous: Mapping[str, FeedDate], config: Config) -> RenderedProduct:
    documents = {f.file_name: f.render(feed) for f in FORMATS if f.name in config.build.formats}
    documents, dates = all_dated(documents, previous)
    edition = feed.edition
    files = {f"{edition.directory}/{name}": data for name, data in documents.items()}
    if edition.directory == edition.topic.slug:
        for alias in edition.topic.aliases:
            files |= {f"{alias}/{name}": data for name, data in documents.items()}
            files[f"{alias}/{PAGE}"] = site.redirect_page(edition, config)
    return RenderedProduct(files=files, dates=dates)


def _issue(product: IssueProduct, issue: Edition, config: Config) -> RenderedProduct:
    files: dict[str, bytes] = {}
    if config.build.has_pages:
        files[f"{issue.directory}/{PAGE}"] = site.issue_page(issue, product.near, config, has_mail=product.has_mail)
    if not product.has_mail:
        return RenderedProduct(files=files)
    digests = {p.name: render_digest(issue, config.look, p) for p in config.mailing.profiles}
    # The files without a tool's name are for the first tool; several tools have files of their own as well.
    named = {"": next(iter(digests.values())), **(digests if len(digests) > 1 else {})}
    for directory in (issue.directory, *([issue.topic.slug] if product.is_current else [])):
        files |= _digest_files(directory, named)
    entries = tuple(_digest_entry(name, d) for name, d in named.items())
    return RenderedProduct(files=files, digests=entries, notes=tuple(_notes(issue.directory, entries)))


def _digest_files(directory: str, digests: Mapping[str, Digest]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for tool, made in digests.items():
        contents = (made.html.encode(), made.text.encode(), made.eml)
        files |= zip(digest_names(directory, tool), contents, strict=True)
    return files


def _digest_entry(tool: str, made: Digest) -> DigestEntry:
    return DigestEntry(
        file=f"digest{tool and '.'}{tool}.html",
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
                f"note: {directory}/{d.file} was shortened to {d.bytes:,} bytes: "
                f"{d.omitted_coverage} related articles and {d.omitted_stories} stories are only on its web page"
            )


# ---- files of all topics together


def common(config: Config, plan: Plan, leads: Mapping[str, Story], known: Container[str]) -> RenderedProduct:
    """Render what `_common` renders, without the leads that put into it what must not be published.

    Raise ObjectionError and TemplateError.
    """
    files = _common(config, plan, leads, known)
    if not any(_objections(files, config)):
        return RenderedProduct(files=files)
    check(_common(config, plan, {slug: _blank(lead) for slug, lead in leads.items()}, known), config)
    found = {s: list(_objections(_common(config, plan, {s: lead}, known), config)) for s, lead in leads.items()}
    files = _common(config, plan, {slug: lead for slug, lead in leads.items() if not found[slug]}, known)
    check(files, config)
    problems = {_left_out(leads[slug].lead.path, PAGE, reasons[0]) for slug, reasons in found.items() if reasons}
    return RenderedProduct(files=files, problems=tuple(sorted(problems)))


def _common(config: Config, plan: Plan, leads: Mapping[str, Story], known: Container[str]) -> dict[str, bytes]:
    """Render the landing page, the list of feeds, the sitemap, stylesheets and script; raise TemplateError.

    `leads` has the first story of each topic and newsletter that has one, keyed by slug; `known` has the slugs of the
    topics and newsletters that this build or an earlier one has made.
    """
    # Newsletters come first on the pages that list both.
    plans = [p for p in (*plan.newsletters, *plan.topics) if p.topic.slug in known]
    files: dict[str, bytes] = {}
    if config.build.formats:
        files[STYLESHEET] = asset(STYLESHEET)
    if config.build.has_pages:
        files |= site.assets(config)
        files[PAGE] = site.landing_page(config, [(p, _lead(p, leads)) for p in plans])
        files[sitemap.NAME] = sitemap.render(config.site, plans)
    if "atom" in config.build.formats:
        files[OPML] = opml.render(config.site, [p.topic for p in plans if not p.is_newsletter])
    return files


def _lead(plan: TopicPlan, leads: Mapping[str, Story]) -> Story | None:
    lead = leads.get(plan.topic.slug)
    return illustrated(lead, plan.feed.common_pictures) if lead else None
