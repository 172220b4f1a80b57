"""Look up the fields of a document's mappings, and collect what is wrong with them, by line. Pure.

A field has a meaning here; a key is what the document writes. A field may have several keys.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

import msgspec

from feeds.config.options import FieldNames, Limits
from feeds.items.front_matter import Document
from feeds.items.syntax import Where
from feeds.items.values import RefusedError, quoted
from feeds.problems import Problem, Severity

T = TypeVar("T")

Parse = Callable[[str, object], T]
"""Take a key and its value, and return what it means or raise RefusedError."""

Keys = Mapping[str, tuple[str, ...]]
"""The keys of each field that has more than its own name; the first key present is used."""

_OURS = {"url": ("webUrl", "originalUrl"), "date": ("publishedDateTime", "date")}
_SPLIT = ("categories", "tags")
"""Jekyll takes these for lists, and splits a text at spaces."""


@lru_cache(maxsize=16)
def keys_of(names: FieldNames) -> Keys:
    keys = {}
    for field, theirs in msgspec.structs.asdict(names).items():
        ours = _OURS.get(field, (field,))
        keys[field] = tuple(dict.fromkeys([*([theirs] if isinstance(theirs, str) else theirs), *ours]))
    return keys


class Fields:
    """One mapping of a document."""

    def __init__(
        self,
        document: Document,
        data: dict[str, object],
        where: Where,
        problems: list[Problem],
        limits: Limits,
        keys: Keys,
    ) -> None:
        self.has_error = False
        """Mappings inside this one have their own."""
        self.limits = limits
        self._document, self._data, self._where, self._problems = document, data, where, problems
        self._keys = keys

    def inside(self, data: dict[str, object], *where: str | int, same_keys: bool = False) -> "Fields":
        """Return the fields of a mapping in this one."""
        keys = self._keys if same_keys else {}
        return Fields(self._document, data, (*self._where, *where), self._problems, self.limits, keys)

    def keys(self, field: str) -> tuple[str, ...]:
        return self._keys.get(field, (field,))

    def key(self, field: str) -> str:
        """Return the first key present, or the key to write when none is."""
        keys = self._keys.get(field)
        if keys is None:
            return field
        return keys[0] if len(keys) == 1 else next(filter(self.has, keys), keys[0])

    def report(self, severity: Severity, code: str, message: str, *where: str | int) -> None:
        line = self._document.line_of((*self._where, *where))
        self._problems.append(Problem(self._document.name, line, severity, code, message))

    def error(self, code: str, message: str, *where: str | int) -> None:
        """Report an error, which leaves out this mapping."""
        self.has_error = True
        self.report(Severity.ERROR, code, message, *where)

    def warning(self, code: str, message: str, *where: str | int) -> None:
        self.report(Severity.WARNING, code, message, *where)

    def get(self, key: str) -> object:
        """Return the value, or None when it is absent, null or blank."""
        value = self._data.get(key)
        return None if isinstance(value, str) and not value.strip() else value

    def has(self, key: str) -> bool:
        return self.get(key) is not None

    def read(self, field: str, parse: Parse[T], default: T, severity: Severity = Severity.ERROR) -> T:
        """Return the parsed value, or the default when it is absent, or refused and reported."""
        key = self.key(field)
        value = self.get(key)
        return default if value is None else self.parse(key, value, parse, default, severity, (key,))

    def require(
        self, field: str, parse: Parse[T], code: str, message: str, severity: Severity = Severity.ERROR
    ) -> T | None:
        """Do the same as `read`, but report an absent value; `{key}` in the message becomes the key to write."""
        key = self.key(field)
        value = self.get(key)
        if value is None:
            self._leave_out(severity, code, message.format(key=key), (key,))
            return None
        return self.parse(key, value, parse, None, severity, (key,))

    def parse(self, key: str, value: object, parse: Parse[T], default: T, severity: Severity, where: Where) -> T:
        try:
            return parse(key, value)
        except RefusedError as reason:
            self._leave_out(severity, reason.code, reason.message, where)
            return default

    def entries(
        self, key: str, code: str, severity: Severity, most: int, single: type | tuple[type, ...] = ()
    ) -> Iterator[tuple[Where, object]]:
        """Yield the first `most` entries of a list, without null, and their places; `single` may replace the list."""
        value = self.get(key)
        if isinstance(value, list):
            if len(value) > most:
                message = f"{key} has {len(value):,} entries, but only the first {most:,} are used; shorten the list"
                self.warning("too-many", message, key)
            yield from (((key, index), entry) for index, entry in enumerate(value[:most]) if entry is not None)
        elif isinstance(value, single):
            yield (key,), value
        elif value is not None:
            message = f"{key} is {quoted(value)}, not a list; write each entry on its own line, after -"
            self.report(severity, code, message, key)

    def words(self, keys: tuple[str, ...], most: int) -> Iterator[tuple[Where, object]]:
        """Yield the first `most` words of each list; a text is split as in Jekyll, at commas if it has any."""
        for key in keys:
            value = self.get(key)
            if key in _SPLIT and isinstance(value, str):
                found = value.split(",") if "," in value else value.split()
                yield from (((key,), word) for word in found[:most])
            else:
                if isinstance(value, str) and "," in value:
                    self._warn_of_comma(key, value)
                yield from self.entries(key, "bad-topics", Severity.WARNING, most, str)

    def _warn_of_comma(self, key: str, value: str) -> None:
        text = quoted(value)
        message = f"{key} is one text, {text}; write [{text[1:-1]}] for several topics, or [{text}] if it is one"
        self.warning("comma-in-topic", message, key)

    def _leave_out(self, severity: Severity, code: str, message: str, where: Where) -> None:
        (self.error if severity is Severity.ERROR else self.warning)(code, message, *where)
