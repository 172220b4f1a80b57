"""`feeds topics`: list the topics."""

from collections.abc import Sequence

import click

from feeds.commands.shared.options import CONFIG, DASK, JOBS, JSON, NOW
from feeds.commands.shared.printing import count, echo, print_json, tables_for
from feeds.commands.shared.run import clear_errors, configuration, instant, progress, workers
from feeds.report import TopicSummary, summary
from feeds.survey import survey


@click.command()
@CONFIG
@NOW
@JOBS
@DASK
@JSON
def topics(config_file: str | None, now: str, jobs: int, dask: str, as_json: bool) -> None:
    """List the topics.

    Each line has the topic's slug, the number of its stories (and how many are in its feed, if not all) and issues, the
    date of its newest story, and its title.

    \b
    For example:
      feeds topics
      feeds topics --json | jq -r '.[].slug'
    """
    with clear_errors():
        config = configuration(config_file)
        with progress(quiet=as_json) as step:
            plan = survey(config, instant(now), workers(config, jobs, dask), step).plan
    rows = [summary(topic) for topic in plan.topics]
    if as_json:
        print_json(rows)
    elif tables := tables_for(rows):
        tables.topics(rows)
    elif rows:
        _print_topics(rows)
    else:
        click.echo("no topic has a story; run `feeds explain` to see why", err=True)


def _print_topics(rows: Sequence[TopicSummary]) -> None:
    slugs, sizes = max(len(row.slug) for row in rows), max(len(_size(row)) for row in rows)
    for row in rows:
        updated = f"{row.updated:%Y-%m-%d}" if row.updated else "never"
        echo(f"{row.slug:<{slugs}}  {_size(row):<{sizes}}  {updated:<10}  {row.title}")


def _size(row: TopicSummary) -> str:
    shown = f" ({row.in_feed:,} in the feed)" if row.in_feed < row.stories else ""
    return f"{count(row.stories, 'story', 'stories')}{shown}, {count(row.issues, 'issue')}"
