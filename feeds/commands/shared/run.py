"""What commands need to run: the configuration, the clock, workers, a progress display, and one-line errors."""

import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

from feeds.commands.shared.github import GitHub
from feeds.commands.shared.printing import echo, terminal
from feeds.config.load import Config, folder_of_configuration, load_config
from feeds.config.locations import is_url, located
from feeds.engine.processes import Executor, Progress, processes
from feeds.problems import ConfigError, WorkerError

PROBLEMS, UNUSABLE = 1, 2
"""Exit statuses besides 0: problems were found; wrong usage or configuration, or nothing could be written."""
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
"""Older than any item; datetime begins with the year 1, and has no earlier time for the zones of the west."""
_LAST_YEAR = 9000
"""The last year of items, too; datetime ends with the year 9999."""
_PATIENCE = 1.0
"""Seconds before a progress bar appears."""


def configuration(path: str | None, **options: Any) -> Config:
    """Enter the publication's folder and return its configuration; `options` are those of `loader`."""
    return loader(path, **options)()


def loader(
    path: str | None,
    *,
    sources: Sequence[str] = (),
    out: str | None = None,
    cache: str | None = None,
    base_url: str = "",
) -> Callable[[], Config]:
    """Enter the publication's folder, and return a function that reads its configuration. Both raise ConfigError.

    The paths are those of the command line, relative to the folder that it was called in.
    """
    here = Path.cwd()
    if not path:
        _enter(here)
    return partial(
        load_config,
        Path(path) if path else None,
        sources=tuple(located(from_folder(here, source)) for source in sources),
        out=located(from_folder(here, out)) if out else None,
        cache=Path(from_folder(here, cache)) if cache else None,
        base_url=base_url,
    )


def _enter(here: Path) -> None:
    """Make the nearest folder with a configuration the current one.

    The paths of documents start there, so that a build does the same wherever it is called.
    """
    folder = folder_of_configuration(here)
    if folder and folder != here:
        os.chdir(folder)


def from_folder(here: Path, path: str) -> str:
    """Return a path that is relative to `here` as one that is relative to the current folder, or unchanged."""
    if is_url(path) or here == Path.cwd():
        return path
    return os.path.relpath(here / path)


def workers(config: Config, jobs: int, dask: str) -> Executor:
    if not dask:
        return processes(config, jobs)
    if jobs:
        fail("error: --jobs and --dask cannot be combined; choose one")
    try:
        from feeds.engine.dask import Dask  # loads an optional library, which takes a second
    except ImportError:
        fail("error: --dask: Dask is not installed; run pip install distributed")
    return Dask(dask)


def instant(now: str = "", option: str = "--now") -> datetime:
    """Return the option's time, else that of SOURCE_DATE_EPOCH (reproducible-builds.org), else the current time."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        if now:
            when = datetime.fromisoformat(now)
            when = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
        else:
            when = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
        if when.year > _LAST_YEAR:
            raise ValueError("the end of its period may be no date")
        return max(when, _FIRST)
    except (ValueError, OverflowError, OSError):
        name, value, example = (
            (option, now, "the form 2021-01-31T06:00:00Z")
            if now
            else ("SOURCE_DATE_EPOCH", epoch, "seconds since 1970, such as 1612051200")
        )
        fail(f"error: {name}: {value!r} is not a valid date; use {example}")


@contextmanager
def clear_errors(github: GitHub | None = None) -> Iterator[None]:
    """Print ConfigError, OSError and the want of memory as one line instead of a traceback, and exit with status 2."""
    try:
        yield
    except ConfigError as error:
        if github:
            github.annotate_config(error)
        fail(str(error))
    except WorkerError as error:
        fail(f"error: {error}", github)
    except MemoryError:
        fail("error: there is not enough memory; allow more", github)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        advice = "; free some disk space and build again" if error.errno == errno.ENOSPC else ""
        fail(f"error: cannot write{where}: {error.strerror or error}{advice}", github)


def fail(message: str, github: GitHub | None = None) -> NoReturn:
    if github:
        github.annotate_failure(message)
    echo(message, err=True)
    sys.exit(UNUSABLE)


@contextmanager
def progress(*, quiet: bool = False) -> "Iterator[Progress | None]":
    """Yield a function that shows progress bars once a build has taken `_PATIENCE`; None when not on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    started = monotonic()
    display: Any = None
    bars: dict[str, Any] = {}

    def step(stage: str, done: int, total: int) -> None:
        nonlocal display
        if display is None:
            if monotonic() - started < _PATIENCE:
                return
            display = terminal().progress_bars()
            display.start()
        if stage not in bars:
            bars[stage] = display.add_task(stage, total=total)
        display.update(bars[stage], completed=done)

    try:
        yield step
    finally:
        if display is not None:
            display.stop()
