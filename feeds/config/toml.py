"""Frozen records out of TOML tables: the record's fields are the table's keys, every mistake is collected."""

import difflib
import types
import typing
from collections.abc import Iterator, Mapping
from typing import TypeGuard, TypeVar

import msgspec
from msgspec import Struct

Key = tuple[str, ...]
"""A key and the tables that it is in: ("topics", "AI", "slug")."""

T = TypeVar("T", bound=Struct)
_NAMES = {str: "a text", int: "a whole number", bool: "true or false"}


def dotted(key: Key) -> str:
    """`topics."Computer Vision".slug`"""
    return ".".join(k if k.replace("_", "").replace("-", "").isalnum() and k.isascii() else f'"{k}"' for k in key)


class Reader:
    """Reads tables into records; afterwards `problems` says all that is wrong: (key, message)."""

    def __init__(self) -> None:
        self.problems: list[tuple[Key, str]] = []
        self._homes: dict[str, str] = {}

    def read(self, cls: type[T], table: Mapping[str, object]) -> T:
        """The whole file's record; what is wrong or missing has the field's default."""
        for name, kind in typing.get_type_hints(cls).items():
            if is_record(kind):
                self._homes |= dict.fromkeys(kind.__struct_fields__, name)
        return self._record(cls, table, ())

    def _record(self, cls: type[T], table: Mapping[str, object], where: Key) -> T:
        types_ = typing.get_type_hints(cls)
        values = {}
        for name, raw in table.items():
            if name not in types_:
                self.problems.append(((*where, name), self._unknown(name, types_)))
                continue
            value = self._value(types_[name], raw, (*where, name))
            if value is not _WRONG:
                values[name] = value
        for name in needed(cls):
            if name not in table:
                self.problems.append(((*where, name), "is missing"))
            values.setdefault(name, "")  # nobody will see it: what is wrong is said instead
        return cls(**values)

    def _value(self, wanted: object, raw: object, where: Key) -> object:
        for kind in _alternatives(wanted):
            if (value := self._read(kind, raw, where)) is not _WRONG:
                return value
        self.problems.append((where, f"must be {' or '.join(_named(k) for k in _alternatives(wanted))}"))
        return _WRONG

    def _read(self, kind: object, raw: object, where: Key) -> object:
        if is_record(kind) and isinstance(raw, dict):
            return self._record(kind, raw, where)
        origin, args = typing.get_origin(kind), typing.get_args(kind)
        if origin is typing.Literal:
            return raw if raw in args else _WRONG
        if origin is tuple and isinstance(raw, list) and all(type(v) is args[0] for v in raw):
            return tuple(raw)
        if origin is dict and isinstance(raw, dict):
            return {key: self._value(args[1], value, (*where, key)) for key, value in raw.items()}
        return raw if type(raw) is kind else _WRONG

    def _unknown(self, name: str, known: Mapping[str, object]) -> str:
        if name in self._homes:
            return f"unknown key here; it belongs into [{self._homes[name]}]"
        close = difflib.get_close_matches(name.lower().replace("-", "_"), known, n=1, cutoff=0.6)
        return f"unknown key; did you mean {close[0]}?" if close else f"unknown key; known here: {', '.join(known)}"


def is_record(kind: object) -> TypeGuard[type[Struct]]:
    """Whether a field's type is one for a table, with keys of its own."""
    return isinstance(kind, type) and issubclass(kind, Struct)


def needed(cls: type[Struct]) -> list[str]:
    """The fields of a record that have no default."""
    return [f.name for f in msgspec.structs.fields(cls) if f.required]


_WRONG: typing.Final = object()


def _alternatives(wanted: object) -> Iterator[object]:
    if typing.get_origin(wanted) in (types.UnionType, typing.Union):
        yield from (t for t in typing.get_args(wanted) if t is not type(None))
    else:
        yield wanted


def _named(kind: object) -> str:
    if typing.get_origin(kind) is tuple:
        return "a list of texts"
    if typing.get_origin(kind) is typing.Literal:
        return " or ".join(map(str, typing.get_args(kind)))
    return _NAMES.get(typing.cast("type", kind), "a table")
