"""What a build found and did, for the command line and for those who call `build`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from feeds.output.folder import FileChanges
from feeds.problems import Problem

if TYPE_CHECKING:  # a build without changes does not need it
    from feeds.editions.plan import TopicPlan


class NewStory(Struct, frozen=True, kw_only=True):
    """A story that was not in the feed of the last build."""

    title: str
    url: str
    provider: str
    coverage: int
    """Number of related articles."""


class TopicSummary(Struct, frozen=True, kw_only=True):
    """A topic in numbers."""

    slug: str
    name: str
    title: str
    stories: int
    """All stories of the topic, however many are in its feed."""
    issues: int
    updated: datetime | None
    """None if the topic has no story."""
    url: str
    """The address of its page."""
    in_feed: int
    """Stories in its feed."""
    new: tuple[NewStory, ...] = ()


class BuildReport(Struct, frozen=True, kw_only=True):
    """What a build found and did."""

    documents: int
    stories: int
    """Different stories in all topics."""
    topics: tuple[TopicSummary, ...]
    problems: tuple[Problem, ...]
    """Problems of the documents that had to be read in full, by path, line and code; `feeds check` lists all."""
    files: FileChanges
    outcomes: Mapping[str, int]
    """Number of documents for each of `engine.outcomes.OUTCOMES`."""
    newest: datetime | None = None
    """The date of the newest story; None if there is none."""
    alerts: tuple[str, ...] = ()
    """What seems to be wrong with the publication as a whole."""
    notes: tuple[str, ...] = ()
    """What the curator should know though no document is at fault, such as a digest that had to be shortened."""
    mistakes: tuple[str, ...] = ()
    """Errors in templates and settings; what they affect is left as it was."""
    seconds: tuple[tuple[str, float], ...] = ()
    """The duration of each stage."""


class BuildError(Exception):
    """Nothing can be built, and out/ is as it was. Holds the problems of the documents."""

    def __init__(self, message: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(message)
        self.problems = problems


def summary(plan: "TopicPlan", new: Iterable[NewStory] = ()) -> TopicSummary:
    """Summarize a planned topic."""
    return TopicSummary(
        slug=plan.topic.slug,
        name=plan.topic.name,
        title=plan.topic.title,
        stories=len(plan.grouping.stories),
        issues=len(plan.issues.newest),
        updated=plan.feed.updated if plan.feed.stories else None,
        url=plan.feed.home_url,
        in_feed=len(plan.feed.stories),
        new=tuple(new),
    )
