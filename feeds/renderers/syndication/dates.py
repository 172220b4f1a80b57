"""Dates as feeds write them: RFC 3339, and never two equal `updated` in one document. Pure."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

_PER_SECOND = 500
"""Milliseconds of a second that are used. SimplePie rounds, so that 23:59:59.5 would become the next day."""


def timestamp(when: datetime) -> str:
    """Return a date as RFC 3339 in UTC and whole seconds: `2021-01-26T17:45:00Z`."""
    return _written(when, "seconds")


def distinct_timestamp(when: datetime) -> str:
    """Return a date of `distinct`, with three digits of a fraction if it has one: `2021-01-26T17:45:00.042Z`.

    Never more digits: ROME and QuiteRSS read them as a number of milliseconds, and nine of them as eleven days.
    """
    return _written(when, "milliseconds" if when.microsecond else "seconds")


def _written(when: datetime, precision: str) -> str:
    return f"{when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision)}Z"


def distinct(dates: Iterable[tuple[datetime, str]]) -> Mapping[str, datetime]:
    """Return a date for each id, given with its own, so that no two are equal (RFC 4287 §4.1.1).

    Only dates that are equal get milliseconds. These are made of the id, so that they rarely depend on what else is in
    the document; once a second is full, the rest moves on to the following ones.
    """
    ordered = sorted((date.replace(microsecond=0), id_) for date, id_ in dates)
    shared = Counter(date for date, _ in ordered)
    taken: dict[datetime, set[int]] = {}
    found: dict[str, datetime] = {}
    for date, id_ in ordered:
        second = date
        while len(used := taken.setdefault(second, set())) == _PER_SECOND:
            second += timedelta(seconds=1)
        fraction = _hashed(id_) if shared[date] > 1 else 0
        while fraction in used:
            fraction = (fraction + 1) % _PER_SECOND
        used.add(fraction)
        found[id_] = second + timedelta(milliseconds=fraction)
    return found


def _hashed(id_: str) -> int:
    return int.from_bytes(hashlib.sha256(id_.encode()).digest()[:8]) % _PER_SECOND
