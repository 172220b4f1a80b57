"""`feeds serve`: build, show the result in a browser, and rebuild after each change."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click

from feeds.commands.shared.options import CONFIG, OUT, SOURCES
from feeds.commands.shared.printing import print_problems, print_report
from feeds.commands.shared.run import clear_errors, fail, instant, loader
from feeds.config.load import Config
from feeds.preview.server import ServeError, Server
from feeds.preview.watch import BuildResult, on_this_machine, preview
from feeds.problems import ConfigError


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
    with clear_errors():
        load = loader(config_file, sources=sources, out=out)
        _check_places(load)
    try:
        server = Server(port)
    except ServeError as error:
        fail(f"error: --port: {error}")
    click.echo(f"Serving at {server.url} (press Ctrl-C to stop)")
    with suppress(KeyboardInterrupt):
        preview(
            server,
            load=lambda: on_this_machine(load()),
            clock=instant,
            on_build=_Printer(),
            config_file=Path(config_file) if config_file else None,
        )


def _check_places(load: Callable[[], Config]) -> None:
    """Raise ConfigError if the sources or the output are not on this machine."""
    try:
        config = load()
    except ConfigError:  # the page shows other mistakes until they are corrected
        return
    on_this_machine(config)


class _Printer:
    """Print the result of each build; notes are the same each time, and are printed once."""

    def __init__(self) -> None:
        self._is_first = True

    def __call__(self, result: BuildResult) -> None:
        print_problems(result.problems)
        if result.config and result.report:
            print_report(result.config, result.report, notes=self._is_first)
            self._is_first = False
        elif result.error:
            click.echo(result.error, err=True)
