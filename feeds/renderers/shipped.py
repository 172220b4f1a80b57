"""The files that are shipped with the package: templates and stylesheets."""

from pathlib import Path

PACKAGE = Path(__file__).parents[1]
COMPILED = "compiled"
"""The folder with what `renderers.compiled` makes of the shipped templates, in theirs."""


def templates_dir() -> Path:
    """Return the folder of the shipped templates: inside an installed wheel, or beside the package in a checkout."""
    packaged = PACKAGE / "templates"
    return packaged if packaged.is_dir() else PACKAGE.parent / "templates"


def asset(name: str) -> bytes:
    """Return a shipped file that is used as it is, such as a stylesheet."""
    return (templates_dir() / name).read_bytes()
