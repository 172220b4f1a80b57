"""The command line: flags, printing, exit codes; nothing else. Each command imports what it needs: help is instant."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from datetime import datetime

    from feeds.build import BuildReport
    from feeds.config import Config
    from feeds.executors import Executor
    from feeds.explanations import Explanation
    from feeds.previewing import Outcome
    from feeds.problems import ConfigError, Problem
    from feeds.reading import Progress
    from feeds.starting import Started

PROBLEMS, UNUSABLE = 1, 2
"""Exit statuses besides 0: problems found; usage, configuration, or nothing could be written."""

_SOURCES = click.argument("sources", nargs=-1, type=click.Path())
_CONFIG = click.option("--config", "config_file", type=click.Path(), metavar="FILE", help="Instead of ./feeds.toml.")
_NOW = click.option("--now", metavar="TIME", default="", help="Build as of this time (ISO 8601), not the clock's.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
_JOBS = click.option(
    "--jobs", type=click.IntRange(min=0), default=0, metavar="N", help="Processes; by default one a processor."
)
_DASK = click.option(
    "--dask",
    default="",
    metavar="ADDRESS",
    help="Work on this Dask cluster, tcp://host:8786, that sees the same files.",
)
_CACHE = click.option(
    "--cache", type=click.Path(file_okay=False), metavar="DIR", help="Instead of .feeds_cache beside the configuration."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="feeds", message="feeds %(version)s")
def main() -> None:
    """Turns a folder of news items into feeds and newsletters, one set for each topic.

    \b
    Start here:
      feeds init           begin a publication in this folder, with an example
      feeds new "Title" --url https://paper.example/article --topic AI
      feeds build          make out/ from the items in seeds/, or as feeds.toml says
      feeds serve          show it in a browser, and rebuild it on each change
      feeds check          list every problem in the items
      feeds explain        say why an item is in, or not in, a feed

    Exit status: 0 done; 1 problems found by check, or by build --strict; 2 wrong usage or configuration, or nothing
    could be written.
    """  # noqa: D301  (the \\b is for click: the lines below it stay as they are)


@main.command()
@_SOURCES
@click.option("--out", type=click.Path(file_okay=False), metavar="DIR", help="Where to write.")
@_CONFIG
@click.option("--base-url", default="", metavar="URL", help="Public address of the output folder.")
@click.option("--topic", "topics", multiple=True, metavar="SLUG", help="Render only this topic; may be repeated.")
@_NOW
@click.option("--issue", default="", metavar="ID", help="Also rebuild this older issue of the digests, like 2021-W04.")
@_CACHE
@_JOBS
@_DASK
@click.option("--force", is_flag=True, help="Make and write all files, changed or not.")
@click.option("--strict", is_flag=True, help="Exit with 1 when there are problems; the rest is built.")
@_JSON
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
    """
    from feeds.build import BuildError, build

    github = _GitHub() if options["github"] else None
    with _clear_errors(github):
        config = _config(config_file, sources=sources, out=out, cache=cache, base_url=base_url)
        with _progress(quiet=options["quiet"] or options["as_json"]) as progress:
            try:
                report = build(
                    config,
                    _instant(now),
                    topics=options["topics"],
                    issue=options["issue"],
                    force=options["force"],
                    executor=_executor(options["jobs"], options["dask"]),
                    progress=progress,
                )
            except BuildError as error:
                _print_problems(error.problems, github)
                _fail(f"error: {error}", github)
        if github:
            github.finish(report)
    _print_problems(report.problems, github)
    _print_report(config, report, **{k: options[k] for k in ("as_json", "quiet", "verbose")})
    if report.mistakes:
        sys.exit(UNUSABLE)
    if options["strict"] and report.problems:
        sys.exit(PROBLEMS)


@main.command()
@_SOURCES
@_CONFIG
@_JOBS
@_DASK
@_JSON
def check(sources: tuple[str, ...], config_file: str | None, jobs: int, dask: str, as_json: bool) -> None:
    """List every problem in the items.

    One a line: path:line: severity code message.
    """
    from feeds.reading import read

    with _clear_errors():
        config = _config(config_file, sources=sources)
        with _progress(quiet=as_json) as progress:
            reading = read(config, _executor(jobs, dask), progress)
    if as_json:
        _print_json(reading.problems)
    else:
        for problem in reading.problems:
            click.echo(str(problem))
        click.echo(f"{_count(reading.documents, 'document')}: {_count(len(reading.problems), 'problem')}", err=True)
    if reading.problems:
        sys.exit(PROBLEMS)


@main.command()
@click.argument("wanted", nargs=-1, metavar="[ITEM|URL|TOPIC]...")
@_CONFIG
@_NOW
@_JOBS
@_DASK
@_JSON
def explain(wanted: tuple[str, ...], config_file: str | None, now: str, jobs: int, dask: str, as_json: bool) -> None:
    """Say why an item is in, or not in, a feed.

    ITEM is the path of a document, or a folder of them; URL an article's address; TOPIC a topic's name or slug. Without
    any, all items are explained.
    """
    from feeds.build import survey
    from feeds.explanations import explain, matching

    with _clear_errors():
        config = _config(config_file)
        instant = _instant(now)
        with _progress(quiet=as_json) as progress:
            reading, plan = survey(config, instant, _executor(jobs, dask), progress)
        found = list(matching(explain(plan, reading.items, instant), wanted, plan))
    if as_json:
        _print_json(found)
    else:
        _print_explanations(found)


@main.command()
@_CONFIG
@_NOW
@_JOBS
@_DASK
@_JSON
def topics(config_file: str | None, now: str, jobs: int, dask: str, as_json: bool) -> None:
    """List the topics."""
    from feeds.build import summary, survey

    with _clear_errors():
        config = _config(config_file)
        with _progress(quiet=as_json) as progress:
            plan = survey(config, _instant(now), _executor(jobs, dask), progress).plan
    rows = [summary(topic) for topic in plan.topics]
    if as_json:
        _print_json(rows)
        return
    width = max((len(row.slug) for row in rows), default=0)
    for row in rows:
        stories = f"{_count(row.stories, 'story', 'stories')}, {_count(row.issues, 'issue')}"
        updated = f"{row.updated:%Y-%m-%d}" if row.updated else "never"
        click.echo(f"{row.slug:<{width}}  {stories:<22}  {updated:<10}  {row.title}")


@main.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False))
@click.option("--action", default="", metavar="OWNER/REPO@REF", help="Where feeds is on GitHub, for the workflow.")
def init(folder: str, action: str) -> None:
    """Begin a publication: configuration, an example item, a nightly workflow.

    Nothing is asked: the title is the folder's name, the address that of its GitHub Pages. No file that is there is
    touched.
    """
    from pathlib import Path

    from feeds.starting import start

    with _clear_errors():
        started = start(Path(folder), _instant(""), action)
    for verb, names in (("wrote", started.written), ("kept ", started.kept)):
        for name in names:
            click.echo(f"{verb} {name}")
    _print_next_steps(folder, started)


def _print_next_steps(folder: str, started: Started) -> None:
    steps = [] if folder == "." else [f"cd {shlex.quote(folder)}"]
    steps += [
        "feeds build     makes out/ of it",
        "feeds serve     shows it, and follows what you write",
        'feeds new "Title" --url https://… --topic AI     writes the next item',
    ]
    click.echo("\nNext:\n  " + "\n  ".join(steps))
    if not started.around.base_url:
        click.echo("\nSet base_url in feeds.toml before you publish: links in feeds and mail need it.")
    if "OWNER/" in started.around.action:
        click.echo("\nIn the workflow, write the GitHub name of the repository of feeds in the place of OWNER/feeds.")
    click.echo('\nTo publish each night from GitHub: push, and choose Settings > Pages > Source "GitHub Actions".')


@main.command()
@click.argument("title")
@click.option("--url", required=True, metavar="URL", help="Address of the article.")
@click.option("--topic", "topics", multiple=True, required=True, metavar="NAME", help="May be repeated.")
@click.option("--excerpt", default="", metavar="TEXT", help="A sentence or two.")
@click.option("--quality", type=click.IntRange(0, 1000), metavar="N", help="Else the least that gets in.")
@click.option("--date", default="", metavar="TIME", help="When it was published (ISO 8601), if not now.")
@click.option("--draft", is_flag=True, help="Not to be published yet.")
@_CONFIG
def new(title: str, date: str, quality: int | None, draft: bool, config_file: str | None, **fields: Any) -> None:
    """Write an item.

    \b
    For example:
      feeds new "Ban The Scan" --url https://paper.example/ban --topic AI --topic "Computer Vision"
    """  # noqa: D301
    from feeds.finding import document_name
    from feeds.scaffolding import NewItem
    from feeds.starting import add

    with _clear_errors():
        config = _config(config_file)
        least = max(config.topic(name).rules.min_quality for name in fields["topics"])
        published = _instant(date, "--date")
        quality = least if quality is None else quality
        path = add(config, NewItem(title=title, published=published, quality=quality, is_draft=draft, **fields))
    click.echo(f"wrote {document_name(str(path))}")


@main.command()
@click.argument("which", metavar="item|config", type=click.Choice(["item", "config"]))
@_CONFIG
def schema(which: str, config_file: str | None) -> None:
    """Print a JSON Schema, with which editors complete and check.

    Of an item's front matter, as the configuration would have it, or of feeds.toml.

    \b
    For example:
      feeds schema config > .vscode/feeds.schema.json
    """  # noqa: D301
    from feeds.schemas import config_schema, item_schema

    if which == "config":
        _print_json(config_schema())
        return
    with _clear_errors():
        config = _config(config_file)
    _print_json(item_schema(config.defaults, config.fields))


@main.command()
@click.argument("topic")
@click.option("--to", "recipients", multiple=True, required=True, metavar="ADDRESS", help="May be repeated.")
@click.option("--issue", default="", metavar="ID", help="An older issue, like 2021-W04, instead of the current one.")
@_CONFIG
def send(topic: str, recipients: tuple[str, ...], issue: str, config_file: str | None) -> None:
    """Send a built digest to a few addresses, as a test.

    TOPIC is a topic's or a newsletter's name or slug. The server is that of [mailing.smtp], or of FEEDS_SMTP_HOST and
    its like in the environment; the password is that in FEEDS_SMTP_PASSWORD.
    """
    from feeds.sending import SendError, send_built

    with _clear_errors():
        try:
            subject = send_built(_config(config_file), topic, issue, recipients, os.environ, _instant(""))
        except SendError as error:
            _fail(f"error: {error}")
    click.echo(f"sent «{subject}» to {', '.join(recipients)}")


@main.command()
@_SOURCES
@click.option("--out", type=click.Path(file_okay=False), metavar="DIR", help="Where to write.")
@_CONFIG
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any free one.")
def serve(sources: tuple[str, ...], out: str | None, config_file: str | None, port: int) -> None:
    """Build, and show the result in a browser.

    Each change to an item, to the configuration or to a template is built at once, and open pages reload; what is wrong
    stands on the page. Only this machine can see it. End it with Ctrl-C.
    """
    from pathlib import Path

    from feeds.previewing import preview
    from feeds.serving import ServeError, Server

    try:
        server = Server(port)
    except ServeError as error:
        _fail(f"error: --port: {error}")
    click.echo(f"{server.url} shows what is built, until you press Ctrl-C")
    with suppress(KeyboardInterrupt):
        preview(
            server,
            load=lambda: _config(config_file, sources=sources, out=out),
            clock=lambda: _instant(""),
            tell=_print_outcome,
            config_file=Path(config_file) if config_file else None,
        )


def _print_outcome(outcome: Outcome) -> None:
    _print_problems(outcome.problems)
    if outcome.config and outcome.report:
        _print_report(outcome.config, outcome.report, as_json=False, quiet=False, verbose=False, notes=False)
    elif outcome.error:
        click.echo(outcome.error, err=True)


def _config(
    path: str | None,
    *,
    sources: Iterable[str] = (),
    out: str | None = None,
    cache: str | None = None,
    base_url: str = "",
) -> Config:
    from pathlib import Path

    from feeds.config import load_config

    return load_config(
        Path(path) if path else None,
        sources=tuple(map(Path, sources)),
        out=Path(out) if out else None,
        cache=Path(cache) if cache else None,
        base_url=base_url,
    )


def _executor(jobs: int, dask: str) -> Executor:
    from feeds.executors import Processes

    if dask:
        from feeds.cluster import Dask

        if jobs:
            _fail("error: --jobs and --dask: choose one of them")
        return Dask(dask)
    return Processes(jobs)


def _instant(now: str, option: str = "--now") -> datetime:
    """--now, else SOURCE_DATE_EPOCH (reproducible-builds.org), else the clock."""
    from datetime import UTC, datetime

    try:
        if now:
            instant = datetime.fromisoformat(now)
            return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
            return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        name, value = (option, now) if now else ("SOURCE_DATE_EPOCH", os.environ["SOURCE_DATE_EPOCH"])
        example = "2021-01-31T06:00:00Z" if now else "1612051200"
        _fail(f"error: {name}: {value!r} is no time: write it like {example}")
    return datetime.now(UTC)


@contextmanager
def _clear_errors(github: _GitHub | None = None) -> Iterator[None]:
    """What a run cannot go on from is said in a line, with exit status 2."""
    from feeds.problems import ConfigError

    try:
        yield
    except ConfigError as error:
        if github:
            github.say_config(error)
        _fail(str(error))
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        _fail(f"error: cannot write{where}: {error.strerror or error}", github)


def _fail(message: str, github: _GitHub | None = None) -> NoReturn:
    if github:
        github.say_failure(message)
    click.echo(message, err=True)
    sys.exit(UNUSABLE)


class _GitHub:
    """Says on GitHub what a build says elsewhere: on stdout, and in the files that the runner names."""

    def __init__(self) -> None:
        top = os.environ.get("GITHUB_WORKSPACE")
        self._folder = os.path.relpath(os.curdir, top).replace(os.sep, "/") if top else ""

    def say(self, problems: Iterable[Problem]) -> None:
        from feeds.reporting import annotations

        for line in annotations(problems, self._folder):
            click.echo(line)

    def say_config(self, error: ConfigError) -> None:
        from feeds.reporting import config_annotations

        for line in config_annotations(error, self._folder):
            click.echo(line)

    def say_failure(self, message: str) -> None:
        from feeds.reporting import failure

        click.echo(failure(message))

    def finish(self, report: BuildReport) -> None:
        from feeds.reporting import summary

        changed = "true" if report.files.written or report.files.removed else "false"
        for variable, text in (
            ("GITHUB_STEP_SUMMARY", summary(report)),
            ("GITHUB_OUTPUT", f"changed={changed}\n"),
        ):
            if path := os.environ.get(variable):
                with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123  (pathlib is slow to import)
                    file.write(text)


@contextmanager
def _progress(*, quiet: bool = False) -> Iterator[Progress | None]:
    """Bars on a terminal, for what takes long enough to wonder."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    started = monotonic()
    display: Any = None
    bars: dict[str, Any] = {}

    def step(stage: str, done: int, total: int) -> None:
        nonlocal display
        if display is None:
            if monotonic() - started < _PATIENCE:
                return
            display = _bars()
            display.start()
        if stage not in bars:
            bars[stage] = display.add_task(stage, total=total)
        display.update(bars[stage], completed=done)

    try:
        yield step
    finally:
        if display is not None:
            display.stop()


_PATIENCE = 1.0
"""Seconds without a word."""


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _print_problems(problems: Iterable[Problem], github: _GitHub | None = None) -> None:
    if github:
        github.say(problems)
        return
    for problem in problems:
        click.echo(str(problem), err=True)


def _print_report(
    config: Config, report: BuildReport, *, as_json: bool, quiet: bool, verbose: bool, notes: bool = True
) -> None:
    files = report.files
    for note in report.notes if notes and not quiet and not as_json else ():
        click.echo(note, err=True)
    for mistake in report.mistakes:
        click.echo(f"error: {mistake}", err=True)
    if as_json:
        _print_json(_report_json(report))
        return
    if verbose:
        _print_details(config, report)
    if not quiet:
        sizes = f"{_count(report.documents, 'document')}, {_count(report.stories, 'story', 'stories')}"
        removed = f", {len(files.removed):,} removed" if files.removed else ""
        click.echo(
            f"{sizes}, {_count(len(report.topics), 'topic')}: {len(files.written):,} written, "
            f"{len(files.unchanged):,} unchanged{removed} in {sum(s for _, s in report.seconds):.1f} s"
        )


def _print_details(config: Config, report: BuildReport) -> None:
    for verb, names in (("wrote", report.files.written), ("removed", report.files.removed)):
        for name in names:
            click.echo(f"{verb} {(config.out / name).as_posix()}", err=True)
    for stage, seconds in report.seconds:
        click.echo(f"{stage:<8} {seconds:7.3f} s", err=True)


def _report_json(report: BuildReport) -> dict[str, Any]:
    return {
        "documents": report.documents,
        "topics": report.topics,
        "written": report.files.written,
        "unchanged": len(report.files.unchanged),
        "removed": report.files.removed,
        "notes": report.notes,
        "mistakes": report.mistakes,
        "problems": report.problems,
    }


def _print_explanations(found: Iterable[Explanation]) -> None:
    path = ""
    for e in found:
        if e.path != path:
            click.echo(f"{e.path}  {e.title}")
            path = e.path
        where = f"{e.topic}: " if e.topic else ""
        click.echo(f"  {'in ' if e.included else 'out'}  {where}{e.message}")


def _print_json(value: object) -> None:
    """Records become objects."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=1))


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
