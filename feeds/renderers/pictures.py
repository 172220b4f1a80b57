"""Which picture of a story is shown: the rules for feeds, for web pages and for mail, side by side. Pure.

Pictures that many items have are gone already (`editions.illustrations`). Where several stories of one page or mail
have a picture in common, the first one keeps it, and the others show their next one. In feeds an entry does not
depend on its neighbours: it would change with them, and readers would show it as new.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from msgspec import Struct

from feeds.model import Image, Story

_MIN_PAGE_WIDTH = 200
"""Pixels; anything narrower is an icon or a tracking pixel."""
_MIN_MAIL_WIDTH = 100
"""Pixels; thumbs in mail are smaller than pictures on pages."""
_MAX_RATIO = 4
"""Width divided by height; anything wider is a banner."""
_LARGE_WIDTH, _LARGE_RATIO = 480, 1.3
"""A smaller large picture would leave a hole beside it; a higher one would push the headline below the fold."""
_COLUMN = 536
"""Width of the mail's text, in pixels."""
_SPONSOR_HEIGHT = 240
_THUMB = (144, 96)
_MIN_THUMB_WIDTH = 54
"""That of a screenshot of a phone; a narrower thumb is a stripe."""


class MailPicture(Struct, frozen=True):
    """A picture as mail shows it."""

    image: Image
    width: int
    """Pixels, as shown; a picture is never enlarged."""
    height: int
    is_large: bool
    """True for one as wide as the column, above its title; False for a thumb beside it."""


def for_feed(images: Sequence[Image]) -> Image | None:
    """Return the first picture: feed readers decide themselves what to do with it."""
    return next(iter(images), None)


def for_pages(stories: Iterable[Story]) -> list[Image | None]:
    """Return each story's first picture that is no icon, no banner and not above on the page.

    Its size may be unknown, as browsers scale it.
    """
    return _distinct(stories, lambda image, _: None if _is_narrow(image) or _is_banner(image) else (image, image))


def for_mail(stories: Iterable[Story]) -> list[MailPicture | None]:
    """Return each story's first picture that is fit for mail and not above in it; only the first story's may be large.

    Mail needs https, and a known size: Outlook would show the picture at full size otherwise.
    """

    def fitting(image: Image, is_first: bool) -> tuple[Image, MailPicture] | None:
        picture = _in_mail(image, is_first)
        return (image, picture) if picture else None

    return _distinct(stories, fitting)


def for_sponsor(image: Image) -> MailPicture | None:
    """Return the sponsor's picture for mail, as wide as the column at most; it may be a banner."""
    if not image.width or not image.height or not image.url.startswith("https://"):
        return None
    scale = min(1.0, _COLUMN / image.width, _SPONSOR_HEIGHT / image.height)
    width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return MailPicture(image, width, height, is_large=True)


_Shown = TypeVar("_Shown")


def _distinct(
    stories: Iterable[Story], fitting: Callable[[Image, bool], tuple[Image, _Shown] | None]
) -> list[_Shown | None]:
    """Return the first fitting picture of each story; `fitting` is told whether the story is the first."""
    taken: set[str] = set()
    shown: list[_Shown | None] = []
    for n, story in enumerate(stories):
        fit = (fitting(image, n == 0) for image in story.lead.images if image.url not in taken)
        image, picture = next(filter(None, fit), (None, None))
        if image:
            taken.add(image.url)
        shown.append(picture)
    return shown


def _in_mail(image: Image, may_be_large: bool) -> MailPicture | None:
    if not image.width or not image.height or not image.url.startswith("https://") or _is_banner(image):
        return None
    is_large = may_be_large and image.width >= _LARGE_WIDTH and image.width >= _LARGE_RATIO * image.height
    room = (_COLUMN, _COLUMN) if is_large else _THUMB
    scale = min(1.0, room[0] / image.width, room[1] / image.height)
    width, height = round(image.width * scale), max(1, round(image.height * scale))
    if image.width < _MIN_MAIL_WIDTH or width < _MIN_THUMB_WIDTH:
        return None
    return MailPicture(image, width, height, is_large)


def _is_narrow(image: Image) -> bool:
    return image.width is not None and image.width < _MIN_PAGE_WIDTH


def _is_banner(image: Image) -> bool:
    return bool(image.width and image.height and image.width > _MAX_RATIO * image.height)
