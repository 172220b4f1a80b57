"""From a plan to files: what is called how, and lies where. Pure: bytes come out, `output` writes them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feeds import digest, manifest, site
from feeds.config import Config
from feeds.editions import Plan, TopicPlan
from feeds.model import Edition
from feeds.problems import ConfigError
from feeds.syndication import FORMATS, OPML, STYLESHEET, opml
from feeds.templating import templates_dir

Files = dict[str, bytes]
"""Path below out/, POSIX → content."""


@dataclass(frozen=True, slots=True)
class Rendered:
    files: Files
    withdrawn: tuple[str, ...]
    """Files of earlier builds that no longer have a story."""
    notes: tuple[str, ...]


def render(config: Config, plan: Plan, only: Sequence[str], before: Mapping[str, Mapping[str, Any]]) -> Rendered:
    """All files, the manifest last. `only`: slugs of the topics to render; the entries of the others are taken from `before`.

    Raises ConfigError when `only` names no topic.
    """
    ...
