"""A Dask cluster as an executor, for what outgrows one machine. Its workers read the documents and the templates
themselves, by the same paths as here: they need the same folders, and the same software.

What comes back from reading is small: of each document that may be in an edition its candidate and its item, of the
others a few bytes. Combining the chunks is putting one after the other, and no more. To keep only the best N of each
topic would be wrong: what comes after them still decides which items are one story, and what a story covers.
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
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from feeds.engine import fingerprints
from feeds.engine.processes import in_order
from feeds.problems import ConfigError

if TYPE_CHECKING:
    from distributed import Client, Future

T = TypeVar("T")
R = TypeVar("R")


class Dask:
    """The workers of the scheduler at that address: `tcp://host:8786`.

    Raises ConfigError for what is none. `map` raises it when the scheduler is not there, or goes away; when the cluster
    has had no worker for `patience` seconds; and when a worker does not have the same software. The work of one that
    dies is done by the others.
    """

    def __init__(self, address: str, *, patience: float = 60) -> None:
        if not _ADDRESS.fullmatch(address):
            raise _error(f"{address!r} is no address of a scheduler: write it like tcp://127.0.0.1:8786")
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

            ahead = max(_LEAST_AHEAD, _AHEAD * sum(_threads(client).values()))
            yield from in_order(submit, chain(first, waiting), ahead)


_ADDRESS = re.compile(r"(?:tcp|tls|wss?)://[^\s/@]+:\d+")
_RETRIES = 2
"""Of work that failed on a worker: another one may be able to do it."""
_AHEAD = 2
_LEAST_AHEAD = 8
"""As a cluster that grows on demand may have no worker yet."""
_CONNECTING = 5
"""Seconds to wait for the scheduler."""
_LOOKING = 5
"""Seconds after which to see whether there is anybody who works."""


# ---- on a worker

_ALONE = threading.Lock()
"""Libraries that render are not made for threads, and Python would not be faster with them."""


def _work(function: Callable[[T], R], thing: T, expected: tuple[str, ...]) -> R:
    if differences := sorted(set(software()) ^ set(expected)):
        raise _OtherSoftwareError(
            ", ".join(f"{name} ({'here' if name in expected else 'there'})" for name in differences)
        )
    with _ALONE:
        return function(thing)


class _OtherSoftwareError(Exception):
    """Names what differs."""


@lru_cache(maxsize=1)
def software() -> tuple[str, ...]:
    """What bytes depend on: Python, this package, and the versions of what it requires."""
    required = [r for r in metadata.requires("feeds") or () if "extra ==" not in r]
    names = {match[0] for r in required if (match := re.match(r"[\w.-]+", r))}
    return (f"Python {platform.python_version()}", f"feeds {fingerprints.package()}", *sorted(_versions(names)))


def _versions(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:  # this system does not need it
            yield f"no {name}"


# ---- here


def _unpacked(work: bytes) -> Callable[[], Any]:
    """Dask sends what is defined here as its code. The name of something that is not there would end the worker."""

    def run() -> Any:
        import pickle

        return pickle.loads(work)()  # noqa: S301  (what this machine has packed)

    return run


@contextmanager
def _connected(address: str) -> "Iterator[Client]":
    try:
        from distributed import Client
    except ImportError as error:
        raise _error("Dask is not installed: install it with pip install 'feeds[dask]'") from error
    import dask

    # A topic's items go out with the work: more than Dask expects, and once only.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"}):
        try:
            client = Client(address, timeout=_CONNECTING, set_as_default=False)
        except (OSError, ValueError, RuntimeError) as error:
            reason = f"there is no Dask scheduler at {address}"
            raise _error(f"{reason}: start one with dask scheduler, or correct the address") from error
        with client:
            yield client


class _Pending(Generic[R]):
    """A result that a worker owes."""

    def __init__(self, client: "Client", future: "Future[R]", patience: float) -> None:
        self._client = client
        self._future = future
        self._patience = patience

    def result(self) -> R:
        from distributed import KilledWorker

        try:
            return self._waited()
        except _OtherSoftwareError as error:
            raise _error(f"a worker has other software than this machine: {error}: install the same on both") from error
        except ModuleNotFoundError as error:
            raise _error(f"a worker has no {error.name}: install the same feeds there as here") from error
        except KilledWorker as error:
            raise _error("workers died again and again at the same work: give them more memory") from error
        except (CancelledError, OSError) as error:
            raise _error("the scheduler has gone away: start it, and build once more") from error

    def _waited(self) -> R:
        alone_since = None
        while True:
            try:
                return self._future.result(timeout=min(_LOOKING, self._patience))
            except TimeoutError:
                if self._future.done():
                    raise
            if _threads(self._client):
                alone_since = None
            elif monotonic() - (alone_since := alone_since or monotonic()) > self._patience:
                raise _error("the cluster has no worker: start some with dask worker")


def _threads(client: "Client") -> dict[str, int]:
    """Of each worker."""
    return dict(client.nthreads())


def _error(message: str) -> ConfigError:
    return ConfigError("", [f"--dask: {message}"])
