"""`feeds init`, `feeds new` and `feeds schema`: they write what people then edit."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from feeds.cli.arguments import CONFIG, complete_name
from feeds.cli.running import clear_errors, configuration, instant, print_json

if TYPE_CHECKING:
    from feeds.starting import Started


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False))
@click.option("--action", default="", metavar="OWNER/REPO@REF", help="Where feeds is on GitHub, for the workflow.")
def init(folder: str, action: str) -> None:
    """Begin a publication: configuration, an example, a nightly workflow.

    Nothing is asked: the title is the folder's name, the address that of its GitHub Pages. No file that is there is
    touched.

    \b
    For example:
      feeds init           in this folder
      feeds init my-news   in a new one
    """  # noqa: D301
    from pathlib import Path

    from feeds.starting import start

    with clear_errors():
        started = start(Path(folder), instant(), action)
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
    help="May be repeated.",
)
@click.option("--excerpt", default="", metavar="TEXT", help="A sentence or two.")
@click.option("--quality", type=click.IntRange(0, 1000), metavar="N", help="Else the least that gets in.")
@click.option("--date", default="", metavar="TIME", help="When it was published (ISO 8601), if not now.")
@click.option("--draft", is_flag=True, help="Not to be published yet.")
@CONFIG
def new(title: str, date: str, quality: int | None, draft: bool, config_file: str | None, **fields: Any) -> None:
    """Write an item.

    It is named after date and title, in the first folder of sources.

    \b
    For example:
      feeds new "Ban The Scan" --url https://paper.example/ban --topic AI --topic "Computer Vision"
      feeds new "Ban The Scan" --url https://paper.example/ban --topic AI --date 2021-01-26 --draft
    """  # noqa: D301
    from feeds.finding import document_name
    from feeds.scaffolding import NewItem
    from feeds.starting import add

    with clear_errors():
        config = configuration(config_file)
        least = max(config.topic(name).rules.min_quality for name in fields["topics"])
        published = instant(date, "--date")
        quality = least if quality is None else quality
        path = add(config, NewItem(title=title, published=published, quality=quality, is_draft=draft, **fields))
    click.echo(f"wrote {document_name(str(path))}")


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
    from feeds.schemas import config_schema, item_schema

    if which == "config":
        print_json(config_schema())
        return
    with clear_errors():
        config = configuration(config_file)
    print_json(item_schema(config.defaults, config.fields))
