"""What all formats say alike: a story's texts, and the links of a feed document."""

import hashlib
import re
import unicodedata
from datetime import UTC, datetime
from html import unescape
from typing import NamedTuple

from msgspec.structs import replace

from feeds.languages import Language
from feeds.media_types import MEDIA_TYPES, STYLESHEET
from feeds.model import Article, Author, Coverage, Edition, Image, Item, Provider, Story, Topic
from feeds.renderers.templates import environment
from feeds.text import WORD_JOINER, one_line

ATOM_NS = "http://www.w3.org/2005/Atom"
HISTORY_NS = "http://purl.org/syndication/history/1.0"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# What a reader that takes plain text for HTML would read as a tag, or as a reference to a character.
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_REFERENCE = re.compile(r"&(?=(#?\w+))")


# Texts ---------------------------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """One line that XML 1.0 and the W3C validator take, whatever came in: what they forbid is left out."""
    return one_line(text.replace("\ufffd", ""))


def literal(text: str) -> str:
    """Plain text that is shown as it is even by readers that take it for HTML.

    RSS cannot say whether a title is text or HTML, and nothing can say it of a link's title: readers guess. In the
    rare text that looks like markup, an invisible U+2060 after each `<` and `&` in question leaves nothing to guess.
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
    """Never empty."""
    return literal(article.title) or article.url


def outlet(provider: Provider) -> str:
    """Name, else domain; may be empty."""
    return literal(provider.name or provider.domain)


def summary(story: Story, language: Language) -> str:
    """The excerpt; where there is none, what a reader cannot learn from the title: outlet, date and who else reports.

    Never empty, as RSS wants a description in front of the content.
    """
    if excerpt := literal(story.lead.excerpt):
        return excerpt
    others = dict.fromkeys(filter(None, (outlet(c.provider) for c in story.coverage)))
    related = f" – {language.text('Related coverage')}: {', '.join(others)}" if others else ""
    return literal(byline(story.lead, language) + related)


def byline(article: Item | Coverage, language: Language) -> str:
    """`CBS Local · 26 January 2021 · Video`, as far as known; a related article's date is a short one."""
    write_date = language.long_date if isinstance(article, Item) else language.short_date
    parts = (
        clean(article.provider.name or article.provider.domain),
        write_date(article.published) if article.published else "",
        language.text("Video") if article.type == "video" else "",
    )
    return " · ".join(filter(None, parts))


def picture(story: Story) -> Image | None:
    """The lead's first one."""
    return next(iter(story.lead.images), None)


def size(image: Image) -> dict[str, str]:
    """Width and height in pixels, as attributes; empty unless both are known."""
    if not image.width or not image.height or min(image.width, image.height) < 1:
        return {}
    return {"width": str(image.width), "height": str(image.height)}


def html(story: Story, language: Language) -> str:
    """A story as the content of a feed entry: one `<div>` without style, script or anything that loads but the picture.

    `language` is the topic's. The excerpt of an item in another one has its `lang`; texts that run against the
    direction of that language have their `dir`. RSS, Atom and JSON Feed ask for the same, one after the other.
    """
    made = _made.get((id(story), language.tag))
    if made is None or made[0] is not story:
        if len(_made) >= _MOST_MADE:
            _made.clear()
        made = _made[id(story), language.tag] = (story, _html(story, language))
    return made[1]


_MOST_MADE = 1000
_made: dict[tuple[int, str], tuple[Story, str]] = {}
"""By the story's identity, which the story beside it keeps: comparing stories takes longer than laying one out."""


def _html(story: Story, language: Language) -> str:
    image = picture(story)
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
    """`html`'s twin: lines of plain text, without a newline at the end."""
    lead = story.lead
    lines = [clean(lead.excerpt), byline(lead, language), lead.url]
    if story.coverage:
        lines += ["", language.text("Related coverage")]
    for related in story.coverage:
        lines += ["", f"- {clean(related.title)}", f"  {byline(related, language)}", f"  {related.url}"]
    return "\n".join(line for i, line in enumerate(lines) if i or line)


def _direction(text: str) -> str:
    """`ltr` or `rtl` by the first letter that has a direction (as HTML's `dir="auto"`); empty without one."""
    for char in text:
        match unicodedata.bidirectional(char):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return ""


# Documents -----------------------------------------------------------------------------------------------------------


class AtomLink(NamedTuple):
    rel: str
    href: str
    type: str = ""
    """Media type; empty where it does not matter."""

    @property
    def attributes(self) -> dict[str, str]:
        return {name: value for name, value in self._asdict().items() if value}


def links(edition: Edition, file_name: str) -> tuple[AtomLink, ...]:
    """Of the feed document `file_name` of an edition, as Atom would put them; RSS has the same ones as atom:link."""
    others = (name for name in MEDIA_TYPES if name != file_name)
    found = [
        AtomLink("self", edition.url(file_name), MEDIA_TYPES[file_name]),
        AtomLink("alternate", edition.home_url, "text/html"),
        *(AtomLink("alternate", edition.url(name), MEDIA_TYPES[name]) for name in others),
    ]
    if edition.site.hub:
        found.append(AtomLink("hub", edition.site.hub))
    if edition.prev_archive:
        found.append(AtomLink("prev-archive", edition.url(file_name, directory=edition.prev_archive)))
    if edition.next_archive:
        found.append(AtomLink("next-archive", edition.url(file_name, directory=edition.next_archive)))
    if edition.is_archive:
        found.append(AtomLink("current", edition.url(file_name, directory=edition.topic.slug)))
    return tuple(found)


def is_final(edition: Edition) -> bool:
    """Whether `fh:archive` may stand in it, which says that it never changes (RFC 5005 §4).

    The newest archive document still grows; a client that took it for final would never see what is added. It is the
    one without a successor.
    """
    return edition.is_archive and bool(edition.next_archive)


def feed_title(topic: Topic) -> str:
    """Never empty."""
    return literal(topic.title) or topic.slug


def description(topic: Topic) -> str:
    """Never empty: RSS demands one."""
    return literal(topic.description) or feed_title(topic)


def author(edition: Edition) -> Author:
    """The site's, or the site itself; its name is never empty, as Atom demands one."""
    given = edition.site.author
    if given and (name := literal(given.name)):
        return replace(given, name=name)
    return Author(name=literal(edition.site.title) or edition.topic.slug)


def copyright_notice(edition: Edition) -> str:
    return literal(edition.topic.copyright or edition.site.copyright)


def logo(edition: Edition) -> str:
    """URL; may be empty."""
    return edition.topic.logo or edition.site.logo


def timestamp(when: datetime, fraction: str = "") -> str:
    """RFC 3339, whole seconds unless digits are given: `2021-01-26T17:45:00Z`."""
    second = when.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()
    return f"{second}.{fraction}Z" if fraction else f"{second}Z"


def fraction(story: Story) -> str:
    """Nine decimals of a second, by the story's id alone (SHA-256).

    Atom wants no two entries of a feed with the same `updated`, and dates are often the same to the second, or whole
    days. Nine decimals stay apart among 1,000 stories of one second in 1,999 of 2,000 cases; six would not in 4 of 10.
    """
    return f"{int.from_bytes(hashlib.sha256(story.id.encode()).digest()[:8]) % 10**9:09d}"


def with_stylesheet(document: bytes, directory: str) -> bytes:
    """An XML document in `directory` (below out/), its declaration followed by an instruction that leads to the CSS."""
    declaration, root = document.split(b"\n", 1)
    href = "../" * len(directory.split("/")) + STYLESHEET if directory else STYLESHEET
    return b'%b\n<?xml-stylesheet type="text/css" href="%b"?>\n%b' % (declaration, href.encode(), root)
