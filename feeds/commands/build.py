"""`feeds build`: build feeds, digests and web pages."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from feeds.commands.shared.options import CONFIG, DASK, JOBS, JSON, NOW, OUT, SOURCES, complete_issue, complete_slug
from feeds.commands.shared.run import (
    PROBLEMS,
    UNUSABLE,
    clear_errors,
    configuration,
    count,
    fail,
    instant,
    print_json,
    progress,
    workers,
)

if TYPE_CHECKING:
    from feeds.commands.shared.github import GitHub
    from feeds.config.load import Config
    from feeds.problems import Problem
    from feeds.report import BuildReport

_CACHE = click.option(
    "--cache", type=click.Path(file_okay=False), metavar="DIR", help="Instead of .feeds_cache beside the configuration."
)


@click.command()
@SOURCES
@OUT
@CONFIG
@click.option("--base-url", default="", metavar="URL", help="Public address of the output folder.")
@click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="SLUG",
    shell_complete=complete_slug,
    help="Render only this topic; may be repeated.",
)
@NOW
@click.option(
    "--issue",
    default="",
    metavar="ID",
    shell_complete=complete_issue,
    help="Also rebuild this older issue of the digests, like 2021-W04.",
)
@_CACHE
@JOBS
@DASK
@click.option("--force", is_flag=True, help="Make and write all files, changed or not.")
@click.option("--prune", is_flag=True, help="Remove what earlier builds made and this one does not make.")
@click.option("--strict", is_flag=True, help="Exit with 1 when there are problems or warnings; the rest is built.")
@JSON
@click.option("--github", is_flag=True, help="For GitHub Actions: annotations, a job summary, output `changed`.")
@click.option("-q", "--quiet", is_flag=True, help="Print problems only.")
@click.option("-v", "--verbose", is_flag=True, help="Name each file that changes, and each stage's time.")
def build(
    sources: tuple[str, ...],
    out: str | None,
    config_file: str | None,
    cache: str | None,
    base_url: str,
    now: str,
    **options: Any,
) -> None:
    """Build feeds, digests and web pages.

    SOURCES are folders of items, or single ones; without any, those of the configuration, or seeds/.

    Only files whose content changes are written: a second build without changes writes nothing.

    \b
    For example:
      feeds build                             as feeds.toml says
      feeds build --topic ai --issue 2021-W04
      feeds build news --out public --base-url https://news.example/
      feeds build s3://my-bucket/items --out s3://my-bucket/site
    """  # noqa: D301
    from feeds.pipeline import build
    from feeds.report import BuildError

    github = _github() if options["github"] else None
    with clear_errors(github):
        config = configuration(config_file, sources=sources, out=out, cache=cache, base_url=base_url)
        with progress(quiet=options["quiet"] or options["as_json"]) as step:
            try:
                report = build(
                    config,
                    instant(now),
                    topics=options["topics"],
                    issue=options["issue"],
                    force=options["force"],
                    prune=options["prune"],
                    executor=workers(config, options["jobs"], options["dask"]),
                    progress=step,
                    waiting=None if options["quiet"] else _say_waiting,
                )
            except BuildError as error:
                print_problems(error.problems, github)
                fail(f"error: {error}", github)
        if github:
            github.say_alerts(report)
            github.finish(report)
    print_problems(report.problems, github)
    print_report(config, report, **{k: options[k] for k in ("as_json", "quiet", "verbose")})
    if sys.stdout.isatty() and not (options["quiet"] or options["force"] or options["as_json"]):
        _print_next_step(report)
    if report.mistakes:
        sys.exit(UNUSABLE)
    if options["strict"] and (report.problems or report.alerts):
        sys.exit(PROBLEMS)


def _say_waiting() -> None:
    click.echo("another build is at work here: waiting for its end", err=True)


def _github() -> GitHub:
    from feeds.commands.shared.github import GitHub

    return GitHub()


def print_problems(problems: Iterable[Problem], github: GitHub | None = None) -> None:
    if github:
        github.say(problems)
        return
    for problem in problems:
        click.echo(str(problem), err=True)


def print_report(
    config: Config, report: BuildReport, *, as_json: bool, quiet: bool, verbose: bool, notes: bool = True
) -> None:
    files = report.files
    for note in report.notes if notes and not quiet and not as_json else ():
        click.echo(note, err=True)
    for mistake in report.mistakes:
        click.echo(f"error: {mistake}", err=True)
    for alert in report.alerts:
        click.echo(f"warning: {alert}", err=True)
    if as_json:
        print_json(_report_json(report))
        return
    if verbose:
        _print_details(config, report)
    if not quiet:
        sizes = f"{count(report.documents, 'document')}, {count(report.stories, 'story', 'stories')}"
        removed = f", {len(files.removed):,} removed" if files.removed else ""
        click.echo(
            f"{sizes}, {count(len(report.topics), 'topic')}: {len(files.written):,} written, "
            f"{len(files.unchanged):,} unchanged{removed} in {sum(s for _, s in report.seconds):.1f} s"
        )


def _print_next_step(report: BuildReport) -> None:
    """Once, when all of it is new."""
    from feeds.config.load import LOCAL_BASE_URL

    if report.files.written and not report.files.unchanged:
        click.echo(f"feeds serve shows it at {LOCAL_BASE_URL}")


def _print_details(config: Config, report: BuildReport) -> None:
    from feeds.config.locations import join

    for verb, names in (("wrote", report.files.written), ("removed", report.files.removed)):
        for name in names:
            click.echo(f"{verb} {join(config.out, name)}", err=True)
    for stage, seconds in report.seconds:
        click.echo(f"{stage:<8} {seconds:7.3f} s", err=True)


def _report_json(report: BuildReport) -> dict[str, Any]:
    return {
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
