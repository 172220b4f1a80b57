"""Which products a plan has, and what each is made of. Pure, and light: a build without changes goes no further.

A product is what is rendered together: a topic's feeds, its page, one issue. Its mark is a digest of all that its bytes
depend on, so that the same mark means the same bytes.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.editions.issues import Neighbours
from feeds.editions.plan import NewsletterPlan, Plan, PreviousTopics, TopicPlan
from feeds.editions.stories import Grouping
from feeds.media_types import PAGE
from feeds.model import Candidate, EditionPlan


class FeedProduct(Struct, frozen=True):
    """The documents of one edition in all formats."""

    outline: EditionPlan

    @property
    def name(self) -> str:
        return self.outline.directory

    @property
    def stories(self) -> tuple[Candidate, ...]:
        """Those it shows."""
        return self.outline.stories

    def parts(self) -> Iterator[bytes]:
        """What tells it from others of the same configuration."""
        return _parts(self.outline)


class TopicPageProduct(Struct, frozen=True):
    plan: TopicPlan

    @property
    def name(self) -> str:
        return f"{self.plan.topic.slug}/{PAGE}"

    @property
    def stories(self) -> tuple[Candidate, ...]:
        return self.plan.feed.stories

    def parts(self) -> Iterator[bytes]:
        yield from _parts(self.plan.feed)
        for issue in self.plan.issues.newest:
            yield from _parts(issue)


class NewsletterPageProduct(Struct, frozen=True):
    plan: NewsletterPlan

    @property
    def name(self) -> str:
        return f"{self.plan.topic.slug}/{PAGE}"

    @property
    def stories(self) -> tuple[Candidate, ...]:
        return self.plan.newest.stories

    def parts(self) -> Iterator[bytes]:
        yield from _parts(replace(self.plan.outline, stories=()))
        for issue in self.plan.issues.newest:
            yield from _parts(issue)


class IssueProduct(Struct, frozen=True):
    """An issue's web page and its digests."""

    outline: EditionPlan
    near: Neighbours
    is_current: bool
    """Its digests are also the topic's own."""

    @property
    def name(self) -> str:
        return self.outline.directory

    @property
    def stories(self) -> tuple[Candidate, ...]:
        return self.outline.stories

    def parts(self) -> Iterator[bytes]:
        yield from _parts(self.outline)
        yield repr((self.near, self.is_current)).encode()


Product = FeedProduct | TopicPageProduct | NewsletterPageProduct | IssueProduct


def products_of(config: Config, plan: TopicPlan | NewsletterPlan) -> Iterator[Product]:
    """All of one topic, or newsletter."""
    near = plan.issues.neighbours()
    if isinstance(plan, TopicPlan):
        if config.build.formats:
            yield from map(FeedProduct, (plan.feed, *plan.archives))
        if config.build.has_pages:
            # What is left out here would only be sent to the process that makes the page.
            yield TopicPageProduct(replace(plan, archives=(), grouping=Grouping((), {})))
    elif config.build.has_pages:
        yield NewsletterPageProduct(replace(plan, outline=replace(plan.outline, stories=())))
    if config.build.has_pages or config.build.has_digests:
        for issue in plan.issues.all:
            yield IssueProduct(issue, near[issue.directory], is_current=issue in plan.issues.newest[:1])


def final(plan: Plan, history: PreviousTopics) -> frozenset[str]:
    """Names of the archive documents that were full before this build: they are never to change."""
    full: list[EditionPlan] = []
    for topic in plan.topics:
        past = history.get(topic.topic.slug)
        full += topic.archives[: len(past.archives) if past else 0]
    return frozenset(outline.directory for outline in full)


def _parts(outline: EditionPlan) -> Iterator[bytes]:
    # All that is not in the configuration; without sections and stories, which follow, and which alone give a date.
    yield repr(replace(outline, stories=(), sections=(), fallback_updated=outline.updated)).encode()
    yield from (f"{title} {len(stories)}".encode() for title, stories in outline.sections)
    yield b"".join(_story_part(outline.stories))


def _story_part(stories: Sequence[Candidate]) -> Iterator[bytes]:
    for story in stories:
        yield story.fingerprint
        yield "\n".join(story.topics).encode()
