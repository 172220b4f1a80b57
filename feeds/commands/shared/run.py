"""What commands need to run: configuration, clock, processes, a word while it takes long, and an end in good order."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from datetime import datetime

    from feeds.commands.shared.github import GitHub
    from feeds.config.load import Config
    from feeds.engine.processes import Executor, Progress

PROBLEMS, UNUSABLE = 1, 2
"""Exit statuses besides 0: problems found; usage, configuration, or nothing could be written."""


def configuration(
    path: str | None,
    *,
    sources: Iterable[str] = (),
    out: str | None = None,
    cache: str | None = None,
    base_url: str = "",
) -> Config:
    from pathlib import Path

    from feeds.config.load import load_config
    from feeds.config.locations import located

    return load_config(
        Path(path) if path else None,
        sources=tuple(map(located, sources)),
        out=located(out) if out else None,
        cache=Path(cache) if cache else None,
        base_url=base_url,
    )


def workers(config: Config, jobs: int, dask: str) -> Executor:
    from feeds.engine.processes import processes

    if dask:
        from feeds.engine.dask import Dask

        if jobs:
            fail("error: --jobs and --dask: choose one of them")
        return Dask(dask)
    return processes(config, jobs)


def instant(now: str = "", option: str = "--now") -> datetime:
    """--now, else SOURCE_DATE_EPOCH (reproducible-builds.org), else the clock."""
    from datetime import UTC, datetime

    try:
        if now:
            when = datetime.fromisoformat(now)
            return when if when.tzinfo else when.replace(tzinfo=UTC)
        if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
            return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        name, value = (option, now) if now else ("SOURCE_DATE_EPOCH", os.environ["SOURCE_DATE_EPOCH"])
        example = "2021-01-31T06:00:00Z" if now else "1612051200"
        fail(f"error: {name}: {value!r} is no time: write it like {example}")
    return datetime.now(UTC)


@contextmanager
def clear_errors(github: GitHub | None = None) -> Iterator[None]:
    """What a run cannot go on from is said in a line, with exit status 2."""
    from feeds.problems import ConfigError

    try:
        yield
    except ConfigError as error:
        if github:
            github.say_config(error)
        fail(str(error))
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        advice = ": free some space, and build again" if error.errno == errno.ENOSPC else ""
        fail(f"error: cannot write{where}: {error.strerror or error}{advice}", github)


def fail(message: str, github: GitHub | None = None) -> NoReturn:
    if github:
        github.say_failure(message)
    click.echo(message, err=True)
    sys.exit(UNUSABLE)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress | None]:
    """Bars on a terminal, for what takes long enough to wonder."""
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
            display = _bars()
            display.start()
        if stage not in bars:
            bars[stage] = display.add_task(stage, total=total)
        display.update(bars[stage], completed=done)

    try:
        yield step
    finally:
        if display is not None:
            display.stop()


_PATIENCE = 1.0
"""Seconds without a word."""


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def print_json(value: object) -> None:
    """Records become objects."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=1))


def count(number: int, one: str, many: str = "") -> str:
    """`1 story`, `2,000 stories`"""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


_MOST_ROWS = 1000
"""Of a table: laying out more keeps people waiting."""


def is_for_people(rows: Sequence[object]) -> bool:
    """Whether a table of them helps, rather than a line each, which programs can read."""
    return 0 < len(rows) <= _MOST_ROWS and sys.stdout.isatty()
