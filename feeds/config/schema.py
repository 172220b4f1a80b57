"""The JSON Schema (2020-12) of feeds.toml, for editors. Pure.

The schema accepts everything that a build accepts. It cannot see everything that a build sees: whether a time zone
exists, for instance, or how one option depends on another.
"""

from typing import Any

import msgspec

from feeds.config.options import Tables

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def config_schema() -> Schema:
    """Return the schema of feeds.toml, and of `[tool.feeds]`."""
    schema: Schema = _without_null(msgspec.json.schema(Tables))
    return {"$schema": DIALECT, "title": "feeds.toml"} | schema


def _without_null(schema: Any) -> Any:
    """Return the schema without null, which TOML does not have."""
    if isinstance(schema, dict):
        return {key: _without_null(value) for key, value in schema.items() if value is not None}
    if isinstance(schema, list):
        return [_without_null(value) for value in schema if value != {"type": "null"}]
    return schema
