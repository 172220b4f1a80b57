"""A picture that too many items have: where it is shown, and what happens when it becomes one."""

from pathlib import Path

import pytest

from support.building import built, files, write_item

STOCK = "https://pictures.example/stock.jpg"
IMAGES = [{"url": STOCK, "width": 1200, "height": 630}]
CONFIG = "[selection]\nfeed_limit = 2\n[feed]\narchive = true\narchive_size = 2\n"


def write(root: Path, number: int) -> None:
    for n in range(number):
        write_item(root / "seeds", f"{n}.md", images=IMAGES, publishedDateTime=f"2021-01-2{n}")


def showing(out: Path) -> set[str]:
    return {name for name, data in files(out).items() if STOCK.encode() in data}


@pytest.mark.parametrize("number", [4, 6])
def test_a_common_picture_is_shown_in_archives_only(tmp_path: Path, number: int) -> None:
    write(tmp_path, number)
    built(tmp_path, CONFIG)
    archives = {name for name in showing(tmp_path / "out") if "/archive/" in name}
    assert archives
    assert bool(showing(tmp_path / "out") - archives) == (number == 4)


def test_what_becomes_common_leaves_the_pages_and_no_archive(tmp_path: Path) -> None:
    write(tmp_path, 4)
    built(tmp_path, CONFIG)
    before = {name: data for name, data in files(tmp_path / "out").items() if "/archive/1/" in name}
    write(tmp_path, 6)
    built(tmp_path, CONFIG)
    after = files(tmp_path / "out")
    assert {name: after[name] for name in before} == before
    fresh = tmp_path / "fresh"
    write(fresh, 6)
    built(fresh, CONFIG)
    sent = {"ai/issues/2021-W03/digest.html", "ai/issues/2021-W03/digest.eml"}  # mail stays as it was sent
    assert showing(tmp_path / "out") - sent == showing(fresh / "out")
