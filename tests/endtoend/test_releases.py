"""Continuous integration tests every version of Python that the package names, and a release has its version's tag."""

import os
import re
import subprocess
import tomllib
from typing import Any

import pytest
import yaml

from support.places import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def jobs(workflow: str) -> dict[str, Any]:
    text = (REPOSITORY / ".github/workflows" / workflow).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, yaml.BaseLoader)["jobs"]
    return found


def test_every_version_that_the_package_names_is_tested() -> None:
    named = {
        m[1] for c in PROJECT["classifiers"] if (m := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", c))
    }
    ci = jobs("ci.yml")
    tested = {step["with"]["python-version"] for step in ci["ci"]["steps"] if "python-version" in step.get("with", ())}
    matrix = ci["portable"]["strategy"]["matrix"]
    assert named == tested | set(matrix["python"])
    assert PROJECT["requires-python"] == f">={min(named)}"
    assert {entry["python"] for entry in matrix["include"]} <= named


@pytest.mark.parametrize(("tag", "status"), [("v{version}", 0), ("{version}", 1), ("v0.0.1", 1)])
def test_a_release_has_the_tag_of_its_version(tag: str, status: int) -> None:
    (script,) = [s["run"] for s in jobs("release.yml")["test"]["steps"] if "TAG" in s.get("env", ())]
    environment = {**os.environ, "TAG": tag.format(version=PROJECT["version"])}
    done = subprocess.run(["bash", "-eu", "-c", script], cwd=REPOSITORY, env=environment, check=False)
    assert done.returncode == status


def test_nothing_is_published_to_an_index_unless_the_owner_wants_it() -> None:
    release = jobs("release.yml")
    uploading = {name for name, job in release.items() if any("twine" in s.get("run", "") for s in job["steps"])}
    assert uploading == {"publish"}
    assert release["publish"]["if"] == "vars.PUBLISH == 'true'"
