"""`feeds topics`: list the topics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from feeds.commands.shared.options import CONFIG, DASK, JOBS, JSON, NOW
from feeds.commands.shared.run import (
    clear_errors,
    configuration,
    count,
    instant,
    is_for_people,
    print_json,
    progress,
    workers,
)

if TYPE_CHECKING:
    from feeds.report import TopicSummary


@click.command()
@CONFIG
@NOW
@JOBS
@DASK
@JSON
def topics(config_file: str | None, now: str, jobs: int, dask: str, as_json: bool) -> None:
    """List the topics.

    With their stories, their issues, the date of the newest story, and their titles.

    \b
    For example:
      feeds topics
      feeds topics --json | jq -r '.[].slug'
    """  # noqa: D301
    from feeds.pipeline import survey
    from feeds.report import summary

    with clear_errors():
        config = configuration(config_file)
        with progress(quiet=as_json) as step:
            plan = survey(config, instant(now), workers(config, jobs, dask), step).plan
    rows = [summary(topic) for topic in plan.topics]
    if as_json:
        print_json(rows)
    elif rows:
        _print_topics(rows)
    else:
        click.echo("no topic has a story: feeds explain says why", err=True)


def _print_topics(rows: Sequence[TopicSummary]) -> None:
    if is_for_people(rows):
        from feeds.commands.shared import tables as showing

        showing.topics(rows)
        return
    width = max(len(row.slug) for row in rows)
    for row in rows:
        stories = f"{count(row.stories, 'story', 'stories')}, {count(row.issues, 'issue')}"
        updated = f"{row.updated:%Y-%m-%d}" if row.updated else "never"
        click.echo(f"{row.slug:<{width}}  {stories:<22}  {updated:<10}  {row.title}")
