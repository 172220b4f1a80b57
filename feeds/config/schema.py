"""JSON Schemas (2020-12) of feeds.toml and of an item's front matter, for editors. Pure.

A schema complains of nothing that the build takes. It does not see all that the build sees: whether a day exists, what
a file's name says, how one option goes with another.
"""

import types
import typing
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from feeds.config.checks import LEAST
from feeds.config.meanings import NAME, Option, options
from feeds.config.toml import is_record, needed

Schema = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


# ---- feeds.toml


def config_schema() -> Schema:
    """Of feeds.toml, and of `[tool.feeds]`; made of the records that read them."""
    schema: Schema = {"$schema": _DIALECT, "title": "feeds.toml"} | _table()
    for option in options():
        table = schema
        for part in option.key[:-1]:
            table = _inner(table, part)
        table["properties"][option.key[-1]] = _of_option(option)
    return schema


def _table() -> Schema:
    return {"type": "object", "properties": {}, "additionalProperties": False}


def _inner(table: Schema, part: str) -> Schema:
    """The schema of a table in this one, made when first asked for."""
    if part != NAME:
        inner: Schema = table["properties"].setdefault(part, _table())
        return inner
    table["additionalProperties"] = table["additionalProperties"] or _table()
    named: Schema = table["additionalProperties"]
    return named


def _of_option(option: Option) -> Schema:
    schema = {"description": option.meaning} | _of_kind(option.kind, LEAST.get(option.key[-1]))
    return schema if option.default is None else schema | {"default": option.default}


_TYPES: Mapping[object, str] = {str: "string", int: "integer", bool: "boolean"}


def _of_kind(kind: object, least: int | None = None) -> Schema:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        some = [_of_kind(arg, least) for arg in args if arg is not type(None)]
        return some[0] if len(some) == 1 else {"anyOf": some}
    if origin is typing.Literal:
        return {"enum": list(args)}
    if origin is tuple:
        return {"type": "array", "items": _of_kind(args[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of_kind(args[1])}
    if is_record(kind):
        return _of_record(kind)
    schema: Schema = {"type": _TYPES[kind]}
    return schema if kind is not int or least is None else schema | {"minimum": least}


def _of_record(record: type[Struct]) -> Schema:
    kinds = typing.get_type_hints(record)
    properties = {name: _of_kind(kind) for name, kind in kinds.items()}
    return _table() | {"properties": properties, "required": needed(record)}


# ---- an item
