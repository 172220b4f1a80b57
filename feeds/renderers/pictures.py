"""Which picture of an article is shown: the rules for feeds, for web pages and for mail, side by side. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from feeds.model import Image

_MIN_PAGE_WIDTH = 200
"""Pixels; anything narrower is an icon or a tracking pixel."""
_MAX_RATIO = 4
"""Width divided by height; anything wider is a banner."""


class Box(Struct, frozen=True):
    """The room for a picture in a digest, in pixels."""

    width: int
    height: int
    min_width: int
    """A picture that is narrower in this box is not shown."""


def for_feed(images: Sequence[Image]) -> Image | None:
    """Return the first picture: feed readers decide themselves what to do with it."""
    return next(iter(images), None)


def for_page(images: Sequence[Image]) -> Image | None:
    """Return the first picture that is no icon and no banner; its size may be unknown, as browsers scale it."""
    return next((i for i in images if not _is_narrow(i) and not _is_banner(i)), None)


def for_mail(images: Sequence[Image], box: Box) -> tuple[Image, int, int] | None:
    """Return the first picture that suits the box, and its width and height there.

    Mail needs https, and a known size: Outlook would show the picture at full size otherwise.
    """
    for image in images:
        if image.width and image.height and image.url.startswith("https://") and not _is_banner(image):
            scale = min(1.0, box.width / image.width, box.height / image.height)  # never enlarged
            width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
            if width >= box.min_width:
                return image, width, height
    return None


def _is_narrow(image: Image) -> bool:
    return image.width is not None and image.width < _MIN_PAGE_WIDTH


def _is_banner(image: Image) -> bool:
    return bool(image.width and image.height and image.width > _MAX_RATIO * image.height)
