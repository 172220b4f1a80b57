"""What is timed: for each row of the table, what happens to documents and builders before each run, and the goals."""

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bench import corpus
from bench.builders import Builder
from bench.measure import run

Counts = Mapping[int, float]
"""Goals by the number of documents."""


class Documents:
    """The first `count` documents of the corpus, on disk; made once, and kept for later runs."""

    def __init__(self, work: Path, count: int, per_day: int) -> None:
        self.count = count
        self.folder = work / f"docs-{count}"
        self._per_day = per_day
        self._stamp = work / f"docs-{count}.stamp"
        """Says how they were made; away while one of them is edited."""
        self._news = next(n for n in range(count) if _stands_alone(n))

    def make(self) -> None:
        """Makes them unless they are there, and brings them into the page cache."""
        if not self._stamp.exists() or self._stamp.read_text(encoding="utf-8") != self._made_by():
            shutil.rmtree(self.folder, ignore_errors=True)
            corpus.write(self.folder, self.count, self._per_day)
            self._stamp.write_text(self._made_by(), encoding="utf-8")
            os.sync()  # what is still being written to the disk would slow down the first runs
        for path in self._paths():
            path.read_bytes()

    def touch(self) -> None:
        """As a fresh clone does: all of them are of now, or nearly, as it takes longer to install what builds."""
        for path in self._paths():
            os.utime(path)
        time.sleep(2)  # our side looks again, in the next build, at what has changed so shortly before

    def edit(self, words: str) -> None:
        """Begins the title of a new story with these words; its topics' feeds show it."""
        self._stamp.unlink(missing_ok=True)
        self._write(self._text().replace('\ntitle: "', f'\ntitle: "{words} ', 1))

    def restore(self) -> None:
        """Takes back what was edited."""
        self._write(self._text())
        self._stamp.write_text(self._made_by(), encoding="utf-8")

    def _made_by(self) -> str:
        return f"{sha256(Path(corpus.__file__).read_bytes()).hexdigest()} {self.count} {self._per_day}"

    def _text(self) -> str:
        return corpus.document(self._news, self._per_day)

    def _write(self, text: str) -> None:
        (self.folder / corpus.path_of(self._news)).write_text(text, encoding="utf-8", newline="\n")

    def _paths(self) -> Iterator[Path]:
        return self.folder.glob("*/*.md")


def _stands_alone(number: int) -> bool:
    return corpus.is_eligible(number) and not corpus.is_copy(number) and not corpus.is_copy(number + 1)


Step = Callable[[Documents, Sequence[Builder], str], None]
"""What is done before the sides' next runs; the string is another one each time."""


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    before: Step
    goals: Counts
    """Our time, as a ratio to the other's, or our memory in MiB."""
    is_light: bool = False
    """Only what Hugo makes, too."""
    is_memory: bool = False
    edits: bool = False


def _cold(documents: Documents, sides: Sequence[Builder], mark: str) -> None:
    for builder in sides:
        builder.clear()


def _built(documents: Documents, sides: Sequence[Builder], mark: str) -> None:
    for builder in sides:
        if not builder.is_built:
            run(builder.command, builder.folder)
            builder.is_built = True


def _edited(documents: Documents, sides: Sequence[Builder], mark: str) -> None:
    _built(documents, sides, mark)
    documents.edit(mark)


def _cloned(documents: Documents, sides: Sequence[Builder], mark: str) -> None:
    _built(documents, sides, mark)
    documents.touch()
    for builder in sides:
        for path in builder.out.rglob("*"):
            os.utime(path)


ROWS: Mapping[str, Row] = {
    "cold": Row("first build, all default outputs", _cold, {1_000: 1.3, 10_000: 0.75, 100_000: 0.4}),
    "light": Row("first build, only what Hugo makes too", _cold, {1_000: 0.9, 10_000: 0.45}, is_light=True),
    "same": Row("second build, nothing changed", _built, {10_000: 0.03}),
    "clone": Row("fresh clone: all files new, cache and out/ kept", _cloned, {10_000: 0.06}),
    "edited": Row("one document edited", _edited, {10_000: 0.1}, edits=True),
    "memory": Row("peak memory of a first build", _cold, {1_000: 100, 10_000: 150, 100_000: 250}, is_memory=True),
}
"""The goals are ratios to Hugo 0.151.2 on two processors."""
