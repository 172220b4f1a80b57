"""`feeds templates`: list the templates and their variables, and copy one to change it."""

from pathlib import Path

import click

from feeds.commands.shared.options import CONFIG
from feeds.commands.shared.run import clear_errors, configuration, fail
from feeds.problems import did_you_mean
from feeds.renderers.reference import TEMPLATES, TemplateInfo, fields, records, type_name
from feeds.renderers.shipped import asset
from feeds.sources.find import document_name

_FOLDER = "templates"
"""Where copies go as long as no folder is configured."""


@click.command()
@click.argument("name", required=False, default="")
@click.option("--copy", is_flag=True, help="Copy the template NAME into your folder of templates, to change it there.")
@CONFIG
def templates(name: str, copy: bool, config_file: str | None) -> None:
    """List the templates and their variables, and copy one to change it.

    With NAME, the fields of each variable of that template are listed, too.

    \b
    For example:
      feeds templates
      feeds templates topic.html
      feeds templates --copy topic.html
    """
    if copy and not name:
        fail("error: --copy needs the name of a template, such as topic.html")
    if not name:
        for template in TEMPLATES:
            _print(template)
        return
    known = {template.name: template for template in TEMPLATES}
    if name not in known:
        fail(f"error: no template is called {name!r}; {did_you_mean(name, known)}")
    if copy:
        with clear_errors():
            _copy(name, config_file)
    else:
        _print_in_full(known[name])


def _print(template: TemplateInfo) -> None:
    click.echo(f"{template.name:<16}  {template.meaning}")
    if template.variables:
        click.echo(f"{'':<18}{', '.join(template.variables)}")


def _print_in_full(template: TemplateInfo) -> None:
    click.echo(f"{template.name}: {template.meaning}")
    for name, kind in template.variables.items():
        click.echo(f"  {name}: {type_name(kind)}")
    for record in records(list(template.variables.values())):
        click.echo(f"\n{record.__name__}")
        for field in fields(record):
            click.echo(f"  {field.name}: {field.kind}{f'  # {field.meaning}' if field.meaning else ''}")


def _copy(name: str, config_file: str | None) -> None:
    """Copy a template, unless it is there already."""
    config = configuration(config_file)
    folder = config.templates or config.root / _FOLDER
    path = Path(folder) / name
    shown = document_name(str(path))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(asset(name))
    except FileExistsError:
        fail(f"error: {shown} already exists; edit it, or delete it to copy it anew")
    click.echo(f"wrote {shown}")
    if not config.templates:
        click.echo(f'Set templates = "{_FOLDER}" in feeds.toml to use it.')
