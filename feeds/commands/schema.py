"""`feeds schema`: print a JSON Schema."""

from __future__ import annotations

import click

from feeds.commands.shared.options import CONFIG
from feeds.commands.shared.run import clear_errors, configuration, print_json


@click.command()
@click.argument("which", metavar="item|config", type=click.Choice(["item", "config"]))
@CONFIG
def schema(which: str, config_file: str | None) -> None:
    """Print a JSON Schema, with which editors complete and check.

    Of an item's front matter, as the configuration would have it, or of feeds.toml.

    \b
    For example:
      feeds schema config > feeds.schema.json
      feeds schema item > item.schema.json
    """  # noqa: D301
    from feeds.config.schema import config_schema
    from feeds.items.schema import item_schema

    if which == "config":
        print_json(config_schema())
        return
    with clear_errors():
        config = configuration(config_file)
    print_json(item_schema(config.defaults, config.fields))
