"""One `map` over many documents: in this process, or in several. The result never depends on which."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_WORTH_A_PROCESS = 300
"""Documents below which starting a process costs more than it saves."""


def map_in_order(function: Callable[[T], R], things: Sequence[T], jobs: int = 1) -> Iterator[R]:
    """`map`, in `jobs` processes (0: one for each processor); results come in the order of `things`."""
    jobs = min(jobs or (os.cpu_count() or 1), len(things) // _WORTH_A_PROCESS)
    if jobs <= 1:
        yield from map(function, things)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(function, things, chunksize=max(1, min(200, len(things) // (jobs * 4))))
