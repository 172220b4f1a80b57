"""Turn a document's data into an Item, and report everything that is wrong with it at once. Pure.

An error leaves out the item, or the entry of `related` that it is in; a warning leaves out a part of it. Null and blank
values count as absent; unknown keys are ignored, with a warning where one looks like a misspelling.
"""

from collections.abc import Callable, Container, Iterator
from datetime import datetime
from functools import partial
from itertools import permutations
from urllib.parse import urlsplit

from msgspec.structs import asdict, replace

from feeds.config import url_pattern
from feeds.config.options import OWN_NAMES, Defaults, FieldNames, Limits, TrustOptions
from feeds.config.url_pattern import FileName
from feeds.items import values
from feeds.items.fields import Fields, keys_of
from feeds.items.front_matter import Document
from feeds.items.generators import adapted, category_path, day, file_name, page_image, pattern
from feeds.items.misspelt import misspelt
from feeds.items.scraped import plain, unshout
from feeds.model import Article, ArticleType, Coverage, Image, Item, Provider
from feeds.problems import Problem, Severity
from feeds.text import holds_secret, truncate
from feeds.urls import canonical_url, slug, strip_tracking


def validate(
    document: Document,
    defaults: Defaults,
    limits: Limits = Limits(),
    names: FieldNames = OWN_NAMES,
    trust: TrustOptions = TrustOptions(),
    reserved_slugs: Container[str] = (),
) -> tuple[Item | None, tuple[Problem, ...]]:
    """Return the item, unless it has an error outside `related`, and all problems by line. Never raise."""
    document = adapted(document, defaults, names)
    problems: list[Problem] = []
    name = file_name(document, defaults)
    fields = Fields(document, document.data, (), problems, limits, keys_of(names))
    item = _item(fields, document.name, name, defaults, trust, reserved_slugs)
    problems += misspelt(document, names)
    return item, tuple(sorted(set(problems)))


def _item(
    fields: Fields, path: str, name: FileName, defaults: Defaults, trust: TrustOptions, reserved: Container[str]
) -> Item | None:
    published = _published(fields) or _published_by_name(fields, name)
    article = _article(fields, defaults, partial(_permalink, fields, defaults, name, published), path)
    is_published = fields.read("published", values.published, defaults.published)
    is_draft = fields.read("draft", values.draft, False)
    updated = fields.read("updated", values.date, None, Severity.WARNING)
    topics = _topics(fields, reserved) or tuple(t for t in defaults.topics if slug(t) not in reserved)
    language = fields.read("language", values.language, "", Severity.WARNING)
    category = fields.read("category", values.category, "", Severity.WARNING)
    related = tuple(_related(fields, defaults))
    heat = fields.read("heat", values.heat, None, Severity.WARNING)
    if article is None or published is None or fields.has_error:
        return None
    computed = article.quality + 10 * len(related)
    if heat is None or (heat > computed and not trust.heat):  # or one item could outweigh, and so hide, all others
        heat = computed
    return Item(
        **asdict(article),
        path=path,
        published=published,
        is_published=is_published and not is_draft,
        heat=heat,
        updated=updated,
        topics=topics,
        related=related,
        language=language,
        category=truncate(category, fields.limits.name_length),
    )


def _article(fields: Fields, defaults: Defaults, permalink: Callable[[], str] = str, path: str = "") -> Article | None:
    """Return what an item, in the document `path`, and an entry of `related` share; None without a title or a URL."""
    excerpt = fields.read("excerpt", values.excerpt, "", Severity.WARNING)
    excerpt = truncate(excerpt, fields.limits.excerpt_length)
    title = fields.require("title", values.title, "missing-title", "{key} is missing; write the headline after {key}:")
    url = _url(fields, defaults, permalink)
    provider = _provider(fields, defaults, url)
    kind: ArticleType = fields.read("type", values.article_type, "article", Severity.WARNING)
    quality = fields.read("quality", values.quality, defaults.quality)
    images = tuple(_images(fields, defaults, url, path))
    if not title or not url:
        return None
    if _is_secret_together(provider.name, title, excerpt):
        message = f"the title and what is shown beside it look like a value of secured; correct {fields.key('title')}"
        fields.error("secured-value", message, fields.key("title"))
    return Article(
        id=canonical_url(url),
        url=url,
        title=truncate(unshout(title, excerpt), fields.limits.title_length),
        excerpt=excerpt,
        provider=provider,
        type=kind,
        quality=quality,
        images=images,
    )


def _is_secret_together(*texts: str) -> bool:
    """Return whether two texts, shown side by side, are what no file may contain, as `Secured: <60 characters>`."""
    if not any("secured" in text.lower() for text in texts):
        return False
    return any(holds_secret(f"{a}{mark}{b}") for a, b in permutations(texts, 2) for mark in ("", " ", ": "))


def _related(fields: Fields, defaults: Defaults) -> Iterator[Coverage]:
    for where, value in fields.entries(fields.key("related"), "bad-related", Severity.ERROR, fields.limits.related):
        if not isinstance(value, dict):
            message = f"an entry of related is {values.quoted(value)}; give it fields, at least title: and webUrl:"
            fields.report(Severity.ERROR, "bad-related", message, *where)
            continue
        entry = fields.inside(value, *where, same_keys=True)
        article = _article(entry, defaults)
        published = _published(entry)
        if article is not None and not entry.has_error:
            yield Coverage(**asdict(article), published=published)


def _url(fields: Fields, defaults: Defaults, permalink: Callable[[], str]) -> str:
    """Return the first usable URL. An unusable one is an error only when there is no other."""
    refused: list[tuple[str, values.RefusedError]] = []
    url = used = ""
    keys = fields.keys("url")
    for key in filter(fields.has, keys):
        try:
            url, used = values.web_address("bad-url", key, _absolute(defaults, fields.get(key))), key
            break
        except values.RefusedError as why:
            refused.append((key, why))
    for key, reason in refused:
        if url:
            fields.warning(reason.code, f"{reason.message} ({used} is used instead)", key)
        else:
            fields.error(reason.code, reason.message, key)
    if url or refused:
        return url
    try:
        url = permalink()
    except values.RefusedError as reason:
        fields.error(reason.code, reason.message, keys[0])
        return ""
    if not url:
        fields.error("missing-url", f"{keys[0]} is missing; write the address of the article, https://…", keys[0])
    return url


def _permalink(fields: Fields, defaults: Defaults, name: FileName, published: datetime | None) -> str:
    """Return the address of a document that is itself the article; "" when no pattern is configured.

    Raise RefusedError when the name of the file and the categories make no usable address.
    """
    if not defaults.url:
        return ""
    categories = [plain(str(value)) for _, value in fields.words(("categories", "category"), fields.limits.topics)]
    if written := day(fields.get(fields.key("date")), published, defaults):
        name = replace(name, date=written)
    paths = [category_path(category, defaults) for category in categories]
    address = url_pattern.address(pattern(defaults, name), name, published, paths)
    return values.web_address("bad-url", "the address made by [defaults] url", address)


def _absolute(defaults: Defaults, value: object) -> object:
    site = defaults.site_url or defaults.url
    return url_pattern.absolute(site, value.strip()) if isinstance(value, str) else value


def _published(fields: Fields) -> datetime | None:
    return fields.read("date", values.date, None)


def _published_by_name(fields: Fields, name: FileName) -> datetime | None:
    """Return the date in the file's name when the document has none."""
    key = fields.key("date")
    if fields.has(key):  # it was refused
        return None
    if name.date:
        return fields.parse("the date in the file's name", name.date, values.date, None, Severity.ERROR, (key,))
    fields.error("missing-date", f"{key} is missing; write a date like 2021-01-26T17:45:00Z", key)
    return None


def _provider(fields: Fields, defaults: Defaults, url: str) -> Provider:
    """Return the outlet; its name defaults to its domain, or else to the URL's host."""
    key = fields.key("provider")
    value = fields.get(key)
    if isinstance(value, list):
        fields.warning("bad-provider", f"{key} is a list; write name: and domain: below it", key)
        value = None
    inner = fields.inside(value if isinstance(value, dict) else {"name": value}, key)
    name = truncate(inner.read("name", values.outlet, "", Severity.WARNING), fields.limits.name_length)
    domain = inner.read("domain", values.domain, "", Severity.WARNING)
    if not name and not domain:
        name = (urlsplit(url).hostname or "").removeprefix("www.")
    return Provider(name=name or domain, domain=domain, images=tuple(_images(inner, defaults)))


def _images(fields: Fields, defaults: Defaults, page: str = "", path: str = "") -> Iterator[Image]:
    # Text instead of a list is a mistake under our own key, but usual under others, such as image.
    key = fields.key("images")
    single = dict if key == "images" else (dict, str)
    for where, value in fields.entries(key, "bad-images", Severity.WARNING, fields.limits.images, single):
        found = page_image(value, page, path, defaults) if path and page else value
        image = fields.inside(found if isinstance(found, dict) else {"url": _absolute(defaults, found)}, *where)
        message = "an image has no url; write its address after url:, or delete the image"
        url = image.require("url", values.image_url, "bad-image", message, Severity.WARNING)
        width = image.read("width", values.pixels, None, Severity.WARNING)
        height = image.read("height", values.pixels, None, Severity.WARNING)
        title = image.read("title", values.image_title, "", Severity.WARNING)
        title = truncate(title, fields.limits.title_length)
        if url:
            yield Image(url=url, width=width, height=height, title=title)


def _topics(fields: Fields, reserved: Container[str]) -> tuple[str, ...]:
    """Return each topic once, whatever its case, in the order of the document."""
    found: dict[str, str] = {}
    read = partial(values.topic, fields.limits.name_length, reserved)
    for where, value in fields.words(fields.keys("topics"), fields.limits.topics):
        topic = fields.parse("topics", value, read, "", Severity.WARNING, where)
        if topic:
            found.setdefault(topic.casefold(), topic)
    return tuple(found.values())


def without_tracking(item: Item) -> Item:
    """Return the item without tracking parameters in its links and those of its coverage."""
    related = tuple(replace(c, url=strip_tracking(c.url)) for c in item.related)
    return replace(item, url=strip_tracking(item.url), related=related)
