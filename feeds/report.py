"""The report of a build, for the command line and for programs that call `build`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from feeds.output import folder as output
from feeds.problems import Problem

if TYPE_CHECKING:
    from feeds.editions.plan import TopicPlan


class NewStory(msgspec.Struct, frozen=True, kw_only=True):
    """A story that was not in the feed of the previous build."""

    title: str
    url: str
    provider: str
    coverage: int
    """Number of related articles."""


class TopicSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one topic."""

    slug: str
    name: str
    title: str
    stories: int
    """All stories, in the feed or not."""
    issues: int
    updated: datetime | None
    """Date of the feed; None without stories."""
    url: str
    """Address of the topic's page."""
    in_feed: int
    """Stories in its feed."""
    new: tuple[NewStory, ...] = ()


class BuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a build found and what it did."""

    documents: int
    stories: int
    """Distinct stories in all topics."""
    topics: tuple[TopicSummary, ...]
    problems: tuple[Problem, ...]
    """Problems of the documents that were read in full, sorted by path, line and code; `check` finds all."""
    files: output.FileChanges
    outcomes: Mapping[str, int]
    """The number of documents with each outcome (`feeds.engine.outcomes`)."""
    newest: datetime | None = None
    """Date of the newest story; None without stories."""
    alerts: tuple[str, ...] = ()
    """Signs that something is wrong with the build as a whole."""
    notes: tuple[str, ...] = ()
    """Information that concerns no single document, such as a digest that was shortened."""
    mistakes: tuple[str, ...] = ()
    """Errors in templates and settings; the files of the topics concerned were not changed."""
    seconds: tuple[tuple[str, float], ...] = ()
    """Each stage and its duration."""


class BuildError(Exception):
    """Nothing can be built; out/ is unchanged. `problems` are those of the documents."""

    def __init__(self, message: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(message)
        self.problems = problems


def summary(topic: "TopicPlan", new: Iterable[NewStory] = ()) -> TopicSummary:
    """Return the summary of a planned topic."""
    return TopicSummary(
        slug=topic.topic.slug,
        name=topic.topic.name,
        title=topic.topic.title,
        stories=len(topic.grouping.stories),
        issues=len(topic.issues.newest),
        updated=topic.feed.updated if topic.feed.stories else None,
        url=topic.feed.home_url,
        in_feed=len(topic.feed.stories),
        new=tuple(new),
    )
