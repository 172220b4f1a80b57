"""`feeds explain`: explain why an item is or isn't in a feed."""

import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import click

from feeds.commands.shared.options import CONFIG, DASK, JOBS, JSON, NOW, complete_wanted
from feeds.commands.shared.printing import count, echo, print_json, tables_for
from feeds.commands.shared.run import clear_errors, configuration, from_folder, instant, progress, workers
from feeds.editions.explain import Account, Found, matching
from feeds.sources.find import document_name, why_no_document
from feeds.survey import survey

_MAX_IN_FULL = 3
"""The number of documents up to which each is explained in full."""


@click.command()
@click.argument("wanted", nargs=-1, metavar="[ITEM|URL|TITLE|TOPIC]...", shell_complete=complete_wanted)
@CONFIG
@NOW
@JOBS
@DASK
@JSON
def explain(wanted: tuple[str, ...], config_file: str | None, now: str, jobs: int, dask: str, as_json: bool) -> None:
    """Explain why an item is or isn't in a feed.

    ITEM is the path of a document or of a folder; URL is the address of an item or of a related article; TITLE is part
    of a title; TOPIC is the name or slug of a topic. Without arguments, all documents are listed.

    For up to three documents, the output shows what was read, the reason for each topic, and what to do to get the
    item in.

    \b
    For example:
      feeds explain seeds/one.md
      feeds explain https://paper.example/ban
      feeds explain "ban the scan"
    """
    here = Path.cwd()
    with clear_errors():
        config = configuration(config_file)
        when = instant(now)
        with progress(quiet=as_json) as step:
            reading, plan, _ = survey(config, when, workers(config, jobs, dask), step)
        found = Found(config=config, plan=plan, items=reading.items, problems=reading.problems, now=when)
        why_not = partial(why_no_document, sources=config.sources)
        accounts = list(matching(found, [_as_read(word, here) for word in wanted], why_not))
    if not (accounts or as_json):
        echo("there is no document yet; write one with `feeds new`", err=True)
    in_full = bool(wanted) and len(accounts) <= _MAX_IN_FULL
    if as_json:
        print_json(accounts)
    elif not (tables := tables_for(accounts)):
        _print_accounts(accounts, in_full=in_full)
    elif in_full:
        for account in accounts:
            tables.account(account, _facts(account))
    else:
        tables.accounts(accounts)


def _as_read(word: str, here: Path) -> str:
    """Return the name of a document or folder, relative to the publication's folder; other words as they are."""
    if Path(word).is_absolute():
        return document_name(os.path.relpath(word))
    return document_name(from_folder(here, word)) if os.path.lexists(here / word) else word


def _print_accounts(accounts: Iterable[Account], *, in_full: bool) -> None:
    for account in accounts:
        echo(f"{account.path}  {account.title}".rstrip())
        for name, value in _facts(account) if in_full else ():
            echo(f"  {name:<9}  {value}")
        for verdict in account.verdicts:
            where = f"{verdict.topic}: " if verdict.topic else ""
            echo(f"  {'in ' if verdict.included else 'out'}  {where}{verdict.message}")
            if in_full and verdict.advice:
                echo(f"       → {verdict.advice}")


def _facts(account: Account) -> Iterator[tuple[str, str]]:
    """Yield the name and the value of each field that was read."""
    yield "document", account.path
    if account.published:
        yield "address", account.url
        yield "published", "yes" if account.is_published else "no"
        yield "date", f"{account.published:%Y-%m-%d %H:%M} UTC"
        yield "quality", f"{account.quality} (minimum {account.needed})"
        yield "heat", f"{account.heat}"
        yield "topics", ", ".join(account.topics) or "none"
        yield "related", count(account.related, "article")
    if account.problems:
        yield "problems", f"{len(account.problems)}; run `feeds check {account.path}`"
    if account.note:
        yield "note", account.note
