"""`feeds serve`: build, show the result in a browser, and follow each change."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from feeds.commands.build import print_problems, print_report
from feeds.commands.shared.options import CONFIG, OUT, SOURCES
from feeds.commands.shared.run import configuration, fail, instant

if TYPE_CHECKING:
    from feeds.preview.watch import Outcome


@click.command()
@SOURCES
@OUT
@CONFIG
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any free one.")
def serve(sources: tuple[str, ...], out: str | None, config_file: str | None, port: int) -> None:
    """Build, show the result in a browser, and follow each change.

    Each change to an item, to the configuration or to a template is built at once, and open pages reload; what is wrong
    stands on the page. Only this machine can see it. End it with Ctrl-C.

    \b
    For example:
      feeds serve
      feeds serve news --port 8080
    """  # noqa: D301
    from pathlib import Path

    from feeds.preview.server import ServeError, Server
    from feeds.preview.watch import on_this_machine, preview

    try:
        server = Server(port)
    except ServeError as error:
        fail(f"error: --port: {error}")
    click.echo(f"{server.url} shows what is built, until you press Ctrl-C")
    with suppress(KeyboardInterrupt):
        preview(
            server,
            load=lambda: on_this_machine(configuration(config_file, sources=sources, out=out)),
            clock=instant,
            tell=_print_outcome,
            config_file=Path(config_file) if config_file else None,
        )


def _print_outcome(outcome: Outcome) -> None:
    print_problems(outcome.problems)
    if outcome.config and outcome.report:
        print_report(outcome.config, outcome.report, as_json=False, quiet=False, verbose=False, notes=False)
    elif outcome.error:
        click.echo(outcome.error, err=True)
