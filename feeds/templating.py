"""The Jinja2 environment that all renderers share: HTML autoescaped, strict about names, the user's templates first."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from feeds.shipped import templates_dir


@lru_cache(maxsize=8)
def environment(overrides: str = "") -> Environment:
    """The environment; a template of the same name in the folder `overrides` wins over the shipped one."""
    folders = [Path(overrides), templates_dir()] if overrides else [templates_dir()]
    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
