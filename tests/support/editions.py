"""Editions of every kind, for the renderers."""

from msgspec.structs import replace

from feeds.model import Author, Edition, Image, Provider, Story
from support.examples import PICTURE, coverage, edition, item, site, story, topic, utc

FULL_SITE = site(
    description="News, sorted",
    author=Author(name="Ada", email="ada@news.example", url="https://news.example/ada"),
    copyright="© 2021 Smart News",
    logo="https://news.example/logo.png",
    icon="https://news.example/icon.png",
    hub="https://hub.example/",
)


MINNEAPOLIS = coverage(
    "weau",
    title="Ban advances in Minneapolis",
    provider=Provider("WEAU", "weau.com"),
    published=utc("2021-01-24 23:02"),
)


VIDEO = coverage("fox", type="video", provider=Provider("Fox 9", "fox9.com"), published=utc("2021-01-27 12:36"))


UNDATED = coverage("nobody", title="Nobody knows when", provider=Provider("", "nobody.example"), published=None)


SCAN = story(
    "scan",
    MINNEAPOLIS,
    VIDEO,
    UNDATED,
    title="‘Ban The Scan’ Targets AT&T",
    excerpt="A campaign was launched & <b>Tuesday</b> it began.",
    images=(PICTURE, Image("https://paper.example/second.jpg")),
    topics=("Computer Vision", "AI"),
)


GERMAN = story("deutsch", title="Gesichtserkennung", language="de", type="video", excerpt="Ein Bericht.", images=())


BARE = story("bare", MINNEAPOLIS, excerpt="", provider=Provider(""), topics=(), published=utc("2021-01-25"))


RICH = edition(SCAN, GERMAN, BARE, site=FULL_SITE, prev_archive="ai/archive/2")


ARCHIVE = replace(
    RICH, directory="ai/archive/2", is_archive=True, prev_archive="ai/archive/1", next_archive="ai/archive/3"
)


GROWING = replace(ARCHIVE, next_archive="")


EMPTY = edition(fallback_updated=utc("2021-01-20 10:00"))


ARABIC = "حملة لحظر التعرف على الوجوه"


MANY = edition(*(story(f"s{n}", coverage(f"a{n}"), coverage(f"b{n}"), images=(PICTURE,)) for n in range(50)))


LOGOS = {
    "PNG": ("https://x.example/l.png", True),
    "JPEG in capitals": ("https://x.example/L.JPG", True),
    "with a query": ("https://x.example/l.gif?v=2", True),
    "SVG": ("https://x.example/l.svg", False),
    "SVG with a query": ("https://x.example/l.svg?x.png", False),
    "WebP": ("https://x.example/l.webp", False),
    "nobody knows": ("https://x.example/logo", False),
}


HOSTILE = {
    "end of CDATA": "]]>",
    "script": "<script>alert(1)</script>",
    "references": "&#0; &#x0; &amp; &copy; &nbsp",
    "quotes": '"double" \'single\' <b title="x">',
    "emoji": "👩‍👩‍👧 😀",
    "right to left": ARABIC,
    "override": "\u202eabc\u2066",
    "what XML forbids": "a\x00\x08\x1f\x7f\x85\x9f\ufffe\uffff\ufdd0\U0010ffffz",
    "half a character": "a\ud800z",
    "replacement": "a\ufffdz",
    "comment": "<!-- x --><?import x?>",
    "template": "{{ 7 * 7 }} %s {0}",
    "spaces only": " \n\t\u2028 ",
    "nothing": "",
    "address": "Ada <ada@news.example>",
    "lines": "one\r\ntwo",
}


def everywhere(text: str) -> Edition:
    """The text in each field that holds one."""
    image = replace(PICTURE, title=text)
    provider = Provider(text, "paper.example")
    related = coverage("other", title=text, provider=provider)
    lead = item(title=text, excerpt=text, provider=provider, topics=(text,), images=(image,), related=(related,))
    author = Author(name=text, email="ada@news.example")
    return edition(
        Story(lead, (related,)),
        site=site(title=text, description=text, copyright=text, author=author),
        topic=topic(title=text, description=text, copyright=text),
    )
