"""Item texts for the plain-text digest, in which only their characters tell them from the digest's own lines. Pure.

The digest's own lines are a rule of 72 dashes, and a label with a colon above an address: `Unsubscribe:`. A text could
be made to wrap so that it contains such lines, and with them a section of its own.
"""

import re

from feeds.text import LINE_WIDTH

_DASHES = "[-_=~\u2010-\u2015\u2043\u2212\u2500-\u257f\u30fc\ufe58\ufe63\uff0d]"
_IGNORED = "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u2069\ufe00-\ufe0f]"
_RULE = re.compile(rf"{_DASHES}(?:{_IGNORED}*{_DASHES}){{9,}}")
_SHORT_RULE = "---"

# A colon at which a line may end: at the end of the text, or before an address or a word that may be too long for the
# rest of the line, whatever the label before it.
_LONG_WORD = LINE_WIDTH // 3
_LABEL_END = re.compile(rf"[:\ufe55\uff1a](?=[\s\u2068\u2069]*(?:\Z|\w+://)|\s+\S{{{_LONG_WORD}}})")


def prose(text: str) -> str:
    """Return the text of an item without what could look like one of the digest's own lines, however it wraps."""
    return _LABEL_END.sub(" –", _RULE.sub(_SHORT_RULE, text))
