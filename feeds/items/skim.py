"""Recognise unpublished and low-quality documents by their first lines, without parsing them. Pure.

Most documents of an old folder are one or the other, and parsing takes a hundred times as long as this. A document is
passed over only if no YAML parser could read these lines differently; anything unusual is left to the parser.
"""

import re

# A line of a mapping or list that is complete: no quotes, brackets, block scalar (| >), anchor, alias or tag continues
# on the next line. The value is empty, in closed quotes, or plain.
_LINE = re.compile(
    rb"""[ ]*(?:-[ ]+)?(?P<key>[A-Za-z_][A-Za-z0-9_]*):
    (?:[ ]+(?P<value>-?[0-9]+|"(?:[^"\\\n]++|\\[^\n])*+"|'[^'\n]*'|[^\s"'\[\]{}&*!|>%@`\#?:,-][^\n]*))?[ ]*\n
    |[ ]*-[ ]+(?:"(?:[^"\\\n]++|\\[^\n])*+"|'[^'\n]*'|[A-Za-z0-9][^\n:]*)[ ]*\n""",
    re.VERBOSE,
)
_OPENING = re.compile(rb"---[ ]*\n")
# The closing line; or what could change the two keys: the same key again, or a key in quotes or of another kind.
_END = re.compile(rb"""\n(?:(?P<closing>(?:---|\.\.\.)[ \t]*(?:\n|\Z))|["'?&*!{\[<]|(?:published|quality)[ \t]*:)""")
_KEYS = (b"published", b"quality")
_NO = frozenset({b"false", b"no", b"off"})


def why_out(raw: bytes, min_quality: int) -> str:
    """Return `unpublished` or `low-quality` where that is certain, else ""."""
    if b"\r" in raw or (opening := _OPENING.match(raw)) is None:
        return ""
    found: dict[bytes, bytes] = {}
    position = opening.end()
    while len(found) < len(_KEYS):
        line = _LINE.match(raw, position)
        if line is None:
            break
        if (key := line["key"]) in _KEYS and raw.startswith(key, position):
            if key in found:
                return ""
            found[key] = (line["value"] or b"").rstrip()
        position = line.end()
    if not (reason := _reason(found, min_quality)):
        return ""
    end = _END.search(raw, position - 1)  # with the line end before the first line that was not matched above
    return reason if end and end["closing"] else ""


def _reason(found: dict[bytes, bytes], min_quality: int) -> str:
    if found.get(b"published", b"").lower() in _NO:
        return "unpublished"
    quality = found.get(b"quality", b"")
    return "low-quality" if quality.isdigit() and len(quality) <= 4 and int(quality) < min_quality else ""
