"""Problems as values: a Problem is one thing wrong at one place; a ConfigError stops a run."""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
from pathlib import PurePath

from msgspec import Struct


class Severity(StrEnum):
    ERROR = "error"
    """The document, or the entry of `related`, is left out."""
    WARNING = "warning"
    """It is still used, but without the part in question."""


class Problem(Struct, frozen=True, order=True):
    """One thing wrong at one place; prints as `path:line: severity code message`."""

    path: str
    line: int
    """Counted from 1."""
    severity: Severity
    code: str
    """Stable and short, for programs: `bad-date`."""
    message: str
    """What is wrong and what to do, in one line."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity} {self.code} {self.message}"


class ConfigError(Exception):
    """The configuration or the command line cannot be used; each problem is one line of the message."""

    def __init__(self, path: str | PurePath, problems: list[str]) -> None:
        self.path = str(path)
        self.problems = problems
        super().__init__("\n".join(f"{self.path}: error: {p}" if self.path else f"error: {p}" for p in problems))

    def __reduce__(self) -> tuple[type["ConfigError"], tuple[str, list[str]]]:
        return ConfigError, (self.path, self.problems)  # another process sends an exception as its arguments


class WorkerError(Exception):
    """The processes cannot go on, mostly because memory or the number of threads is limited."""

    def __init__(self) -> None:
        super().__init__("the worker processes ended; allow more memory, or use fewer of them (--jobs 1 for none)")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return advice on an unknown word, to end a message with: the known word most like it, or else all of them."""
    known = list(known)
    close = get_close_matches(word.lower().replace("-", "_"), known, n=1)
    return f"did you mean {close[0]}?" if close else f"choose from {', '.join(known)}"
