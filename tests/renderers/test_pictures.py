"""Which picture of an article is shown in feeds, on web pages and in mail."""

from typing import NamedTuple

import pytest

from feeds.model import Image
from feeds.renderers.pictures import Box, for_feed, for_mail, for_page

PHOTO = Image("https://a/photo.jpg", 1200, 800)
BANNER = Image("https://a/banner.png", 970, 90)
PIXEL = Image("https://a/pixel.gif", 1, 1)
UNKNOWN = Image("https://a/unknown.jpg")
HTTP = Image("http://a/photo.jpg", 1200, 800)
BOX = Box(536, 536, min_width=280)


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
    mail = for_mail(case.images, BOX)
    assert (for_feed(case.images), for_page(case.images), mail and mail[0]) == (case.feed, case.page, case.mail)


@pytest.mark.parametrize(
    ("image", "size"),
    [
        pytest.param(Image("https://a/1", 1200, 800), (536, 357), id="scaled down"),
        pytest.param(Image("https://a/1", 300, 200), (300, 200), id="never enlarged"),
        pytest.param(Image("https://a/1", 800, 1600), None, id="too narrow in the box"),
    ],
)
def test_the_size_of_a_picture_in_mail(image: Image, size: tuple[int, int] | None) -> None:
    found = for_mail([image], BOX)
    assert (found and found[1:]) == size
