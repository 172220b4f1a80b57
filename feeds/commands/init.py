"""`feeds init`, `feeds new` and `feeds schema`: they write what people then edit."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from feeds.commands.shared.run import clear_errors, instant

if TYPE_CHECKING:
    from feeds.scaffold.publication import Started


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

    from feeds.scaffold.publication import start

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
