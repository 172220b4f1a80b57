import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.editions.archives import Ids, paginate
from feeds.model import Candidate
from support.examples import candidate, utc


def newest_first(letters: str) -> list[Candidate]:
    return [candidate(letter, id=letter, published=utc("2021-01-26")) for letter in letters]


CASES = {
    "nothing has left": ("cba", 3, 2, "", ""),
    "one has left": ("dcba", 3, 2, "", "a"),
    "a full one begins the next with the feed's oldest": ("edcba", 3, 2, "", "ab c"),
    "the next goes on": ("fedcba", 3, 2, "ab", "ab c"),
    "the next is full": ("gfedcba", 3, 2, "ab", "ab cd e"),
    "closed ones stay, whatever their stories became": ("gfed", 3, 2, "ab", "ab d"),
    "an old story added later comes behind": ("gfedzcba", 3, 2, "ab", "ab cz d"),
    "closed, and nothing to follow": ("a", 3, 1, "a", "a "),
    "a story back in the feed stays filed": ("ba", 3, 1, "a", "a b"),
    "no stories any more": ("", 3, 2, "ab", "ab "),
    "one a document": ("cb", 1, 1, "", "b c"),
}


def ids(pages: str) -> tuple[Ids, ...]:
    return tuple(tuple(page) for page in pages.split(" ")) if pages else ()


@pytest.mark.parametrize(("stories", "window", "size", "closed", "expected"), CASES.values(), ids=CASES)
def test_pages(stories: str, window: int, size: int, closed: str, expected: str) -> None:
    assert paginate(newest_first(stories), window, size, ids(closed)) == ids(expected)


@given(st.lists(st.integers(0, 25), min_size=1, max_size=40), st.integers(1, 4), st.integers(1, 4))
def test_over_time_pages_are_full_immutable_and_complete(arrivals: list[int], window: int, size: int) -> None:
    """Stories arrive with any date; after each arrival the full pages are those of before, and perhaps more."""
    closed: tuple[Ids, ...] = ()
    stories: dict[int, str] = {}
    for number, date in enumerate(arrivals):
        stories[date * 100 + number] = f"{date}-{number}"
        ordered = [candidate(stories[key], id=stories[key]) for key in sorted(stories, reverse=True)]
        pages = paginate(ordered, window, size, closed)
        assert pages[: len(closed)] == closed
        assert all(len(page) == size for page in pages[:-1])
        assert not pages or len(pages[-1]) < size or size == 1
        filed = {id_ for page in pages for id_ in page}
        assert filed | {s.id for s in ordered[:window]} == set(stories.values())
        assert len(filed) == sum(map(len, pages)), "filed twice"
        closed = pages[:-1]
