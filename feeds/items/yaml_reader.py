"""Read YAML as plain data, with the line of each part. Pure.

YAML decides the structure only. Every scalar is text, or None for null: `values` says what `2021`, `no` or `2021-01-26`
mean. What `plain_yaml` cannot read is built straight from the parser's events: that is as fast as PyYAML's own way
through nodes, limits depth and size (libyaml's composer crashes on deep nesting), and drops `secured` unread.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import yaml

from feeds.config.options import Limits
from feeds.items.plain_yaml import COST_OF_VALUE, NULLS, SECRET
from feeds.items.syntax import Parsed, UnusableError, Where
from feeds.items.yaml_hints import DIRECTIVE, LIKE_A_TAG, LIKE_AN_ALIAS, control_character, explain

_MAX_SKIPPED_DEPTH = 1000  # inside `secured`; the parser's time grows with the square of the depth

# Before a document, and only there, a line that begins with % is a directive.
_DIRECTIVE = re.compile(r"(?:\A|^\.\.\.[ \t]*(?:#[^\n]*)?\n)(?:[ \t]*(?:#[^\n]*)?\n)*%", re.MULTILINE)


def parse(text: str, limits: Limits) -> Parsed:
    """Return the mapping that a YAML text contains; raise UnusableError.

    Directives are refused: the parser's time grows with the square of their number, and no item needs one.
    """
    if "%" in text and (directive := _DIRECTIVE.search(text)):
        raise UnusableError("bad-yaml", DIRECTIVE, text.count("\n", 0, directive.end()) + 1)
    try:
        builder = _Builder(text, limits)
        root = builder.document()
    except yaml.MarkedYAMLError as error:
        raise explain(error, text.split("\n")) from None
    except (yaml.YAMLError, ValueError, OverflowError):  # a control character; in Python's parser, a bad escape
        raise control_character(text) from None
    if not isinstance(root.value, dict):
        found = "empty" if root.value is None else "a list" if isinstance(root.value, list) else "only text"
        message = f"the front matter is {found}; write one field per line, such as title: …"
        raise UnusableError("not-a-mapping", message, 1 if root.value is None else root.lines.line + 1)
    repeated = tuple((key, line + 1) for key, line in builder.repeated)
    return Parsed(root.value, partial(_line_of, root.lines), repeated)


class _PythonEvents(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """PyYAML's parser in Python, for installations without libyaml."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)


_open_events: Callable[[str], Any]
try:
    from yaml._yaml import CParser
except ImportError:
    _open_events = _PythonEvents
else:
    _open_events = CParser


class _Lines(NamedTuple):
    """The lines of a value and of its parts, counted from 0 as PyYAML does."""

    line: int
    parts: "_Parts" = {}  # noqa: RUF012  (never changed)


_Parts = Mapping[str | int, _Lines]


class _Node(NamedTuple):
    value: object
    lines: _Lines


_Mapping = tuple[dict[str, object], _Parts]
"""A mapping's values and their lines."""


def _line_of(lines: _Lines, where: Where) -> int:
    for part in where:
        if part not in lines.parts:
            break
        lines = lines.parts[part]
    return lines.line + 1


_STANDARD = "tag:yaml.org,2002:"
_TAGS = frozenset(
    {None, "!", *(_STANDARD + name for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map"))}
)


class _Builder:
    """Builds values from a parser's events, and limits their depth and what aliases repeat."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.repeated: list[tuple[str, int]] = []
        """Lines are counted from 0 here."""
        self._next: Callable[[], Any] = _open_events(text).get_event
        """Return the next event; never called after the end of the stream, where it returns None."""
        self._anchors: dict[str, tuple[_Node, int]] = {}
        self._cost = 0
        self._limits = limits

    def document(self) -> _Node:
        """Return the stream's only document."""
        self._next()  # start of the stream
        root = _Node(None, _Lines(0))
        if isinstance(self._next(), yaml.DocumentStartEvent):
            root = self._node(self._next(), 0)
            self._next()  # end of the document
            self._check_end()
        return root

    def _check_end(self) -> None:
        """Refuse a second document, unless it is empty: the closing line of a front matter looks like its beginning."""
        while isinstance(start := self._next(), yaml.DocumentStartEvent):
            content = self._next()
            if not (isinstance(content, yaml.ScalarEvent) and _value(content) is None):
                message = "a second document begins here; keep one item per file, and no text after its YAML"
                raise _unusable(start, message, "multiple-documents")
            self._next()  # end of the document

    def _node(self, event: yaml.NodeEvent, depth: int) -> _Node:
        before = self._cost
        if isinstance(event, yaml.ScalarEvent):
            self._pay(COST_OF_VALUE + len(event.value), event)
            node = _Node(_value(event), _Lines(_line(event)))
        elif isinstance(event, yaml.CollectionStartEvent):
            self._pay(COST_OF_VALUE, event)
            node = self._collection(event, depth)
        else:
            return self._alias(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = node, self._cost - before
        return node

    def _alias(self, event: yaml.NodeEvent) -> _Node:
        found = self._anchors.get(event.anchor or "")
        if found is None:
            raise _unusable(event, LIKE_AN_ALIAS)
        node, cost = found
        self._pay(cost, event)
        return node

    def _pay(self, cost: int, event: yaml.Event) -> None:
        self._cost += cost
        if self._cost > self._limits.complexity:
            message = "the document has too many values, or repeats too many through aliases (*name); shorten it"
            raise _unusable(event, message, "too-complex")

    def _collection(self, event: yaml.CollectionStartEvent, depth: int) -> _Node:
        if depth == self._limits.depth:
            raise _too_deep(depth, event)
        _check_tag(event.tag, event)
        collect = self._sequence if isinstance(event, yaml.SequenceStartEvent) else self._mapping
        return collect(_line(event), depth + 1)

    def _sequence(self, line: int, depth: int) -> _Node:
        values: list[object] = []
        parts: dict[str | int, _Lines] = {}
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            node = self._node(event, depth)
            parts[len(values)] = node.lines
            values.append(node.value)
        return _Node(values, _Lines(line, parts))

    def _mapping(self, line: int, depth: int) -> _Node:
        values: dict[str, object] = {}
        parts: dict[str | int, _Lines] = {}
        merged: list[_Mapping] = []
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = _key(event)
            if key == SECRET:
                self._skip()
                continue
            node = self._node(self._next(), depth)
            if key == "<<":
                merged += _mappings(node, event)
                continue
            if key in values:
                self.repeated.append((key, _line(event)))
            values[key] = node.value
            parts[key] = _Lines(_line(event), node.lines.parts)
        for more_values, more_parts in merged:
            for name, value in more_values.items():
                values.setdefault(name, value)
                parts.setdefault(name, more_parts[name])
        return _Node(values, _Lines(line, parts))

    def _skip(self) -> None:
        """Pass over one value without keeping any of it."""
        depth = 0
        while True:
            event = self._next()
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if not depth:
                return
            if depth > _MAX_SKIPPED_DEPTH:
                raise _too_deep(depth - 1, event)


def _unusable(event: yaml.Event, message: str, code: str = "bad-yaml") -> UnusableError:
    return UnusableError(code, message, _line(event) + 1)


def _too_deep(most: int, event: yaml.Event) -> UnusableError:
    message = f"lists and mappings are nested more than {most} deep here; make the structure flatter"
    return _unusable(event, message, "too-complex")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else 0


def _value(event: yaml.ScalarEvent) -> str | None:
    _check_tag(event.tag, event)
    return None if event.implicit[0] and event.value in NULLS else event.value


def _key(event: yaml.Event) -> str:
    if isinstance(event, yaml.ScalarEvent):
        return event.value
    raise _unusable(event, "this key is a list or a mapping; put a value that begins with {, [ or * in quotes")


def _check_tag(tag: str | None, event: yaml.Event) -> None:
    if tag not in _TAGS:
        raise _unusable(event, LIKE_A_TAG)


def _mappings(node: _Node, event: yaml.Event) -> Iterator[_Mapping]:
    """Yield the mappings that the merge key `<<` adds: one, or those of a list, in which earlier ones win."""
    nodes = [node]
    if isinstance(node.value, list):
        nodes = [_Node(value, node.lines.parts[index]) for index, value in enumerate(node.value)]
    for value, lines in nodes:
        if not isinstance(value, dict):
            raise _unusable(event, "<< accepts mappings only; write the alias (*name) of one after it")
        yield value, lines.parts
