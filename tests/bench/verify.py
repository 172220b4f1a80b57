"""That another program does the same work: the same stories in each topic's feeds and digest, in the same order.

The others know neither copies of an article nor articles that a stronger story lists as coverage, which this project
leaves out. These are left out of the comparison, too, so of two lists that are cut one may go on after the other's end.
"""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path

from bench.builders import NOW, Builder

_ATOM = "{http://www.w3.org/2005/Atom}"
_DIGEST_STORY = re.compile(r'data-story="([^"]+)"')


def differences(ours: Builder, theirs: Builder) -> list[str]:
    """Names of the documents that do not hold the same in two built sites."""
    manifest = json.loads((ours.out / "manifest.json").read_text(encoding="utf-8"))
    topics = {topic["slug"]: topic for topic in manifest["topics"]}
    left_out = _left_out(ours)
    # Hugo also makes a feed, without stories, of a topic that only weak items name.
    found = sorted(set(topics) ^ {folder.name for folder in theirs.out.iterdir() if _rss(folder)})
    for slug in sorted(set(topics) - set(found)):
        our, their = ours.out / slug, theirs.out / slug
        pairs = [("rss.xml", _rss(our), _rss(their)), ("atom.xml", _atom(our), _atom(their))]
        if _name(_rss(their)[0]) not in left_out:  # else the digests may be of different weeks
            pairs.append(("digest.html", topics[slug]["issues"][0]["stories"][:10], _digest(their)))
        found += [f"{slug}/{name}" for name, ours, theirs in pairs if not _is_same(ours, theirs, left_out)]
    return found


def _is_same(our: Sequence[str], their: Sequence[str], left_out: set[str]) -> bool:
    ours, theirs = ([name for name in map(_name, ids) if name not in left_out] for ids in (our, their))
    common = min(len(ours), len(theirs))
    out = len(our) + len(their) - len(ours) - len(theirs)
    return ours[:common] == theirs[:common] and abs(len(ours) - len(theirs)) <= out


def _left_out(ours: Builder) -> set[str]:
    command = [sys.executable, "-m", "feeds", "explain", "--json", "--now", NOW]
    said = subprocess.run(command, cwd=ours.folder, capture_output=True, check=True).stdout
    return {
        _name(account["id"])
        for account in json.loads(said)
        if any(verdict["code"] in ("duplicate", "covered") for verdict in account["verdicts"])
    }


def _name(url: str) -> str:
    """What an article's addresses have in common: the last part of the path, with the document's number."""
    return url.partition("?")[0].rpartition("/")[2]


def _rss(folder: Path) -> list[str]:
    items = ET.parse(folder / "rss.xml").getroot().iter("item")
    return _newest_first((parsedate_to_datetime(_text(i, "pubDate")).isoformat()[:19], _text(i, "guid")) for i in items)


def _atom(folder: Path) -> list[str]:
    entries = ET.parse(folder / "atom.xml").getroot().iter(f"{_ATOM}entry")
    return _newest_first((_text(e, f"{_ATOM}published")[:19], _text(e, f"{_ATOM}id")) for e in entries)


def _newest_first(dated: Iterable[tuple[str, str]]) -> list[str]:
    """The ids, those of the same minute by name, since the others order them by title or as they find them."""
    entries = list(dated)
    in_order = sorted(sorted(entries, key=lambda e: _name(e[1])), key=lambda e: e[0], reverse=True)
    if [date for date, _ in in_order] != [date for date, _ in entries]:
        raise ValueError("a feed is not in the order of its dates")
    return [name for _, name in in_order]


def _digest(folder: Path) -> list[str]:
    return _DIGEST_STORY.findall((folder / "digest.html").read_text(encoding="utf-8"))


def _text(element: ET.Element, name: str) -> str:
    return element.findtext(name) or ""
