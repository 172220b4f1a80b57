"""A file that lists which issues were pushed, for nightly runs: an issue is pushed once, when it has closed."""

from pathlib import Path

from feeds.delivery.push.protocol import Key


class PushedList:
    """Without a file, it is empty and stays so."""

    def __init__(self, path: str | None) -> None:
        self._path = Path(path) if path else None

    def has(self, tool: str, key: Key) -> bool:
        return _line(tool, key) in self._lines()

    def add(self, tool: str, key: Key) -> None:
        """Add a line; raise OSError."""
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lines = dict.fromkeys([*self._lines(), _line(tool, key)])
            self._path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def _lines(self) -> list[str]:
        if not (self._path and self._path.is_file()):
            return []
        return self._path.read_text(encoding="utf-8").splitlines()


def _line(tool: str, key: Key) -> str:
    return f"{tool} {key}"
