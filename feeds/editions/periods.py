"""The periods that issues cover: days, ISO weeks and months in a time zone. Pure."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

from feeds.model import Period, PeriodKind

PeriodId = Annotated[str, Meta(pattern=r"\A[0-9]{4}-W?[0-9]{2}(-[0-9]{2})?\Z")]
"""`2021-W04`, `2021-01-26` or `2021-01`: the name of a folder in out/."""
Instant = Annotated[datetime, Meta(tz=True)]
"""An aware datetime."""
_THURSDAY = 3


def period_of(when: datetime, kind: PeriodKind, zone: tzinfo, first_weekday: int = 0) -> Period:
    """Return the period that contains an instant. A week has the ISO 8601 number of the Thursday in it.

    `first_weekday` is 0 for Monday, as in `date.weekday()`.
    """
    return _period(when.astimezone(zone).date(), kind, zone, first_weekday)


def period_by_id(name: str, kind: PeriodKind, zone: tzinfo, first_weekday: int = 0) -> Period:
    """Return the period with an id such as `2021-W04`, `2021-01-26` or `2021-01`; raise ValueError for a bad one."""
    try:
        if kind == "week":
            year, _, week = name.partition("-W")
            day = date.fromisocalendar(int(year), int(week), _THURSDAY + 1)
        else:
            day = date.fromisoformat(name if kind == "day" else f"{name}-01")
        period = _period(day, kind, zone, first_weekday)
    except (ValueError, OverflowError):
        period = None
    if period is None or period.id != name:
        example = {"day": "2021-01-26", "week": "2021-W04", "month": "2021-01"}[kind]
        raise ValueError(f"{name!r} is not a valid {kind}; use the form {example}")
    return period


@lru_cache(maxsize=4096)
def _period(day: date, kind: PeriodKind, zone: tzinfo, first_weekday: int) -> Period:
    if kind == "day":
        return Period(day.isoformat(), _midnight(day, zone), _midnight(day + timedelta(days=1), zone))
    if kind == "month":
        first = day.replace(day=1)
        return Period(f"{first:%Y-%m}", _midnight(first, zone), _midnight(_next_month(first), zone))
    first = day - timedelta(days=(day.weekday() - first_weekday) % 7)
    year, week, _ = (first + timedelta(days=(_THURSDAY - first_weekday) % 7)).isocalendar()
    return Period(f"{year}-W{week:02d}", _midnight(first, zone), _midnight(first + timedelta(days=7), zone))


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    """Return the first instant of a day in UTC, also where a clock change skips midnight."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
