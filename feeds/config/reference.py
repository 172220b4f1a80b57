"""Every option of feeds.toml with its default and meaning, for files that are made of them. Pure."""

from collections.abc import Iterator
from typing import cast

from msgspec import NODEFAULT, Struct, inspect

from feeds.config.options import Tables
from feeds.config.toml import Key
from feeds.model import Rules

NAME = "*"
"""In a key, a name that the user chooses: ("topics", "*", "slug")."""


class Option(Struct, frozen=True, kw_only=True):
    key: Key
    default: object
    """For an option that overrides one of [selection], the default there."""
    meaning: str
    """One line without a full stop."""


def options() -> Iterator[Option]:
    """Yield all options in the order of a TOML file: those of a table, then the tables inside it."""
    yield from _options(cast("inspect.StructType", inspect.type_info(Tables)), ())


def _options(table: inspect.StructType, where: Key) -> Iterator[Option]:
    inner: list[tuple[inspect.StructType, Key]] = []
    for field in table.fields:
        key = (*where, field.name)
        match field.type:
            case inspect.Metadata(extra_json_schema={"description": meaning}):
                yield Option(key=key, default=_default(field, where), meaning=meaning)
            case inspect.DictType(value_type=inspect.StructType() as named):
                inner.append((named, (*key, NAME)))
            case inspect.StructType() as record:
                inner.append((record, key))
    for record, key in inner:
        yield from _options(record, key)


def _default(field: inspect.Field, where: Key) -> object:
    if field.default_factory is not NODEFAULT:
        return field.default_factory()
    overridden = "digest_limit" if where == ("sections", NAME) else field.name
    return getattr(Rules(), overridden) if field.default is None else field.default
