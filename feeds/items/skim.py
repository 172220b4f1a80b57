"""Tells documents that nobody will see from their first lines, without parsing them. Pure.

Most documents of an old folder are drafts, or too poor; parsing one takes a hundred times as long as this. A document
is passed over only where no YAML parser could read these lines in another way; whatever is unusual is left to it.
"""

import re

# One line of a mapping or list that ends where it began: nothing in quotes, in brackets, in a block scalar (| >) or
# after an anchor, alias or tag goes on below it. The value is empty, in quotes that are closed, or plain.
_LINE = re.compile(
    rb"""[ ]*(?:-[ ]+)?(?P<key>[A-Za-z_][A-Za-z0-9_]*):
    (?:[ ]+(?P<value>-?[0-9]+|"(?:[^"\\\n]++|\\[^\n])*+"|'[^'\n]*'|[^\s"'\[\]{}&*!|>%@`\#?:,-][^\n]*))?[ ]*\n
    |[ ]*-[ ]+(?:"(?:[^"\\\n]++|\\[^\n])*+"|'[^'\n]*'|[A-Za-z0-9][^\n:]*)[ ]*\n""",
    re.VERBOSE,
)
_OPENING = re.compile(rb"---[ ]*\n")
_CLOSING = re.compile(rb"\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
# What could say something else of the two keys further down: the same key again, a key in quotes or of another kind.
_UNUSUAL = re.compile(rb"""\n(?:["'?&*!{\[<]|(?:published|quality)[ \t]*:)""")
_KEYS = (b"published", b"quality")
_NO = frozenset({b"false", b"no", b"off"})


def why_out(raw: bytes, min_quality: int) -> str:
    """`unpublished` or `low-quality` where the document surely says that it is not published, or of a lesser quality
    than `min_quality`; else nothing.
    """
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
    # From the line end before the first line that was not looked at, to that before the closing line.
    closing = _CLOSING.search(raw, opening.end() - 1)
    rest = position - 1
    is_sure = closing is not None and rest <= closing.start() and not _UNUSUAL.search(raw, rest, closing.start())
    return reason if is_sure else ""


def _reason(found: dict[bytes, bytes], min_quality: int) -> str:
    if found.get(b"published", b"").lower() in _NO:
        return "unpublished"
    quality = found.get(b"quality", b"")
    return "low-quality" if quality.isdigit() and len(quality) <= 4 and int(quality) < min_quality else ""
