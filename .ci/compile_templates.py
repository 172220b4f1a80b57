"""Compile the templates when the package is built, so that no run of `feeds` has to."""

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileTemplates(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, self.root)
        from feeds.renderers import compiled  # of the sources that are built

        compiled.write()
