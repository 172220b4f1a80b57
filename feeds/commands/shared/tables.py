"""Tables, colours and progress bars for a terminal. Commands print plain lines themselves when output is piped."""

import sys
from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from feeds.editions.explain import Account, Verdict
from feeds.problems import Problem, Severity
from feeds.report import TopicSummary

# Wrap all text of documents in Text: in a plain string, Console.print would treat "[red]" as markup.
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}
_GOOD, _BAD, _LABEL, _FAINT = "green", "red", "bold", "dim"


def _console() -> Console:
    return Console(file=sys.stdout, highlight=False)


def progress_bars() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def topics(rows: Iterable[TopicSummary]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style=_LABEL)
    table.add_column("topic", no_wrap=True)
    table.add_column("title")
    for name in ("stories", "in feed", "issues", "newest"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        newest = Text(f"{row.updated:%Y-%m-%d}") if row.updated else Text("never", _FAINT)
        numbers = (f"{number:,}" for number in (row.stories, row.in_feed, row.issues))
        table.add_row(Text(row.slug, _LABEL), Text(row.title), *numbers, newest)
    _console().print(table)


def problems(found: Iterable[Problem]) -> None:
    """Print a row for each problem, with `path:line` in one piece, which many terminals turn into a link."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(overflow="fold", max_width=50)
    table.add_column(no_wrap=True)
    table.add_column(min_width=30)
    for problem in found:
        message = Text.assemble(problem.message, (f"  {problem.code}", _FAINT))
        severity = Text(problem.severity, _COLOURS[problem.severity])
        table.add_row(Text(f"{problem.path}:{problem.line}", _LABEL), severity, message)
    _console().print(table)


def accounts(found: Iterable[Account]) -> None:
    """Print a row for each document and topic."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style=_LABEL)
    for name in ("item", "", "topic", "why"):
        table.add_column(name, overflow="fold")
    for account in found:
        item = Text.assemble(account.title, "\n" if account.title else "", (account.path, _FAINT))
        for verdict in account.verdicts:
            table.add_row(item, _word(verdict), Text(verdict.topic), Text(verdict.message))
            item = Text("")
    _console().print(table)


def account(of: Account, facts: Iterable[tuple[str, str]]) -> None:
    """Print one account in full. `facts` are the names and values of the fields that were read."""
    console = _console()
    console.print(Text.assemble((of.title or of.path, _LABEL)))
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, value in facts:
        table.add_row(Text(name, _FAINT), Text(value))
    console.print(Padding(table, (0, 0, 0, 2)))
    verdicts = Table.grid(padding=(0, 2, 0, 0))
    for verdict in of.verdicts:
        verdicts.add_row(_word(verdict), Text(verdict.topic), Text(verdict.message))
        if verdict.advice:
            verdicts.add_row("", "", Text(f"→ {verdict.advice}", "cyan"))
    console.print(Padding(verdicts, (1, 0, 1, 2)))


def _word(verdict: Verdict) -> Text:
    return Text("in", _GOOD) if verdict.included else Text("out", _BAD)
