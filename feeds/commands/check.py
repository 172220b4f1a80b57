"""`feeds check`: list every problem in the items and in the editor's files."""

import os
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click
from msgspec.structs import replace

from feeds.commands.shared.options import CONFIG, DASK, JOBS, JSON, NOW, SOURCES
from feeds.commands.shared.printing import count, echo, print_json, tables_for
from feeds.commands.shared.run import PROBLEMS, clear_errors, configuration, instant, progress, workers
from feeds.config.load import Config
from feeds.config.locations import Location
from feeds.engine.read import ReadResult, read
from feeds.problems import ConfigError, Problem
from feeds.survey import published_manifest, survey, surveyed


@click.command()
@SOURCES
@CONFIG
@NOW
@JOBS
@DASK
@JSON
def check(sources: tuple[str, ...], config_file: str | None, now: str, jobs: int, dask: str, as_json: bool) -> None:
    """List every problem in the items and in the editor's files.

    Each problem is printed as `path:line: severity code message`, or in a table on a terminal. Drafts and items of low
    quality, which feeds build skips, are checked too.

    \b
    For example:
      feeds check
      feeds check seeds/2021 seeds/one.md issues/ai/2021-W04.md
      feeds check --json | jq -r '.[].code' | sort | uniq -c
    """
    with clear_errors():
        config = configuration(config_file, sources=sources)
        when, work = instant(now), workers(config, jobs, dask)
        with progress(quiet=as_json) as step:
            editorials = [source for source in config.sources if _is_editorial(source, config)]
            items = tuple(source for source in config.sources if source not in editorials)
            reading = read(replace(config, sources=items), work, step)
            if not sources and config.editorial and config.editorial.is_dir():
                warnings = _editors_warnings(config, when, reading)
            else:
                # The editor's files can only be checked with the issues of the whole publication.
                found = survey(configuration(config_file), when, work, step).warnings if editorials else ()
                warnings = tuple(p for p in found if _is_below(p.path, editorials))
            problems = sorted([*reading.problems, *warnings])
    if as_json:
        print_json(problems)
    elif tables := tables_for(problems):
        tables.problems(problems)
    else:
        for problem in problems:
            echo(str(problem))
    if not as_json:
        documents = reading.documents + len(editorials)
        click.echo(f"{count(documents, 'document')}: {count(len(problems), 'problem')}", err=True)
    if problems:
        sys.exit(PROBLEMS)


def _editors_warnings(config: Config, now: datetime, reading: ReadResult) -> tuple[Problem, ...]:
    """Return what is wrong with the editor's files; nothing, and a note, if the output cannot be reached.

    Who reviews a change may have no credentials for it, and its manifest knows the closed issues.
    """
    try:
        published = published_manifest(config)
    except ConfigError as error:
        echo(f"note: the editor's files are not checked, because {error.problems[0]}", err=True)
        return ()
    return surveyed(config, now, reading, published).warnings


def _is_editorial(source: Location, config: Config) -> bool:
    is_there = isinstance(source, Path) and source.exists()
    return is_there and config.editorial is not None and _is_below(str(source), [config.editorial])


def _is_below(path: str, places: Iterable[Location]) -> bool:
    # Unlike resolve, realpath raises nothing for a link to itself.
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(place)) for place in places if isinstance(place, Path))
