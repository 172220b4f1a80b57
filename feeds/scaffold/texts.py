"""The texts of the files that `feeds init` writes."""

import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby

from msgspec import Struct

from feeds.config.reference import NAME, Option, options
from feeds.config.toml import Key, dotted
from feeds.renderers.templates import environment

_UNNAMED = "News"
_EXAMPLES = {"topics": "Computer Vision", "newsletters": "weekly", "sections": "news"}
"""Names in place of those that the user chooses."""
_COLUMN = 30  # where the meanings begin


class Surroundings(Struct, frozen=True, kw_only=True):
    """What is known about the folder of a new publication."""

    folder: str
    """Its name."""
    github: str = ""
    """`owner/repository` of the git remote `origin`, if that is at GitHub."""
    branch: str = "main"
    inner: str = ""
    """Path of the folder in the repository, POSIX; empty at its top."""
    action: str = "OWNER/feeds@main"
    """`owner/repository@ref` of feeds itself, for the nightly workflow."""

    @property
    def title(self) -> str:
        words = " ".join(re.split(r"[\s_-]+", self.folder)).strip()
        return words[:1].upper() + words[1:] or _UNNAMED

    @property
    def base_url(self) -> str:
        """Address of the site at GitHub Pages; "" if unknown."""
        owner, _, name = self.github.lower().partition("/")
        if not name:
            return ""
        site = f"https://{owner}.github.io/"
        return site if f"https://{name}/" == site else f"{site}{self.github.partition('/')[2]}/"


def github_repository(address: str) -> str:
    """Return `owner/repository` of a git address at GitHub, in any form; "" for any other address."""
    match = re.fullmatch(
        r"(?:git\+)?(?:(?:https?|ssh|git)://)?(?:[^@/\s]+@)?github\.com[:/]([\w.-]+)/([\w.-]+?)(?:\.git)?/?", address
    )
    return f"{match[1]}/{match[2]}" if match else ""


def example_item(now: datetime) -> str:
    """Return an item that is published at once, with an article of another outlet."""
    date = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return environment().get_template("example.md").render(date=date)


def nightly_workflow(around: Surroundings) -> str:
    """Return a GitHub workflow that calls the one of feeds, at a minute that differs between repositories."""
    repository, _, ref = around.action.partition("@")
    return (
        environment()
        .get_template("nightly.yml")
        .render(
            minute=zlib.crc32((around.github or around.folder).encode()) % 60,
            branch=around.branch,
            repository=repository,
            ref=ref,
            directory=around.inner,
        )
    )


def config_file(settings: Mapping[Key, object]) -> str:
    """Return a feeds.toml with these settings, and every other option as a comment: its default and its meaning."""
    base_url = settings.get(("base_url",))
    lines = [
        "# Every option, with its default. Uncomment a line to change it.",
        "",
        f"title = {_toml(settings[('title',)])}",
        f"base_url = {_toml(base_url)}" if base_url else '# base_url = "https://news.example/"',
    ]
    rest = (option for option in options() if option.key not in {("title",), ("base_url",)})
    for table, group in groupby(rest, key=lambda option: option.key[:-1]):
        lines += _table(table, list(group), settings)
    return "\n".join(lines) + "\n"


def _table(where: Key, group: Sequence[Option], settings: Mapping[Key, object]) -> Iterator[str]:
    if where:
        # The header is no comment, so that one option can be uncommented alone, unless its name is only an example.
        header = f"[{dotted(tuple(_EXAMPLES[where[0]] if key == NAME else key for key in where))}]"
        yield from ("", f"# {header:<{_COLUMN}}  # Uncomment this line, too" if NAME in where else header)
    for option in group:
        if option.key in settings:
            yield f"{option.key[-1]} = {_toml(settings[option.key])}"
            continue
        yield f"# {f'{option.key[-1]} = {_toml(option.default)}':<{_COLUMN}}  # {option.meaning}"


def _toml(value: object) -> str:
    # JSON strings, numbers, booleans and lists are valid TOML, except for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
