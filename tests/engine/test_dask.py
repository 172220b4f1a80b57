"""Builds on a real cluster: a Dask scheduler and its workers, each a process of its own on this machine."""

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.engine.processes import Executor, Serial
from feeds.engine.read import read
from feeds.pipeline import build
from feeds.problems import ConfigError, Problem
from support.building import NOW, configured, files, write_item
from support.cluster import BARE, Cluster
from support.places import REPOSITORY

pytest.importorskip("distributed", reason="needs Dask: pip install distributed")
from feeds.engine.dask import Dask

DOCUMENTS = 1200
"""Enough for more chunks than are handed out at a time."""
TOPICS = 20


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[[int], Cluster]]:
    """Starts one of so many workers."""
    started: list[Cluster] = []

    def start(workers: int) -> Cluster:
        started.append(Cluster(tmp_path / "cluster"))
        started[-1].start(workers)
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Of a folder of items, by relative paths, with a template of its own."""
    root = tmp_path / "project"
    for number in range(DOCUMENTS):
        topics = [f"Topic {number % TOPICS}"]
        write_item(root / "seeds", f"{number}.md", topics=topics, heat=-1 if number % 9 else "hot", quality=number % 99)
    (root / "own").mkdir()
    (root / "own/digest.txt").write_text("{% if true %}Our own{% endif %}\n", encoding="utf-8")
    monkeypatch.chdir(root)
    configured(root, 'templates = "own"\n')
    return configured(Path(), 'templates = "own"\n')


def outcome(
    config: Config, out: str, executor: Executor, **options: Any
) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    """The files, and what is said of the documents."""
    report = build(replace(config, out=Path(out), cache=None), NOW, executor=executor, **options)
    return files(Path(out)), report.problems


def test_a_cluster_builds_the_same_bytes(config: Config, cluster: Callable[[int], Cluster]) -> None:
    executor = Dask(cluster(2).address)
    assert outcome(config, "cluster", executor) == (alone := outcome(config, "alone", Serial()))
    assert b"Our own" in alone[0]["topic-1/digest.txt"]
    assert len(alone[1]) > 50
    assert read(config, executor) == read(config, Serial())


@pytest.mark.parametrize("stage", ["Reading", "Rendering"])
def test_a_worker_is_killed_while_it_works(config: Config, cluster: Callable[[int], Cluster], stage: str) -> None:
    running = cluster(2)
    killed = ""

    def progress(at: str, _done: int, _total: int) -> None:
        nonlocal killed
        if at == stage and not killed:
            killed = running.kill_one_that_works()

    assert outcome(config, "cluster", Dask(running.address), progress=progress) == outcome(config, "alone", Serial())
    assert killed


# ---- what can be wrong


def mistake(config: Config, executor: Dask, **options: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        outcome(config, "out", executor, **options)
    assert not Path("out").exists()
    return str(caught.value)


def test_the_scheduler_goes_away(config: Config, cluster: Callable[[int], Cluster]) -> None:
    running = cluster(2)

    def progress(*_step: object) -> None:
        running.scheduler.kill()

    message = "error: --dask: the scheduler has gone away; start it, and build again"
    assert mistake(config, Dask(running.address), progress=progress) == message


def test_there_is_no_worker(config: Config, cluster: Callable[[int], Cluster]) -> None:
    executor = Dask(cluster(0).address, patience=0.5)
    assert mistake(config, executor) == "error: --dask: the cluster has no workers; start some with dask worker"


@pytest.mark.skipif(
    Path(sysconfig.get_path("purelib"), "feeds/__init__.py").exists(), reason="feeds is not installed as a link (-e)"
)
def test_a_worker_has_no_feeds(config: Config, cluster: Callable[[int], Cluster]) -> None:
    running = cluster(0)
    running.worker("bare", **BARE)
    message = mistake(config, Dask(running.address))
    assert message.startswith("error: --dask: a worker has no feeds")
    assert message.endswith("; install the same feeds there as here")


def test_a_worker_has_other_templates(config: Config, cluster: Callable[[int], Cluster], tmp_path: Path) -> None:
    for name in ("feeds", "templates"):
        shutil.copytree(REPOSITORY / name, tmp_path / "other" / name)
    with (tmp_path / "other/templates/digest.txt").open("a") as template:
        template.write("more")
    running = cluster(0)
    running.worker("other", PYTHONPATH=str(tmp_path / "other"))
    message = mistake(config, Dask(running.address))
    assert message.startswith("error: --dask: a worker has different software (feeds ")
    assert message.endswith("; install the same as here")


@pytest.mark.parametrize("address", ["", "localhost", "127.0.0.1:8786", "foo://127.0.0.1:8786", "tcp://me:pw@host:1"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ConfigError, match="is not the address of a scheduler; write one like tcp://"):
        Dask(address)


CLI = "import sys; from feeds.commands.main import main; main()"
WITHOUT_DASK = f"import sys; sys.modules['distributed'] = None; {CLI}"


@pytest.mark.parametrize(
    ("program", "arguments", "message"),
    [
        (CLI, "build --dask tcp://127.0.0.1:1", "there is no Dask scheduler at tcp://127.0.0.1:1; start one"),
        (CLI, "check --dask somewhere", "'somewhere' is not the address"),
        (CLI, "topics --dask tcp://127.0.0.1:1 --jobs 2", "cannot be combined; choose one"),
        (WITHOUT_DASK, "explain --dask tcp://127.0.0.1:1", "pip install distributed"),
    ],
    ids=["no scheduler", "no address", "both", "not installed"],
)
def test_the_command_line_says_it_in_a_line(tmp_path: Path, program: str, arguments: str, message: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    command = [sys.executable, "-W", "error", "-c", program, *arguments.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert message in done.stderr


def test_the_command_line_builds(tmp_path: Path, cluster: Callable[[int], Cluster]) -> None:
    write_item(tmp_path / "seeds", "one.md")
    command = [sys.executable, "-W", "error", "-m", "feeds", "build", "--dask", cluster(1).address]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 document, 1 story, 1 topic" in done.stdout
    assert (tmp_path / "out/ai/rss.xml").exists()
