"""A pool of processes that ends when memory or threads run out, and when its parent does."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, wait
from multiprocessing import active_children, get_context, parent_process
from traceback import walk_tb
from typing import Generic, TypeVar

from feeds.problems import WorkerError

T = TypeVar("T")
R = TypeVar("R")

_PATIENCE = 1.0
"""Seconds to wait before looking whether a thread has failed."""
_OF_THREADS = frozenset({"concurrent.futures.process", "multiprocessing.queues"})
"""The modules that the library's threads run."""


class Pool:
    """A pool of processes that raises WorkerError when one of the library's threads has failed.

    That happens when memory is limited and no other thread can be started; the library's own pool would wait forever.
    """

    def __init__(self, jobs: int, method: str | None) -> None:
        self._others = active_children()
        self._pool = ProcessPoolExecutor(jobs, get_context(method), initializer=_end_with_parent)
        self._failures: list[BaseException | None] = []

    def __enter__(self) -> "Pool":
        self._hook = threading.excepthook
        threading.excepthook = self._note
        return self

    def _note(self, failure: threading.ExceptHookArgs) -> None:
        """Note the failure of a thread of the library, and pass on those of the program's other threads."""
        modules = (frame.f_globals.get("__name__") for frame, _ in walk_tb(failure.exc_traceback))
        if _OF_THREADS.isdisjoint(modules):
            self._hook(failure)
        else:
            self._failures.append(failure.exc_value)

    def __exit__(self, *_: object) -> None:
        threading.excepthook = self._hook
        if self._failures:
            for process in set(active_children()) - set(self._others):
                process.kill()
        self._pool.shutdown(wait=not self._failures)

    def submit(self, function: Callable[[T], R], thing: T) -> "_Watched[R]":
        try:
            return _Watched(self._pool.submit(function, thing), self._failures)
        except RuntimeError as error:
            self._failures.append(error)
            raise WorkerError from error


class _Watched(Generic[R]):
    """A future that does not wait for a thread that has failed."""

    def __init__(self, future: Future[R], failures: list[BaseException | None]) -> None:
        self._future, self._failures = future, failures

    def result(self) -> R:
        while not wait([self._future], timeout=_PATIENCE).done:
            if self._failures:
                raise WorkerError from self._failures[0]
        try:
            return self._future.result()
        except BrokenExecutor as error:
            raise WorkerError from error


def _end_with_parent() -> None:
    """End this process of the pool when its parent is killed; otherwise it would wait for work forever."""

    def watch() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
