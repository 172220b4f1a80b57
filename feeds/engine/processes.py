"""One `map` over many things: in this process, in several, or on a cluster. Which one never changes the results."""

import gc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Protocol, TypeVar

from feeds.config.load import Config
from feeds.config.locations import Url

T = TypeVar("T")
R = TypeVar("R")
Result = TypeVar("Result", covariant=True)

Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, how many of its things are done, and how many there are."""

_CHUNK = 100
_WORTH_A_PROCESS = 4
"""Fewer things take less time than starting processes."""


class Executor(Protocol):
    is_here: bool
    """True if all work is done on this machine."""

    def map(self, function: Callable[[T], R], things: Iterable[T]) -> Iterator[R]:
        """Do the same as the built-in `map`; what the function raises is raised here."""


class Serial:
    """Do the work in this process."""

    is_here = True

    def map(self, function: Callable[[T], R], things: Iterable[T]) -> Iterator[R]:
        return map(function, things)


class Processes:
    """Do the work in `jobs` processes, or one per processor for 0; a few things are done in this process.

    `spawn`: start new processes instead of forking. Reading remote folders needs that: fsspec runs a thread, which
    does not exist in a forked process.
    """

    is_here = True

    def __init__(self, jobs: int = 0, *, spawn: bool = False) -> None:
        self._jobs = jobs or os.cpu_count() or 1
        self._method = "spawn" if spawn else None

    def map(self, function: Callable[[T], R], things: Iterable[T]) -> Iterator[R]:
        waiting = iter(things)
        first = list(islice(waiting, _WORTH_A_PROCESS))
        if self._jobs == 1 or len(first) < _WORTH_A_PROCESS:
            yield from map(function, chain(first, waiting))
            return
        from feeds.engine.pool import Pool  # takes longer to load than a few things take

        gc.freeze()  # keep the garbage collector from un-sharing memory with forked processes
        try:
            with Pool(self._jobs, self._method) as pool:
                yield from in_order(lambda thing: pool.submit(function, thing), chain(first, waiting), self._jobs + 1)
        finally:
            gc.unfreeze()


def processes(config: Config, jobs: int = 0) -> Processes:
    """Return the processes that suit where the sources and the output are."""
    return Processes(jobs, spawn=any(isinstance(place, Url) for place in (*config.sources, config.out)))


def chunks(things: Sequence[T]) -> list[Sequence[T]]:
    """Return the things in portions that are worth sending to another process."""
    return [things[start : start + _CHUNK] for start in range(0, len(things), _CHUNK)]


class Pending(Protocol[Result]):
    """A future, like those of `concurrent.futures`."""

    def result(self) -> Result: ...


def in_order(submit: Callable[[T], Pending[R]], things: Iterable[T], ahead: int) -> Iterator[R]:
    """Yield the results in the order of the things, with at most `ahead` results pending or waiting to be fetched."""
    futures: deque[Pending[R]] = deque()
    for thing in things:
        futures.append(submit(thing))
        if len(futures) > ahead:
            yield futures.popleft().result()
    while futures:
        yield futures.popleft().result()
