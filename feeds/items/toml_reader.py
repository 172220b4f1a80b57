"""Read the TOML front matter of Hugo's pages as the plain data that `yaml_reader` makes of YAML. Pure."""

import re
from datetime import date, datetime, time

from feeds.config.options import Limits
from feeds.config.toml_text import TomlError, TomlText
from feeds.items.plain_yaml import SECRET
from feeds.items.syntax import Parsed, UnusableError, Where

_MAX_LENGTH = 100_000
"""Characters. The time that `tomllib` takes can grow with the square of the length; real front matter has 1,000."""
_KEY_AND_DOT = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_OPENING_LINES = 1


def parse_toml(text: str, limits: Limits = Limits()) -> Parsed:
    """Return the mapping that a TOML text contains, without the opening line; raise UnusableError."""
    if len(text) > _MAX_LENGTH:
        raise UnusableError("too-complex", f"the front matter has more than {_MAX_LENGTH:,} characters; shorten it")
    too_deep = f"lists and tables are nested more than {limits.depth} deep; make the structure flatter"
    # The time that `tomllib` takes grows with the square of the number of keys with dots between them.
    if re.search(rf"(?<![\w-])(?:{_KEY_AND_DOT}){{{limits.depth}}}", text):
        raise UnusableError("too-complex", too_deep)
    try:
        toml = TomlText(text)
        plain = _plain(toml.data, limits.depth)
    except TomlError as error:
        raise UnusableError("bad-toml", error.advice, error.line + _OPENING_LINES) from None
    except RecursionError:
        raise UnusableError("too-complex", too_deep) from None
    except ValueError:  # Python refuses to convert numbers of more than 4,300 digits
        raise UnusableError("bad-toml", "a number has too many digits; shorten it, or put it in quotes") from None

    def line_of(where: Where) -> int:
        return toml.line_of(tuple(part for part in where if isinstance(part, str))) + _OPENING_LINES

    return Parsed(plain if isinstance(plain, dict) else {}, line_of, ())


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
