"""Files that come with the package: templates, stylesheets and catalogues of words."""

from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def templates_dir() -> Path:
    """Where the shipped templates are: inside an installed wheel, or beside the package in a checkout."""
    packaged = PACKAGE / "templates"
    return packaged if packaged.is_dir() else PACKAGE.parent / "templates"


def asset(name: str) -> bytes:
    """A shipped file that goes out as it is, such as a stylesheet."""
    return (templates_dir() / name).read_bytes()
