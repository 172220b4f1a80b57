"""`feeds schema`: print a JSON Schema."""

import click

from feeds.commands.shared.options import CONFIG
from feeds.commands.shared.printing import print_json
from feeds.commands.shared.run import clear_errors, configuration
from feeds.config.schema import config_schema
from feeds.items.schema import editorial_schema, item_schema


@click.command()
@click.argument("which", metavar="item|config|issue", type=click.Choice(["item", "config", "issue"]))
@CONFIG
def schema(which: str, config_file: str | None) -> None:
    """Print a JSON Schema, for editors to complete and check with.

    `item` is the schema of an item's front matter, with the field names and defaults of your configuration; `config` is
    the schema of feeds.toml; `issue` is the schema of the front matter of an editor's file, as `feeds edit` writes it.

    \b
    For example:
      feeds schema config > feeds.schema.json
      feeds schema item > item.schema.json
      feeds schema issue > issue.schema.json
    """
    if which == "config":
        print_json(config_schema())
        return
    if which == "issue":
        print_json(editorial_schema())
        return
    with clear_errors():
        config = configuration(config_file)
    print_json(item_schema(config.defaults, config.fields))
