"""The results as Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.measure import MIB, Measured
from bench.rows import ROWS, Row


@dataclass(frozen=True, slots=True)
class Result:
    """The runs of one row at one number of documents."""

    ours: tuple[Measured, ...]
    theirs: tuple[Measured, ...] = ()
    """Empty if nothing took turns."""


Results = Mapping[tuple[str, int], Result]
"""By row and number of documents."""


def markdown(results: Results, counts: Sequence[int], against: str, runs: int) -> Iterator[str]:
    """Lines; `against` is the name and version of what took turns, or empty."""
    what = f"ratio to {against}, " if against else ""
    yield f"| {what}median of {runs} (goal) | {' | '.join(f'{count:,} documents' for count in counts)} |"
    yield f"|---|{'---|' * len(counts)}"
    for key, row in ROWS.items():
        cells = [_cell(row, results.get((key, count)), count) for count in counts]
        if any(cells):
            yield f"| {row.title} | {' | '.join(cells)} |"


def _cell(row: Row, result: Result | None, count: int) -> str:
    if result is None:
        return ""
    goal = row.goals.get(count)
    if row.is_memory:
        ours, theirs = (_largest(side) for side in (result.ours, result.theirs))
        beside = f" : {theirs:.0f}" if result.theirs else ""
        return f"{ours:.0f}{beside} MiB{_judged(ours, goal, ' MiB')}"
    ours = _middle(result.ours)
    if not result.theirs:
        return f"{ours:.2f} s"
    theirs = _middle(result.theirs)
    return f"**{ours / theirs:.2f}×** {ours:.2f} : {theirs:.2f} s{_judged(ours / theirs, goal, '×')}"


def _judged(value: float, goal: float | None, unit: str) -> str:
    return "" if goal is None else f" (≤ {goal:g}{unit}: {'met' if value <= goal else 'not met'})"


def _middle(side: Sequence[Measured]) -> float:
    return median(m.seconds for m in side)


def _largest(side: Sequence[Measured]) -> float:
    return max((m.peak for m in side), default=0) / MIB
