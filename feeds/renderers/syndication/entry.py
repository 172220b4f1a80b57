"""A story as all feed formats show it: the texts of an entry, made once for RSS, Atom and JSON Feed."""

import re
import unicodedata
from datetime import UTC, datetime
from html import unescape

from msgspec import Struct

from feeds.languages import Language
from feeds.model import Article, Author, Coverage, Image, Item, Provider, Story
from feeds.renderers import pictures
from feeds.renderers.templates import environment
from feeds.text import WORD_JOINER, one_line


class RelatedLink(Struct, frozen=True, kw_only=True):
    """A related article: `atom:link` in RSS, `link` in Atom, `_related` in JSON Feed."""

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
    """`description`, `summary`, `summary`; never empty, as RSS wants a description before the content."""
    has_excerpt: bool
    """False when the summary is made up, in the language of the feed."""
    html: str
    """`content:encoded`, `content`, `content_html`."""
    text: str
    """`content_text` in JSON Feed only."""
    author: Author | None
    """The outlet: `dc:creator`, `author`, `authors`; None when unknown."""
    categories: tuple[str, ...]
    """`category`, `category`, `tags`."""
    language: str
    """BCP 47: `dc:language`, `xml:lang` and `hreflang`, `language`; empty for the feed's own."""
    picture: Image | None
    """`media:content` and `media:thumbnail` in RSS and Atom, `image` in JSON Feed."""
    published: datetime
    """`pubDate`, `published`, `date_published`."""
    updated: datetime
    """`atom:updated`, `updated`, `date_modified`."""
    related: tuple[RelatedLink, ...]


def entry_of(story: Story, language: Language) -> FeedEntry:
    """Return the entry of a story in a feed in `language`."""
    lead = story.lead
    excerpt, name = literal(lead.excerpt), outlet(lead.provider)
    return FeedEntry(
        id=story.id,
        url=lead.url,
        title=title(lead),
        summary=excerpt or _made_up_summary(story, language),
        has_excerpt=bool(excerpt),
        html=html(story, language),
        text=text(story, language),
        author=Author(name=name, url=lead.provider.url) if name else None,
        categories=tuple(filter(None, map(literal, lead.topics))),
        language=lead.language,
        picture=pictures.for_feed(lead.images),
        published=story.published,
        updated=story.updated,
        related=tuple(
            RelatedLink(url=c.url, title=title(c), outlet=outlet(c.provider), published=c.published)
            for c in story.coverage
        ),
    )


def clean(text: str) -> str:
    """Return one line without the characters that XML 1.0 or the W3C validator forbid."""
    return one_line(text.replace("\ufffd", ""))


# What a reader that takes plain text for HTML would read as a tag, or as a character reference.
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_REFERENCE = re.compile(r"&(?=(#?\w+))")


def literal(text: str) -> str:
    """Return plain text that even readers that expect HTML show as it is.

    RSS cannot say whether a title is text or HTML, and no format can say it of a link's title, so readers guess. In
    the rare text that looks like markup, a word joiner after each `<` or `&` in question rules out the wrong guess.
    """
    text = clean(text)
    if "<" in text:
        text = _TAG.sub(f"<{WORD_JOINER}", text)
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


def _made_up_summary(story: Story, language: Language) -> str:
    """Return what the title does not say: the outlet, the date and the other outlets."""
    others = dict.fromkeys(filter(None, (outlet(c.provider) for c in story.coverage)))
    related = f" – {language.text('Related coverage')}: {', '.join(others)}" if others else ""
    return literal(byline(story.lead, language) + related)


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


def html(story: Story, language: Language) -> str:
    """Return one `<div>` without style or script; it loads nothing but the picture.

    An excerpt in another language than the feed's has its own `lang`, and texts that run in the other direction have
    their own `dir`.
    """
    image = pictures.for_feed(story.lead.images)
    return clean(
        environment()
        .get_template("content.html")
        .render(
            lead=story.lead,
            coverage=story.coverage,
            picture=image,
            size=size(image) if image else {},
            language=language,
            byline=byline,
            direction=_direction,
        )
    )


def text(story: Story, language: Language) -> str:
    """Return the content of `html` as lines of plain text, without a newline at the end."""
    lead = story.lead
    lines = [clean(lead.excerpt), byline(lead, language), lead.url]
    if story.coverage:
        lines += ["", language.text("Related coverage")]
    for related in story.coverage:
        lines += ["", f"- {clean(related.title)}", f"  {byline(related, language)}", f"  {related.url}"]
    return "\n".join(line for i, line in enumerate(lines) if i or line)


def _direction(text: str) -> str:
    """Return `ltr` or `rtl` by the first letter that has a direction, as HTML's `dir="auto"` does; else ""."""
    for char in text:
        match unicodedata.bidirectional(char):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return ""


def timestamp(when: datetime, fraction: str = "") -> str:
    """Return a date as RFC 3339 in UTC, `2021-01-26T17:45:00Z`, with these decimals of a second if given."""
    second = when.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()
    return f"{second}.{fraction}Z" if fraction else f"{second}Z"
