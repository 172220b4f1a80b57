"""The editor's files: where they are, and a plan as they want it."""

from pathlib import Path
from typing import TYPE_CHECKING

from feeds.config.load import Config
from feeds.problems import Problem

if TYPE_CHECKING:
    from feeds.editions.plan import Plan

SUFFIX = ".md"


def path_of(folder: Path, slug: str, issue: str) -> Path:
    """Return the place of the file for an issue: `issues/ai/2021-W04.md`."""
    return folder / slug / f"{issue}{SUFFIX}"


def with_editor_files(plan: "Plan", config: Config) -> "tuple[Plan, tuple[Problem, ...]]":
    """Return the plan as the editor's files want it, and what is wrong with them; problems are warnings."""
    folder = config.editorial
    if folder is None or not folder.is_dir():
        return plan, ()
    from feeds.engine.editorials import with_editorials  # few publications have such files

    return with_editorials(plan, config, folder)
