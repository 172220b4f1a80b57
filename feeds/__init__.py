"""Turn a folder of curated news items into RSS, Atom and JSON feeds and an e-mail digest for each topic.

For example:

from datetime import UTC, datetime
from feeds import build, load_config

report = build(load_config(), now=datetime.now(UTC))
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeds.config.load import Config, load_config
    from feeds.engine.memory import RenderedTopic, render
    from feeds.pipeline import build
    from feeds.problems import ConfigError, Problem
    from feeds.report import BuildError, BuildReport

__all__ = [
    "BuildError",
    "BuildReport",
    "Config",
    "ConfigError",
    "Problem",
    "RenderedTopic",
    "build",
    "load_config",
    "render",
]

_MODULES = {
    "BuildError": "feeds.report",
    "BuildReport": "feeds.report",
    "Config": "feeds.config.load",
    "ConfigError": "feeds.problems",
    "Problem": "feeds.problems",
    "RenderedTopic": "feeds.engine.memory",
    "build": "feeds.pipeline",
    "load_config": "feeds.config.load",
    "render": "feeds.engine.memory",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562), so that `feeds --help` loads none of them."""
    if name not in _MODULES:
        raise AttributeError(f"module 'feeds' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return __all__
