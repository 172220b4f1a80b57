"""Say what a field's value means: each function takes a key and its value, or raises RefusedError. Pure."""

import re
from collections.abc import Container
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from urllib.parse import urlsplit

from feeds.items.scraped import is_visible, plain
from feeds.model import EVERYTHING, MAX_QUALITY, ArticleType
from feeds.text import holds_secret, one_line, truncate
from feeds.urls import safe_url, slug

_MAX_QUOTED = 60  # characters
_MAX_REASON = 120
QUALITIES = range(MAX_QUALITY + 1)
HEATS = range(-1, 1_000_000_000)
PIXELS = range(1, 100_001)
_YEARS = range(1990, 9001)  # earlier ones are mistakes to the W3C feed validator; later ones overflow


class RefusedError(Exception):
    """Why a value cannot be used: a stable code, and a message that says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_LANGUAGE = re.compile(r"(?:[a-z]{2,8}|x)(?:-[a-z0-9]{1,8})*", re.IGNORECASE)
_TRUE, _TRUE_IN_YAML_1_1, _FALSE = ("true",), ("yes", "on"), ("false", "no", "off")
_MAX_LANGUAGE = 35  # characters (RFC 5646 §4.4.1)
_TYPES: dict[str, ArticleType] = {"article": "article", "video": "video"}

# The timestamp of YAML 1.1 (https://yaml.org/type/timestamp.html), which includes ISO 8601's extended format. Here the
# seconds are optional.
_TIMESTAMP = re.compile(
    r"""(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})
    (?:(?:[Tt]|[ \t]+)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]*)?)?
    [ \t]*(?:[Zz]|UTC|GMT|(?P<sign>[+-])(?P<zone_hours>[0-9]{1,2})(?::?(?P<zone_minutes>[0-5][0-9]))?)?)?""",
    re.VERBOSE,
)

# Not 24:00: from Python 3.14 on, the library takes it for the next day.
_USUAL_DATE = re.compile(r"(?:199|20[0-9])[0-9]-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")


def quoted(value: object) -> str:
    """Return a value for a message: printable, in one line, of limited length."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return f'"{truncate(one_line(str(value)), _MAX_QUOTED)}"'


def _scalar(code: str, key: str, value: object) -> str:
    if isinstance(value, dict | list):
        raise RefusedError(code, f"{key} is {quoted(value)}; write a single value after {key}:, in quotes if needed")
    return str(value).strip()


def plain_text(code: str, key: str, value: object) -> str:
    cleaned = plain(_scalar(code, key, value))
    if holds_secret(cleaned):
        message = f"{key} seems to include the value of secured; end the text of {key} before that line"
        raise RefusedError("secured-value", message)
    return cleaned if is_visible(cleaned) else ""


excerpt = partial(plain_text, "bad-excerpt")
outlet = partial(plain_text, "bad-provider")
image_title = partial(plain_text, "bad-title")


def title(key: str, value: object) -> str:
    text = plain_text("bad-title", key, value)
    if not text:
        raise RefusedError("missing-title", f"{key} has no visible character; write the headline after {key}:")
    return text


def topic(most: int, reserved: Container[str], key: str, value: object) -> str:
    """Return the name, of at most so many characters, unless its slug is reserved."""
    name = plain_text("bad-topic", key, value)
    if slug(name) == slug(EVERYTHING):
        raise RefusedError("bad-topic", f"topic {quoted(name)} means all topics; write the name of one")
    if slug(name) in reserved:
        message = "has the address of a newsletter or of an alias, and is left out; give it another name"
        raise RefusedError("bad-topic", f"topic {quoted(name)} {message}")
    if len(name) > most:
        raise RefusedError("bad-topic", f"topic {quoted(name)} has more than {most} characters; shorten it")
    return name


def web_address(code: str, key: str, value: object) -> str:
    text = _scalar(code, key, value)
    try:
        url = safe_url(text)
    except ValueError as error:
        reason = truncate(one_line(str(error)), _MAX_REASON)
        shown = quoted(_USER_INFO.sub("//…@", text))  # no password belongs in a log
        message = f"{key} {shown} cannot be used ({reason}); write the full address, https://…"
        raise RefusedError(code, message) from None

    if holds_secret(url):
        raise RefusedError("secured-value", f"{key} seems to include the value of secured; write the address alone")
    return url


_USER_INFO = re.compile(r"//[^/]*@")
image_url = partial(web_address, "bad-image")


def domain(key: str, value: object) -> str:
    """Return the host name, which may be given as a URL."""
    text = _scalar("bad-domain", key, value)
    host = _host(text)
    if not host or ":" in host:
        raise RefusedError("bad-domain", f"domain {quoted(text)} is not a host name; write one like example.com")
    return host


@lru_cache(maxsize=4096)  # there are few outlets, and each comes many times
def _host(text: str) -> str:
    try:
        return urlsplit(safe_url(text if "://" in text else f"https://{text}/")).hostname or ""
    except ValueError:
        return ""


def article_type(key: str, value: object) -> ArticleType:
    found = _TYPES.get(_scalar("bad-type", key, value).lower())
    if found is None:
        raise RefusedError("bad-type", f"type {quoted(value)} is unknown, article is assumed; write article or video")
    return found


def published(key: str, value: object) -> bool:
    """Return True only for `true`: to many programs, and so to reviewers, any other word is a text."""
    return _truth("bad-published", key, value, _TRUE)


def draft(key: str, value: object) -> bool:
    """Return True for any word that somebody may have meant as yes."""
    return _truth("bad-draft", key, value, _TRUE + _TRUE_IN_YAML_1_1)


def _truth(code: str, key: str, value: object, true: tuple[str, ...]) -> bool:
    word = _scalar(code, key, value).lower()
    if word not in true + _FALSE:
        raise RefusedError(code, f"{key} is {quoted(value)}; write true or false")
    return word in true


def _whole_number(value: object, allowed: range, code: str, key: str, advice: str) -> int:
    text = str(value).strip()
    if not _WHOLE_NUMBER.fullmatch(text) or int(text) not in allowed:
        raise RefusedError(code, f"{key} is {quoted(value)}{advice}")
    return int(text)


def quality(key: str, value: object) -> int:
    return _whole_number(value, QUALITIES, "bad-quality", key, f"; write a whole number from 0 to {QUALITIES[-1]}")


def heat(key: str, value: object) -> int | None:
    """Return None for −1, which means "not computed"."""
    advice = ", so it is computed instead; write a whole number, or delete it"
    number = _whole_number(value, HEATS, "bad-heat", key, advice)
    return None if number == -1 else number


def pixels(key: str, value: object) -> int:
    advice = "; write a whole number of pixels, or delete it"
    return _whole_number(value, PIXELS, "bad-image-size", f"{key} of an image", advice)


def language(key: str, value: object) -> str:
    """Return the tag; only its syntax is checked (RFC 5646 §2.1)."""
    tag = _scalar("bad-language", key, value)
    if len(tag) > _MAX_LANGUAGE or not _LANGUAGE.fullmatch(tag):
        raise RefusedError("bad-language", f"{key} {quoted(tag)} is not a language tag; write one like en, de or pt-BR")
    return tag


def category(key: str, value: object) -> str:
    """Return the category; the first one of a list."""
    first = next(iter(value), "") if isinstance(value, list) else value
    return "" if first is None else plain_text("bad-category", key, first)


def date(key: str, value: object) -> datetime:
    """Return an aware datetime in UTC, in whole seconds. The zone defaults to UTC, the time to midnight."""
    text = _scalar("bad-date", key, value)
    if _USUAL_DATE.fullmatch(text):
        with suppress(ValueError):  # no such day or time; the check below says so
            return datetime.fromisoformat(text)
    bad = RefusedError("bad-date", f"{key} {quoted(text)} is not a valid date; use one like 2021-01-26T17:45:00Z")
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise bad
    try:
        # The year is checked first because dates close to the years 1 and 9999 cannot be converted to UTC.
        when = _utc(match) if int(match["year"]) in _YEARS else None
    except ValueError:  # no such day, time or zone
        raise bad from None
    if when is None or when.year not in _YEARS:
        message = f"{key} {quoted(text)} is not between {_YEARS[0]} and {_YEARS[-1]}; correct the year"
        raise RefusedError("date-range", message)
    return when


def _utc(timestamp: re.Match[str]) -> datetime:
    part = {unit: int(digits) for unit, digits in timestamp.groupdict(default="0").items() if unit != "sign"}
    when = datetime(part["year"], part["month"], part["day"], part["hour"], part["minute"], part["second"], tzinfo=UTC)
    offset = timedelta(hours=part["zone_hours"], minutes=part["zone_minutes"])
    if offset >= timedelta(days=1):
        raise ValueError("a zone is less than a day away from UTC")
    return when + offset if timestamp["sign"] == "-" else when - offset
