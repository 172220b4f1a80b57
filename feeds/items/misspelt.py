"""Recognise misspelt keys, whose values would be ignored without a word. Pure."""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice

from feeds.config.options import FieldNames
from feeds.items.fields import keys_of
from feeds.items.front_matter import Document
from feeds.items.syntax import Where
from feeds.items.values import quoted
from feeds.problems import Problem, Severity

_MAX_WARNINGS = 20  # more would not help
_MAX_LENGTH = 40  # characters; a longer key is no misspelling of any of ours, unless the configuration is strange
_LIKENESS = 0.85
"""The least likeness, as difflib measures it: `exerpt` is excerpt, but `subtitle` is not title."""
_UNMAPPED = ("type", "heat", "draft", "category", "categories")
"""Keys that have a meaning but cannot be given other names."""
_OTHER_WORDS = frozenset({"publisher"})
"""Folded words like one of ours that mean something else."""


def misspelt(document: Document, names: FieldNames) -> Iterator[Problem]:
    """Yield a warning for each key of the item and its coverage that looks like a misspelling of one we know."""
    return islice(_warnings(document, names), _MAX_WARNINGS)


def _warnings(document: Document, names: FieldNames) -> Iterator[Problem]:
    words = _vocabulary(names)
    for where, mapping in _mappings(document.data, names):
        if words.known.issuperset(mapping):
            continue
        for key in mapping:
            meant = words.meant(key) if key not in words.known and len(key) <= _MAX_LENGTH else ""
            if meant and not any(mapping.get(other) for other in words.keys_beside(meant)):
                message = f"{quoted(key)} is not a known key; did you mean {meant}?"
                yield Problem(document.name, document.line_of((*where, key)), Severity.WARNING, "unknown-key", message)


def _mappings(data: dict[str, object], names: FieldNames) -> Iterator[tuple[Where, dict[str, object]]]:
    yield (), data
    for key in keys_of(names)["related"]:
        entries = data.get(key)
        if isinstance(entries, list):
            yield from (((key, index), entry) for index, entry in enumerate(entries) if isinstance(entry, dict))


class _Vocabulary:
    """The keys that have a meaning."""

    def __init__(self, names: FieldNames) -> None:
        keys = {**keys_of(names), **{key: (key,) for key in _UNMAPPED}}
        self.fields: Mapping[str, str] = {key: field for field, own in keys.items() for key in own}
        """The field of each key."""
        self.known = frozenset(self.fields)
        self.meant: Callable[[str], str] = lru_cache(maxsize=4096)(self._meant)
        """Return the key that an unknown one looks like; "" if there is none. It is searched for once in a build."""
        self._keys = keys
        self._folded = {_fold(key): key for key in reversed(self.fields)}

    def keys_beside(self, key: str) -> tuple[str, ...]:
        """Return the keys of the same field: while one of them has a value, nothing is missing."""
        return self._keys[self.fields[key]]

    def _meant(self, key: str) -> str:
        folded = _fold(key)
        if folded in _OTHER_WORDS:
            return ""
        close = get_close_matches(folded, self._folded, n=1, cutoff=_LIKENESS)
        return self._folded[close[0]] if close else ""


_vocabulary = lru_cache(maxsize=16)(_Vocabulary)


def _fold(key: str) -> str:
    return key.casefold().replace("_", "").replace("-", "").replace(" ", "")
