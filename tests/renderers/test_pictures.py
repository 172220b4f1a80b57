"""Which picture of a story is shown in feeds, on web pages and in mail."""

from typing import NamedTuple

import pytest

from feeds.model import Image
from feeds.renderers.pictures import for_feed, for_mail, for_pages
from support.examples import story

PHOTO = Image("https://a/photo.jpg", 1200, 800)
OTHER = Image("https://a/other.jpg", 1200, 800)
BANNER = Image("https://a/banner.png", 970, 90)
PIXEL = Image("https://a/pixel.gif", 1, 1)
UNKNOWN = Image("https://a/unknown.jpg")
HTTP = Image("http://a/photo.jpg", 1200, 800)


class Case(NamedTuple):
    images: tuple[Image, ...]
    feed: Image | None = None
    page: Image | None = None
    mail: Image | None = None


CASES = {
    "no picture": Case(()),
    "the first of several": Case((PHOTO, UNKNOWN), feed=PHOTO, page=PHOTO, mail=PHOTO),
    "a banner first": Case((BANNER, PHOTO), feed=BANNER, page=PHOTO, mail=PHOTO),
    "a tracking pixel first": Case((PIXEL, PHOTO), feed=PIXEL, page=PHOTO, mail=PHOTO),
    "neither a banner nor a pixel": Case((BANNER, PIXEL), feed=BANNER),
    "an unknown size": Case((UNKNOWN,), feed=UNKNOWN, page=UNKNOWN),
    "an address without TLS": Case((HTTP, PHOTO), feed=HTTP, page=HTTP, mail=PHOTO),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_which_picture_is_shown(case: Case) -> None:
    stories = [story(images=case.images)]
    (page,), (mail,) = for_pages(stories), for_mail(stories)
    assert (for_feed(case.images), page, mail and mail.image) == (case.feed, case.page, case.mail)


@pytest.mark.parametrize("medium", ["page", "mail"])
@pytest.mark.parametrize(
    ("images", "expected"),
    [
        pytest.param([(PHOTO,), (PHOTO,)], [PHOTO, None], id="the first story keeps it"),
        pytest.param([(PHOTO,), (PHOTO, OTHER)], [PHOTO, OTHER], id="the second shows its next one"),
        pytest.param([(OTHER, PHOTO), (PHOTO,)], [OTHER, PHOTO], id="one that is not shown is free"),
    ],
)
def test_a_picture_is_shown_once(medium: str, images: list[tuple[Image, ...]], expected: list[Image | None]) -> None:
    stories = [story(images=own) for own in images]
    shown = for_pages(stories) if medium == "page" else [p and p.image for p in for_mail(stories)]
    assert shown == expected


@pytest.mark.parametrize(
    ("width", "height", "lead", "other"),
    [
        pytest.param(1200, 800, (536, 357), (144, 96), id="scaled down"),
        pytest.param(480, 360, (480, 360), (128, 96), id="as narrow as a large one may be"),
        pytest.param(479, 320, (144, 96), (144, 96), id="too narrow to be large"),
        pytest.param(1200, 930, (124, 96), (124, 96), id="too high to be large"),
        pytest.param(357, 536, (64, 96), (64, 96), id="portrait"),
        pytest.param(120, 60, (120, 60), (120, 60), id="never enlarged"),
        pytest.param(300, 900, None, None, id="a stripe"),
        pytest.param(96, 96, None, None, id="an icon"),
    ],
)
def test_the_size_of_a_picture_in_mail(
    width: int, height: int, lead: tuple[int, int] | None, other: tuple[int, int] | None
) -> None:
    stories = [story(images=(Image(f"https://a/{n}", width, height),)) for n in range(2)]
    assert [p and (p.width, p.height) for p in for_mail(stories)] == [lead, other]
    assert [p.is_large for p in for_mail(stories) if p] == ([lead > (144, 96), False] if lead else [])
