"""`feeds check`: list every problem in the items."""

import sys

import click

from feeds.commands.shared.options import CONFIG, DASK, JOBS, JSON, SOURCES
from feeds.commands.shared.printing import count, echo, print_json, tables_for
from feeds.commands.shared.run import PROBLEMS, clear_errors, configuration, progress, workers
from feeds.engine.read import read


@click.command()
@SOURCES
@CONFIG
@JOBS
@DASK
@JSON
def check(sources: tuple[str, ...], config_file: str | None, jobs: int, dask: str, as_json: bool) -> None:
    """List every problem in the items.

    Each problem is printed as `path:line: severity code message`, or in a table on a terminal. Drafts and items of low
    quality, which feeds build skips, are checked too.

    \b
    For example:
      feeds check
      feeds check seeds/2021 seeds/one.md
      feeds check --json | jq -r '.[].code' | sort | uniq -c
    """
    with clear_errors():
        config = configuration(config_file, sources=sources)
        with progress(quiet=as_json) as step:
            found = read(config, workers(config, jobs, dask), step)
    if as_json:
        print_json(found.problems)
    elif tables := tables_for(found.problems):
        tables.problems(found.problems)
    else:
        for problem in found.problems:
            echo(str(problem))
    if not as_json:
        click.echo(f"{count(found.documents, 'document')}: {count(len(found.problems), 'problem')}", err=True)
    if found.problems:
        sys.exit(PROBLEMS)
