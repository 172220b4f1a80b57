"""What several commands print: problems, a build's report, JSON."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType

import click
import msgspec

from feeds.config.load import Config
from feeds.config.locations import join
from feeds.problems import Problem
from feeds.report import BuildReport
from feeds.text import WORD_JOINER

_MAX_ROWS = 1000
"""Rows of a table; laying out more takes too long."""


def count(number: int, one: str, many: str = "") -> str:
    """Return a number and its noun: `1 story`, `2,000 stories`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def tables_for(rows: Sequence[object]) -> ModuleType | None:
    """Return the module `tables` if a person reads the rows; None to print plain lines, which programs can read."""
    return terminal() if 0 < len(rows) <= _MAX_ROWS and sys.stdout.isatty() else None


def terminal() -> ModuleType:
    """Return the module that prints tables and progress bars on a terminal."""
    from feeds.commands.shared import tables  # loads rich, which takes longer than a build without changes

    return tables


_COMMAND = re.compile(r"^(\s*)::|##(?=\[)")


def echo(text: str, *, err: bool = False) -> None:
    """Print text that may hold anything of an item, but nothing that the runner of GitHub Actions takes for a command.

    It looks for `::error …` at the beginning of each line, and for `##[error]` anywhere.
    """
    click.echo("\n".join(_COMMAND.sub(_no_command, line) for line in text.split("\n")), err=err)


def _no_command(match: re.Match[str]) -> str:
    return f"#{WORD_JOINER}#" if match[1] is None else f"{match[1]}:{WORD_JOINER}:"


def print_json(value: object) -> None:
    text = msgspec.json.format(msgspec.json.encode(value), indent=1).decode()
    click.echo(text.replace("##[", "#\\u0023["))  # see echo; in JSON, only a text can contain this


def print_problems(problems: Iterable[Problem]) -> None:
    for problem in problems:
        echo(str(problem), err=True)


def print_report(
    config: Config,
    report: BuildReport,
    *,
    as_json: bool = False,
    quiet: bool = False,
    verbose: bool = False,
    notes: bool = True,
    alerts: bool = True,
) -> None:
    for note in report.notes if notes and not quiet and not as_json else ():
        echo(note, err=True)
    for mistake in report.mistakes:
        echo(f"error: {mistake}", err=True)
    for alert in report.alerts if alerts else ():
        echo(f"warning: {alert}", err=True)
    if as_json:
        _print_report_json(report)
        return
    if verbose:
        _print_details(config, report)
    if not quiet:
        click.echo(_totals(report))
        if left_out := ", ".join(_left_out(report.outcomes, config.min_quality)):
            click.echo(f"without a story of their own: {left_out}; run `feeds explain` to see why")


def _totals(report: BuildReport) -> str:
    files = report.files
    sizes = (
        count(report.documents, "document"),
        count(report.stories, "story", "stories"),
        count(len(report.topics), "topic"),
    )
    removed = f", {len(files.removed):,} removed" if files.removed else ""
    seconds = sum(seconds for _, seconds in report.seconds)
    return (
        f"{', '.join(sizes)}: {len(files.written):,} written, {len(files.unchanged):,} unchanged{removed} "
        f"in {seconds:.1f} s"
    )


def _left_out(outcomes: Mapping[str, int], min_quality: int) -> Iterator[str]:
    """Yield the number of documents for each reason that they have no story."""
    reasons = {
        "covered": "shown as coverage",
        "duplicate": "the same as others",
        "low-quality": f"below quality {min_quality}",
        "unpublished": "not published",
        "future": "dated in the future",
        "no-topic": "without a topic",
        "broken": "with errors",
    }
    return (f"{outcomes[code]:,} {reason}" for code, reason in reasons.items() if outcomes.get(code))


def _print_details(config: Config, report: BuildReport) -> None:
    for verb, names in (("wrote", report.files.written), ("removed", report.files.removed)):
        for name in names:
            echo(f"{verb} {join(config.out, name)}", err=True)
    for stage, seconds in report.seconds:
        click.echo(f"{stage:<8} {seconds:7.3f} s", err=True)


def _print_report_json(report: BuildReport) -> None:
    print_json(
        {
            "documents": report.documents,
            "outcomes": report.outcomes,
            "alerts": report.alerts,
            "topics": report.topics,
            "written": report.files.written,
            "unchanged": len(report.files.unchanged),
            "removed": report.files.removed,
            "notes": report.notes,
            "mistakes": report.mistakes,
            "problems": report.problems,
        }
    )
