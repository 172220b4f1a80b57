"""A folder of invented items, as varied as real ones: `python tests/bench/generate.py FOLDER [COUNT]`.

The same count gives the same bytes.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml

TOPICS = ["AI", "Computer Vision", "Robotics", "C++", "Ärzte & Pflege", "人工智能"]
OUTLETS = [
    ("The Paper", "paper.example"),
    ("CBS Local", "cbs.example"),
    ("Le Journal", "journal.example"),
    ("WEAU", ""),
]
WORDS = [
    *("facial", "recognition", "ban", "advances", "in", "Minneapolis", "as", "campaign", "targets", "police", "to"),
    *("New", "York", "rights", "group", "urges", "council", "vote", "on", "rules", "for", "robots", "doctors", "–"),
    *("übergangsweise", "naïve", "顔認識", "اصطناعي", "AT&amp;T", "don&#8217;t", "“quoted”", "<b>bold</b>", "1 < 2"),
]
NEWEST = datetime(2026, 1, 1, tzinfo=UTC)


def generate(folder: Path, count: int, seed: int = 1) -> None:
    """Writes `count` documents into the folder, a hundred in each of its subfolders."""
    random = Random(seed)
    for number in range(count):
        path = folder / f"{number // 100:03}" / f"{number:06}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.dump(_item(random, number, count), Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=1000)
        path.write_text(f"---\n{text}---\n", encoding="utf-8")


_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def _item(random: Random, number: int, count: int) -> dict[str, Any]:
    item = _article(random, number, count)
    item["published"] = random.random() < 0.8
    item["topics"] = random.sample(TOPICS, random.randint(1, 3))
    item["related"] = [_article(random, random.randrange(10**9), count) for _ in range(random.randint(0, 8))]
    if random.random() < 0.1:
        item["originalUrl"] = item.pop("webUrl")
    if random.random() < 0.05:
        item |= {"type": "video", "featuredContent": "<iframe src='https://video.example/1'></iframe>"}
    if random.random() < 0.05:
        item["language"] = random.choice(["de", "ar", "ja"])
    item["secured"] = "c2VjcmV0" * 40
    return item


def _article(random: Random, number: int, count: int) -> dict[str, Any]:
    name, domain = random.choice(OUTLETS)
    article: dict[str, Any] = {
        "title": _words(random, 4, 14),
        "excerpt": _words(random, 0, 60),
        "publishedDateTime": NEWEST - timedelta(minutes=random.randrange(60 * 24 * max(30, count // 20))),
        "webUrl": f"https://{domain or 'weau.example'}/{2020 + number % 6}/story-{number}/",
        "type": "article",
        "quality": random.randint(20, 95),
        "provider": {"name": name, "domain": domain} if domain else {"name": name},
    }
    return article | dict(_images(random, number))


def _images(random: Random, number: int) -> Iterator[tuple[str, Any]]:
    if random.random() < 0.6:
        width, height = random.choice([(1200, 630), (980, 574), (640, 426), (300, 300)])
        url = f"https://images.example/{number}.jpg?width={width}&q=1"
        yield "images", [{"url": url, "width": width, "height": height, "title": _words(random, 0, 5)}]


def _words(random: Random, least: int, most: int) -> str:
    text = " ".join(random.choice(WORDS) for _ in range(random.randint(least, most)))
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
