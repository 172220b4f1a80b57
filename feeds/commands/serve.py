"""`feeds serve`: build, show the result in a browser, and rebuild after each change."""

from contextlib import suppress
from pathlib import Path

import click

from feeds.commands.shared.options import CONFIG, OUT, SOURCES
from feeds.commands.shared.printing import print_problems, print_report
from feeds.commands.shared.run import configuration, fail, instant
from feeds.preview.server import ServeError, Server
from feeds.preview.watch import BuildResult, on_this_machine, preview


@click.command()
@SOURCES
@OUT
@CONFIG
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any free port.")
def serve(sources: tuple[str, ...], out: str | None, config_file: str | None, port: int) -> None:
    """Build, show the result in a browser, and rebuild after each change.

    Each change to an item, an editor's file, the configuration or a template is built at once, and open pages reload;
    errors appear on the page. Only this machine can connect. Press Ctrl-C to stop.

    \b
    For example:
      feeds serve
      feeds serve news --port 8080
    """
    try:
        server = Server(port)
    except ServeError as error:
        fail(f"error: --port: {error}")
    click.echo(f"Serving at {server.url} (press Ctrl-C to stop)")
    with suppress(KeyboardInterrupt):
        preview(
            server,
            load=lambda: on_this_machine(configuration(config_file, sources=sources, out=out)),
            clock=instant,
            on_build=_print_result,
            config_file=Path(config_file) if config_file else None,
        )


def _print_result(result: BuildResult) -> None:
    print_problems(result.problems)
    if result.config and result.report:
        print_report(result.config, result.report, notes=False)
    elif result.error:
        click.echo(result.error, err=True)
