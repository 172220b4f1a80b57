"""Make the parts of docs/ that the program knows best: its options, its commands, its templates and its reports.

`python tests/support/make_docs.py` writes them into the pages, between two comments; a test sees that they are up to
date. The meaning of an option is in feeds/config/options.py, that of a variable is the docstring below its field.
"""

import inspect
import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from itertools import groupby
from pathlib import Path

import click

from feeds.commands.main import main as command_line
from feeds.config.reference import NAME, options
from feeds.config.toml import dotted
from feeds.engine.memory import RenderedTopic
from feeds.renderers.reference import TEMPLATES, fields, records, type_name
from feeds.report import BuildReport

DOCS = Path(__file__).parents[2] / "docs"


# ---- options


def options_reference() -> str:
    """Return a table for each table of feeds.toml."""
    parts = []
    for where, group in groupby(options(), key=lambda option: option.key[:-1]):
        rows = [(f"`{o.key[-1]}`", f"`{json.dumps(o.default, ensure_ascii=False)}`", o.meaning) for o in group]
        title = f"`[{dotted(tuple('NAME' if key == NAME else key for key in where))}]`" if where else "Top level"
        parts.append(f"### {title}\n\n{table(('key', 'default', 'meaning'), rows)}")
    return "\n\n".join(parts)


# ---- commands


def commands_reference() -> str:
    """Return each command's help: its usage, what it does, its options and its examples."""
    with click.Context(command_line, info_name="feeds") as context:
        names = command_line.list_commands(context)
        found = [(name, command_line.get_command(context, name)) for name in names]
        return "\n\n".join(_command(name, command, context) for name, command in found if command)


def _command(name: str, command: click.Command, parent: click.Context) -> str:
    with click.Context(command, info_name=name, parent=parent) as context:
        usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
        said, _, examples = inspect.cleandoc(command.help or "").partition("\b\nFor example:\n")
        rows = [_option(p) for p in command.params if isinstance(p, click.Option)]
    paragraphs = (" ".join(paragraph.split()) for paragraph in said.strip().split("\n\n"))
    parts = [f"## feeds {name}", f"```text\n{usage}\n```", *paragraphs]
    if rows:
        parts.append(table(("option", "meaning"), rows))
    if examples:
        parts.append(f"For example:\n\n```text\n{textwrap.dedent(examples).strip()}\n```")
    return "\n\n".join(parts)


def _option(option: click.Option) -> tuple[str, str]:
    """Return an option and its meaning, in words of our own: Click's change from one version to the next."""
    metavar = "" if option.is_flag else f" {option.metavar or 'N'}"
    notes = ["required"] if option.required else []
    if option.show_default:
        notes.append(f"default: {option.default}")
    note = f" ({', '.join(notes)})" if notes else ""
    return f"`{', '.join(option.opts)}{metavar}`", f"{option.help or ''}{note}"


# ---- templates and records

_MEANINGS = {
    "site": "the publication",
    "about": "the page in search engines and link previews",
    "language": "words and dates in the page's language",
    "zone": "the time zone of `[digest] timezone`",
    "root": "the relative address of the output folder: `../`",
    "subscribe": "the address of the page where readers subscribe by e-mail (`subscribe_url`); empty if there is none",
    "tools": "the choices of the preview; empty with one mailing tool",
    "edition": "the topic's feed, or the issue, with its stories",
    "card": "the topic in short, with its feeds",
    "cards": "one for each topic and newsletter",
    "discovery": "the feeds that browsers and readers are offered, the page's own first",
    "stories": "the stories to show",
    "issues": "its issues, newest first",
    "period": "the name of the period, such as “25–31 January 2021”",
    "issue_name": "the name of the issue, such as “Issue 2021-W04”",
    "note": "the editor's note as HTML; empty without one",
    "has_contents": "whether there is a list of the titles",
    "sponsor": "the sponsor of the issue",
    "previous": "the issue before this one",
    "next": "the issue after this one",
    "updated": "the date of the newest story",
    "opml": "the file name of the list of feeds; empty if no feed is made",
    "sitemap": "the file name of the sitemap",
    "digest": "the address of the digest to preview, or empty",
    "style": "the options of `[digest]`, for colours and fonts",
}
_MEANINGS_IN = {
    ("digest.html", "digest"): "everything that the digest shows",
    ("digest.txt", "digest"): "everything that the digest shows",
    ("index.html", "discovery"): "the cards in the order in which browsers and readers are offered their feeds",
}


def templates_reference() -> str:
    """Return the variables of each template, and then the fields of each record in them."""
    known = {template.name: template for template in TEMPLATES}
    shared = known["page.html"].variables
    parts = []
    for template in TEMPLATES:
        own = {n: t for n, t in template.variables.items() if template.name == "page.html" or n not in shared}
        extends = " It has the variables of `page.html`, too." if len(own) < len(template.variables) else ""
        meanings = {name: _MEANINGS_IN.get((template.name, name), _MEANINGS[name]) for name in own}
        rows = [(f"`{name}`", f"`{type_name(kind)}`", meanings[name]) for name, kind in own.items()]
        parts += [f"### `{template.name}`", f"{template.meaning}.{extends}"]
        parts += [table(("variable", "type", "meaning"), rows)] if rows else []
    parts += ["## Records", "Every name here can be read in a template: `{{ entry.story.lead.title }}`."]
    found = records([kind for template in TEMPLATES for kind in template.variables.values()])
    return "\n\n".join([*parts, *map(_record, sorted(found, key=lambda record: record.__name__))])


def report_reference() -> str:
    """Return the fields of what `build` and `render` return, and of the records in them."""
    return "\n\n".join(map(_record, records([BuildReport, RenderedTopic])))


def _record(record: type) -> str:
    said = inspect.cleandoc(record.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
    if issubclass(record, Enum):
        rows = [(f"`{member.value}`", "", "") for member in record]
    else:
        rows = [
            (f"`{f.name}`", f"`{f.kind}`", re.sub("^Return (.)", lambda m: m[1].upper(), f.meaning))
            for f in fields(record)
        ]
    return "\n\n".join([f"### {record.__name__}", *([said] if said else []), table(("field", "type", "meaning"), rows)])


# ---- pages


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


PARTS: Mapping[str, Callable[[], str]] = {
    "configuration.md": options_reference,
    "commands.md": commands_reference,
    "library.md": report_reference,
    "templates.md": templates_reference,
}

_PART = re.compile(r"(?<=<!-- begin: made by tests/support/make_docs.py -->\n).*?(?=<!-- end -->)", re.DOTALL)


def made(name: str) -> str:
    """Return the text of a page with its part made anew."""
    text = (DOCS / name).read_text(encoding="utf-8")
    return _PART.sub(lambda _: f"\n{PARTS[name]()}\n\n", text)


def write() -> None:
    for name in PARTS:
        (DOCS / name).write_text(made(name), encoding="utf-8")


if __name__ == "__main__":
    write()
