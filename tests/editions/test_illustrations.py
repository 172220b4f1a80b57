"""Which pictures too many items have."""

import pytest

from feeds.editions.illustrations import common_pictures, illustrated, picture_id
from feeds.model import Candidate, Image
from support.examples import candidate, story

STOCK = Image("https://a/stock.jpg", 1200, 630)
OWN = Image("https://a/own.jpg", 1200, 630)


def candidates(number: int, *images: Image) -> list[Candidate]:
    return [candidate(f"{len(images)}-{n}", images=images) for n in range(number)]


@pytest.mark.parametrize(
    ("sharing", "others", "is_common"),
    [
        pytest.param(4, 0, False, id="4 of 4"),
        pytest.param(5, 0, True, id="5 of 5"),
        pytest.param(5, 95, False, id="5 %"),
        pytest.param(6, 94, True, id="6 %"),
    ],
)
def test_a_picture_of_more_than_five_percent_is_common(sharing: int, others: int, is_common: bool) -> None:
    found = common_pictures([*candidates(sharing, STOCK), *candidates(others)])
    assert found == ({picture_id(STOCK)} if is_common else set())


def test_an_item_counts_once() -> None:
    assert not common_pictures(candidates(3, STOCK, STOCK))


def test_a_story_keeps_its_other_pictures() -> None:
    assert illustrated(story(images=(STOCK, OWN)), frozenset({picture_id(STOCK)})).lead.images == (OWN,)


def test_a_picture_that_is_not_counted_is_not_left_out() -> None:
    """A build compares only the pictures that are counted, to see what has changed."""
    last = story(images=(OWN, OWN, OWN, STOCK))
    assert illustrated(last, frozenset({picture_id(STOCK)})) == last
