"""YAML as plain data, and the line of each part of it. Pure.

All that YAML decides here is structure. Every scalar is text, or None for null: what `2021`, `no` or `2021-01-26` mean
is for `validation` to say. The data is built straight from the parser's events, which is as fast as PyYAML's own way
through nodes, bounded in depth and size (libyaml's composer crashes on deep nesting), and drops `secured` unread.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, Protocol

import yaml

from feeds.config.options import Limits
from feeds.items.yaml_hints import _LIKE_A_TAG, _LIKE_AN_ALIAS, UnusableError, _control_character, _explain

_SECRET = "secured"  # noqa: S105  (the key that is never kept, not a secret)
_MAX_SKIPPED_DEPTH = 1000  # of what is never kept; the parser's time grows with the square of it
_COST_OF_VALUE = 20  # characters, besides its text

Where = tuple[str | int, ...]
"""A place in a document's data: `("related", 2, "title")`."""


class Parsed(NamedTuple):
    """What YAML says."""

    data: dict[str, object]
    """Of dict, list, str and None only; never with a key `secured`."""
    line_of: Callable[[Where], int]
    """The line, counted from 1, of a place in `data`; of the nearest place around it where there is no such place."""
    twice: tuple[tuple[str, int], ...]
    """Keys that stand in a mapping a second time, and the lines where."""


def parse(text: str, limits: Limits = Limits()) -> Parsed:
    """The mapping that a YAML text is; raises UnusableError."""
    try:
        builder = _Builder(text, limits)
        root = builder.document()
    except yaml.MarkedYAMLError as error:
        raise _explain(error, text.split("\n")) from None
    except (yaml.YAMLError, ValueError, OverflowError):  # a control character; in Python's parser, a bad escape
        raise _control_character(text) from None
    if not isinstance(root.value, dict):
        found = "empty" if root.value is None else "a list" if isinstance(root.value, list) else "only text"
        message = f"the front matter is {found}: write fields, one a line, such as title: …"
        raise UnusableError("not-a-mapping", message, 1 if root.value is None else root.lines.line + 1)
    twice = tuple((key, line + 1) for key, line in builder.twice)
    return Parsed(root.value, partial(_line_of, root.lines), twice)


class _Events(Protocol):
    def get_event(self) -> yaml.Event | None: ...


class _PythonEvents(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """PyYAML's parser in Python, for where it comes without libyaml."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)


_open_events: Callable[[str], _Events]
try:
    from yaml._yaml import CParser
except ImportError:
    _open_events = _PythonEvents
else:
    _open_events = CParser


class _Lines(NamedTuple):
    """The lines of a value and of its parts, counted from 0 as YAML does; of a value without parts only its line."""

    line: int
    parts: "_Parts" = {}  # noqa: RUF012  (nothing is ever put into it)


_Parts = Mapping[str | int, _Lines | int]


class _Node(NamedTuple):
    value: object
    lines: _Lines


_Mapping = tuple[dict[str, object], _Parts]
"""A mapping's values, and their lines."""


def _line_of(lines: _Lines, where: Where) -> int:
    for part in where:
        inner = lines.parts.get(part, lines)
        if inner is lines:
            break
        lines = inner if isinstance(inner, _Lines) else _Lines(inner)
    return lines.line + 1


_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_STANDARD = "tag:yaml.org,2002:"
_TAGS = frozenset(
    {None, "!", *(_STANDARD + name for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map"))}
)


class _Builder:
    """Makes values of a parser's events. How deep they are is limited, and so is what aliases blow up."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.twice: list[tuple[str, int]] = []
        """Keys that stand twice in one mapping, and the line of the second, counted from 0."""
        self._next: Callable[[], Any] = _open_events(text).get_event
        """The next event; None only after the end of the stream, which nobody reads past."""
        self._anchors: dict[str, tuple[_Node, int]] = {}
        self._cost = 0
        self._limits = limits

    def document(self) -> _Node:
        """The stream's first document, which has to be the only one."""
        self._next()  # start of the stream
        root = _Node(None, _Lines(0))
        if isinstance(self._next(), yaml.DocumentStartEvent):
            root = self._node(self._next(), 0)
            self._next()  # end of the document
            self._check_end()
        return root

    def _check_end(self) -> None:
        """An empty document may follow: the closing line of a front matter looks like the beginning of one."""
        while isinstance(start := self._next(), yaml.DocumentStartEvent):
            content = self._next()
            if not (isinstance(content, yaml.ScalarEvent) and _value(content) is None):
                message = "a second document begins here: keep one item in a file, and no text after its YAML"
                raise UnusableError("multiple-documents", message, _line(start) + 1)
            self._next()  # end of the document

    def _node(self, event: yaml.NodeEvent, depth: int) -> _Node:
        before = self._cost
        if isinstance(event, yaml.ScalarEvent):
            self._pay(_COST_OF_VALUE + len(event.value), event)
            node = _Node(_value(event), _Lines(_line(event)))
        elif isinstance(event, yaml.CollectionStartEvent):
            self._pay(_COST_OF_VALUE, event)
            node = self._collection(event, depth)
        else:
            return self._alias(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = node, self._cost - before
        return node

    def _alias(self, event: yaml.NodeEvent) -> _Node:
        found = self._anchors.get(event.anchor or "")
        if found is None:
            raise UnusableError("bad-yaml", _LIKE_AN_ALIAS, _line(event) + 1)
        node, cost = found
        self._pay(cost, event)
        return node

    def _pay(self, cost: int, event: yaml.Event) -> None:
        self._cost += cost
        if self._cost > self._limits.complexity:
            message = "the document has too many values, or repeats too many by aliases (*name): make it shorter"
            raise UnusableError("too-complex", message, _line(event) + 1)

    def _collection(self, event: yaml.CollectionStartEvent, depth: int) -> _Node:
        if depth == self._limits.depth:
            message = f"more than {depth} lists or mappings stand one in the other here: make it flatter"
            raise UnusableError("too-complex", message, _line(event) + 1)
        _check_tag(event.tag, event)
        collect = self._sequence if isinstance(event, yaml.SequenceStartEvent) else self._mapping
        return collect(_line(event), depth + 1)

    def _sequence(self, line: int, depth: int) -> _Node:
        values: list[object] = []
        parts: dict[str | int, _Lines | int] = {}
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            node = self._node(event, depth)
            parts[len(values)] = node.lines
            values.append(node.value)
        return _Node(values, _Lines(line, parts))

    def _mapping(self, line: int, depth: int) -> _Node:
        values: dict[str, object] = {}
        parts: dict[str | int, _Lines | int] = {}
        merged: list[_Mapping] = []
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = event.value if event.__class__ is yaml.ScalarEvent else _key(event)
            if key == _SECRET:
                self._skip()
                continue
            content = self._next()
            if content.__class__ is yaml.ScalarEvent and content.anchor is content.tag is None and key != "<<":
                # Nearly always; what `_node` does, without a call or a record.
                text = content.value
                self._cost += _COST_OF_VALUE + len(text)
                value: object = None if text in _NULLS and content.implicit[0] else text
                lines: _Lines | int = event.start_mark.line
            else:
                node = self._node(content, depth)
                if key == "<<":
                    merged += _mappings(node, event)
                    continue
                value, lines = node.value, _Lines(_line(event), node.lines.parts)
            if key in values:
                self.twice.append((key, _line(event)))
            values[key] = value
            parts[key] = lines
        self._pay(0, event)
        for more_values, more_parts in merged:
            for name, value in more_values.items():
                values.setdefault(name, value)
                parts.setdefault(name, more_parts[name])
        return _Node(values, _Lines(line, parts))

    def _skip(self) -> None:
        """Passes over one value."""
        depth = 0
        while True:
            event = self._next()
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if not depth:
                return
            if depth > _MAX_SKIPPED_DEPTH:
                message = f"more than {depth - 1} lists or mappings stand one in the other here: make it flatter"
                raise UnusableError("too-complex", message, _line(event) + 1)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else 0


def _value(event: yaml.ScalarEvent) -> str | None:
    _check_tag(event.tag, event)
    return None if event.implicit[0] and event.value in _NULLS else event.value


def _key(event: yaml.Event) -> str:
    if isinstance(event, yaml.ScalarEvent):
        return event.value
    message = "a list or a mapping stands here where a key should: put a value that begins with {, [ or * in quotes"
    raise UnusableError("bad-yaml", message, _line(event) + 1)


def _check_tag(tag: str | None, event: yaml.Event) -> None:
    if tag not in _TAGS:
        raise UnusableError("bad-yaml", _LIKE_A_TAG, _line(event) + 1)


def _mappings(node: _Node, event: yaml.Event) -> Iterator[_Mapping]:
    """What the merge key `<<` takes in: one mapping, or each of a list, of which the first counts most."""
    nodes = [node]
    if isinstance(node.value, list):
        found = ((value, node.lines.parts[index]) for index, value in enumerate(node.value))
        nodes = [_Node(value, lines if isinstance(lines, _Lines) else _Lines(lines)) for value, lines in found]
    for value, lines in nodes:
        if not isinstance(value, dict):
            message = "<< takes in mappings only: write an alias (*name) of one after it"
            raise UnusableError("bad-yaml", message, _line(event) + 1)
        yield value, lines.parts


# ---- explaining: what PyYAML says, in words that help; the content of a line is never repeated, it may be secret
