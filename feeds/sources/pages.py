"""Know which files of a blog are pages: not Hugo's lists and resources, nor what Jekyll passes over."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from feeds.config.load import Config
from feeds.problems import Problem
from feeds.sources.find import File, find_documents

LANGUAGE = re.compile("[a-z]{2}(?:-[a-z]{2,4})*")
"""The language in the name of a translation, such as `name.zh-hant-tw.md`."""
INDEX = re.compile(rf"index(?:\.{LANGUAGE.pattern})?")
"""The stem of a page that has the address of its folder: a page bundle."""
_LIST_PAGE = re.compile(rf"_{INDEX.pattern}")
_SUFFIXES = frozenset({".md", ".markdown", ".html"})
_POST = re.compile(r"[0-9]{2,4}-[0-9]{1,2}-[0-9]{1,2}-.+")


def find_pages(config: Config) -> tuple[list[File], list[Problem]]:
    """Return the documents below the sources that are pages, and what cannot be opened, as `find_documents` does."""
    files, problems = find_documents(config.sources, exclude=config.not_sources, follow_links=config.follow_links)
    return pages(files, config.defaults.generator), problems


def pages(files: Sequence[File], generator: str) -> list[File]:
    """Return the files that the generator makes a page of; all files if there is no generator."""
    if not generator:
        return list(files)
    paths = [PurePosixPath(file.name) for file in files]
    bundles = {path.parent for path in paths if INDEX.fullmatch(path.stem) and path.suffix.lower() in _SUFFIXES}
    is_page = (_is_post(path) if generator == "jekyll" else _is_hugo_page(path, bundles) for path in paths)
    return [file for file, kept in zip(files, is_page, strict=True) if kept]


def _is_post(path: PurePosixPath) -> bool:
    return "_posts" not in path.parts or bool(_POST.fullmatch(path.name))


def _is_hugo_page(path: PurePosixPath, bundles: set[PurePosixPath]) -> bool:
    """Return False for `_index.md`, and for what is beside or below an `index.md`: the resources of that page."""
    if path.suffix.lower() not in _SUFFIXES or _LIST_PAGE.fullmatch(path.stem):
        return False
    outer = path.parent.parents if INDEX.fullmatch(path.stem) else path.parents
    return bundles.isdisjoint(outer)
