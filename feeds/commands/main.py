"""The command line. A command's module is loaded only when the command is called, so that help is instant."""

import atexit
import gc
import os
import sys
from contextlib import ExitStack, suppress
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

_COMMANDS = {
    "init": "Start a publication: configuration, an example item, a nightly workflow.",
    "new": "Write an item.",
    "edit": "Write the editor's file of an issue, and open it.",
    "build": "Build feeds, digests and web pages.",
    "serve": "Build, show the result in a browser, and rebuild after each change.",
    "check": "List every problem in the items and in the editor's files.",
    "explain": "Explain why an item is or isn't in a feed.",
    "topics": "List the topics.",
    "send": "Send a built digest to a few addresses, as a test.",
    "templates": "List the templates and their variables, and copy one to change it.",
    "push": "Create or update a digest's draft in the mailing tool; never sends.",
    "ping": "Tell the WebSub hub which feeds have changed.",
    "schema": "Print a JSON Schema, for editors to complete and check with.",
}
"""The first line of each command's help. It is repeated here so that listing the commands does not load them."""


class _Commands(click.Group):
    """A group that loads a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"feeds.commands.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command, also when a standard stream is closed or cannot be written."""
        # There are hardly any cycles to be found, and a tenth of a short build would be spent on it, mostly as it ends.
        gc.set_threshold(10_000)
        atexit.register(gc.freeze)
        with ExitStack() as opened:
            for name in ("stdin", "stdout", "stderr"):
                if getattr(sys, name) is None:  # Python found it closed
                    stream = opened.enter_context(open(os.devnull, "r+", encoding="utf-8"))  # noqa: PTH123
                    setattr(sys, name, stream)
                    opened.callback(setattr, sys, name, None)
            try:
                return super().main(*args, **extra)
            except OSError as error:  # commands report all others themselves
                click.echo(f"error: cannot print: {error.strerror or error}", err=True)
                _discard_output()
                sys.exit(2)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [CompletionItem(name, help=text) for name, text in _COMMANDS.items() if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            from feeds.problems import did_you_mean  # loads msgspec, which --help does without

            ctx.fail(f"No such command '{name}'; {did_you_mean(name, _COMMANDS)}")
        return super().resolve_command(ctx, args)


def _discard_output() -> None:
    """Lead the standard output nowhere: when Python ends, it would fail again to write what is left in its buffer."""
    with suppress(OSError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="feeds", message="feeds %(version)s")
def main() -> None:
    """Turn a folder of news items into feeds and newsletters, one set for each topic.

    \b
    Start here:
      feeds init           start a publication in this folder, with an example
      feeds new "Title" --url https://paper.example/article --topic AI
      feeds build          build out/ from the items in seeds/, or as feeds.toml says
      feeds serve          show it in a browser, and rebuild after each change
      feeds explain ban    explain why the items with "ban" in their titles are or aren't in a feed

    Exit status: 0 success; 1 problems found by check, or by build --strict; 2 wrong usage or configuration, or
    nothing could be written.
    """
