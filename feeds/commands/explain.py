"""`feeds check`, `feeds explain` and `feeds topics`: they look, and write nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from feeds.commands.shared.options import CONFIG, DASK, JOBS, JSON, NOW, complete_wanted
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
    from feeds.config.load import Config
    from feeds.editions.explain import Account, Found
    from feeds.engine.processes import Executor, Progress

_FEW = 3
"""Documents that are explained in full."""


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

    from feeds.editions.explain import matching
    from feeds.sources.find import why_no_document

    with clear_errors():
        config = configuration(config_file)
        with progress(quiet=as_json) as step:
            found = _found(config, now, workers(config, jobs, dask), step)
        why_not = partial(why_no_document, sources=config.sources)
        accounts = list(matching(found, [_as_read(word) for word in wanted], why_not))
    if as_json:
        print_json(accounts)
    elif wanted and len(accounts) <= _FEW:
        _print_in_full(accounts)
    else:
        _print_accounts(accounts)


def _found(config: Config, now: str, executor: Executor, step: Progress | None) -> Found:
    from feeds.editions.explain import Found
    from feeds.pipeline import survey

    when = instant(now)
    reading, plan = survey(config, when, executor, step)
    return Found(config=config, plan=plan, items=reading.items, problems=reading.problems, now=when)


def _as_read(word: str) -> str:
    """Documents are read by paths relative to where the program runs."""
    return os.path.relpath(word) if os.path.isabs(word) else word  # noqa: PTH117  (pathlib is slow to import)


def _print_accounts(accounts: Sequence[Account]) -> None:
    if is_for_people(accounts):
        from feeds.commands.shared import tables as showing

        showing.accounts(accounts)
        return
    for account in accounts:
        click.echo(f"{account.path}  {account.title}".rstrip())
        _print_verdicts(account, with_advice=False)


def _print_in_full(accounts: Iterable[Account]) -> None:
    for account in accounts:
        if sys.stdout.isatty():
            from feeds.commands.shared import tables as showing

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
