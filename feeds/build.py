"""The pipeline: read, plan, render, write. The only place where the steps meet, and the library's entry."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from feeds import editions, manifest, output, rendering
from feeds.config import LOCAL_BASE_URL, Config
from feeds.documents import read_document
from feeds.executors import map_in_order
from feeds.finding import document_name, find_documents
from feeds.model import Defaults, FieldNames, Item
from feeds.problems import ConfigError, Problem, Severity
from feeds.validation import validate

Progress = Callable[[int, int], None]
"""Called with how many documents are read, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the sources hold."""

    documents: int
    items: tuple[Item, ...]
    problems: tuple[Problem, ...]
    """By path, line and code."""

    @property
    def has_errors(self) -> bool:
        return any(p.severity is Severity.ERROR for p in self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What a build found and did."""

    reading: Reading
    plan: editions.Plan
    files: output.Written
    notes: tuple[str, ...] = ()
    """What the curator should know and no document is to blame for: a digest that had to be shortened."""


class BuildError(Exception):
    """Nothing can be built; out/ is as it was. Holds what was read, for its problems."""

    def __init__(self, message: str, reading: Reading) -> None:
        super().__init__(message)
        self.reading = reading


def build(
    config: Config,
    now: datetime,
    *,
    topics: Sequence[str] = (),
    issue: str = "",
    jobs: int = 1,
    force: bool = False,
    progress: Progress | None = None,
) -> BuildReport:
    """Brings `config.out` up to date with the sources as of `now`, an aware datetime.

    `topics`: slugs, to render only these; `issue`: the id of an older one to render too; `jobs`: processes that read
    documents, 0 for one a processor. Raises ConfigError, BuildError and, when a file cannot be written, OSError.
    """
    reading = read(config, jobs, progress)
    if not reading.items:
        raise BuildError("no document could be used: out/ is left as it is", reading)
    before = past(config)
    plan = plan_editions(config, reading.items, now, before.history, issue)
    done = _done(config, plan, before)
    rendered = rendering.render(config, plan, only=topics, before=before, done=done)
    files = output.write(config.out, rendered.files, force=force)
    # A document that is broken today may have been in an issue yesterday: nothing is withdrawn until it is mended.
    removed = () if reading.has_errors else output.remove(config.out, rendered.withdrawn)
    notes = (*_notes(config), *rendered.notes)
    return BuildReport(reading=reading, plan=plan, files=replace(files, removed=removed), notes=notes)


def read(config: Config, jobs: int = 1, progress: Progress | None = None) -> Reading:
    """All items of the sources and all problems; raises ConfigError when a source is missing."""
    paths, problems = find_documents(config.sources, exclude=config.out)
    items: list[Item] = []
    read_one = partial(_read_one, defaults=config.defaults, names=config.fields)
    for done, (item, found) in enumerate(map_in_order(read_one, paths, jobs), 1):
        problems += found
        if item:
            items.append(item)
        if progress:
            progress(done, len(paths))
    return Reading(documents=len(paths), items=tuple(items), problems=tuple(sorted(problems)))


def plan_editions(
    config: Config, items: Sequence[Item], now: datetime, history: editions.History, issue: str = ""
) -> editions.Plan:
    """Who is in which edition; raises ConfigError when `issue` is none."""
    try:
        return editions.plan(config, items, now.astimezone(UTC).replace(microsecond=0), history, issue)
    except ValueError as error:
        raise ConfigError("", [f"--issue: {error}"]) from error


def _notes(config: Config) -> Iterator[str]:
    if config.site.base_url == LOCAL_BASE_URL:
        yield f"note: no base_url is configured: links in feeds and digests lead to {LOCAL_BASE_URL}"


def past(config: Config) -> manifest.Past:
    """What the last build left in out/."""
    return manifest.read(output.read(config.out, manifest.NAME))


def _done(config: Config, plan: editions.Plan, before: manifest.Past) -> list[str]:
    """Full archive documents that are there; all of them are made anew when the site has moved."""
    if before.base_url != config.site.base_url:
        return []
    return [name for name in rendering.final_files(plan, before.history) if output.exists(config.out, name)]


def _read_one(path: Path, defaults: Defaults, names: FieldNames) -> tuple[Item | None, tuple[Problem, ...]]:
    document, problems = read_document(path, document_name(path))
    if document is None:
        return None, problems
    item, found = validate(document, defaults, names)
    return item, problems + found
