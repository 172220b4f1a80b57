"""The hook for pre-commit: as pre-commit runs it, in a repository of items."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from support.building import configured, write_item
from support.places import REPOSITORY

BIN = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
BAD = {"publishedDateTime": "soon"}


def in_folder(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    identity = {f"GIT_{who}_{what}": "x@x.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = os.environ | identity | {"PATH": BIN, "PRE_COMMIT_HOME": str(folder.parent / "pre-commit")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    items = tmp_path / "items"
    write_item(items / "seeds", "one.md")
    configured(items)
    in_folder(items, "git", "init", "-q")
    in_folder(items, "git", "add", "-A")
    return items


def hook() -> dict[str, str]:
    (found,) = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_its_entry(repository: Path) -> None:
    entry = hook()["entry"].split()
    assert in_folder(repository, *entry).returncode == 0
    write_item(repository / "seeds", "two.md", **BAD)
    done = in_folder(repository, *entry)
    assert (done.returncode, "seeds/two.md:" in done.stdout) == (1, True)


def test_pre_commit_runs_it(repository: Path) -> None:
    if not shutil.which("pre-commit", path=BIN):
        pytest.skip("pre-commit is not installed")
    # As a local hook, for then the program of this environment is tested, and not one that is installed anew.
    local = {"repo": "local", "hooks": [hook() | {"language": "system"}]}
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [local]}))
    assert (
        in_folder(repository, "pre-commit", "validate-manifest", str(REPOSITORY / ".pre-commit-hooks.yaml")).returncode
        == 0
    )
    in_folder(repository, "git", "add", "-A")
    done = in_folder(repository, "pre-commit", "run")
    assert (done.returncode, "Passed" in done.stdout) == (0, True), done.stdout + done.stderr
    write_item(repository / "seeds", "two.md", **BAD)
    in_folder(repository, "git", "add", "-A")
    done = in_folder(repository, "pre-commit", "run")
    assert (done.returncode, "seeds/two.md:" in done.stdout) == (1, True), done.stdout + done.stderr
    # What cannot change an item does not start it.
    in_folder(repository, "git", "commit", "-qm", "x", "--no-verify")
    (repository / "picture.png").write_bytes(b"x")
    in_folder(repository, "git", "add", "-A")
    assert "Skipped" in in_folder(repository, "pre-commit", "run").stdout
