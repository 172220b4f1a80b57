"""Read the TOML front matter of Hugo's pages as the plain data that `yaml_reader` makes of YAML. Pure."""

import tomllib
from collections.abc import Callable
from datetime import date, datetime, time

from feeds.config.lines import line_of
from feeds.config.options import Limits
from feeds.config.toml_hints import explain
from feeds.items.plain_yaml import SECRET
from feeds.items.yaml_hints import UnusableError
from feeds.items.yaml_reader import Parsed, Where

_MAX_LENGTH = 100_000
"""Characters. The time that `tomllib` takes can grow with the square of the length; real front matter has 1,000."""
_OPENING_LINES = 1


def parse_toml(text: str, limits: Limits = Limits()) -> Parsed:
    """Return the mapping that a TOML text contains, without the opening line; raise UnusableError."""
    if len(text) > _MAX_LENGTH:
        raise UnusableError("too-complex", f"the front matter has more than {_MAX_LENGTH:,} characters; shorten it")
    try:
        data = tomllib.loads(text)
        plain = _plain(data, limits.depth)
    except tomllib.TOMLDecodeError as error:
        place, message = explain(error, text).removeprefix("line ").split(": ", 1)
        raise UnusableError("bad-toml", message, int(place) + _OPENING_LINES) from None
    except RecursionError:
        message = f"lists and tables are nested more than {limits.depth} deep; make the structure flatter"
        raise UnusableError("too-complex", message) from None
    return Parsed(plain if isinstance(plain, dict) else {}, _lines(text), ())


def _lines(text: str) -> Callable[[Where], int]:
    def line(where: Where) -> int:
        keys = tuple(part for part in where if isinstance(part, str))
        return (line_of(text, keys) or 0) + _OPENING_LINES

    return line


def _plain(value: object, depth: int) -> object:
    """Return the value with text for every scalar; raise RecursionError below `depth`."""
    if depth < 0:
        raise RecursionError
    if isinstance(value, dict):
        return {key: _plain(inner, depth - 1) for key, inner in value.items() if key != SECRET}
    if isinstance(value, list):
        return [_plain(inner, depth - 1) for inner in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)
