"""The workflow in docs/github.md notes what is deployed as the workflow of feeds does."""

from typing import Any

import yaml

from support.pages import DOCS, blocks
from support.places import REPOSITORY


def noted(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps that the jobs take after the deployment, whatever the versions of their actions."""
    steps: list[dict[str, Any]] = workflow["jobs"]["deploy"]["steps"]
    first = next(n for n, step in enumerate(steps) if "deploy-pages" in step.get("uses", ""))
    return [{**step, "uses": step.get("uses", "").partition("@")[0]} for step in steps[first + 1 :][:2]]


def test_the_example_notes_what_is_deployed() -> None:
    ours = yaml.safe_load((REPOSITORY / ".github/workflows/feeds.yml").read_text(encoding="utf-8"))
    examples = [yaml.safe_load(b.text) for b in blocks(DOCS / "github.md") if "deploy-pages" in b.text]
    assert [noted(example) for example in examples] == [noted(ours)]
