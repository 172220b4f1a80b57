"""`feeds check`: list every problem in the items."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from feeds.commands.shared.options import CONFIG, DASK, JOBS, JSON, SOURCES
from feeds.commands.shared.run import (
    PROBLEMS,
    clear_errors,
    configuration,
    count,
    is_for_people,
    print_json,
    progress,
    workers,
)

if TYPE_CHECKING:
    from feeds.problems import Problem


@click.command()
@SOURCES
@CONFIG
@JOBS
@DASK
@JSON
def check(sources: tuple[str, ...], config_file: str | None, jobs: int, dask: str, as_json: bool) -> None:
    """List every problem in the items.

    One a line: path:line: severity code message; as a table on a terminal. Drafts, and items of a low quality, are read
    too, which feeds build passes over.

    \b
    For example:
      feeds check
      feeds check seeds/2021 seeds/one.md
      feeds check --json | jq -r '.[].code' | sort | uniq -c
    """  # noqa: D301
    from feeds.engine.read import read

    with clear_errors():
        config = configuration(config_file, sources=sources)
        with progress(quiet=as_json) as step:
            reading = read(config, workers(config, jobs, dask), step)
    if as_json:
        print_json(reading.problems)
    else:
        _print_problems(reading.problems)
        click.echo(f"{count(reading.documents, 'document')}: {count(len(reading.problems), 'problem')}", err=True)
    if reading.problems:
        sys.exit(PROBLEMS)


def _print_problems(problems: Sequence[Problem]) -> None:
    if is_for_people(problems):
        from feeds.commands.shared import tables as showing

        showing.problems(problems)
        return
    for problem in problems:
        click.echo(str(problem))
