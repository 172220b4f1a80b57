"""The comment at the end of a draft's HTML: whose it is, and what it looked like when `feeds push` left it. Pure."""

import hashlib
import re
from typing import NamedTuple

from msgspec.structs import replace

from feeds.delivery.push.protocol import Draft, Places, Remote
from feeds.text import truncate

_MARK = re.compile(r"\s*<!-- feeds: (feeds-[a-z0-9-]+-[0-9W-]+) ([0-9a-f]{16}) ([0-9a-f]{16}) -->\s*\Z")
_BODY = re.compile(r"<body\b[^>]*>(.*)</body\s*>", re.IGNORECASE | re.DOTALL)


class Mark(NamedTuple):
    """A key and two fingerprints, for a tool may take subject and contents in two calls, and a run end between them."""

    key: str
    envelope: str
    """The fingerprint of subject and preheader."""
    contents: str
    """The fingerprint of HTML and text, the mark itself left out."""


def found_mark(html: str) -> Mark | None:
    """Return the mark that is at the end of a draft's HTML; None if it has no mark."""
    match = _MARK.search(html)
    return Mark(*match.groups()) if match else None


def mark_for(key: str, draft: Draft | Remote) -> Mark:
    """Return the mark that a draft with these contents should have."""
    return Mark(key, _fingerprint(draft.subject, draft.preheader), _fingerprint(_MARK.sub("", draft.html), draft.text))


def fitted(draft: Draft, places: Places) -> Draft:
    """Return the draft with only what the tool has a place for, and with the mark at the end of its HTML."""
    fit = replace(
        draft,
        subject=truncate(draft.subject, places.subject),
        preheader=truncate(draft.preheader, places.preheader) if places.preheader else "",
        html=_fragment(draft.html) if places.fragment else draft.html,
        text=draft.text if places.text else "",
    )
    return replace(fit, html=f"{fit.html.rstrip()}\n<!-- feeds: {' '.join(mark_for(str(draft.key), fit))} -->\n")


def _fingerprint(*parts: str) -> str:
    """Take spaces and line ends as one space: tools change them, and nobody loses anything by it."""
    text = "\0".join(" ".join(part.split()) for part in parts)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _fragment(html: str) -> str:
    match = _BODY.search(html)
    return match[1].strip() if match else html
