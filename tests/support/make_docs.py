"""Make the parts of docs/ that the program knows best: its options, its commands, and the variables of its templates.

`python tests/support/make_docs.py` writes them into the pages, between two comments; a test sees that they are up to
date. The meaning of an option is in feeds/config/options.py, that of a variable is the docstring below its field.
"""

import ast
import inspect
import json
import re
import textwrap
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from feeds.commands.main import main as command_line
from feeds.config.look import DigestLook
from feeds.config.reference import NAME, Option, options
from feeds.config.toml import dotted
from feeds.languages import Language
from feeds.model import Edition, Rules, Site
from feeds.renderers.digest.view import DigestView
from feeds.renderers.site.metadata import Metadata
from feeds.renderers.site.pages import Card, Entry, FeedLink, IssueLink, ToolOption
from feeds.report import BuildReport

DOCS = Path(__file__).parents[2] / "docs"


# ---- options


def options_reference() -> str:
    """Return a table for each table of feeds.toml."""
    parts = []
    for where, group in groupby(options(), key=lambda option: option.key[:-1]):
        rows = [(f"`{o.key[-1]}`", f"`{_toml(o)}`", o.meaning) for o in group]
        title = f"`[{dotted(tuple('NAME' if key == NAME else key for key in where))}]`" if where else "Top level"
        parts.append(f"### {title}\n\n{table(('key', 'default', 'meaning'), rows)}")
    return "\n\n".join(parts)


def _toml(option: Option) -> str:
    value = getattr(Rules(), option.key[-1]) if option.default is None else option.default
    return json.dumps(value, ensure_ascii=False)


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


# ---- templates

Variables = Mapping[str, Any]

_PAGE: Variables = {
    "site": Site,
    "about": Metadata,
    "language": Language,
    "zone": ZoneInfo,
    "root": str,
    "tools": tuple[ToolOption, ...],
}
_TOPIC: Variables = {"edition": Edition, "card": Card, "stories": list[Entry], "issues": list[IssueLink]}

TEMPLATES: Mapping[str, tuple[str, Variables]] = {
    "page.html": (
        "What all web pages have around their content. The next four extend it and have its variables, too.",
        _PAGE,
    ),
    "index.html": (
        "The landing page, with all topics and newsletters.",
        {"cards": list[Card], "discovery": list[Card], "updated": datetime | None, "opml": str, "sitemap": str},
    ),
    "topic.html": ("The page of a topic: the stories of its feed, and its issues.", _TOPIC),
    "newsletter.html": ("The page of a newsletter: its newest issue, and the others.", _TOPIC),
    "issue.html": (
        "The web page of one issue, to which its digest links.",
        {
            "edition": Edition,
            "period": str,
            "stories": list[Entry],
            "feeds": list[FeedLink],
            "previous": IssueLink | None,
            "next": IssueLink | None,
        },
    ),
    "macros.html": ("Parts that several pages use: a story, a picture, the list of issues, the preview.", {}),
    "digest.html": ("The digest as HTML mail.", {"digest": DigestView}),
    "digest.txt": ("The digest as plain text.", {"digest": DigestView}),
    "site.css": ("The stylesheet of all web pages.", {"style": DigestLook}),
    "site.js": ("The script of all web pages. It is copied as it is.", {}),
}
"""Each template that a publication may replace: what it is, and the type of each of its variables."""

_MEANINGS = {
    "site": "the publication",
    "about": "the page in search engines and link previews",
    "language": "words and dates in the page's language",
    "zone": "the time zone of `[digest] timezone`",
    "root": "the relative address of the output folder: `../`",
    "tools": "the choices of the preview; empty with one mailing tool",
    "edition": "the topic's feed, or the issue, with its stories",
    "card": "the topic in short, with its feeds",
    "cards": "one for each topic and newsletter",
    "discovery": "the same in the order in which readers are offered them",
    "feeds": "the feeds of its topic; none for a newsletter",
    "stories": "the stories to show",
    "issues": "its issues, newest first",
    "period": "the name of the period, such as “25–31 January 2021”",
    "previous": "the issue before this one",
    "next": "the issue after this one",
    "updated": "the date of the newest story",
    "opml": "the file name of the list of feeds; empty if no feed is made",
    "sitemap": "the file name of the sitemap",
    "digest": "everything that the digest shows",
    "style": "the options of `[digest]`, for colours and fonts",
}


def templates_reference() -> str:
    """Return the variables of each template, and then the fields of each record in them."""
    parts = []
    records: dict[str, type] = {}
    for name, (meaning, variables) in TEMPLATES.items():
        rows = [(f"`{n}`", _type(t), _MEANINGS[n]) for n, t in variables.items()]
        parts += [f"### `{name}`", meaning, *([table(("variable", "type", "meaning"), rows)] if rows else [])]
        for kind in variables.values():
            _collect(kind, records)
    parts.append("## Records")
    parts.append("Every name here can be read in a template: `{{ entry.story.lead.title }}`.")
    return "\n\n".join([*parts, *(_record(records[name]) for name in sorted(records))])


def report_reference() -> str:
    """Return the fields of what `build` returns, and of the records in it."""
    records: dict[str, type] = {}
    _collect(BuildReport, records)
    return "\n\n".join(_record(record) for record in records.values())


def _record(record: type) -> str:
    summary, fields = _fields(record)
    rows = [(f"`{name}`", _type(kind), meaning) for name, kind, meaning in fields]
    return "\n\n".join(
        [f"### {record.__name__}", *([summary] if summary else []), table(("field", "type", "meaning"), rows)]
    )


def fields_of(kind: Any) -> list[str]:
    """Return the names of a record's fields and properties; none for any other type."""
    return [name for name, _, _ in _fields(kind)[1]] if _is_record(kind) else []


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__.startswith("feeds.") and not issubclass(kind, Enum)


def _collect(kind: Any, records: dict[str, type]) -> None:
    """Add the records that a type consists of, and those that their fields consist of."""
    for part in typing.get_args(kind):
        _collect(part, records)
    if _is_record(kind) and kind.__name__ not in records:
        records[kind.__name__] = kind
        for _, inner, _ in _fields(kind)[1]:
            _collect(inner, records)


@cache
def _fields(record: type) -> tuple[str, tuple[tuple[str, Any, str], ...]]:
    """Return what a record is, and the name, the type and the meaning of each of its fields and properties."""
    found: dict[str, tuple[str, Any, str]] = {}
    for base in reversed([c for c in record.__mro__ if _is_record(c)]):
        found |= {name: (name, kind, meaning) for name, kind, meaning in _own_fields(base)}
    return inspect.cleandoc(record.__doc__ or "").split("\n\n")[0].replace("\n", " "), tuple(found.values())


def _own_fields(record: type) -> Iterator[tuple[str, Any, str]]:
    hints = typing.get_type_hints(record)
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(record))).body
    assert isinstance(tree, ast.ClassDef)
    for statement, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)) if name in hints and not _is_internal(name, hints[name]):
                yield name, hints[name], _option_meaning(record, name) or _docstring(following)
            case ast.FunctionDef(name=name) if not name.startswith("_"):
                member = getattr(record, name)
                if isinstance(member, property) and member.fget:
                    yield name, _returned(member.fget), _sentence(statement)
                elif isinstance(member, cached_property):
                    yield name, _returned(member.func), _sentence(statement)
                elif ast.get_docstring(statement) and name != "problems":  # what is wrong with options is no variable
                    yield f"{name}(…)", _returned(member), _sentence(statement)


def _is_internal(name: str, kind: Any) -> bool:
    """Return whether a field is of no use in a template: private, or an object of a library."""
    return name.startswith("_") or getattr(kind, "__module__", "").partition(".")[0] in ("babel", "gettext")


def _returned(function: Callable[..., Any]) -> Any:
    return typing.get_type_hints(function)["return"]


def _option_meaning(record: type, name: str) -> str:
    """Return what the configuration says of a field that is an option."""
    annotation = typing.get_type_hints(record, include_extras=True)[name]
    schemas = (getattr(meta, "description", None) for meta in getattr(annotation, "__metadata__", ()))
    return next(filter(None, schemas), "")


def _docstring(statement: ast.stmt | None) -> str:
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return " ".join(text.split())
    return ""


def _sentence(function: ast.FunctionDef) -> str:
    text = " ".join((ast.get_docstring(function) or "").split("\n\n")[0].split())
    return re.sub(r"^Return (.)", lambda m: m[1].upper(), text)


def _type(kind: Any) -> str:
    """Return a type as the page shows it: a record links to its section."""
    arguments = typing.get_args(kind)
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(a) for a in arguments)
    if origin is typing.Literal:
        return " or ".join(f"`{a}`" for a in arguments)
    if origin is tuple and Ellipsis not in arguments and len(arguments) > 1:
        return f"({', '.join(map(_type, arguments))})"
    if origin in (tuple, list, Sequence):
        return f"list of {_type(arguments[0])}"
    if origin is not None and arguments:
        return _type(arguments[0]) if origin is typing.Annotated else "mapping"
    return _name(kind)


_NAMES = {
    "str": "text",
    "int": "number",
    "bool": "true or false",
    "datetime": "date",
    "NoneType": "none",
    "Markup": "markup",
    "ZoneInfo": "time zone",
}


def _name(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(f"`{member.value}`" for member in kind)
    name = getattr(kind, "__name__", str(kind))
    return f"[{name}](#{name.lower()})" if _is_record(kind) else _NAMES.get(name, name)


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
