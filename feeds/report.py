"""What a build found and did, for the command line and for those who call `build`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from feeds.output.folder import FileChanges
from feeds.problems import Problem

if TYPE_CHECKING:
    from feeds.editions.plan import TopicPlan


class NewStory(msgspec.Struct, frozen=True, kw_only=True):
    """A story that the last build's feed did not have."""

    title: str
    url: str
    provider: str
    coverage: int
    """Related articles."""


class TopicSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A topic in numbers."""

    slug: str
    name: str
    title: str
    stories: int
    """In all, however many are in its feed."""
    issues: int
    updated: datetime | None
    """None: it has no story."""
    url: str
    """Of its page."""
    in_feed: int
    """Stories in its feed."""
    new: tuple[NewStory, ...] = ()


class BuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a build found and did."""

    documents: int
    stories: int
    """Different ones, in all topics."""
    topics: tuple[TopicSummary, ...]
    problems: tuple[Problem, ...]
    """Of the documents that had to be read in full, by path, line and code; `check` lists all."""
    files: FileChanges
    outcomes: Mapping[str, int]
    """How many documents came to what: `health.OUTCOMES`."""
    newest: datetime | None = None
    """The date of the newest story; None: there is none."""
    alerts: tuple[str, ...] = ()
    """What seems to be wrong as a whole."""
    notes: tuple[str, ...] = ()
    """What the curator should know and no document is to blame for: a digest that had to be shortened."""
    mistakes: tuple[str, ...] = ()
    """Of templates and settings; the topics they concern are left as they were."""
    seconds: tuple[tuple[str, float], ...] = ()
    """How long each stage took."""


class BuildError(Exception):
    """Nothing can be built; out/ is as it was. Holds what was wrong with the documents."""

    def __init__(self, message: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(message)
        self.problems = problems


def summary(topic: "TopicPlan", new: Iterable[NewStory] = ()) -> TopicSummary:
    """Of a planned topic."""
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
