"""One `map` over many things: in this process, in several, or on a cluster. The result never depends on which."""

import gc
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")
Result = TypeVar("Result", covariant=True)


class Executor(Protocol):
    def map(self, function: Callable[[T], R], things: Iterable[T]) -> Iterator[R]:
        """As the built-in `map`, results in the order of `things`; what the function raises is raised here."""


class Serial:
    def map(self, function: Callable[[T], R], things: Iterable[T]) -> Iterator[R]:
        return map(function, things)


class Processes:
    """As many as `jobs`, 0 for one a processor; none for so few things that starting processes would take longer."""

    def __init__(self, jobs: int = 0) -> None:
        self._jobs = jobs or os.cpu_count() or 1

    def map(self, function: Callable[[T], R], things: Iterable[T]) -> Iterator[R]:
        waiting = iter(things)
        first = list(islice(waiting, _WORTH_A_PROCESS))
        if self._jobs == 1 or len(first) < _WORTH_A_PROCESS:
            yield from map(function, chain(first, waiting))
            return
        from concurrent.futures import ProcessPoolExecutor  # takes longer to load than few things take
        from multiprocessing import get_context

        # A thread of fsspec's, which reading elsewhere has started, is not there after a fork.
        context = get_context("spawn") if "feeds.sources.remote" in sys.modules else None
        gc.freeze()  # or each process's collector would write to, and so copy, all that it shares with this one
        try:
            with ProcessPoolExecutor(self._jobs, context, initializer=_end_with_parent) as pool:
                yield from in_order(lambda thing: pool.submit(function, thing), chain(first, waiting), self._jobs + 1)
        finally:
            gc.unfreeze()


_WORTH_A_PROCESS = 4


def _end_with_parent() -> None:
    """In a process of the pool: it would wait for work for ever when its parent is killed."""
    from multiprocessing import parent_process
    from threading import Thread

    def watch() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


class Pending(Protocol[Result]):
    """As the futures of `concurrent.futures`."""

    def result(self) -> Result:
        """Waits for it."""


def in_order(submit: Callable[[T], Pending[R]], things: Iterable[T], ahead: int) -> Iterator[R]:
    """Results in the order of things, of which no more than `ahead` are under way or waiting to be fetched."""
    futures: deque[Pending[R]] = deque()
    for thing in things:
        futures.append(submit(thing))
        if len(futures) > ahead:
            yield futures.popleft().result()
    while futures:
        yield futures.popleft().result()
