"""What `feeds init` and `feeds new` write, as texts."""

import json
import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

from msgspec import Struct

from feeds.config.meanings import NAME, Option, options
from feeds.config.toml import Key, dotted
from feeds.model import Rules
from feeds.renderers.templates import environment

_UNNAMED = "News"
_EXAMPLES = {"topics": "Computer Vision", "newsletters": "weekly"}
"""Names for what the user will name."""
_COLUMN = 30  # of the meanings


# ---- an item


# ---- a publication


class Surroundings(Struct, frozen=True, kw_only=True):
    """What can be known of a folder in which a publication begins."""

    folder: str
    """Its name."""
    github: str = ""
    """`owner/repository`, where git has its like as the origin."""
    branch: str = "main"
    inner: str = ""
    """From the repository's top to the folder, POSIX; empty at the top."""
    action: str = "OWNER/feeds@main"
    """`owner/repository@ref` of feeds itself, whose workflow the nightly one calls."""

    @property
    def title(self) -> str:
        words = " ".join(re.split(r"[\s_-]+", self.folder)).strip()
        return words[:1].upper() + words[1:] or _UNNAMED

    @property
    def base_url(self) -> str:
        """Where GitHub Pages has it; "" when that is not known."""
        owner, _, name = self.github.lower().partition("/")
        if not name:
            return ""
        site = f"https://{owner}.github.io/"
        return site if f"https://{name}/" == site else f"{site}{self.github.partition('/')[2]}/"


def github_repository(address: str) -> str:
    """`owner/repository` of a git address at GitHub, in any of its forms; "" for any other address."""
    match = re.fullmatch(
        r"(?:git\+)?(?:(?:https?|ssh|git)://)?(?:[^@/\s]+@)?github\.com[:/]([\w.-]+)/([\w.-]+?)(?:\.git)?/?", address
    )
    return f"{match[1]}/{match[2]}" if match else ""


def example_item(now: datetime) -> str:
    """An item that is published at once, with an article of another outlet."""
    date = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return environment().get_template("example.md").render(date=date)


def nightly_workflow(around: Surroundings) -> str:
    """A workflow for GitHub that calls the one of feeds. At a minute of its own, for not all to come at once."""
    repository, _, ref = around.action.partition("@")
    return (
        environment()
        .get_template("nightly.yml")
        .render(
            minute=zlib.crc32(around.github.encode()) % 60,
            branch=around.branch,
            repository=repository,
            ref=ref,
            directory=around.inner,
        )
    )


def config_file(title: str, base_url: str) -> str:
    """A feeds.toml with these two set and every other option in it as a comment, with its default and meaning."""
    lines = [
        "# All that can be set. What stands behind a # is the default: take that away from what you change.",
        "",
        f"title = {_toml(title)}",
        f"base_url = {_toml(base_url)}" if base_url else '# base_url = "https://news.example/"',
    ]
    rest = (option for option in options() if option.key not in {("title",), ("base_url",)})
    for table, group in groupby(rest, key=lambda option: option.key[:-1]):
        lines += _table(table, list(group))
    return "\n".join(lines) + "\n"


def _table(where: Key, group: Sequence[Option]) -> Iterator[str]:
    if where:
        # The header stands, so that an option below it can be uncommented alone; not that of a name made up here.
        header = f"[{dotted(tuple(_EXAMPLES[where[0]] if key == NAME else key for key in where))}]"
        yield from ("", f"# {header}" if NAME in where else header)
    for option in group:
        yield f"# {f'{option.key[-1]} = {_toml(_shown(option))}':<{_COLUMN}}  # {option.meaning}"


def _shown(option: Option) -> object:
    """The default; where that is to be as in [selection], what it is there."""
    return getattr(Rules(), option.key[-1]) if option.default is None else option.default


def _toml(value: object) -> str:
    # JSON's texts, numbers, truths and lists are TOML's, too, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
