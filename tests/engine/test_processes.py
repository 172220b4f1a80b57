"""Whoever does the work, the results are those of `map`."""

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.config.load import Config
from feeds.config.locations import Location, Url
from feeds.engine.processes import Executor, Processes, Serial, processes
from feeds.problems import WorkerError
from support.examples import site

EXECUTORS: dict[str, Executor] = {"serial": Serial(), "two processes": Processes(2), "one a processor": Processes()}


def square(number: int) -> int:
    return number * number


def refuse(number: int) -> int:
    raise ValueError(f"no {number}")


def process(_: int) -> int:
    return os.getpid()


@pytest.mark.parametrize("executor", EXECUTORS.values(), ids=EXECUTORS)
@pytest.mark.parametrize("count", [0, 1, 3, 4, 50])
def test_results_come_in_order(executor: Executor, count: int) -> None:
    assert list(executor.map(square, iter(range(count)))) == [n * n for n in range(count)]


@pytest.mark.parametrize("executor", EXECUTORS.values(), ids=EXECUTORS)
def test_what_a_function_raises_is_raised(executor: Executor) -> None:
    with pytest.raises(ValueError, match="no 0"):
        list(executor.map(refuse, range(9)))


def test_no_more_is_taken_than_is_under_way() -> None:
    taken: list[int] = []

    def things() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = Processes(2).map(square, things())
    assert next(results) == 0
    assert len(taken) < 10
    assert len(list(results)) == 999


def test_a_few_things_are_worth_no_process() -> None:
    assert set(Processes(2).map(process, range(3))) == {os.getpid()}
    assert os.getpid() not in set(Processes(2).map(process, range(4)))


def test_another_thread_that_fails_is_none_of_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda failure: seen.append(failure.exc_type))

    def things() -> Iterator[int]:
        yield from range(5)
        thread = threading.Thread(target=refuse, args=(5,))
        thread.start()
        thread.join()
        yield 5

    assert list(Processes(2).map(square, things())) == [0, 1, 4, 9, 16, 25]
    assert seen == [ValueError]


def kind_of_process(_: int) -> str:
    return type(multiprocessing.current_process()).__name__


@pytest.mark.parametrize(
    ("source", "out"),
    [(Url("s3://bucket/items"), Path("out")), (Path("seeds"), Url("s3://bucket/site"))],
    ids=["remote source", "remote output"],
)
def test_remote_folders_are_read_in_new_processes(source: Location, out: Location) -> None:
    """A forked process lacks the thread that fsspec works in."""
    config = Config(root=Path(), site=site(), sources=(source,), out=out)
    assert set(processes(config, 2).map(kind_of_process, range(4))) == {"SpawnProcess"}


LITTLE_MEMORY = """
import sys, threading
from concurrent.futures import process
from multiprocessing import queues
from feeds.engine.processes import Processes
from feeds.problems import WorkerError

def refuse(*_):
    raise RuntimeError("can't start new thread")

def double(n):
    return 2 * n

{limit}
try:
    print(list(Processes(2).map(double, range(10))))
except WorkerError as error:
    print(error)
"""
LIMITS = {
    "no thread to send work": "queues.Queue._start_thread = refuse",
    "no thread to manage the pool": "process._ExecutorManagerThread.start = refuse",
    "no thread in the workers": "import feeds.engine.pool as p; p._end_with_parent = refuse",
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_processes_that_get_too_little_memory_end_with_an_error(limit: str) -> None:
    """Limiting memory makes starting a thread fail, at a place that differs from run to run."""
    code = LITTLE_MEMORY.format(limit=limit)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30)
    assert done.stdout == f"{WorkerError()}\n"
    assert done.returncode == 0
