"""Use a Dask cluster as an executor, for more than one machine can do. Its workers read the documents and templates
themselves, by the same paths as here: they need the same folders and the same software.

Reading returns little: the row and the item of each candidate, and a few bytes for any other document. The results are
only concatenated. Keeping the best N of each topic would be wrong, because weaker items still decide which items are
one story, and what a story covers.
"""

import pickle
import platform
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import lru_cache, partial
from importlib import metadata
from itertools import chain, islice
from time import monotonic
from typing import Any, Generic, TypeVar

from dask import config
from distributed import Client, Future, KilledWorker

from feeds.engine import fingerprints
from feeds.engine.processes import in_order
from feeds.problems import ConfigError

T = TypeVar("T")
R = TypeVar("R")


class Dask:
    """Do the work on the workers of the scheduler at an address such as `tcp://host:8786`.

    Raise ConfigError for an invalid address; `map` raises it when the scheduler cannot be reached, when the cluster has
    no worker for `patience` seconds, and when a worker has different software. When a worker dies, others take over.
    """

    is_here = False

    def __init__(self, address: str, *, patience: float = 60) -> None:
        if not _ADDRESS.fullmatch(address):
            raise _error(f"{address!r} is not the address of a scheduler; write one like tcp://127.0.0.1:8786")
        self._address = address
        self._patience = patience

    def map(self, function: Callable[[T], R], things: Iterable[T]) -> Iterator[R]:
        waiting = iter(things)
        first = list(islice(waiting, 1))
        if not first:
            return
        with _connected(self._address) as client:
            here = software()

            def submit(thing: T) -> _Pending[R]:
                work = pickle.dumps(partial(_work, function, thing, here))
                return _Pending(client, client.submit(_unpacked(work), pure=False, retries=_RETRIES), self._patience)

            ahead = max(_LEAST_AHEAD, _AHEAD * sum(client.nthreads().values()))
            yield from in_order(submit, chain(first, waiting), ahead)


_ADDRESS = re.compile(r"(?:tcp|tls|wss?)://[^\s/@]+:\d+")
_RETRIES = 2
"""Work that failed on one worker may succeed on another."""
_AHEAD = 2
_LEAST_AHEAD = 8
"""A cluster that grows on demand may have no worker yet."""
_CONNECTING = 5
"""Seconds to wait for the scheduler."""
_LOOKING = 5
"""Seconds between two checks that there are workers."""


# ---- on a worker

_ALONE = threading.Lock()
"""The libraries that render are not thread-safe, and threads would not make Python faster."""


def _work(function: Callable[[T], R], thing: T, expected: tuple[str, ...]) -> R:
    if differences := sorted(set(software()) ^ set(expected)):
        raise _OtherSoftwareError(
            ", ".join(f"{name} ({'here' if name in expected else 'there'})" for name in differences)
        )
    with _ALONE:
        return function(thing)


class _OtherSoftwareError(Exception):
    """The message names what differs."""


@lru_cache(maxsize=1)
def software() -> tuple[str, ...]:
    """Return what the bytes of the output depend on: Python, this package, and the versions of what it requires."""
    required = [r for r in metadata.requires("feeds") or () if "extra ==" not in r]
    names = {match[0] for r in required if (match := re.match(r"[\w.-]+", r))}
    return (f"Python {platform.python_version()}", f"feeds {fingerprints.package()}", *sorted(_versions(names)))


def _versions(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:  # not needed on this system
            yield f"no {name}"


# ---- here


def _unpacked(work: bytes) -> Callable[[], Any]:
    """Return a function that Dask sends as code: a worker that cannot import a function by its name would die."""

    def run() -> Any:
        import pickle  # this function is sent without its module

        return pickle.loads(work)()  # noqa: S301  (pickled by this machine)

    return run


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    # A topic's items are sent with the work, once: more data than Dask expects.
    with config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"}):
        try:
            client = Client(address, timeout=_CONNECTING, set_as_default=False)
        except (OSError, ValueError, RuntimeError) as error:
            advice = "start one with dask scheduler, or correct the address"
            raise _error(f"there is no Dask scheduler at {address}; {advice}") from error
        with client:
            yield client


class _Pending(Generic[R]):
    """A result that a worker will return."""

    def __init__(self, client: Client, future: "Future[R]", patience: float) -> None:
        self._client = client
        self._future = future
        self._patience = patience

    def result(self) -> R:
        try:
            return self._waited()
        except _OtherSoftwareError as error:
            raise _error(f"a worker has different software ({error}); install the same as here") from error
        except ModuleNotFoundError as error:
            raise _error(f"a worker has no {error.name}; install the same feeds there as here") from error
        except KilledWorker as error:
            raise _error("workers kept dying at the same work; give them more memory") from error
        except (CancelledError, OSError) as error:
            raise _error("the scheduler has gone away; start it, and build again") from error

    def _waited(self) -> R:
        alone_since = None
        while True:
            try:
                return self._future.result(timeout=min(_LOOKING, self._patience))
            except TimeoutError:
                if self._future.done():
                    raise
            if self._client.nthreads():
                alone_since = None
            elif monotonic() - (alone_since := alone_since or monotonic()) > self._patience:
                raise _error("the cluster has no workers; start some with dask worker")


def _error(message: str) -> ConfigError:
    return ConfigError("", [f"--dask: {message}"])
