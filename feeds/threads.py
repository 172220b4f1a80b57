"""Share work between threads: Python lets several run at once while they read and hash files."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_MOST = 4
"""Threads; more would only wait for each other."""
_WORTH_A_THREAD = 16
"""Things; fewer take less time than starting another thread."""


def in_threads(function: Callable[[T], R], things: Sequence[T]) -> list[R]:
    """Return what the function returns for each thing, in their order; raise what it raises."""
    results: dict[int, R] = {}
    failures: list[BaseException] = []
    waiting = enumerate(things)  # each thread takes the next thing

    def work() -> None:
        try:
            for number, thing in waiting:
                results[number] = function(thing)
        except BaseException as error:  # raised below
            failures.append(error)

    others: list[Thread] = []
    with suppress(RuntimeError):  # the number of threads may be limited
        for _ in range(min(_MOST, os.cpu_count() or 1, len(things) // _WORTH_A_THREAD) - 1):
            thread = Thread(target=work, daemon=True)
            thread.start()
            others.append(thread)
    work()
    for thread in others:
        thread.join()
    if failures:
        raise failures[0]
    return [results[number] for number in range(len(things))]
