"""Builds in processes that are killed: a program, run by test_safety, that loads everything once and then forks.

Its argument is the folder. Each line of input is a JSON list: whether to use the cache; how to end the build (`"time"`,
after as many seconds; `"event"`, before the so-manyth change that it makes to the file system; `"never"`); and that
number. Answers with the seconds that passed, and the number of changes of a build that was not ended.
"""

import json
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from feeds.config.load import Config, load_config
from feeds.engine.processes import Serial
from feeds.pipeline import build

NOW = datetime(2021, 2, 1, 6, tzinfo=UTC)
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}


def main() -> None:
    config = load_config(start=Path(sys.argv[1]))
    everywhere = replace(config, out=config.root / "elsewhere", cache=None)
    build(everywhere, NOW, executor=Serial())  # loads what builds need
    for line in sys.stdin:
        has_cache, how, number = json.loads(line)
        started = time.perf_counter()
        answers, tell = os.pipe()
        child = os.fork()
        if child == 0:
            wanted = config if has_cache else replace(config, cache=None)
            _build(wanted, number if how == "event" else 0, tell)
        os.close(tell)
        if how == "time":
            time.sleep(number)
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        answer = [time.perf_counter() - started, int(os.read(answers, 10) or 0)]
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        os.close(answers)


def _build(config: Config, last: int, tell: int) -> None:
    changes = 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal changes, last
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        changes += bool(writes or event in CHANGES)
        if last and changes == last:
            last = 0  # for killing is an event, too
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.addaudithook(count)
        build(config, NOW, prune=True, executor=Serial())
        os.write(tell, str(changes).encode())
    finally:
        os._exit(0)


main()
