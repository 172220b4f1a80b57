"""The fields of a document's mappings: under which keys they stand, and what is wrong with them, by line. Pure."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

import msgspec

from feeds.config.options import FieldNames, Limits
from feeds.items.front_matter import Document
from feeds.items.values import RefusedError, quoted
from feeds.items.yaml_reader import Where
from feeds.problems import Problem, Severity

T = TypeVar("T")

Parse = Callable[[str, object], T]
"""Makes something of a key's value, or raises RefusedError; the key is for the message."""


Keys = Mapping[str, tuple[str, ...]]
"""The keys that hold a field, in the order in which they count, for fields that have not only their own name."""

_OURS = {"url": ("webUrl", "originalUrl"), "date": ("publishedDateTime", "date")}
_SPLIT = ("categories", "tags")
"""Lists to Jekyll, which splits a text there at spaces."""


@lru_cache(maxsize=16)
def keys_of(names: FieldNames) -> Keys:
    keys = {}
    for field, theirs in msgspec.structs.asdict(names).items():
        ours = _OURS.get(field, (field,))
        keys[field] = tuple(dict.fromkeys([*([theirs] if isinstance(theirs, str) else theirs), *ours]))
    return keys


class Fields:
    """One mapping of a document. Knows where it stands and collects what is wrong with it.

    A field is what has a meaning here; a key is what stands in the document.
    """

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
        """Of its own; mappings inside it have theirs."""
        self.limits = limits
        self._document, self._data, self._where, self._problems = document, data, where, problems
        self._keys = keys

    def inside(self, data: dict[str, object], *where: str | int) -> "Fields":
        """A mapping in this one, with fields of its own."""
        return Fields(self._document, data, (*self._where, *where), self._problems, self.limits, {})

    def alike(self, data: dict[str, object], *where: str | int) -> "Fields":
        """A mapping in this one that has the same fields."""
        return Fields(self._document, data, (*self._where, *where), self._problems, self.limits, self._keys)

    def keys(self, field: str) -> tuple[str, ...]:
        return self._keys.get(field, (field,))

    def key(self, field: str) -> str:
        """The one that counts; where there is none, the one to write."""
        keys = self._keys.get(field)
        if keys is None:
            return field
        return keys[0] if len(keys) == 1 else next(filter(self.has, keys), keys[0])

    def report(self, severity: Severity, code: str, message: str, *where: str | int) -> None:
        line = self._document.line_of((*self._where, *where))
        self._problems.append(Problem(self._document.name, line, severity, code, message))

    def error(self, code: str, message: str, *where: str | int) -> None:
        """An error that leaves out this mapping."""
        self.has_error = True
        self.report(Severity.ERROR, code, message, *where)

    def warning(self, code: str, message: str, *where: str | int) -> None:
        self.report(Severity.WARNING, code, message, *where)

    def get(self, key: str) -> object:
        """The value, or None when it is absent, null or blank."""
        value = self._data.get(key)
        return None if isinstance(value, str) and not value.strip() else value

    def has(self, key: str) -> bool:
        return self.get(key) is not None

    def read(self, field: str, parse: Parse[T], default: T, severity: Severity = Severity.ERROR) -> T:
        """What `parse` makes of a value; the default where it is absent, or refused and reported."""
        key = self.key(field)
        value = self.get(key)
        return default if value is None else self.parse(key, value, parse, default, severity, (key,))

    def require(
        self, field: str, parse: Parse[T], code: str, message: str, severity: Severity = Severity.ERROR
    ) -> T | None:
        """Like `read`, and reports where there is no value; `{key}` in the message stands for what to write."""
        key = self.key(field)
        if not self.has(key):
            self._leave_out(severity, code, message.format(key=key), (key,))
        return self.read(field, parse, None, severity)

    def parse(self, key: str, value: object, parse: Parse[T], default: T, severity: Severity, where: Where) -> T:
        try:
            return parse(key, value)
        except RefusedError as reason:
            self._leave_out(severity, reason.code, reason.message, where)
            return default

    def each(
        self, field: str, code: str, severity: Severity, most: int, *, single: type | tuple[type, ...] = ()
    ) -> Iterator[tuple[Where, object]]:
        """The first `most` entries of a list, null left out, and their places; `single` stands for a list of one."""
        yield from self.entries(self.key(field), code, severity, most, single)

    def entries(
        self, key: str, code: str, severity: Severity, most: int, single: type | tuple[type, ...]
    ) -> Iterator[tuple[Where, object]]:
        """Those of one key."""
        value = self.get(key)
        if isinstance(value, list):
            if len(value) > most:
                message = f"{key} has {len(value):,} entries, and only the first {most:,} are used: shorten the list"
                self.warning("too-many", message, key)
            yield from (((key, index), entry) for index, entry in enumerate(value[:most]) if entry is not None)
        elif isinstance(value, single):
            yield (key,), value
        elif value is not None:
            message = f"{key} is {quoted(value)}, not a list: begin each entry on a line of its own with -"
            self.report(severity, code, message, key)

    def words(self, keys: tuple[str, ...], most: int) -> Iterator[tuple[Where, object]]:
        """The first entries of each of these lists; a text is split where Jekyll does, at commas if it has any."""
        for key in keys:
            value = self.get(key)
            if key in _SPLIT and isinstance(value, str):
                found = value.split(",") if "," in value else value.split()
                yield from (((key,), word) for word in found[:most])
            else:
                yield from self.entries(key, "bad-topics", Severity.WARNING, most, str)

    def _leave_out(self, severity: Severity, code: str, message: str, where: Where) -> None:
        (self.error if severity is Severity.ERROR else self.warning)(code, message, *where)
