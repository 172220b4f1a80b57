"""A story as all feed formats show it: the texts of an entry, made once for RSS, Atom and JSON Feed."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache, reduce
from html import unescape
from typing import NamedTuple

from msgspec import Struct

from feeds.languages import Language, language
from feeds.model import Article, Author, Coverage, Image, Item, Provider, Story
from feeds.renderers import pictures
from feeds.renderers.templates import environment
from feeds.text import WORD_JOINER, one_line


class RelatedLink(Struct, frozen=True, kw_only=True):
    """A related article: `atom:link` in RSS, `link` in Atom, `_feeds` in JSON Feed."""

    url: str
    title: str
    outlet: str
    """Empty when unknown; JSON Feed only."""
    published: datetime | None
    """JSON Feed only."""


class FeedEntry(Struct, frozen=True, kw_only=True):
    """A story's fields; after each, the elements that hold it in RSS, Atom and JSON Feed."""

    id: str
    """`guid`, `id`, `id`."""
    url: str
    """`link`, `link`, `url`."""
    title: str
    """`title` in all of them; never empty."""
    summary: str
    """`description`, `summary`, `summary`, for readers that show only this: the excerpt and the coverage's outlets.

    Never empty, as RSS wants a description before the content.
    """
    has_excerpt: bool
    """False when the summary is made up, in the language of the feed."""
    html: str
    """`content:encoded`, `content`, `content_html`."""
    author: Author | None
    """The outlet: `dc:creator`, `author`, `authors`; None when unknown."""
    categories: tuple[str, ...]
    """`category`, `category`, `tags`."""
    language: str
    """BCP 47: `dc:language`, `xml:lang` and `hreflang`, `language`; empty for the feed's own."""
    picture: Image | None
    """`media:content` and `media:thumbnail` in RSS and Atom, `image` in JSON Feed."""
    video: str
    """The address of the video, or of the page that plays it: `media:content` in RSS and Atom; empty for articles."""
    published: datetime
    """`pubDate`, `published`, `date_published`."""
    updated: datetime
    """`atom:updated`, `updated`, `date_modified`; no two entries of a feed have the same one."""
    related: tuple[RelatedLink, ...]


def entry_of(story: Story, updated: datetime, language: Language) -> FeedEntry:
    """Return the entry of a story in a feed in `language`; `updated` is its date, distinct in the feed."""
    lead = story.lead
    excerpt, name = literal(lead.excerpt), outlet(lead.provider)
    return FeedEntry(
        id=story.id,
        url=lead.url,
        title=title(lead),
        summary=_summary(story, excerpt, language),
        has_excerpt=bool(excerpt),
        html=html(story, language),
        author=Author(name=name, url=lead.provider.url) if name else None,
        categories=tuple(filter(None, map(literal, lead.topics))),
        language=lead.language,
        picture=pictures.for_feed(lead.images),
        video=lead.url if lead.type == "video" else "",
        published=story.published,
        updated=updated,
        related=tuple(
            RelatedLink(url=c.url, title=title(c), outlet=outlet(c.provider), published=c.published)
            for c in story.coverage
        ),
    )


def clean(text: str) -> str:
    """Return one line without the characters that XML 1.0 or the W3C validator forbid."""
    return one_line(text.replace("\ufffd", ""))


_LESS_THAN = "\N{FULLWIDTH LESS-THAN SIGN}"
# What a reader that takes plain text for HTML would read as a tag, or as a character reference.
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_REFERENCE = re.compile(r"&(?=(#?\w+))")


def literal(text: str) -> str:
    """Return plain text that even readers that expect HTML show as it is.

    RSS cannot say whether a title is text or HTML, and no format can say it of a link's title, so readers guess. In
    the rare text that looks like markup, a word joiner after each `<` or `&` in question rules out the wrong guess.
    Some (QuiteRSS) cut a title at any `<`, so a character that looks like it takes its place; the word joiner keeps it
    from becoming a tag even where Unicode compatibility characters are replaced.
    """
    text = clean(text)
    if "<" in text:
        text = _TAG.sub(f"<{WORD_JOINER}", text).replace("<", _LESS_THAN)
    if "&" in text:
        text = _REFERENCE.sub(_joined_ampersand, text)
    return text


def _joined_ampersand(match: re.Match[str]) -> str:
    reference = f"&{match[1]};"
    is_harmless = match[1].isalpha() and unescape(reference) == reference  # AT&T stays as it is
    return "&" if is_harmless else f"&{WORD_JOINER}"


def title(article: Article) -> str:
    """Return the article's title, or its URL."""
    return literal(article.title) or article.url


def outlet(provider: Provider) -> str:
    """Return the outlet's name, or its domain; both may be empty."""
    return literal(provider.name or provider.domain)


def _summary(story: Story, excerpt: str, language: Language) -> str:
    """Return the excerpt with the coverage's outlets at its end, or else what the title does not say."""
    more = _more(story.coverage, language)
    known = literal(byline(story.lead, language))
    if not excerpt and not more:
        return f"{title(story.lead)} – {known}"
    return f"{excerpt or known} {more}".rstrip()


_NAMED = 3
"""Outlets that a summary names."""


def _more(coverage: Sequence[Coverage], language: Language) -> str:
    """Return `+ 6 more: WEAU, Fox 9, CBS Local, …`, or "" without coverage."""
    outlets = list(dict.fromkeys(filter(None, (outlet(c.provider) for c in coverage))))
    if not outlets:
        return ""
    named = [*outlets[:_NAMED], *("…" for _ in outlets[_NAMED : _NAMED + 1])]
    listed = reduce(lambda one, other: language.text("{one}, {other}", one=one, other=other), named)
    return language.plural("+ {number} more: {outlets}", "+ {number} more: {outlets}", len(coverage), outlets=listed)


def byline(article: Item | Coverage, language: Language) -> str:
    """Return `CBS Local · 26 January 2021 · Video`, as far as known; related articles have a short date."""
    write_date = language.long_date if isinstance(article, Item) else language.short_date
    parts = (
        clean(article.provider.name or article.provider.domain),
        write_date(article.published) if article.published else "",
        language.text("Video") if article.type == "video" else "",
    )
    return " · ".join(filter(None, parts))


def size(image: Image) -> dict[str, str]:
    """Return width and height in pixels as attributes; nothing unless both are known."""
    if not image.width or not image.height or min(image.width, image.height) < 1:
        return {}
    return {"width": str(image.width), "height": str(image.height)}


class _Line(NamedTuple):
    """A related article."""

    url: str
    title: str
    direction: str
    """Its `dir`, if that is not the feed's; else empty."""
    byline: str


def html(story: Story, language: Language) -> str:
    """Return one `<div>` without style or script; it loads nothing but the picture.

    An excerpt in another language than the feed's has its own `lang`, and texts that run in the other direction have
    their own `dir`.
    """
    return _html(story.lead, story.coverage, language.tag)


@lru_cache(maxsize=1024)  # a story is in the feeds of several topics, and in those of their issues
def _html(lead: Item, coverage: tuple[Coverage, ...], tag: str) -> str:
    words = language(tag)
    picture = pictures.for_feed(lead.images)
    return clean(
        environment()
        .get_template("content.html")
        .render(
            lead=lead,
            picture=picture,
            size=size(picture) if picture else {},
            language=words,
            tongue=lead.language if lead.language != words.tag else "",
            direction=_other_direction(lead.excerpt, words),
            byline=byline(lead, words),
            coverage=[_Line(c.url, c.title, _other_direction(c.title, words), byline(c, words)) for c in coverage],
        )
    )


def _other_direction(text: str, words: Language) -> str:
    direction = "ltr" if text.isascii() and words.direction == "ltr" else _direction(text)
    return direction if direction != words.direction else ""


def _direction(text: str) -> str:
    """Return `ltr` or `rtl` by the first letter that has a direction, as HTML's `dir="auto"` does; else ""."""
    for char in text:
        match unicodedata.bidirectional(char):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return ""
