"""Every template that a publication can replace, and the variables that it has, made from the records themselves."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import UnionType
from typing import Any, get_args, get_type_hints
from zoneinfo import ZoneInfo

from markupsafe import Markup
from msgspec import Struct

from feeds.config.look import DigestLook
from feeds.languages import Language
from feeds.model import Edition, Site, Sponsor
from feeds.renderers.digest.view import DigestView
from feeds.renderers.site.metadata import Metadata
from feeds.renderers.site.pages import Card, Entry, FeedLink, IssueLink, ToolOption


class TemplateInfo(Struct, frozen=True):
    name: str
    meaning: str
    variables: Mapping[str, Any]
    """The type of each variable."""


_EACH_PAGE: dict[str, Any] = {
    "site": Site,
    "language": Language,
    "zone": ZoneInfo,
    "root": str,
    "about": Metadata,
    "subscribe": str,
    "tools": tuple[ToolOption, ...],
}
_TOPIC: dict[str, Any] = {
    "edition": Edition,
    "card": Card,
    "discovery": Sequence[FeedLink],
    "digest": str,
    "stories": Sequence[Entry],
    "issues": Sequence[IssueLink],
}
_INDEX: dict[str, Any] = {
    "cards": Sequence[Card],
    "discovery": Sequence[Card],
    "updated": datetime | None,
    "opml": str,
    "sitemap": str,
}
_EDITORIAL: dict[str, Any] = {"note": Markup, "has_contents": bool, "sponsor": Sponsor | None}
_ISSUE: dict[str, Any] = {
    "edition": Edition,
    "discovery": Sequence[FeedLink],
    "period": str,
    "issue_name": str,
    "stories": Sequence[Entry],
    "digest": str,
    "previous": IssueLink | None,
    "next": IssueLink | None,
}
TEMPLATES = (
    TemplateInfo("digest.html", "The digest as HTML mail; its CSS is inlined", {"digest": DigestView}),
    TemplateInfo("digest.txt", "The digest as plain text", {"digest": DigestView}),
    TemplateInfo("index.html", "The page of all topics", _INDEX | _EACH_PAGE),
    TemplateInfo("topic.html", "The page of a topic", _TOPIC | _EACH_PAGE),
    TemplateInfo("newsletter.html", "The page of a newsletter", _TOPIC | _EDITORIAL | _EACH_PAGE),
    TemplateInfo("issue.html", "The page of an issue", _ISSUE | _EDITORIAL | _EACH_PAGE),
    TemplateInfo("page.html", "What is around each page", _EACH_PAGE),
    TemplateInfo("macros.html", "The parts that pages share", {}),
    TemplateInfo("site.css", "The style of all pages", {"style": DigestLook}),
    TemplateInfo("site.js", "The script of all pages; it is used as it is", {}),
)


class Field(Struct, frozen=True):
    """A field, property or method of a record."""

    name: str
    kind: str
    """Its type, as Python writes it."""
    meaning: str
    """One line; empty if the name says it."""


def type_name(kind: Any) -> str:
    """Return a type as people write it: `Sequence[Entry]`."""
    if isinstance(kind, type) and not get_args(kind):
        return kind.__name__
    args = get_args(kind)
    if isinstance(kind, UnionType):
        return " | ".join("None" if arg is type(None) else type_name(arg) for arg in args)
    if not args:
        return str(kind)
    inner = ", ".join("…" if arg is Ellipsis else type_name(arg) for arg in args)
    return f"{getattr(kind, '__name__', str(kind))}[{inner}]"


def records(kinds: Sequence[Any]) -> Iterator[type]:
    """Yield our own records that these types mention, and those that their fields mention, each once."""
    seen: set[Any] = set()
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop(0)
        if kind in seen:
            continue
        seen.add(kind)
        waiting += get_args(kind)
        if isinstance(kind, type) and kind.__module__.startswith("feeds."):
            yield kind
            waiting += [hint for name, hint in get_type_hints(kind).items() if not name.startswith("_")]


def fields(record: type) -> Iterator[Field]:
    """Yield the public fields, properties and methods of a record, those of its bases first."""
    found: dict[str, Field] = {}
    for base in reversed(record.__mro__):
        if base.__module__.startswith("feeds."):
            found |= {field.name: field for field in _own_fields(base)}
    yield from found.values()


def _own_fields(record: type) -> Iterator[Field]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(record))).body[0]
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield Field(node.target.id, _annotation(node.annotation), _text(after) or _described(node.annotation))
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            is_property = any("property" in ast.unparse(decorator) for decorator in node.decorator_list)
            name = node.name if is_property else f"{node.name}(…)"
            yield Field(name, _annotation(node.returns), _first_line(ast.get_docstring(node) or ""))


def _annotation(node: ast.expr | None) -> str:
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Annotated" and isinstance(node.slice, ast.Tuple):
        node = node.slice.elts[0]
    return ast.unparse(node).replace("...", "…") if node else ""


def _described(node: ast.expr) -> str:
    """Return the meaning in `Annotated[…, Meta(description="…")]`."""
    for call in ast.walk(node):
        if isinstance(call, ast.keyword) and call.arg == "description" and isinstance(call.value, ast.Constant):
            return str(call.value.value)
    return ""


def _text(node: ast.stmt | None) -> str:
    """Return the string beneath a field, which describes it."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return _first_line(inspect.cleandoc(node.value.value)) if is_text else ""  # type: ignore[union-attr]


def _first_line(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())
