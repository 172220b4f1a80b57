"""The shortest program that makes feeds of the same documents: PyYAML, feedgen and no more.

`python tests/bench/feedgen_alone.py DOCUMENTS OUT` writes RSS and Atom for each topic. It checks nothing, folds
no copies, and makes no digests and pages: it shows what feedgen and YAML cost rather than what a curator needs.
"""

import sys
from collections import defaultdict
from html import escape
from pathlib import Path
from typing import Any

import yaml
from feedgen.feed import FeedGenerator

MIN_QUALITY = 50
FEED_LIMIT = 50


def main(documents: Path, out: Path) -> None:
    topics: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in documents.glob("*/*.md"):
        item = yaml.load(path.read_text(encoding="utf-8").split("---\n")[1], yaml.CSafeLoader)
        if item["published"] and item["quality"] >= MIN_QUALITY:
            for name in item["topics"]:
                topics[name].append(item)
    for name, items in topics.items():
        folder = out / name.lower().replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        feed = _feed(name, sorted(items, key=lambda item: item["publishedDateTime"])[-FEED_LIMIT:])
        feed.rss_file(folder / "rss.xml", pretty=True)
        feed.atom_file(folder / "atom.xml", pretty=True)


def _feed(name: str, items: list[dict[str, Any]]) -> FeedGenerator:
    feed = FeedGenerator()
    feed.id(f"https://news.example/{name}")
    feed.title(f"Bench: {name}")
    feed.description(f"Bench: {name}")
    feed.link(href="https://news.example/", rel="alternate")
    feed.updated(items[-1]["publishedDateTime"])
    for item in items:  # feedgen puts each new entry first
        entry = feed.add_entry()
        entry.id(item["webUrl"])
        entry.title(item["title"])
        entry.link(href=item["webUrl"])
        entry.summary(item["excerpt"])
        entry.content(_content(item), type="html")
        entry.author(name=item["provider"]["name"])
        entry.published(item["publishedDateTime"])
        entry.updated(item["publishedDateTime"])
    return feed


def _content(item: dict[str, Any]) -> str:
    related = (f'<li><a href="{escape(r["webUrl"])}">{escape(r["title"])}</a></li>' for r in item["related"])
    return f"<p>{escape(item['excerpt'])}</p><ul>{''.join(related)}</ul>"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
