"""Keep a feed's date from staying, or going back, when its content changes. Pure.

Some readers skip a feed whose date has not moved, and so lose what is new in it. The date of a feed is that of its
newest story; where that is not later than the one of the last build though the content has changed, the date is a
second later than that one. The clock has no part in it.

The manifest remembers the dates of the feeds that people subscribe to. There may be thousands of archive documents,
which are seldom rendered twice: the published document itself says what its date was.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b

from msgspec import Struct

_DATE = re.compile(rb"<(updated|lastBuildDate)>([^<]*)</\1>")
_GENERATOR = re.compile(rb"<generator[^>]*>[^<]*</generator>")
"""It names the version of this program: a release alone is no news to a reader."""
LAST_YEAR = 9000
"""Later dates are mistakes, and overflow when something is added to them."""


class FeedDate(Struct, frozen=True):
    """A feed document as the last build published it."""

    updated: str
    """The date in the document, as it is written there."""
    fingerprint: str
    """The fingerprint of the document without its date and its generator."""


def dated(document: bytes, previous: FeedDate | None) -> tuple[bytes, FeedDate | None]:
    """Return an RSS or Atom document with its final date, and what to remember of it; JSON Feed has no date."""
    match = _DATE.search(document)
    if match is None:
        return document, None
    content = _GENERATOR.sub(b"", document[: match.start()] + document[match.end() :], count=1)
    fingerprint = blake2b(content, digest_size=8).hexdigest()
    updated = match[2].decode()
    if previous and previous.fingerprint == fingerprint:
        updated = previous.updated
    elif previous and parsed(updated) <= (last := parsed(previous.updated)):
        later = last.replace(microsecond=0) + timedelta(seconds=1)
        updated = format_datetime(later) if match[1] == b"lastBuildDate" else f"{later:%Y-%m-%dT%H:%M:%SZ}"
    start, end = match.span(2)
    return document[:start] + updated.encode() + document[end:], FeedDate(updated, fingerprint)


def all_dated(
    files: Mapping[str, bytes], previous: Mapping[str, FeedDate]
) -> tuple[dict[str, bytes], dict[str, FeedDate]]:
    """Return the documents with their final dates, and what to remember of each; both are keyed by file name."""
    found = {name: dated(document, previous.get(name)) for name, document in files.items()}
    return {name: data for name, (data, _) in found.items()}, {name: date for name, (_, date) in found.items() if date}


def published(documents: Mapping[str, bytes | None]) -> dict[str, FeedDate]:
    """Return the dates that published documents have; one that is missing, or that somebody has damaged, has none."""
    found: dict[str, FeedDate] = {}
    for name, document in documents.items():
        with suppress(ValueError, OverflowError):
            _, date = dated(document or b"", None)
            if date and parsed(date.updated).year <= LAST_YEAR:
                found[name] = date
    return found


def parsed(date: str) -> datetime:
    """Return the date of an RSS or Atom document in UTC; raise ValueError."""
    when = datetime.fromisoformat(date) if date[:1].isdigit() else parsedate_to_datetime(date)
    if when.utcoffset() is None:  # Python would take it for a local time, which another machine does not share
        raise ValueError(f"the date {date} has no time zone")
    return when.astimezone(UTC)
