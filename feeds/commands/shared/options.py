"""Flags and arguments that several commands have, and how shells complete them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from feeds.renderers.manifest import ListedTopic

SOURCES = click.argument("sources", nargs=-1, type=click.Path())
CONFIG = click.option("--config", "config_file", type=click.Path(), metavar="FILE", help="Instead of ./feeds.toml.")
OUT = click.option("--out", type=click.Path(file_okay=False), metavar="DIR", help="Where to write.")
NOW = click.option("--now", metavar="TIME", default="", help="As of this time (ISO 8601), not the clock's.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
JOBS = click.option(
    "--jobs", type=click.IntRange(min=0), default=0, metavar="N", help="Processes; by default one a processor."
)
DASK = click.option(
    "--dask",
    default="",
    metavar="ADDRESS",
    help="Work on this Dask cluster, tcp://host:8786, that sees the same files.",
)


# ---- completion: from the manifest that the last build left, for reading the sources would take too long


def complete_slug(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Slugs of topics and newsletters."""
    return [CompletionItem(e.slug, help=e.title) for e in _listed(ctx) if e.slug.startswith(incomplete)]


def complete_name(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of topics, as items write them."""
    names = {e.name for e in _listed(ctx) if not e.is_newsletter}
    return [CompletionItem(name) for name in sorted(names) if name.lower().startswith(incomplete.lower())]


def complete_issue(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of issues, newest first; of the topic that is named, if one is."""
    wanted = ctx.params.get("topic")
    ids = {id_ for e in _listed(ctx) if wanted in (None, e.slug, e.name) for id_ in e.issues}
    return [CompletionItem(id_) for id_ in sorted(ids, reverse=True) if id_.startswith(incomplete)]


def complete_wanted(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Slugs of topics; where none fits, files."""
    return complete_slug(ctx, param, incomplete) or [CompletionItem(incomplete, type="file")]


def _listed(ctx: click.Context) -> tuple[ListedTopic, ...]:
    """What the last build made; nothing where that cannot be told: a completion does not complain."""
    from pathlib import Path

    from feeds.config.load import load_config
    from feeds.config.locations import located
    from feeds.output import folder as output
    from feeds.problems import ConfigError
    from feeds.renderers import manifest

    out, path = ctx.params.get("out"), ctx.params.get("config_file")
    try:
        config = load_config(Path(path) if path else None, out=located(out) if out else None)
    except ConfigError:
        return ()
    if not isinstance(config.out, Path):  # who presses Tab does not want to wait for a server
        return ()
    return manifest.listed(output.folder(config.out).read(manifest.NAME))
