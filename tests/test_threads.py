import os
import threading

import pytest

from feeds.threads import in_threads


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def square(number: int) -> int:
    return number * number


@pytest.mark.parametrize("count", [0, 1, 31, 32, 1000])
def test_results_come_in_order(count: int) -> None:
    assert in_threads(square, range(count)) == [n * n for n in range(count)]


def test_two_threads_work_at_once() -> None:
    """Each of the first two calls waits for the other one."""
    barrier = threading.Barrier(2, timeout=10)
    in_threads(lambda number: number > 1 or barrier.wait(), range(32))


@pytest.mark.parametrize("bad", [0, 1, 31])
def test_what_a_function_raises_is_raised(bad: int) -> None:
    barrier = threading.Barrier(2, timeout=10)

    def refuse(number: int) -> None:
        if number < 2:
            barrier.wait()  # so that each thread has a turn
        if number == bad:
            raise ValueError(f"no {number}")

    with pytest.raises(ValueError, match=f"no {bad}"):
        in_threads(refuse, range(32))


def test_without_more_threads_the_work_is_done_in_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert set(in_threads(lambda _: threading.get_ident(), range(100))) == {threading.get_ident()}
