"""How long a process takes, and how much memory it and its children need. Linux and macOS."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Measured:
    seconds: float
    """From before the process is made until it has ended."""
    peak: int
    """Bytes that were resident at most; see `run`."""
    output: str
    """All that it printed."""


def run(command: Sequence[str], folder: Path, *, all_processes: bool = False) -> Measured:
    """Runs a command to its end in a folder; SystemExit when it fails.

    The peak is the kernel's own record of the largest process (ru_maxrss). With `all_processes` it is the largest sum
    over the process and its children, if that is more: of their proportional set sizes, in which memory that several
    share counts once (/proc, so Linux only), looked at a hundred times a second and only while there are children.
    That looking slows a build down a little, so a run is either for its time or for its memory.
    """
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=_env(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        sampled = _watch(process.pid) if all_processes else 0
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # else it would be waited for a second time
        log.seek(0)
        output = log.read().decode(errors="replace")
    if process.returncode:
        raise SystemExit(f"exit status {process.returncode} of {' '.join(command)}:\n{output[-2000:]}")
    largest = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Measured(seconds, max(largest, sampled), output)


def _env() -> dict[str, str]:
    """With bytecode kept, as of an installed package: else each run would compile all modules anew."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _watch(pid: int) -> int:
    """The largest sum that was seen until the process ended."""
    largest = 0
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        tree = _tree(pid)
        if len(tree) > 1:
            largest = max(largest, sum(map(_proportional_size, tree)))
        time.sleep(0.01)
    return largest


def _tree(pid: int) -> list[int]:
    """The process and all that descend from it."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            found += map(int, _read(children).split())
    return found


def _proportional_size(pid: int) -> int:
    """In bytes; 0 for a process that is gone."""
    for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:  # the process has ended meanwhile
        return ""
