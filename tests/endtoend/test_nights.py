"""The workflow and the action run for real with nektos act: seven nights and what may go wrong in them.

Runs only where ACTIONS_MIRROR is a folder with bare clones of the actions; support/act/nights.sh says what it needs.
"""

import os
import subprocess
from pathlib import Path

import pytest

from support.places import REPOSITORY, TESTS

NIGHTS = [
    "1 first night: built and deployed",
    "2 unchanged: nothing deployed",
    "3 one more, one broken: annotated and deployed",
    "4 cache evicted: the manifest came from the site",
    "5, 6 the deployment failed: the next night deploys",
    "7 all jobs run again: the second attempt deploys an artifact of its own",
]


def test_the_nights(tmp_path: Path) -> None:
    mirror = os.environ.get("ACTIONS_MIRROR")
    if not mirror:
        pytest.skip("ACTIONS_MIRROR names no folder with the actions' code")
    work = os.environ.get("ACT_WORK", str(tmp_path))  # a folder that stays keeps act and node for the next run
    done = subprocess.run(
        ["bash", str(TESTS / "support/act/nights.sh"), str(REPOSITORY), work],
        env={**os.environ, "MIRROR": mirror},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()) == (0, NIGHTS), done.stderr
