"""Do the work of `feeds init` and `feeds new`: look at what is there, and add files without changing any."""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from feeds.config.load import FILE_NAME, Config
from feeds.config.locations import local
from feeds.config.options import Defaults
from feeds.config.toml import Key
from feeds.items.front_matter import Document
from feeds.items.validate import validate
from feeds.problems import ConfigError
from feeds.scaffold.blogs import Blog, advice, find_blog
from feeds.scaffold.item import NewItem
from feeds.scaffold.texts import Surroundings, config_file, example_item, github_repository, nightly_workflow
from feeds.sources.find import document_name, find_documents

EXAMPLE = "seeds/example.md"
_OUT_NAMES = ("feeds", "news-feeds", "topic-feeds")
"""Folders of the feeds in a blog; the first one that is free is used."""
WORKFLOW = ".github/workflows/nightly.yml"
_ACTION = re.compile(r"[\w.-]+/[\w.-]+@[\w./-]+")


class Started(Struct, frozen=True, kw_only=True):
    """What `start` did, with paths as people see them."""

    written: tuple[str, ...]
    kept: tuple[str, ...]
    """Files and folders that existed already; no others are needed in their place."""
    around: Surroundings
    blog: Blog | None = None
    """The Jekyll blog or Hugo site in the folder, if there is one."""
    advice: tuple[str, ...] = ()
    """What is left to do in the blog."""


def start(folder: Path, now: datetime, action: str = "") -> Started:
    """Turn a folder into a publication: configuration, an example item, a nightly workflow. Raise OSError.

    `action` is the `owner/repository@ref` of feeds, in case it cannot be found out. Raise ConfigError if it is not one.
    """
    if action and not _ACTION.fullmatch(action):
        raise ConfigError("", [f"--action: {action!r} is not OWNER/REPO@REF; write it like ada/feeds@main"])
    folder.mkdir(parents=True, exist_ok=True)
    top, around = _surroundings(folder, action)
    blog = find_blog(folder, around.title, around.base_url)
    out = _free_name(folder / blog.public) if blog else ""
    own: Mapping[Key, object] = {("title",): around.title, ("base_url",): around.base_url}
    wanted = {folder / FILE_NAME: config_file(blog.settings(out) if blog else own)}
    if not blog:  # a blog has posts, and is published already
        wanted |= {folder / EXAMPLE: example_item(now), top / WORKFLOW: nightly_workflow(around)}
    instead = _instead(folder)
    written: list[str] = []
    kept: list[str] = []
    for path, text in wanted.items():
        is_new = path not in instead and create(path, text)
        (written if is_new else kept).append(instead.get(path, document_name(str(path))))
    todo = (*advice(blog, out), *_missing(folder, blog)) if blog and written else ()
    return Started(written=tuple(written), kept=tuple(kept), around=around, blog=blog, advice=todo)


def _free_name(folder: Path) -> str:
    """Return a name for the folder of the feeds in a blog that nothing there has yet, if possible."""
    return next((name for name in _OUT_NAMES if not (folder / name).exists()), _OUT_NAMES[0])


def _missing(folder: Path, blog: Blog) -> Iterator[str]:
    for name in blog.posts:
        if not (folder / name).is_dir():
            yield f"There is no folder {name}; set sources in feeds.toml to the one that holds the posts."


def _instead(folder: Path) -> Mapping[Path, str]:
    """Return what takes the place of a file that is not needed, as people see it."""
    found = {}
    if _is_configured(folder):
        found[folder / FILE_NAME] = document_name(str(folder / "pyproject.toml"))
    if not (folder / EXAMPLE).exists() and _has_items(folder):
        found[folder / EXAMPLE] = f"{document_name(str((folder / EXAMPLE).parent))}/"
    return found


def add(config: Config, item: NewItem) -> Path:
    """Write an item into the first source and return its path; raise ConfigError or OSError."""
    _check(item)
    folder = local(config.sources[0], "a new item")
    if folder.is_file():
        raise ConfigError("", [f"the source {document_name(str(folder))} is a single file; a new item needs a folder"])
    path = folder / item.file_name
    if not create(path, item.document()):
        advice = "give the item another title, or edit that file"
        raise ConfigError("", [f"{document_name(str(path))} already exists; {advice}"])
    return path


def _check(item: NewItem) -> None:
    """Raise ConfigError with the messages of `feeds check` when anything is wrong with the item."""
    data: dict[str, object] = {"title": item.title, "webUrl": item.url, "topics": list(item.topics)}
    data |= {"publishedDateTime": item.published.isoformat(), "excerpt": item.excerpt}
    _, problems = validate(Document("", data, lambda where: 1), Defaults())
    if problems:
        raise ConfigError("", [p.message for p in problems])


def create(path: Path, text: str) -> bool:
    """Write a file unless it exists; return whether it was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _is_configured(folder: Path) -> bool:
    """Return whether pyproject.toml configures feeds; a feeds.toml would hide that."""
    with suppress(OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        return "feeds" in project.get("tool", {})
    return False


def _has_items(folder: Path) -> bool:
    seeds = folder / Path(EXAMPLE).parent
    return seeds.is_dir() and bool(find_documents([seeds])[0])


def _surroundings(folder: Path, action: str) -> tuple[Path, Surroundings]:
    """Return the top of the repository, or the folder itself, and what can be found out about it."""
    real = folder.resolve()
    top = Path(_git(real, "rev-parse", "--show-toplevel") or real).resolve()
    is_inside = real.is_relative_to(top) and real != top
    around = Surroundings(
        folder=real.name,
        github=github_repository(_git(real, "remote", "get-url", "origin")),
        branch=_git(real, "symbolic-ref", "--short", "HEAD") or "main",
        inner=real.relative_to(top).as_posix() if is_inside else "",
    )
    known = action or _own_action()
    return top if is_inside else folder, replace(around, action=known) if known else around


def _git(folder: Path, *arguments: str) -> str:
    """Return what git prints; "" when it fails or is not installed."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except OSError:
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


def _own_action() -> str:
    """Return the `owner/repository@ref` that feeds was installed from (PEP 610), or its checkout's origin."""
    try:
        origin = json.loads(metadata.distribution("feeds").read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        return ""
    address = str(origin.get("url", ""))
    ref = str(origin.get("vcs_info", {}).get("commit_id") or "")
    if address.startswith("file:"):
        checkout = Path(unquote(urlsplit(address).path))
        address, ref = _git(checkout, "remote", "get-url", "origin"), _published_commit(checkout)
    repository = github_repository(address)
    return f"{repository}@{ref or 'main'}" if repository else ""


def _published_commit(checkout: Path) -> str:
    """Return the current commit of a checkout if a remote branch contains it, else ""."""
    return _git(checkout, "rev-parse", "HEAD") if _git(checkout, "branch", "--remotes", "--contains", "HEAD") else ""
