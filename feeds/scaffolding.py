"""What `feeds init` and `feeds new` write, as texts."""

import html
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby

import yaml
from msgspec import Struct

from feeds.model import Rules
from feeds.options import NAME, Option, options
from feeds.tables import Key, dotted
from feeds.templating import environment
from feeds.text import one_line, plain
from feeds.urls import slug

_UNNAMED = "News"
_EXAMPLES = {"topics": "Computer Vision", "newsletters": "weekly"}
"""Names for what the user will name."""
_COLUMN = 30  # of the meanings
_MAX_SLUG = 60  # characters of a file's name


# ---- an item


class NewItem(Struct, frozen=True, kw_only=True):
    """What is known of an article before its item is written."""

    title: str
    url: str
    topics: Sequence[str]
    published: datetime
    quality: int
    excerpt: str = ""
    is_draft: bool = False

    @property
    def file_name(self) -> str:
        """`2021-01-26-ban-the-scan.md`"""
        words = slug(self.title)[:_MAX_SLUG].strip("-")
        return f"{self.published.astimezone(UTC):%Y-%m-%d}-{words}.md"

    def document(self) -> str:
        """Its front matter, which says the same again when it is read, whatever is in the title."""
        fields: dict[str, object] = {"title": _as_text(self.title), "excerpt": _as_text(self.excerpt)}
        fields |= {
            "publishedDateTime": self.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "webUrl": self.url,
            "published": not self.is_draft,
            "quality": self.quality,
            "topics": [_as_text(topic) for topic in self.topics],
        }
        return f"---\n{''.join(_yaml_lines(fields))}---\n"


def _as_text(text: str) -> str:
    """Text that is read as this text: markup and entities in it are escaped."""
    line = one_line(text.encode("utf-8", "replace").decode())
    return line if plain(line) == line else html.escape(line, quote=False)


def _yaml_lines(fields: Mapping[str, object]) -> Iterator[str]:
    for name, value in fields.items():
        # Dates go out as they are; PyYAML would quote them, as it must for those who read them as dates.
        text = value if name == "publishedDateTime" else _flow(value)
        yield f"{name}: {text}\n"


def _flow(value: object) -> str:
    """In one line; texts always in double quotes, in which YAML can say all of them."""
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if not isinstance(value, str):
        return json.dumps(value)
    dumped = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=float("inf"))
    return str(dumped).rstrip("\n")


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
