"""From a document's data to an Item: what the fields mean, and everything that is wrong with them, all at once.

An error leaves out the item, or the entry of `related` that it is in; a warning leaves out a part of it. What is null
or blank counts as absent; unknown keys are ignored.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import TypedDict, TypeVar
from urllib.parse import urlsplit

import msgspec

from feeds import permalinks
from feeds.documents import Document
from feeds.model import OWN_NAMES, ArticleType, Coverage, Defaults, FieldNames, Image, Item, Limits, Provider
from feeds.permalinks import FileName
from feeds.problems import Problem, Severity
from feeds.text import holds_secret, one_line, plain, truncate, unshout
from feeds.urls import canonical_url, safe_url
from feeds.yaml_data import Where

T = TypeVar("T")

_MAX_QUOTED = 60  # characters
_MAX_REASON = 120
_MAX_QUALITY = 1000
_MAX_PIXELS = 100_000
_YEARS = range(1990, 9001)  # the W3C feed validator takes earlier ones for mistakes; later ones end in overflows


def validate(
    document: Document,
    defaults: Defaults,
    limits: Limits = Limits(),
    names: FieldNames = OWN_NAMES,
) -> tuple[Item | None, tuple[Problem, ...]]:
    """The item, unless it has an error of its own, and all problems by line. Never raises."""
    problems: list[Problem] = []
    item = _item(_Fields(document, document.data, (), problems, limits, keys_of(names)), document.name, defaults)
    return item, tuple(sorted(set(problems)))


# ---- records


class _ArticleFields(TypedDict):
    id: str
    url: str
    title: str
    excerpt: str
    provider: Provider
    type: ArticleType
    quality: int
    images: tuple[Image, ...]


def _item(fields: "_Fields", path: str, defaults: Defaults) -> Item | None:
    name = FileName.of(path)
    published = _published(fields) or _published_by_name(fields, name)
    article = _article(fields, defaults, partial(_permalink, fields, defaults, name, published))
    is_published = fields.read("published", _yes_or_no, defaults.published)
    topics = _topics(fields)
    language = fields.read("language", _language, "", Severity.WARNING)
    related = tuple(_related(fields, defaults))
    heat = fields.read("heat", _heat, None, Severity.WARNING)
    if article is None or published is None or fields.has_error:
        return None
    return Item(
        **article,
        path=path,
        published=published,
        is_published=is_published,
        heat=article["quality"] + 10 * len(related) if heat is None else heat,
        topics=topics,
        related=related,
        language=language,
    )


def _article(fields: "_Fields", defaults: Defaults, permalink: Callable[[], str] = str) -> _ArticleFields | None:
    """What an item and an entry of `related` have in common; None without a title or a URL."""
    excerpt = fields.read("excerpt", partial(_text, "bad-excerpt"), "", Severity.WARNING)
    excerpt = truncate(excerpt, fields.limits.excerpt_length)
    title = fields.require("title", _title, "missing-title", "{key} is missing: write the headline after {key}:")
    url = _url(fields, defaults, permalink)
    provider = _provider(fields, defaults, url)
    kind: ArticleType = fields.read("type", _type, "article", Severity.WARNING)
    quality = fields.read("quality", _quality, defaults.quality)
    images = tuple(_images(fields, defaults))
    if not title or not url:
        return None
    return _ArticleFields(
        id=canonical_url(url),
        url=url,
        title=truncate(unshout(title, excerpt), fields.limits.title_length),
        excerpt=excerpt,
        provider=provider,
        type=kind,
        quality=quality,
        images=images,
    )


def _related(fields: "_Fields", defaults: Defaults) -> Iterator[Coverage]:
    for where, value in fields.each("related", "bad-related", Severity.ERROR, fields.limits.related):
        if not isinstance(value, dict):
            message = f"an entry of related is {_quoted(value)}: give it fields, title: and webUrl: at least"
            fields.report(Severity.ERROR, "bad-related", message, *where)
            continue
        entry = fields.alike(value, *where)
        article = _article(entry, defaults)
        published = _published(entry)
        if article is not None and not entry.has_error:
            yield Coverage(**article, published=published)


def _url(fields: "_Fields", defaults: Defaults, permalink: Callable[[], str]) -> str:
    """The first usable one of its keys; a key that is not usable is an error only when no other is."""
    refused: list[tuple[str, _RefusedError]] = []
    url = used = ""
    keys = fields.keys("url")
    for key in filter(fields.has, keys):
        try:
            url, used = _web_address("bad-url", key, _absolute(defaults, fields.get(key))), key
            break
        except _RefusedError as why:
            refused.append((key, why))
    for key, reason in refused:
        if url:
            fields.warning(reason.code, f"{reason.message} ({used} is used instead)", key)
        else:
            fields.error(reason.code, reason.message, key)
    if not url and not refused and not (url := permalink()):
        fields.error("missing-url", f"{keys[0]} is missing: write the address of the article, https://…", keys[0])
    return url


def _permalink(fields: "_Fields", defaults: Defaults, name: FileName, published: datetime | None) -> str:
    """Of a document that is an article itself; "" where no pattern says what its address is."""
    if not defaults.url:
        return ""
    categories = [plain(str(value)) for _, value in fields.words(("categories", "category"), fields.limits.topics)]
    return safe_url(permalinks.address(defaults.url, name, published, categories))


def _absolute(defaults: Defaults, value: object) -> object:
    return permalinks.absolute(defaults.url, value.strip()) if isinstance(value, str) else value


def _published(fields: "_Fields") -> datetime | None:
    return fields.read("date", _date, None)


def _published_by_name(fields: "_Fields", name: FileName) -> datetime | None:
    """Its file's, for want of a date in the document."""
    key = fields.key("date")
    if fields.has(key):  # and is refused
        return None
    if name.date:
        return fields.parse("the date in the file's name", name.date, _date, None, Severity.ERROR, (key,))
    fields.error("missing-date", f"{key} is missing: write it like 2021-01-26T17:45:00Z", key)
    return None


def _provider(fields: "_Fields", defaults: Defaults, url: str) -> Provider:
    """Named, for want of a name, after its domain, and that after the URL's host."""
    key = fields.key("provider")
    value = fields.get(key)
    if not isinstance(value, Mapping | str | None):
        fields.warning("bad-provider", f"{key} is a list: write name: and domain: below it", key)
        value = None
    inner = fields.inside(value if isinstance(value, dict) else {"name": value}, key)
    name = truncate(inner.read("name", _provider_name, "", Severity.WARNING), fields.limits.name_length)
    domain = inner.read("domain", _domain, "", Severity.WARNING)
    if not name and not domain:
        name = (urlsplit(url).hostname or "").removeprefix("www.")
    return Provider(name=name or domain, domain=domain, images=tuple(_images(inner, defaults)))


def _images(fields: "_Fields", defaults: Defaults) -> Iterator[Image]:
    # A text for a list is a mistake under our name, and the custom under others, such as image.
    single = dict if fields.key("images") == "images" else (dict, str)
    for where, value in fields.each("images", "bad-images", Severity.WARNING, fields.limits.images, single=single):
        image = fields.inside(value if isinstance(value, dict) else {"url": _absolute(defaults, value)}, *where)
        message = "an image has no url: write its address after url:, or delete it"
        url = image.require("url", _image_url, "bad-image", message, Severity.WARNING)
        width = image.read("width", _pixels, None, Severity.WARNING)
        height = image.read("height", _pixels, None, Severity.WARNING)
        title = image.read("title", partial(_text, "bad-title"), "", Severity.WARNING)
        title = truncate(title, fields.limits.excerpt_length)
        if url:
            yield Image(url=url, width=width, height=height, title=title)


def _topics(fields: "_Fields") -> tuple[str, ...]:
    """Each once, whatever its case, in the order of the document."""
    found: dict[str, str] = {}
    read = partial(_topic, fields.limits.name_length)
    for where, value in fields.words(fields.keys("topics"), fields.limits.topics):
        topic = fields.parse("topics", value, read, "", Severity.WARNING, where)
        if topic:
            found.setdefault(topic.casefold(), topic)
    return tuple(found.values())


# ---- reading fields


class _RefusedError(Exception):
    """Why a value cannot be used: a stable code, and what is wrong and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


Parse = Callable[[str, object], T]
"""Makes something of a key's value, or raises _RefusedError; the key is for the message."""


Keys = Mapping[str, tuple[str, ...]]
"""The keys that hold a field, in the order in which they count, for fields that have not only their own name."""

_OURS = {"url": ("webUrl", "originalUrl"), "date": ("publishedDateTime", "date")}
_SPLIT = ("categories", "tags")
"""Lists to Jekyll, which splits a text there at spaces."""


@lru_cache(maxsize=16)
def keys_of(names: FieldNames) -> Keys:
    keys = {}
    for field, theirs in msgspec.structs.asdict(names).items():
        ours = _OURS.get(field, (field,))
        keys[field] = tuple(dict.fromkeys([*([theirs] if isinstance(theirs, str) else theirs), *ours]))
    return keys


class _Fields:
    """One mapping of a document. Knows where it stands and collects what is wrong with it.

    A field is what has a meaning here; a key is what stands in the document.
    """

    def __init__(
        self,
        document: Document,
        data: dict[str, object],
        where: Where,
        problems: list[Problem],
        limits: Limits,
        keys: Keys,
    ) -> None:
        self.has_error = False
        """Of its own; mappings inside it have theirs."""
        self.limits = limits
        self._document, self._data, self._where, self._problems = document, data, where, problems
        self._keys = keys

    def inside(self, data: dict[str, object], *where: str | int) -> "_Fields":
        """A mapping in this one, with fields of its own."""
        return _Fields(self._document, data, (*self._where, *where), self._problems, self.limits, {})

    def alike(self, data: dict[str, object], *where: str | int) -> "_Fields":
        """A mapping in this one that has the same fields."""
        return _Fields(self._document, data, (*self._where, *where), self._problems, self.limits, self._keys)

    def keys(self, field: str) -> tuple[str, ...]:
        return self._keys.get(field, (field,))

    def key(self, field: str) -> str:
        """The one that counts; where there is none, the one to write."""
        keys = self._keys.get(field)
        if keys is None:
            return field
        return keys[0] if len(keys) == 1 else next(filter(self.has, keys), keys[0])

    def report(self, severity: Severity, code: str, message: str, *where: str | int) -> None:
        line = self._document.line_of((*self._where, *where))
        self._problems.append(Problem(self._document.name, line, severity, code, message))

    def error(self, code: str, message: str, *where: str | int) -> None:
        """An error that leaves out this mapping."""
        self.has_error = True
        self.report(Severity.ERROR, code, message, *where)

    def warning(self, code: str, message: str, *where: str | int) -> None:
        self.report(Severity.WARNING, code, message, *where)

    def get(self, key: str) -> object:
        """The value, or None when it is absent, null or blank."""
        value = self._data.get(key)
        return None if isinstance(value, str) and not value.strip() else value

    def has(self, key: str) -> bool:
        return self.get(key) is not None

    def read(self, field: str, parse: Parse[T], default: T, severity: Severity = Severity.ERROR) -> T:
        """What `parse` makes of a value; the default where it is absent, or refused and reported."""
        key = self.key(field)
        value = self.get(key)
        return default if value is None else self.parse(key, value, parse, default, severity, (key,))

    def require(
        self, field: str, parse: Parse[T], code: str, message: str, severity: Severity = Severity.ERROR
    ) -> T | None:
        """Like `read`, and reports where there is no value; `{key}` in the message stands for what to write."""
        key = self.key(field)
        if not self.has(key):
            self._leave_out(severity, code, message.format(key=key), (key,))
        return self.read(field, parse, None, severity)

    def parse(self, key: str, value: object, parse: Parse[T], default: T, severity: Severity, where: Where) -> T:
        try:
            return parse(key, value)
        except _RefusedError as reason:
            self._leave_out(severity, reason.code, reason.message, where)
            return default

    def each(
        self, field: str, code: str, severity: Severity, most: int, *, single: type | tuple[type, ...] = ()
    ) -> Iterator[tuple[Where, object]]:
        """The first `most` entries of a list, null left out, and their places; `single` stands for a list of one."""
        yield from self.entries(self.key(field), code, severity, most, single)

    def entries(
        self, key: str, code: str, severity: Severity, most: int, single: type | tuple[type, ...]
    ) -> Iterator[tuple[Where, object]]:
        """Those of one key."""
        value = self.get(key)
        if isinstance(value, list):
            if len(value) > most:
                message = f"{key} has {len(value):,} entries, and only the first {most:,} are used: shorten the list"
                self.warning("too-many", message, key)
            yield from (((key, index), entry) for index, entry in enumerate(value[:most]) if entry is not None)
        elif isinstance(value, single):
            yield (key,), value
        elif value is not None:
            message = f"{key} is {_quoted(value)}, not a list: begin each entry on a line of its own with -"
            self.report(severity, code, message, key)

    def words(self, keys: tuple[str, ...], most: int) -> Iterator[tuple[Where, object]]:
        """The first entries of each of these lists; a text is split where Jekyll does, at commas if it has any."""
        for key in keys:
            value = self.get(key)
            if key in _SPLIT and isinstance(value, str):
                found = value.split(",") if "," in value else value.split()
                yield from (((key,), word) for word in found[:most])
            else:
                yield from self.entries(key, "bad-topics", Severity.WARNING, most, str)

    def _leave_out(self, severity: Severity, code: str, message: str, where: Where) -> None:
        (self.error if severity is Severity.ERROR else self.warning)(code, message, *where)


# ---- values

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_LANGUAGE = re.compile(r"(?:[a-z]{2,8}|x)(?:-[a-z0-9]{1,8})*", re.IGNORECASE)
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_TYPES: dict[str, ArticleType] = {"article": "article", "video": "video"}

# The timestamp of YAML 1.1 (https://yaml.org/type/timestamp.html), which takes ISO 8601's extended format in; seconds
# may be left out.
_TIMESTAMP = re.compile(
    r"""(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})
    (?:(?:[Tt]|[ \t]+)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]*)?)?
    [ \t]*(?:[Zz]|UTC|GMT|(?P<sign>[+-])(?P<zone_hours>[0-9]{1,2})(?::?(?P<zone_minutes>[0-5][0-9]))?)?)?""",
    re.VERBOSE,
)

_USUAL_DATE = re.compile(r"(?:199|20[0-9])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def _quoted(value: object) -> str:
    """A value in a message: in one line, of bounded length, fit to print."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return f'"{truncate(one_line(str(value)), _MAX_QUOTED)}"'


def _scalar(code: str, key: str, value: object) -> str:
    if isinstance(value, dict | list):
        raise _RefusedError(code, f"{key} is {_quoted(value)}: write one value after {key}:, in quotes if need be")
    return str(value).strip()


def _plain(code: str, key: str, value: object) -> str:
    text = plain(_scalar(code, key, value))
    if holds_secret(text):
        message = f"{key} seems to hold the value of secured as well: end the text of {key} before that line"
        raise _RefusedError("secured-value", message)
    return text


def _text(code: str, key: str, value: object) -> str:
    return _plain(code, key, value)


def _title(key: str, value: object) -> str:
    text = _text("bad-title", key, value)
    if all(unicodedata.category(char) in ("Cf", "Zs") for char in text):
        raise _RefusedError("missing-title", f"{key} has no visible character: write the headline after {key}:")
    return text


def _provider_name(key: str, value: object) -> str:
    return _plain("bad-provider", key, value)


def _topic(most: int, key: str, value: object) -> str:
    topic = _plain("bad-topic", key, value)
    if len(topic) > most:
        raise _RefusedError("bad-topic", f"topic {_quoted(topic)} has more than {most} characters: shorten it")
    return topic


def _web_address(code: str, key: str, value: object) -> str:
    text = _scalar(code, key, value)
    try:
        return safe_url(text)
    except ValueError as error:
        reason = truncate(one_line(str(error)), _MAX_REASON)
        shown = _quoted(_USER_INFO.sub("//…@", text))  # a password has no place in a log
        message = f"{key} {shown} cannot be used, {reason}: write the whole address, https://…"
        raise _RefusedError(code, message) from None


_USER_INFO = re.compile(r"//[^/]*@")
_image_url = partial(_web_address, "bad-image")


def _domain(key: str, value: object) -> str:
    """A host name; taken out of a URL where one is given."""
    text = _scalar("bad-domain", key, value)
    host = _host(text)
    if not host or ":" in host:
        raise _RefusedError("bad-domain", f"domain {_quoted(text)} is no host name: write it like example.com")
    return host


@lru_cache(maxsize=4096)  # outlets are few, and come again and again
def _host(text: str) -> str:
    try:
        return urlsplit(safe_url(text if "://" in text else f"https://{text}/")).hostname or ""
    except ValueError:
        return ""


def _type(key: str, value: object) -> ArticleType:
    found = _TYPES.get(_scalar("bad-type", key, value).lower())
    if found is None:
        raise _RefusedError("bad-type", f"type {_quoted(value)} is unknown, article is assumed: write article or video")
    return found


def _yes_or_no(key: str, value: object) -> bool:
    found = _TRUTH.get(_scalar("bad-published", key, value).lower())
    if found is None:
        raise _RefusedError("bad-published", f"{key} is {_quoted(value)}: write true or false")
    return found


def _whole_number(value: object, lowest: int, highest: int) -> int | None:
    text = str(value).strip()
    number = int(text) if _WHOLE_NUMBER.fullmatch(text) else None
    return number if number is not None and lowest <= number <= highest else None


def _quality(key: str, value: object) -> int:
    number = _whole_number(value, 0, _MAX_QUALITY)
    if number is None:
        message = f"{key} is {_quoted(value)}: write a whole number from 0 to {_MAX_QUALITY}"
        raise _RefusedError("bad-quality", message)
    return number


def _heat(key: str, value: object) -> int | None:
    """None for −1, which stands for "not computed"."""
    number = _whole_number(value, -1, 999_999_999)
    if number is None:
        message = f"{key} is {_quoted(value)}, and is computed instead: write a whole number, or delete it"
        raise _RefusedError("bad-heat", message)
    return None if number == -1 else number


def _pixels(key: str, value: object) -> int:
    number = _whole_number(value, 1, _MAX_PIXELS)
    if number is None:
        message = f"{key} of an image is {_quoted(value)}: write a whole number of pixels, or delete it"
        raise _RefusedError("bad-image-size", message)
    return number


def _language(key: str, value: object) -> str:
    """Its shape only is checked (RFC 5646 §2.1)."""
    tag = _scalar("bad-language", key, value)
    if not _LANGUAGE.fullmatch(tag):
        raise _RefusedError("bad-language", f"{key} {_quoted(tag)} is no language tag: write it like en, de or pt-BR")
    return tag


def _date(key: str, value: object) -> datetime:
    """Aware, in UTC, whole seconds; without a zone it is UTC, without a time midnight."""
    text = _scalar("bad-date", key, value)
    if _USUAL_DATE.fullmatch(text):
        with suppress(ValueError):  # no such day or time: what follows says so
            return datetime.fromisoformat(text)
    bad = _RefusedError("bad-date", f"{key} {_quoted(text)} is not a date: write it like 2021-01-26T17:45:00Z")
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise bad
    try:
        # The year is looked at first, because dates next to the years 1 and 9999 cannot be taken to UTC.
        when = _utc(match) if int(match["year"]) in _YEARS else None
    except ValueError:  # no such day, time or zone
        raise bad from None
    if when is None or when.year not in _YEARS:
        message = f"{key} {_quoted(text)} is not from {_YEARS[0]} to {_YEARS[-1]}: correct the year"
        raise _RefusedError("date-range", message)
    return when


def _utc(timestamp: re.Match[str]) -> datetime:
    part = {unit: int(digits) for unit, digits in timestamp.groupdict(default="0").items() if unit != "sign"}
    when = datetime(part["year"], part["month"], part["day"], part["hour"], part["minute"], part["second"], tzinfo=UTC)
    offset = timedelta(hours=part["zone_hours"], minutes=part["zone_minutes"])
    if offset >= timedelta(days=1):
        raise ValueError("no zone is a day away from UTC")
    return when + offset if timestamp["sign"] == "-" else when - offset
