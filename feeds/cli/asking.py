"""`feeds check`, `feeds explain` and `feeds topics`: they look, and write nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from feeds.cli.arguments import CONFIG, DASK, JOBS, JSON, NOW, SOURCES, complete_wanted
from feeds.cli.running import (
    PROBLEMS,
    clear_errors,
    configuration,
    count,
    instant,
    print_json,
    progress,
    workers,
)

if TYPE_CHECKING:
    from feeds.build import TopicSummary
    from feeds.config import Config
    from feeds.executors import Executor
    from feeds.explanations import Account, Found
    from feeds.problems import Problem
    from feeds.reading import Progress

_FEW = 3
"""Documents that are explained in full."""
_MOST_ROWS = 1000
"""Of a table: laying out more keeps people waiting."""


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
    from feeds.reading import read

    with clear_errors():
        config = configuration(config_file, sources=sources)
        with progress(quiet=as_json) as step:
            reading = read(config, workers(jobs, dask), step)
    if as_json:
        print_json(reading.problems)
    else:
        _print_problems(reading.problems)
        click.echo(f"{count(reading.documents, 'document')}: {count(len(reading.problems), 'problem')}", err=True)
    if reading.problems:
        sys.exit(PROBLEMS)


def _print_problems(problems: Sequence[Problem]) -> None:
    if _is_for_people(problems):
        from feeds.cli import showing

        showing.problems(problems)
        return
    for problem in problems:
        click.echo(str(problem))


@click.command()
@click.argument("wanted", nargs=-1, metavar="[ITEM|URL|TITLE|TOPIC]...", shell_complete=complete_wanted)
@CONFIG
@NOW
@JOBS
@DASK
@JSON
def explain(wanted: tuple[str, ...], config_file: str | None, now: str, jobs: int, dask: str, as_json: bool) -> None:
    """Say why an item is in, or not in, a feed.

    ITEM is the path of a document, or a folder of them; URL an article's address, an item's or a related one's; TITLE a
    part of a title; TOPIC a topic's name or slug. Without any, all documents are listed.

    For up to three documents it says what was read, the one reason for each topic, and what to do to get it in.

    \b
    For example:
      feeds explain seeds/one.md
      feeds explain https://paper.example/ban
      feeds explain "ban the scan"
    """  # noqa: D301
    from functools import partial

    from feeds.explanations import matching
    from feeds.finding import why_no_document

    with clear_errors():
        config = configuration(config_file)
        with progress(quiet=as_json) as step:
            found = _found(config, now, workers(jobs, dask), step)
        why_not = partial(why_no_document, sources=config.sources)
        accounts = list(matching(found, [_as_read(word) for word in wanted], why_not))
    if as_json:
        print_json(accounts)
    elif wanted and len(accounts) <= _FEW:
        _print_in_full(accounts)
    else:
        _print_accounts(accounts)


def _found(config: Config, now: str, executor: Executor, step: Progress | None) -> Found:
    from feeds.build import survey
    from feeds.explanations import Found

    when = instant(now)
    reading, plan = survey(config, when, executor, step)
    return Found(config=config, plan=plan, items=reading.items, problems=reading.problems, now=when)


def _as_read(word: str) -> str:
    """Documents are read by paths relative to where the program runs."""
    return os.path.relpath(word) if os.path.isabs(word) else word  # noqa: PTH117  (pathlib is slow to import)


def _print_accounts(accounts: Sequence[Account]) -> None:
    if _is_for_people(accounts):
        from feeds.cli import showing

        showing.accounts(accounts)
        return
    for account in accounts:
        click.echo(f"{account.path}  {account.title}".rstrip())
        _print_verdicts(account, with_advice=False)


def _print_in_full(accounts: Iterable[Account]) -> None:
    for account in accounts:
        if sys.stdout.isatty():
            from feeds.cli import showing

            showing.account(account, list(_facts(account)))
            continue
        click.echo(f"{account.path}  {account.title}".rstrip())
        for name, value in _facts(account):
            click.echo(f"  {name:<9}  {value}")
        _print_verdicts(account, with_advice=True)


def _facts(of: Account) -> Iterator[tuple[str, str]]:
    yield "document", of.path
    if of.published:
        yield "address", of.url
        yield "published", "yes" if of.is_published else "no"
        yield "date", f"{of.published:%Y-%m-%d %H:%M} UTC"
        yield "quality", f"{of.quality}; {of.needed} gets in"
        yield "heat", f"{of.heat}"
        yield "topics", ", ".join(of.topics) or "none"
        yield "related", count(of.related, "article")
    if of.problems:
        yield "problems", f"{len(of.problems)}, see feeds check {of.path}"
    if of.note:
        yield "note", of.note


def _print_verdicts(account: Account, *, with_advice: bool) -> None:
    for verdict in account.verdicts:
        where = f"{verdict.topic}: " if verdict.topic else ""
        click.echo(f"  {'in ' if verdict.included else 'out'}  {where}{verdict.message}")
        if with_advice and verdict.advice:
            click.echo(f"       → {verdict.advice}")


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
    from feeds.build import summary, survey

    with clear_errors():
        config = configuration(config_file)
        with progress(quiet=as_json) as step:
            plan = survey(config, instant(now), workers(jobs, dask), step).plan
    rows = [summary(topic) for topic in plan.topics]
    if as_json:
        print_json(rows)
    elif rows:
        _print_topics(rows)
    else:
        click.echo("no topic has a story: feeds explain says why", err=True)


def _print_topics(rows: Sequence[TopicSummary]) -> None:
    if _is_for_people(rows):
        from feeds.cli import showing

        showing.topics(rows)
        return
    width = max(len(row.slug) for row in rows)
    for row in rows:
        stories = f"{count(row.stories, 'story', 'stories')}, {count(row.issues, 'issue')}"
        updated = f"{row.updated:%Y-%m-%d}" if row.updated else "never"
        click.echo(f"{row.slug:<{width}}  {stories:<22}  {updated:<10}  {row.title}")


def _is_for_people(rows: Sequence[object]) -> bool:
    """Whether a table of them helps, rather than a line each, which programs can read."""
    return 0 < len(rows) <= _MOST_ROWS and sys.stdout.isatty()
