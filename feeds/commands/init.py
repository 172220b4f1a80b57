"""`feeds init`: start a publication."""

import shlex
from pathlib import Path

import click

from feeds.commands.shared.run import clear_errors, instant
from feeds.scaffold.publication import EXAMPLE, Started, start


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False))
@click.option("--action", default="", metavar="OWNER/REPO@REF", help="GitHub repository of feeds, for the workflow.")
def init(folder: str, action: str) -> None:
    """Start a publication: configuration, an example item, a nightly workflow.

    There are no questions: the title is the folder's name, and the address is that of its GitHub Pages. Existing files
    are not changed. In the folder of a Jekyll blog or a Hugo site, only a configuration that fits it is written.

    \b
    For example:
      feeds init           in this folder
      feeds init my-news   in a new one
    """
    with clear_errors():
        started = start(Path(folder), instant(), action)
    for verb, names in (("wrote", started.written), ("kept ", started.kept)):
        for name in names:
            click.echo(f"{verb} {name}")
    if started.blog:
        click.echo("\n".join(["", f"This is a {started.blog.generator.capitalize()} site.", *started.advice]))
    else:
        _print_next_steps(folder, started)


def _print_next_steps(folder: str, started: Started) -> None:
    steps = [] if folder == "." else [f"cd {shlex.quote(folder)}"]
    steps += [
        "feeds build     build out/ from the items",
        "feeds serve     show it in a browser, and rebuild after each change",
        'feeds new "Title" --url https://… --topic AI     write the next item',
    ]
    click.echo("\nNext:\n  " + "\n  ".join(steps))
    if example := next((name for name in started.written if name.endswith(EXAMPLE)), ""):
        click.echo(f"\nThe example is published like any other item: delete {example} before your first push.")
    if not started.around.base_url:
        click.echo("\nSet base_url in feeds.toml before you publish; links in feeds and mail need it.")
    if "OWNER/" in started.around.action:
        click.echo("\nIn the workflow, replace OWNER/feeds with the repository that hosts feeds.")
    click.echo('\nTo publish every night from GitHub: push, and choose Settings > Pages > Source "GitHub Actions".')
