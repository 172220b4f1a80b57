"""Options and arguments that several commands share, and their completion in shells."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from feeds.config.load import folder_of_configuration, load_config
from feeds.config.locations import located
from feeds.output.folder import open_output
from feeds.problems import ConfigError

if TYPE_CHECKING:
    from feeds.renderers.manifest import ListedTopic

SOURCES = click.argument("sources", nargs=-1, type=click.Path())
CONFIG = click.option(
    "--config",
    "config_file",
    type=click.Path(),
    metavar="FILE",
    help="Configuration (default: the nearest feeds.toml).",
)
OUT = click.option("--out", type=click.Path(file_okay=False), metavar="DIR", help="Output folder.")
NOW = click.option("--now", metavar="TIME", default="", help="Use this time (ISO 8601) instead of the clock's.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
JOBS = click.option(
    "--jobs", type=click.IntRange(min=0), default=0, metavar="N", help="Processes (default: one per processor)."
)
DASK = click.option(
    "--dask",
    default="",
    metavar="ADDRESS",
    help="Use this Dask cluster, such as tcp://host:8786, which must see the same files.",
)


# ---- completion, from the manifest of the last build: reading the sources would take too long


def complete_slug(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the slug of a topic or a newsletter."""
    return [CompletionItem(e.slug, help=e.title) for e in _listed(ctx) if e.slug.startswith(incomplete)]


def complete_name(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a topic, as items write it."""
    names = {e.name for e in _listed(ctx) if not e.is_newsletter}
    return [CompletionItem(name) for name in sorted(names) if name.lower().startswith(incomplete.lower())]


def complete_issue(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the id of an issue, newest first; only of the topic on the command line, if there is one."""
    wanted = ctx.params.get("topic")
    ids = {issue.id for e in _listed(ctx) if wanted in (None, e.slug, e.name) for issue in e.issues}
    return [CompletionItem(id_) for id_ in sorted(ids, reverse=True) if id_.startswith(incomplete)]


def complete_wanted(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the slug of a topic or, if none matches, the path of a file."""
    return complete_slug(ctx, param, incomplete) or [CompletionItem(incomplete, type="file")]


def _listed(ctx: click.Context) -> "tuple[ListedTopic, ...]":
    """Return what the manifest lists, or nothing if it cannot be read: completion never shows an error."""
    from feeds.renderers import manifest  # a build without changes does not load it

    out, path = ctx.params.get("out"), ctx.params.get("config_file")
    try:
        folder = Path() if path else folder_of_configuration(Path.cwd()) or Path()
        config = load_config(Path(path) if path else None, start=folder, out=located(out) if out else None)
    except ConfigError:
        return ()
    if not isinstance(config.out, Path):  # pressing Tab must not wait for a server
        return ()
    return manifest.listed(open_output(config.out).read(manifest.NAME))
