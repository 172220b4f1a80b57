"""A real Dask cluster: a scheduler and workers as processes."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BARE: dict[str, Any] = {"python": ("-S",), "PYTHONPATH": sysconfig.get_path("purelib")}
"""Without what is installed as a link to its source, as feeds is here; the rest is found."""


class Cluster:
    """Ended with `stop`. Its processes run in a folder of their own, as those on other machines would."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._file = folder / "scheduler.json"
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, workers: int) -> None:
        """The scheduler, which needs no feeds, and workers."""
        arguments = ["--scheduler-file", str(self._file), "--host", "127.0.0.1", "--port", "0"]
        self.scheduler = self._start("scheduler", *arguments, "--dashboard-address", "127.0.0.1:0", **BARE)
        self._wait(lambda: self._file.exists() and self._file.stat().st_size > 0)
        self.address: str = json.loads(self._file.read_bytes())["address"]
        self.workers = {name: self.worker(name) for name in [f"worker-{n}" for n in range(workers)]}

    def worker(self, name: str, **options: Any) -> subprocess.Popen[bytes]:
        """Without a nanny, which would start another one when it dies."""
        arguments = ["worker", "--scheduler-file", str(self._file), "--name", name]
        arguments += ["--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--local-directory", str(self._folder)]
        started = self._start(*arguments, **options)
        self._wait(lambda: name in self._processing())
        return started

    def _processing(self) -> dict[str, int]:
        """How much each worker has to do."""
        from distributed import Client

        with Client(self.address, timeout=10, set_as_default=False) as client:
            # A lambda goes out as its code, not as the name of a module that is not there.
            count = lambda dask_scheduler: {str(w.name): len(w.processing) for w in dask_scheduler.workers.values()}  # noqa: E731
            return dict(client.run_on_scheduler(count))

    def kill_one_that_works(self) -> str:
        """Its name; empty when none works."""
        busy = [name for name, tasks in self._processing().items() if tasks]
        if busy:
            self.workers[busy[0]].send_signal(signal.SIGKILL)
            assert self.workers[busy[0]].wait() == -signal.SIGKILL
        return busy[0] if busy else ""

    def stop(self) -> None:
        for process in self._started:
            process.kill()
            process.wait()

    def _start(self, *arguments: str, python: tuple[str, ...] = (), **environment: str) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *python, "-m", "dask", *arguments, "--no-dashboard"],
                cwd=self._folder,
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
            )
        self._started.append(process)
        return process

    def _wait(self, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not ready():
            assert time.monotonic() < end, (self._folder / "log").read_text()
            assert self._started[-1].poll() is None, (self._folder / "log").read_text()
            time.sleep(0.05)
