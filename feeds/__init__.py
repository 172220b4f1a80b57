"""feeds: a folder of curated news items in; RSS, Atom and JSON feeds and an e-mail digest per topic out.

from datetime import UTC, datetime
from feeds import build, load_config

report = build(load_config(), now=datetime.now(UTC))
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeds.config.load import Config, load_config
    from feeds.pipeline import build
    from feeds.problems import ConfigError, Problem
    from feeds.report import BuildError, BuildReport

__all__ = ["BuildError", "BuildReport", "Config", "ConfigError", "Problem", "build", "load_config"]

_HOMES = {
    "BuildError": "report",
    "BuildReport": "report",
    "Config": "config.load",
    "ConfigError": "problems",
    "Problem": "problems",
    "build": "pipeline",
    "load_config": "config.load",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562), so that `feeds --help` does not wait for the renderers."""
    if name not in _HOMES:
        raise AttributeError(f"module 'feeds' has no attribute {name!r}")
    return getattr(import_module(f"feeds.{_HOMES[name]}"), name)
