"""Read a TOML table into a record, and describe every mistake in it. Pure."""

import types
import typing
from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import Meta, Struct, ValidationError, convert

from feeds.problems import did_you_mean

Key = tuple[str, ...]
"""A key and the tables that it is in: ("topics", "AI", "slug")."""

Mistake = tuple[Key, str]

T = TypeVar("T", bound=Struct)
_WRONG: typing.Final = object()


def dotted(key: Key) -> str:
    """Return the key as TOML writes it: `topics."Computer Vision".slug`."""
    return ".".join(k if k.replace("_", "").replace("-", "").isalnum() and k.isascii() else f'"{k}"' for k in key)


def read(record: type[T], table: Mapping[str, object]) -> tuple[T, list[Mistake]]:
    """Return the table as a record, and all mistakes in it; a wrong value is replaced by its default."""
    try:
        return convert(table, record), []
    except ValidationError:
        reader = _Reader(record)
        return convert(reader.table(record, table, ()), record), reader.mistakes


class _Reader:
    """Tells right values from wrong ones, one field at a time."""

    def __init__(self, root: type[Struct]) -> None:
        self.mistakes: list[Mistake] = []
        self._homes: dict[str, str] = {}
        for field in msgspec.structs.fields(root):
            if isinstance(field.type, type) and issubclass(field.type, Struct):
                self._homes |= dict.fromkeys(field.type.__struct_fields__, field.name)

    def table(self, record: type[Struct], table: Mapping[str, object], where: Key) -> object:
        """Return the right values of a table; _WRONG when a required one is not among them."""
        fields = {field.name: field for field in msgspec.structs.fields(record)}
        required = [name for name, field in fields.items() if field.required]
        self.mistakes += [((*where, name), "is missing") for name in required if name not in table]
        self.mistakes += [((*where, name), self._unknown(name, fields)) for name in table if name not in fields]
        known = {name: (fields[name].type, value) for name, value in table.items() if name in fields}
        right = self._right(known, where)
        return right if all(name in right for name in required) else _WRONG

    def _right(self, values: Mapping[str, tuple[object, object]], where: Key) -> dict[str, object]:
        read = {name: self._value(kind, value, (*where, name)) for name, (kind, value) in values.items()}
        return {name: value for name, value in read.items() if value is not _WRONG}

    def _value(self, kind: object, value: object, where: Key) -> object:
        bare = typing.get_args(kind)[0] if typing.get_origin(kind) is typing.Annotated else kind
        parts = typing.get_args(bare)
        if isinstance(value, dict) and typing.get_origin(bare) is dict:
            return self._right({name: (parts[1], inner) for name, inner in value.items()}, where)
        if isinstance(value, dict):
            for part in parts or (bare,):
                if isinstance(part, type) and issubclass(part, Struct):
                    return self.table(part, value, where)
        try:
            convert(value, typing.cast("type", kind))
        except ValidationError:
            self.mistakes.append((where, f"must be {_expected(kind)}"))
            return _WRONG
        return value

    def _unknown(self, name: str, known: Mapping[str, object]) -> str:
        if name in self._homes:
            return f"unknown key; move it to [{self._homes[name]}]"
        return f"unknown key; {did_you_mean(name, known)}"


def _expected(kind: object, meta: Meta | None = None) -> str:
    """Return in words what a value of that type looks like."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _expected(args[0], args[1])
    if origin in (types.UnionType, typing.Union):
        return " or ".join(_expected(arg) for arg in args if arg is not types.NoneType)
    if origin is typing.Literal:
        return f"{', '.join(args[:-1])} or {args[-1]}" if len(args) > 1 else args[0]
    if origin is tuple:
        plural = {str: "strings", int: "whole numbers"}.get(args[0])
        return f"a {'non-empty ' if meta and meta.min_length else ''}list of {plural or _expected(args[0])}"
    if kind is int:
        return f"a whole number{_bounds(meta)}"
    return {str: "a string", bool: "true or false"}.get(typing.cast("type", kind), "a table")


def _bounds(meta: Meta | None) -> str:
    if meta is None or meta.ge is None:
        return ""
    return f" of at least {meta.ge}" if meta.le is None else f" from {meta.ge} to {meta.le}"
