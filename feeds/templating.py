"""The Jinja2 environment that all renderers share: HTML autoescaped, strict about names, the user's templates first."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

_PACKAGE = Path(__file__).parent


def templates_dir() -> Path:
    """Where the shipped templates are: inside an installed wheel, or beside the package in a checkout."""
    packaged = _PACKAGE / "templates"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "templates"


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


def asset(name: str) -> bytes:
    """A shipped file that goes out as it is, such as a stylesheet."""
    return (templates_dir() / name).read_bytes()
