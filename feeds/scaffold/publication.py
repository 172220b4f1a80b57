"""`feeds init` and `feeds new`: look at what is there, and add files to it; none that is there is touched."""

import json
import subprocess
import tomllib
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
from feeds.items.front_matter import Document
from feeds.items.validate import validate
from feeds.problems import ConfigError
from feeds.scaffold.item import NewItem
from feeds.scaffold.texts import Surroundings, config_file, example_item, github_repository, nightly_workflow
from feeds.sources.find import document_name, find_documents

EXAMPLE = "seeds/example.md"
WORKFLOW = ".github/workflows/nightly.yml"


class Started(Struct, frozen=True, kw_only=True):
    """What `start` did, as paths for people."""

    written: tuple[str, ...]
    kept: tuple[str, ...]
    """What was there already, or has its like there."""
    around: Surroundings


def start(folder: Path, now: datetime, action: str = "") -> Started:
    """Makes a publication of a folder: configuration, an example item, a nightly workflow. Raises OSError.

    `action`: `owner/repository@ref` of feeds, where it is not to be found out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    top, around = _surroundings(folder, action)
    wanted = {
        folder / FILE_NAME: config_file(around.title, around.base_url),
        folder / EXAMPLE: example_item(now),
        top / WORKFLOW: nightly_workflow(around),
    }
    has_like = {folder / FILE_NAME: _is_configured(folder), folder / EXAMPLE: _has_items(folder)}
    written: list[str] = []
    kept: list[str] = []
    for path, text in wanted.items():
        is_new = not has_like.get(path) and _create(path, text)
        (written if is_new else kept).append(document_name(str(path)))
    return Started(written=tuple(written), kept=tuple(kept), around=around)


def add(config: Config, item: NewItem) -> Path:
    """Writes an item into the first source; returns its path. Raises ConfigError, for what it lacks, or OSError."""
    _check(item)
    folder = local(config.sources[0], "a new item")
    if folder.is_file():
        raise ConfigError("", [f"the source {document_name(str(folder))} is one document: an item needs a folder"])
    path = folder / item.file_name
    if not _create(path, item.document()):
        raise ConfigError(
            "", [f"{document_name(str(path))} is there already: give the item another title, or edit that file"]
        )
    return path


def _check(item: NewItem) -> None:
    """What is wrong with the item is said before it is written, in the words of `feeds check`."""
    data: dict[str, object] = {"title": item.title, "webUrl": item.url, "topics": list(item.topics)}
    data |= {"publishedDateTime": item.published.isoformat(), "excerpt": item.excerpt}
    _, problems = validate(Document("", data, lambda where: 1), Defaults())
    if problems:
        raise ConfigError("", [p.message for p in problems])


def _create(path: Path, text: str) -> bool:
    """Whether it was not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _is_configured(folder: Path) -> bool:
    """Whether pyproject.toml has a table of ours, which a feeds.toml would hide."""
    with suppress(OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        return "feeds" in project.get("tool", {})
    return False


def _has_items(folder: Path) -> bool:
    seeds = folder / Path(EXAMPLE).parent
    return seeds.is_dir() and bool(find_documents([seeds])[0])


# ---- what can be found out


def _surroundings(folder: Path, action: str) -> tuple[Path, Surroundings]:
    """The repository's top, or the folder itself, and what is known."""
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
    """What git prints; "" where it knows nothing, or is not there."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except OSError:
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


def _own_action() -> str:
    """`owner/repository@ref` that feeds was installed from (PEP 610), or that its checkout has as origin."""
    try:
        origin = json.loads(metadata.distribution("feeds").read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        return ""
    address = str(origin.get("url", ""))
    ref = str(origin.get("vcs_info", {}).get("commit_id") or "main")
    if address.startswith("file:"):
        address = _git(Path(unquote(urlsplit(address).path)), "remote", "get-url", "origin")
    repository = github_repository(address)
    return f"{repository}@{ref}" if repository else ""
