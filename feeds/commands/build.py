"""`feeds build`: build feeds, digests and web pages."""

import sys
from typing import Any

import click

from feeds import pipeline
from feeds.commands.shared.github import GitHub
from feeds.commands.shared.options import CONFIG, DASK, JOBS, JSON, NOW, OUT, SOURCES, complete_issue, complete_slug
from feeds.commands.shared.printing import print_problems, print_report
from feeds.commands.shared.run import PROBLEMS, UNUSABLE, clear_errors, configuration, fail, instant, progress, workers
from feeds.config.load import LOCAL_BASE_URL
from feeds.delivery.changed_feeds import changed_feeds, remember, remembered
from feeds.report import BuildError

_ISSUE_HELP = "Also rebuild this older issue of the digests, such as 2021-W04."
_CACHE_HELP = "Cache folder (default: .feeds_cache beside the configuration)."


@click.command()
@SOURCES
@OUT
@CONFIG
@click.option("--base-url", default="", metavar="URL", help="Public address of the output folder.")
@click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="TOPIC",
    shell_complete=complete_slug,
    help="Build only this topic, given its name or slug; may be repeated.",
)
@NOW
@click.option("--issue", default="", metavar="ID", shell_complete=complete_issue, help=_ISSUE_HELP)
@click.option("--cache", type=click.Path(file_okay=False), metavar="DIR", help=_CACHE_HELP)
@JOBS
@DASK
@click.option("--force", is_flag=True, help="Make and write every file, even if it has not changed.")
@click.option("--prune", is_flag=True, help="Remove files that earlier builds made and this one does not.")
@click.option("--overwrite", is_flag=True, help="Replace files in the output folder that no build has made.")
@click.option("--strict", is_flag=True, help="Exit with status 1 if there are problems or warnings.")
@JSON
@click.option(
    "--github", is_flag=True, help="For GitHub Actions: annotations, a job summary, the outputs `changed` and `feeds`."
)
@click.option("-q", "--quiet", is_flag=True, help="Print only problems.")
@click.option("-v", "--verbose", is_flag=True, help="Print each changed file and the time of each stage.")
def build(
    sources: tuple[str, ...],
    out: str | None,
    config_file: str | None,
    cache: str | None,
    base_url: str,
    now: str,
    jobs: int,
    dask: str,
    strict: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> None:
    """Build feeds, digests and web pages.

    SOURCES are folders of items or single items; by default those of the configuration, or seeds/.

    Only files whose content changes are written: a second build without changes writes nothing.

    \b
    For example:
      feeds build                             as feeds.toml says
      feeds build --topic ai --issue 2021-W04
      feeds build news --out public --base-url https://news.example/
      feeds build s3://my-bucket/items --out s3://my-bucket/site
    """
    github = GitHub() if options.pop("github") else None
    show_problems = github.annotate if github else print_problems
    with clear_errors(github):
        config = configuration(config_file, sources=sources, out=out, cache=cache, base_url=base_url)
        with progress(quiet=quiet or as_json) as step:
            try:
                report = pipeline.build(
                    config,
                    instant(now),
                    executor=workers(config, jobs, dask),
                    progress=step,
                    waiting=None if quiet else _print_waiting,
                    **options,
                )
            except BuildError as error:
                show_problems(error.problems)
                fail(f"error: {error}", github)
        feeds = changed_feeds(config, report.files.written)
        if github:
            github.finish(report, feeds)
        elif feeds:
            remember(config.cache, (*remembered(config.cache), *feeds))
    show_problems(report.problems)
    # On GitHub, alerts are annotations already.
    print_report(config, report, as_json=as_json, quiet=quiet, verbose=verbose, alerts=not github)
    is_first = report.files.written and not report.files.unchanged
    if is_first and sys.stdout.isatty() and not (quiet or options["force"] or as_json):
        click.echo(f"Run `feeds serve` to see it at {LOCAL_BASE_URL}")
    if report.mistakes:
        sys.exit(UNUSABLE)
    if strict and (report.problems or report.alerts):
        sys.exit(PROBLEMS)


def _print_waiting() -> None:
    click.echo("waiting for another build to finish", err=True)
