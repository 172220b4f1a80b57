"""A long run of the fuzzers: `python tests/fuzz/run.py [TARGET]… [--inputs N] [--seconds S]`.

Inputs are mutations of the test documents, the same for the same seed. An input that raises is saved, and the run exits
with 1; a saved one is tried again with `--try FILE`. With `--atheris`, if it is installed, libFuzzer chooses the inputs
by what code they reach: fewer of them, and stranger ones.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz.mutation import corpus, mutated
from fuzz.targets import TARGETS

SHARES = {"urls": 400, "text": 300, "front_matter": 250, "digest": 45, "build": 5}
"""Of a thousand inputs: what is fast gets more of them."""


def fuzz(
    targets: Mapping[str, Callable[[bytes], None]],
    inputs: int,
    *,
    seconds: float = 0,
    seed: int = 0,
    save: Path = Path(),
    say: Callable[[str], object] = print,
) -> int:
    """How many inputs raised. Each target gets its share of the inputs, and of the time if there is a limit."""
    shares = {name: SHARES.get(name, 1) for name in targets}
    total, failed, started = 0, 0, time.monotonic()
    for name, share in shares.items():
        count = max(1, inputs * share // sum(shares.values()))
        begun = time.monotonic()
        done, found = _fuzz_one(name, targets[name], count, seconds / len(targets), Random(f"{seed} {name}"), save, say)
        took = time.monotonic() - begun
        say(f"{name}: {done:,} inputs in {took:.1f} s, {done / max(took, 1e-9):,.0f} a second, {found} failed")
        total, failed = total + done, failed + found
    took = time.monotonic() - started
    say(f"all: {total:,} inputs in {took:.1f} s, {total / max(took, 1e-9):,.0f} a second, {failed} failed")
    return failed


def _fuzz_one(
    name: str,
    target: Callable[[bytes], None],
    count: int,
    seconds: float,
    random: Random,
    save: Path,
    say: Callable[[str], object],
) -> tuple[int, int]:
    """How many inputs there were, and how many raised; stops after a few of those."""
    seeds, failed = corpus(name), 0
    end = time.monotonic() + seconds
    for number in range(count):
        if failed == 5 or (seconds and time.monotonic() > end):
            return number, failed
        data = mutated(random, seeds)
        if not passes(target, data, save / f"fuzz-{name}-{number}.bin", say):
            failed += 1
    return count, failed


def passes(target: Callable[[bytes], None], data: bytes, file: Path, say: Callable[[str], object] = print) -> bool:
    """Whether the input does not raise; else it is saved."""
    try:
        target(data)
    except Exception:
        file.write_bytes(data)
        say(f"{file}:\n{traceback.format_exc(limit=-4)}")
        return False
    return True


def _with_atheris(names: Sequence[str], inputs: int, save: Path) -> None:
    """Never returns: libFuzzer ends the process."""
    import os

    import atheris

    (name,) = names
    atheris.instrument_all()

    def one(data: bytes) -> None:
        if not passes(TARGETS[name], data, save / f"fuzz-{name}-atheris.bin"):
            os._exit(1)

    atheris.Setup([sys.argv[0], f"-runs={inputs}", "-max_len=8192"], one)
    atheris.Fuzz()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--inputs", type=int, default=1_000_000, help="of all targets together")
    parser.add_argument("--seconds", type=float, default=0, help="to stop after, of all targets together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", type=Path, default=Path(), help="folder for inputs that raise")
    parser.add_argument("--try", dest="again", type=Path, help="a saved input")
    parser.add_argument("--atheris", action="store_true", help="choose inputs by coverage; one target")
    given = parser.parse_args(arguments)
    names = given.targets or list(TARGETS)
    if given.again:
        return int(not all(passes(TARGETS[name], given.again.read_bytes(), given.again) for name in names))
    if given.atheris:
        _with_atheris(names, given.inputs, given.save)
    chosen = {name: TARGETS[name] for name in names}
    return int(fuzz(chosen, given.inputs, seconds=given.seconds, seed=given.seed, save=given.save) > 0)


if __name__ == "__main__":
    sys.exit(main())
