"""`feeds new`: write an item."""

from typing import Any

import click

from feeds.commands.shared.options import CONFIG, complete_name
from feeds.commands.shared.run import clear_errors, configuration, instant
from feeds.scaffold.item import NewItem
from feeds.scaffold.publication import add
from feeds.sources.find import document_name


@click.command()
@click.argument("title")
@click.option("--url", required=True, metavar="URL", help="Address of the article.")
@click.option(
    "--topic",
    "topics",
    multiple=True,
    required=True,
    metavar="NAME",
    shell_complete=complete_name,
    help="Topic of the item; may be repeated.",
)
@click.option("--excerpt", default="", metavar="TEXT", help="A sentence or two.")
@click.option("--quality", type=click.IntRange(0, 1000), metavar="N", help="Quality score (default: the minimum).")
@click.option("--date", default="", metavar="TIME", help="Publication date in ISO 8601 (default: now).")
@click.option("--draft", is_flag=True, help="Do not publish it yet.")
@CONFIG
def new(title: str, date: str, quality: int | None, draft: bool, config_file: str | None, **fields: Any) -> None:
    """Write an item.

    The file is named after the date and the title, and goes into the first folder of sources.

    \b
    For example:
      feeds new "Ban The Scan" --url https://paper.example/ban --topic AI --topic "Computer Vision"
      feeds new "Ban The Scan" --url https://paper.example/ban --topic AI --date 2021-01-26 --draft
    """
    with clear_errors():
        config = configuration(config_file)
        minimum = max(config.topic(name).rules.min_quality for name in fields["topics"])
        published = instant(date, "--date")
        quality = minimum if quality is None else quality
        path = add(config, NewItem(title=title, published=published, quality=quality, is_draft=draft, **fields))
    click.echo(f"wrote {document_name(str(path))}")
