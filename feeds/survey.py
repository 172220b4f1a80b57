"""Read and plan everything without building it, for commands that answer questions about it."""

from datetime import datetime
from typing import NamedTuple

from feeds.config.load import Config
from feeds.config.locations import join
from feeds.editions.plan import Plan, plan
from feeds.editions.stories import candidate_of
from feeds.engine.editorials import with_editorials
from feeds.engine.processes import Executor, Progress
from feeds.engine.read import ReadResult, read
from feeds.output.folder import open_output
from feeds.problems import ConfigError, Problem
from feeds.renderers import manifest


class Survey(NamedTuple):
    reading: ReadResult
    plan: Plan
    warnings: tuple[Problem, ...]
    """What is wrong with the editor's files."""


def survey(
    config: Config, now: datetime, executor: Executor, progress: Progress | None = None, issue: str = ""
) -> Survey:
    """Read every document and plan the editions, as a build would; raise ConfigError.

    `issue` is the id of an older issue to plan as well.
    """
    return surveyed(config, now, read(config, executor, progress), published_manifest(config), issue)


def published_manifest(config: Config) -> bytes | None:
    """Return the manifest, or None if there is none yet; raise ConfigError if a remote output cannot be reached."""
    return open_output(config.out).read(manifest.NAME)


def surveyed(config: Config, now: datetime, found: ReadResult, published: bytes | None, issue: str = "") -> Survey:
    """Plan the editions of what has been read, after those of a published manifest; see `survey`."""
    candidates = [candidate_of(item, now, b"") for item in found.items]
    previous = manifest.read(published, join(config.out, manifest.NAME)).promises
    try:
        planned = plan(config, candidates, now, previous, issue)
    except ValueError as error:
        raise ConfigError("", [str(error)]) from error
    planned, warnings = with_editorials(planned, config)
    return Survey(found, planned, warnings)
