"""One `map` over many things: in this process, in several, or on a cluster. Which one never changes the results."""

import gc
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from feeds.config.load import Config
from feeds.config.locations import Url

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")
Result = TypeVar("Result", covariant=True)

Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, how many of its things are done, and how many there are."""

_CHUNK = 100
_PATIENCE = 1.0
"""Seconds to wait before looking whether a thread has failed."""
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
        gc.freeze()  # keep the garbage collector from un-sharing memory with forked processes
        try:
            with _Pool(self._jobs, self._method) as pool:
                yield from in_order(lambda thing: pool.submit(function, thing), chain(first, waiting), self._jobs + 1)
        finally:
            gc.unfreeze()


class WorkerError(Exception):
    """The processes cannot go on, mostly because memory or the number of threads is limited."""

    def __init__(self) -> None:
        super().__init__("the worker processes ended; allow more memory, or use fewer of them (--jobs 1 for none)")


class _Pool:
    """The library's pool, but it raises WorkerError where that would wait forever.

    It waits when a thread of its own has failed, as starting another one does where memory is limited.
    """

    def __init__(self, jobs: int, method: str | None) -> None:
        from concurrent.futures import ProcessPoolExecutor  # takes longer to load than a few things take
        from multiprocessing import active_children, get_context

        self._children = active_children
        self._others = active_children()
        self._pool = ProcessPoolExecutor(jobs, get_context(method), initializer=_end_with_parent)
        self._failures: list[BaseException | None] = []

    def __enter__(self) -> "_Pool":
        self._hook = threading.excepthook
        threading.excepthook = lambda failure: self._failures.append(failure.exc_value)
        return self

    def __exit__(self, *_: object) -> None:
        threading.excepthook = self._hook
        if self._failures:
            for process in set(self._children()) - set(self._others):
                process.kill()
        self._pool.shutdown(wait=not self._failures)

    def submit(self, function: Callable[[T], R], thing: T) -> "Pending[R]":
        try:
            return _Watched(self._pool.submit(function, thing), self._failures)
        except RuntimeError as error:
            self._failures.append(error)
            raise WorkerError from error


class _Watched(Generic[R]):
    """A future that does not wait for a thread that has failed."""

    def __init__(self, future: "Future[R]", failures: list[BaseException | None]) -> None:
        self._future, self._failures = future, failures

    def result(self) -> R:
        from concurrent.futures import BrokenExecutor, wait

        while not wait([self._future], timeout=_PATIENCE).done:
            if self._failures:
                raise WorkerError from self._failures[0]
        try:
            return self._future.result()
        except BrokenExecutor as error:
            raise WorkerError from error


def processes(config: Config, jobs: int = 0) -> Processes:
    """Return the processes that suit where the sources and the output are."""
    return Processes(jobs, spawn=any(isinstance(place, Url) for place in (*config.sources, config.out)))


def chunks(things: Sequence[T]) -> list[Sequence[T]]:
    """Return the things in portions that are worth sending to another process."""
    return [things[start : start + _CHUNK] for start in range(0, len(things), _CHUNK)]


def _end_with_parent() -> None:
    """End this process of the pool when its parent is killed; otherwise it would wait for work forever."""
    from multiprocessing import parent_process  # only in a process of the pool

    def watch() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


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
