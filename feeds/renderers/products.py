"""List what a plan renders. Pure and light: a build that finds no changes loads no renderer.

A product is a set of files that are rendered together: a topic's feeds, its page, or one issue.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.editions.issues import Neighbours
from feeds.editions.plan import Plan, PreviousTopics, TopicPlan
from feeds.editions.stories import Grouping
from feeds.media_types import FEEDS, PAGE
from feeds.model import Candidate, EditionPlan
from feeds.problems import Problem
from feeds.renderers.manifest import DigestEntry
from feeds.renderers.syndication.feed_date import FeedDate


class _EditionProduct(Struct, frozen=True):
    edition: EditionPlan

    @property
    def name(self) -> str:
        return self.edition.directory

    @property
    def stories(self) -> tuple[Candidate, ...]:
        """The stories that the files show."""
        return self.edition.stories

    def file_names(self, config: Config) -> list[str]:
        """Return the names of its files in its directory."""
        return [FEEDS[f] for f in config.build.formats]

    def parts(self) -> Iterator[bytes]:
        """Yield what distinguishes the product from others of the same configuration, to be fingerprinted."""
        return _parts(self.edition)


class FeedProduct(_EditionProduct, frozen=True):
    """The feed documents of one edition, in all formats."""

    dates: Mapping[str, FeedDate] = {}
    """The dates of its documents in the last build, keyed by file name; they decide about a changed document only."""


class IssueFeedProduct(_EditionProduct, frozen=True):
    """The feed documents of a topic's closed issues."""

    issues: tuple[EditionPlan, ...]
    """Newest first."""
    dates: Mapping[str, FeedDate] = {}

    @property
    def stories(self) -> tuple[Candidate, ...]:
        return tuple(story for issue in self.issues for story in issue.stories)

    def parts(self) -> Iterator[bytes]:
        yield from _parts(self.edition)
        for issue in self.issues:
            yield from _parts(issue)


class PageProduct(Struct, frozen=True):
    """The web page of a topic or newsletter."""

    plan: TopicPlan

    @property
    def edition(self) -> EditionPlan:
        return self.plan.shown

    @property
    def name(self) -> str:
        return f"{self.plan.topic.slug}/{PAGE}"

    @property
    def stories(self) -> tuple[Candidate, ...]:
        return self.edition.stories

    def file_names(self, config: Config) -> list[str]:
        return [PAGE]

    def parts(self) -> Iterator[bytes]:
        yield from _parts(self.plan.feed)
        for issue in self.plan.issues.newest:
            yield from _parts(issue)


class IssueProduct(_EditionProduct, frozen=True):
    """The web page and the digests of an issue."""

    near: Neighbours
    has_mail: bool
    """True if its digests are written, too."""
    is_current: bool
    """True if its digests are also the topic's own."""

    def file_names(self, config: Config) -> list[str]:
        return [PAGE] if config.build.has_pages else []

    def parts(self) -> Iterator[bytes]:
        yield from _parts(self.edition)
        yield repr((self.near, self.has_mail, self.is_current)).encode()


Product = FeedProduct | IssueFeedProduct | PageProduct | IssueProduct


def restricted(product: Product, keeps: Callable[[Candidate], bool]) -> Product:
    """Return the product with some of its stories only."""

    def of(edition: EditionPlan) -> EditionPlan:
        sections = ((title, tuple(filter(keeps, stories))) for title, stories in edition.sections)
        return replace(
            edition,
            stories=tuple(filter(keeps, edition.stories)),
            sections=tuple((title, stories) for title, stories in sections if stories),
        )

    match product:
        case PageProduct(plan):
            issues = replace(plan.issues, newest=tuple(map(of, plan.issues.newest)))
            return PageProduct(replace(plan, feed=of(plan.feed), issues=issues))
        case IssueFeedProduct(edition, issues):
            return replace(product, edition=of(edition), issues=tuple(i for i in map(of, issues) if i.stories))
        case IssueProduct(edition):
            # There is no mail about nothing.
            return replace(product, edition=of(edition), has_mail=product.has_mail and any(map(keeps, edition.stories)))
        case FeedProduct(edition):
            return replace(product, edition=of(edition))


class RenderedProduct(Struct, frozen=True, kw_only=True):
    files: dict[str, bytes] = {}
    """Content, keyed by POSIX path below out/."""
    problems: tuple[Problem, ...] = ()
    """The problems of stories that were left out because of what would have been in the files."""
    digests: tuple[DigestEntry, ...] = ()
    """For an issue: one for each mailing tool."""
    dates: dict[str, FeedDate] = {}
    """For feeds: the date of each document that has one, keyed by file name."""
    notes: tuple[str, ...] = ()
    """What the curator should know about the files."""


def products_of(config: Config, plan: TopicPlan, dates: Mapping[str, FeedDate]) -> Iterator[Product]:
    """Yield all products of one topic or newsletter; `dates` are its feed documents' in the last build."""
    if config.build.formats and not plan.is_newsletter:
        yield FeedProduct(plan.feed, {name: date for name, date in dates.items() if "/" not in name})
        yield from map(FeedProduct, plan.archives)
    if plan.issue_feed:
        # The titles of the entries are subjects, which need stories; an issue that stays as it is may have lost some.
        closed = [issue for issue in plan.issues.newest if not issue.is_open and issue.stories]
        inner = {name.removeprefix("issues/"): date for name, date in dates.items() if name.startswith("issues/")}
        edition = replace(plan.issue_feed, is_kept=any(issue.is_kept for issue in plan.issues.newest))
        yield IssueFeedProduct(edition, tuple(closed[:MAX_ENTRIES]), inner)
    if config.build.has_pages:
        # Leave out what the page does not show: the product is sent to the process that renders it.
        page = replace(plan, archives=(), grouping=Grouping())
        yield PageProduct(replace(page, feed=replace(plan.feed, stories=())) if plan.is_newsletter else page)
    if config.build.has_pages or config.build.has_digests:
        near = plan.issues.neighbours()
        current = plan.issues.current
        for issue in plan.issues.all:
            has_mail = config.build.has_digests and (plan.issues.has_mail(issue) or issue is current)
            if has_mail or config.build.has_pages:
                yield IssueProduct(issue, near[issue.directory], has_mail, is_current=issue is current)


MAX_ENTRIES = 20
"""Issues in the feed of issues."""


def final(plan: Plan, previous: PreviousTopics) -> frozenset[str]:
    """Return the names of the archive documents that were full before this build: only withdrawal changes them."""
    full: list[EditionPlan] = []
    for topic in plan.topics:
        known = previous.get(topic.topic.slug)
        full += topic.archives[: len(known.archives) if known else 0]
    return frozenset(edition.directory for edition in full)


def _parts(edition: EditionPlan) -> Iterator[bytes]:
    # Everything that is not in the configuration. Sections and stories follow; where there are any, they give the date.
    plain = replace(edition, stories=(), sections=(), common_pictures=frozenset(), fallback_updated=edition.updated)
    yield repr(plain).encode()
    yield b"".join(sorted(edition.common_pictures.intersection(p for s in edition.stories for p in s.pictures)))
    yield from (f"{title} {len(stories)}".encode() for title, stories in edition.sections)
    yield b"".join(_story_parts(edition.stories))


def _story_parts(stories: Sequence[Candidate]) -> Iterator[bytes]:
    for story in stories:
        yield story.fingerprint
        yield "\n".join(story.topics).encode()
