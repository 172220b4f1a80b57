"""feeds: a folder of curated news items in; RSS, Atom and JSON feeds and an e-mail digest per topic out.

from datetime import UTC, datetime
from feeds import build, load_config

report = build(load_config(), now=datetime.now(UTC))
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeds.build import BuildError, BuildReport, build
    from feeds.config import Config, load_config
    from feeds.problems import ConfigError, Problem

__all__ = ["BuildError", "BuildReport", "Config", "ConfigError", "Problem", "build", "load_config"]

_HOMES = {"Config": "config", "load_config": "config", "ConfigError": "problems", "Problem": "problems"}


class _Package(ModuleType):
    """Imports a public name when it is first asked for, so that `feeds --help` does not wait for lxml."""

    def __getattr__(self, name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'feeds' has no attribute {name!r}")
        return getattr(importlib.import_module(f"feeds.{_HOMES.get(name, 'build')}"), name)

    def __setattr__(self, name: str, value: object) -> None:
        # Importing the module feeds.build, by anyone, would bind it to the name of the function.
        if name == "build" and isinstance(value, ModuleType):
            value = value.build
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
