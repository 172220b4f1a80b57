"""The comment at the end of a draft's HTML: whose it is, and what it looked like when `feeds push` left it. Pure."""

import hashlib
import re

from msgspec import Struct
from msgspec.structs import replace

from feeds.delivery.push.protocol import Draft, Places, Remote
from feeds.text import truncate

_MARK = re.compile(r"\s*<!-- feeds: (feeds-[a-z0-9-]+-[0-9W-]+) ([0-9a-f]{32}) -->\s*\Z")
_BODY = re.compile(r"<body\b[^>]*>(.*)</body\s*>", re.IGNORECASE | re.DOTALL)


class Mark(Struct, frozen=True):
    key: str
    fingerprint: str


def mark_of(html: str) -> Mark | None:
    """Return the mark at the end of a draft's HTML; None where there is none."""
    match = _MARK.search(html)
    return Mark(match[1], match[2]) if match else None


def fingerprint(draft: Draft | Remote) -> str:
    """Return the fingerprint of the four contents, the mark left out.

    Spaces and line ends count as one space: tools change them, and nobody loses anything by it.
    """
    parts = (draft.subject, draft.preheader, _MARK.sub("", draft.html), draft.text)
    text = "\0".join(" ".join(part.split()) for part in parts)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def fitted(draft: Draft, places: Places) -> Draft:
    """Return the draft with only what the tool has a place for, and with the mark at the end of its HTML."""
    html = _fragment(draft.html) if places.fragment else draft.html
    fit = replace(
        draft,
        subject=truncate(draft.subject, places.subject),
        preheader=truncate(draft.preheader, places.preheader) if places.preheader else "",
        html=html,
        text=draft.text if places.text else "",
    )
    return replace(fit, html=f"{html.rstrip()}\n<!-- feeds: {draft.key} {fingerprint(fit)} -->\n")


def _fragment(html: str) -> str:
    match = _BODY.search(html)
    return match[1].strip() if match else html
