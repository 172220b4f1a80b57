"""The command line: flags, printing, exit codes; nothing else. Each command imports what it needs: help is instant."""

import click

_COMMANDS = {
    "init": "Begin a publication: configuration, an example, a nightly workflow.",
    "new": "Write an item.",
    "build": "Build feeds, digests and web pages.",
    "serve": "Build, show the result in a browser, and follow each change.",
    "check": "List every problem in the items.",
    "explain": "Say why an item is in, or not in, a feed.",
    "topics": "List the topics.",
    "send": "Send a built digest to a few addresses, as a test.",
    "push": "Create or update a digest's draft in the mailing tool; never sends.",
    "schema": "Print a JSON Schema, with which editors complete and check.",
}
"""What each command does. Its own help begins with the same words, but its module need not be loaded to list it."""


class _Commands(click.Group):
    """Loads a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from importlib import import_module

        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"feeds.commands.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            from difflib import get_close_matches

            like = get_close_matches(name, _COMMANDS, 1)
            ctx.fail(f"No such command '{name}'; {f'did you mean {like[0]}?' if like else 'feeds --help lists them'}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="feeds", message="feeds %(version)s")
def main() -> None:
    """Turns a folder of news items into feeds and newsletters, one set for each topic.

    \b
    Start here:
      feeds init           begin a publication in this folder, with an example
      feeds new "Title" --url https://paper.example/article --topic AI
      feeds build          make out/ from the items in seeds/, or as feeds.toml says
      feeds serve          show it in a browser, and rebuild it on each change
      feeds explain ban    say why the items with this in their titles are in, or not in, a feed

    Exit status: 0 done; 1 problems found by check, or by build --strict; 2 wrong usage or configuration, or nothing
    could be written.
    """  # noqa: D301  (the \\b is for click: the lines below it stay as they are)
