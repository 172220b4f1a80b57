"""Documents shaped like those in seeds/, for timing: `python tests/bench/corpus.py FOLDER COUNT [PER_DAY]`.

Of each hundred, 30 are published and 21 eligible (published, of quality 50 or more), and one is a copy of another under
a second address. They have 30 topics, one or two each, some of them ten times as common as others; 3 to 24 related
articles, a fifth of which are documents, too; and 3 to 24 kB. A hundred documents a day end on 1 January 2026: that
fills weekly digests of 30 topics, and puts 100,000 documents into the last three years. (`generate.py` makes documents
that are odd rather than many.)

Document number n is the same text whatever the count; the higher the number, the older it is. Paths are in no order of
time, as a build that reads the newest first would have it easier than it should.
"""

import sys
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from random import Random

NEWEST = datetime(2026, 1, 1, tzinfo=UTC)
PER_DAY = 100
PUBLISHED, ELIGIBLE = 30, 21
"""Of each hundred."""
MIN_QUALITY = 50

TOPICS = (
    *("AI", "Computer Vision", "Robotics", "Climate", "Energy", "Health", "Space", "Privacy", "Security", "Economy"),
    *("Elections", "Education", "Housing", "Transport", "Agriculture", "Oceans", "Chemistry", "Physics", "Genetics"),
    *("Medicine", "Batteries", "Semiconductors", "Quantum Computing", "Open Source", "Startups", "Trade", "Labour"),
    *("Culture", "Sports", "Law"),
)
_COMMON = list(accumulate(1 / (rank + 3) for rank in range(len(TOPICS))))

_RELATED = (3, 3, 4, 4, 5, 5, 6, 6, 6, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24)
"""Numbers of related articles, each as likely; in seeds/ they are 2, 6, 6, 6 and 26."""
_IMAGE_SIZES = ((1200, 630), (980, 574), (796, 417), (640, 426), (2400, 1600), (600, 338))

_WHO = (
    *("City council", "The regulator", "A coalition of users", "The ministry", "A court in the capital", "Researchers"),
    *("The industry’s lobby", "An independent panel", "Engineers", "The largest supplier", "Unions", "A young company"),
    *("The watchdog", "Parliament’s committee", "Teachers", "Hospital staff", "Farmers", "The agency", "Volunteers"),
    *("“Quiet Streets”", "Café owners", "Critics", "A former director", "The opposition", "Insurers", "Archivists"),
)
_DOES = (
    *("called for a halt to", "published figures on", "questioned", "welcomed", "voted on", "warned of", "delayed"),
    *("presented a plan for", "withdrew from", "doubled the budget of", "asked for an inquiry into", "returned to"),
    *("could not agree on", "began a trial of", "saw progress with", "sued over", "called off", "opened the books on"),
)
_WHAT = (
    *("automatic number plates", "the coastal grid", "cheaper sensors", "night trains", "the new curriculum"),
    *(
        "open registers",
        "soil maps",
        "the archive of rulings",
        "long-term storage",
        "remote surgery",
        "a shared ledger",
    ),
    *("rules for crowded places", "satellite pictures", "the rent index", "school meals", "a vaccine for cattle"),
    *("small reactors", "self-driving ferries", "the harbour bridge", "public cameras", "the language of contracts"),
)
_WHERE = (
    *("in three cities", "after a long debate", "before the summer", "despite protests", "for the first time"),
    *("– and nobody noticed", "as prices fall", "at the border", "on short notice", "in the mountains", "once more"),
)
_SAYS = (
    "A report that came out on Tuesday puts the cost at twice of what was planned, and says who is to pay for it.",
    'Those who asked for it speak of a "turning point"; those who must carry it out want to see the details first.',
    "The decision is not expected before spring, as two of the five members want to hear more witnesses.",
    "In a letter to its customers the company says that no data were lost, but gives no figures.",
    "Similar attempts elsewhere ended early because nobody had thought of maintenance.",
    "It’s a small step, people familiar with the matter say, yet one that is hard to take back.",
    "The first results are promising – though the sample was small, and the winter mild.",
    "What began as a student’s project has grown into something that ministries take an interest in.",
)
_PLACES = ("Northern", "Harbour", "Valley", "Capital", "Lakeside", "Old Town", "Island", "Border", "Granite", "Meadow")
_PAPERS = ("Courier", "Gazette", "Post", "Review", "Broadcasting", "Wire", "Weekly")
_OUTLETS = [
    (f"{place} {paper}", f"{place}{paper}.example".lower().replace(" ", "")) for place in _PLACES for paper in _PAPERS
]
_IN_SLUGS = str.maketrans(dict.fromkeys("’“”–,.\"'", "") | {" ": "-", "é": "e"})


def write(folder: Path, count: int, per_day: int = PER_DAY) -> None:
    """Writes the first `count` documents, a thousand in each subfolder."""
    for number in range(count):
        path = folder / path_of(number)
        if number % 1000 == 0:
            path.parent.mkdir(parents=True)
        path.write_text(document(number, per_day), encoding="utf-8", newline="\n")


def path_of(number: int) -> str:
    """Below the folder; no two documents have the same one (up to 10 million)."""
    name = f"{number * 367 % 1000:03}_{Random(f'path {number}').getrandbits(64):016x}.md"
    return f"{number // 1000 * 7919 % 10007:05}/{name}"


def is_eligible(number: int) -> bool:
    return _rank(number) < ELIGIBLE


def is_copy(number: int) -> bool:
    """Whether it has the canonical URL of the document before it."""
    return number % 100 == _hundred(number // 100)[1]


def document(number: int, per_day: int = PER_DAY) -> str:
    """The text of a document, with its fields in the order that those in seeds/ have."""
    lead = _lead(number, per_day)
    random = Random(f"document {number}")
    related = [article.as_related() for article in _related(random, lead, number, per_day)]
    is_published = _rank(number) < PUBLISHED
    heat = lead.quality + 10 * len(related) if is_published else -1
    topics = "".join(f"  - {name}\n" for name in _topics(random))
    return (
        f"---\ncategory: news\n{lead.opening('')}"
        f'originalUrl: "{lead.url}"\n{lead.addresses("")}'
        f"type: article\nquality: {lead.quality}\nheat: {heat}\npublished: {'true' if is_published else 'false'}\n"
        f"\n{lead.provider('')}{_logo(lead)}\ntopics:\n{topics}\n{lead.images('', end=_BLANK)}"
        f"related:\n{''.join(related)}\n"
        f'secured: "{b64encode(random.randbytes(random.choice((288, 416)))).decode()};Y2hlY2tlZA=="\n---\n\n'
    )


@dataclass(frozen=True, slots=True)
class _Article:
    title: str
    excerpt: str
    published: datetime
    outlet: tuple[str, str]
    """Name and domain."""
    path: str
    """Of its URL, without the first slash."""
    has_amp: bool
    image: str
    """File name and query; empty without."""
    size: tuple[int, int]
    quality: int

    @property
    def url(self) -> str:
        return f"https://www.{self.outlet[1]}/{self.path}"

    def opening(self, indent: str, dash: str = "") -> str:
        """What stands first; `dash` is the first line's indent in a list."""
        return (
            f'{dash or indent}title: "{self.title}"\n'
            f'{indent}excerpt: "{_escaped(self.excerpt)}"\n'
            f"{indent}publishedDateTime: {self.published:%Y-%m-%dT%H:%M:%SZ}\n"
        )

    def addresses(self, indent: str) -> str:
        lines = f'{indent}webUrl: "{self.url}"\n'
        if not self.has_amp:
            return lines
        host = f"www.{self.outlet[1]}"
        cdn = f"{host.replace('.', '-')}.cdn.amp.example/c/s/{host}"
        return (
            f'{lines}{indent}ampWebUrl: "https://{host}/amp/{self.path}"\n'
            f'{indent}cdnAmpWebUrl: "https://{cdn}/amp/{self.path}"\n'
        )

    def provider(self, indent: str) -> str:
        name, domain = self.outlet
        return f"{indent}provider:\n{indent}  name: {name}\n{indent}  domain: {domain}\n"

    def images(self, indent: str, end: str = "") -> str:
        if not self.image:
            return ""
        width, height = self.size
        return (
            f'{indent}images:\n{indent}  - url: "https://media.{self.outlet[1]}/{self.image}"\n'
            f"{indent}    width: {width}\n{indent}    height: {height}\n{indent}    isCached: true\n{end}"
        )

    def as_related(self) -> str:
        return (
            f"{self.opening('    ', '  - ')}{self.addresses('    ')}    type: article\n{self.provider('    ')}"
            f"    quality: {self.quality}\n{self.images('    ')}"
        )


_BLANK = "\n"


def _logo(lead: _Article) -> str:
    """Of the outlets that end in Review; related articles have none, as in seeds/."""
    name, domain = lead.outlet
    if not name.endswith("Review"):
        return ""
    return f'  images:\n    - url: "https://media.{domain}/logo-50x50.jpg"\n      width: 50\n      height: 50\n'


def _escaped(text: str) -> str:
    """For a double-quoted scalar of YAML; no text here has a backslash."""
    return text.replace('"', '\\"')


@lru_cache(maxsize=64)
def _hundred(number: int) -> tuple[list[int], int]:
    """How each document of a hundred ranks in it, and which one is a copy of the one before it."""
    random = Random(f"hundred {number}")
    return random.sample(range(100), 100), random.randrange(1, 100)


def _rank(number: int) -> int:
    return _hundred(number // 100)[0][number % 100]


def _lead(number: int, per_day: int) -> _Article:
    """What the document's own article is, wherever it is named."""
    if is_copy(number):
        original = _lead(number - 1, per_day)
        path = f"{original.path}?utm_source=newsletter&utm_medium=email"
        return replace(original, path=path, has_amp=False, quality=_quality(number))
    random = Random(number)
    minutes = number * 1440 // per_day + random.randrange(1440)
    return _article(random, f"{number}", NEWEST - timedelta(minutes=minutes), _quality(number))


def _quality(number: int) -> int:
    rank = _rank(number)
    if rank < ELIGIBLE:
        return MIN_QUALITY + number % 46
    return 20 + number % (30 if rank < PUBLISHED else 70)


def _related(random: Random, lead: _Article, number: int, per_day: int) -> Iterator[_Article]:
    for n in range(random.choice(_RELATED)):
        if random.random() < 0.2:
            yield _lead(max(0, number + random.randint(1, 90) * random.choice((-1, 1))), per_day)
        else:
            when = min(NEWEST, lead.published + timedelta(minutes=random.randint(-2880, 2880)))
            yield _article(random, f"{number}-{n}", when, random.randint(25, 90))


def _article(random: Random, name: str, published: datetime, quality: int) -> _Article:
    chance = random.random
    title = f"{random.choice(_WHO)} {random.choice(_DOES)} {random.choice(_WHAT)} {random.choice(_WHERE)}"
    excerpt = " ".join(random.sample(_SAYS, random.randint(1, 3)))
    slug = title.lower().translate(_IN_SLUGS)
    image = f"photos/{published:%Y/%m}/{random.getrandbits(96):024x}-{slug[:40]}.jpg" if chance() < 0.65 else ""
    return _Article(
        title=title,
        excerpt=excerpt[: random.randint(110, 330)].rstrip(),
        published=published,
        outlet=random.choice(_OUTLETS),
        path=f"news/{published:%Y/%m/%d}/{slug}-{name}",
        has_amp=chance() < 0.5,
        image=image,
        size=random.choice(_IMAGE_SIZES),
        quality=quality,
    )


def _topics(random: Random) -> dict[str, None]:
    """One or two, each once."""
    return dict.fromkeys(random.choices(TOPICS, cum_weights=_COMMON, k=random.choice((1, 2, 2))))


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), *map(int, sys.argv[3:4]))
