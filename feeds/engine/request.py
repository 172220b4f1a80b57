"""What one build is asked to do."""

from datetime import UTC, datetime

from msgspec import Struct

from feeds.config.load import Config
from feeds.engine.processes import Executor, Progress
from feeds.output.protocol import OutputFolder


class BuildRequest(Struct, frozen=True, kw_only=True):
    """The arguments of `pipeline.build`."""

    config: Config
    out: OutputFolder
    now: datetime
    """In UTC, in whole seconds."""
    topics: frozenset[str]
    """Slugs or names of the only topics to make; empty for all."""
    issue: str
    """Id of an older issue to make as well; empty for none."""
    force: bool
    """Make and write everything."""
    prune: bool
    """Remove whatever earlier builds made and this one does not make."""
    overwrite: bool
    """Replace files that no earlier build has made."""
    closes: bool
    """Record the issues whose period is over."""
    executor: Executor
    progress: Progress | None

    @property
    def is_usual(self) -> bool:
        """False for a build that makes more or less than others, so that the next one cannot rely on it."""
        return self.closes and not (self.topics or self.issue or self.force)


def whole_second(now: datetime) -> datetime:
    """Return the time in UTC without a fraction; raise ValueError for a naive datetime."""
    if now.utcoffset() is None:
        raise ValueError("now is a naive datetime; give it a time zone, such as datetime.now(UTC)")
    return now.astimezone(UTC).replace(microsecond=0)
