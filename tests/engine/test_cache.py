"""A damaged cache never changes what a build makes."""

import os
import random
from pathlib import Path

import pytest

from feeds.config.load import CACHE_FOLDER
from feeds.engine import update
from feeds.engine.cache import CacheError, DocumentRow, opened
from feeds.model import DocumentKind
from support.building import built, files, write_item

FLIPS = int(os.environ.get("FEEDS_TEST_FLIPS", "150"))


def version(root: Path, number: int) -> None:
    """Write one of two states of the sources: most documents are the same."""
    for item in range(12):
        title = f"Number {item}, version {number}" if item % 4 == 0 else f"Number {item}"
        topics = ["AI", "Chess"] if item % 3 else ["Chess"]
        quality = 20 if item == 5 else 60 + item
        write_item(root / "seeds", f"{item}.md", title=title, topics=topics, quality=quality, published=item != 7)
    (root / "seeds/broken.md").write_text("broken", encoding="utf-8")


def test_no_flipped_bit_of_the_cache_changes_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "_TOO_NEW", 0)  # otherwise new files are read again, whatever the cache says
    database = tmp_path / CACHE_FOLDER / "feeds.sqlite3"
    caches = []
    for number in (0, 1):
        version(tmp_path, number)
        expected = built(tmp_path)
        caches.append(database.read_bytes())
    made = files(tmp_path / "out")
    chance = random.Random(3)
    for flip in range(FLIPS):
        damaged = bytearray(caches[flip % 2])  # of the last build, or of the one before
        position = chance.randrange(len(damaged))
        damaged[position] ^= 1 << chance.randrange(8)
        database.write_bytes(damaged)
        report = built(tmp_path)
        assert files(tmp_path / "out") == made, position
        assert (report.problems, report.outcomes) == (expected.problems, expected.outcomes), position


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE documents SET kind = 77",
        "UPDATE documents SET candidate = x'00'",
        "UPDATE documents SET name = x'00'",
        "UPDATE documents SET newest = 'x'",
        "UPDATE facts SET value = x'90'",
        "UPDATE facts SET value = 'text'",
        "UPDATE items SET item = x'c0'",
        "UPDATE outputs SET files = x'90'",
        "DELETE FROM items",
    ],
)
def test_a_row_that_no_build_has_written_is_found(tmp_path: Path, change: str) -> None:
    row = DocumentRow("a.md", "1 2 3", b"x", DocumentKind.CANDIDATE, 5, b"candidate", b"problems")
    with opened(tmp_path) as cache:
        cache.store_documents([(row, b"item")])
        cache.remember({"fact": b"value"})
        cache.store_outputs([("ai", b"x", b"files")])
        assert list(cache.documents()) == [row]
        assert (cache.facts(), list(cache.items(["a.md"]))) == ({"fact": b"value"}, [b"item"])
        cache._db.execute(change)
    with pytest.raises(CacheError):
        read_all(tmp_path)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("UPDATE documents SET newest = 5", ("1 2 3", b"x")),
        ("UPDATE documents SET newest = 6", ("", b"")),
        ("UPDATE documents SET newest = 'x'", ("", b"")),
    ],
    ids=["until today", "after today", "damaged"],
)
def test_only_past_documents_have_stamps(tmp_path: Path, change: str, expected: tuple[str, bytes]) -> None:
    row = DocumentRow("a.md", "1 2 3", b"x", DocumentKind.CANDIDATE)
    with opened(tmp_path) as cache:
        cache.store_documents([(row, b"item")])
        cache._db.execute(change)
        assert cache.stamps(5) == {"a.md": expected}


def read_all(folder: Path) -> None:
    with opened(folder) as cache:
        list(cache.documents())
        cache.facts()
        list(cache.items(["a.md"]))
        cache.outputs()
