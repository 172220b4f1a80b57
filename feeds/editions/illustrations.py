"""Find the pictures that too many items have: a stock photo, an outlet's logo, the social card of a whole site. Pure.

Such a picture says nothing about a story, so it is shown nowhere, except in archives, which never change. Which of the
other pictures is shown is decided in `renderers.pictures`.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from feeds.model import Candidate, Image, Story

_REMEMBERED = 3
"""Pictures of an item that are counted, and left out; a common one is hardly ever further back."""
_PERCENT = 5
_LEAST = 5
"""Items. In a small publication, 5 % of them are less than two."""


def picture_ids(images: Sequence[Image]) -> tuple[bytes, ...]:
    """Return the ids of an item's first pictures, without duplicates."""
    return tuple(dict.fromkeys(picture_id(image) for image in images[:_REMEMBERED]))


def picture_id(image: Image) -> bytes:
    """Return a short fingerprint of the picture's address, since a build holds those of all items."""
    return hashlib.blake2b(image.url.encode(), digest_size=8).digest()


def common_pictures(candidates: Iterable[Candidate]) -> frozenset[bytes]:
    """Return the ids of the pictures that more than 5 % of the eligible candidates have, and at least five of them."""
    pictures = [c.pictures for c in candidates]
    uses = Counter(id_ for ids in pictures for id_ in ids)
    return frozenset(id_ for id_, n in uses.items() if n >= _LEAST and 100 * n > _PERCENT * len(pictures))


def illustrated(story: Story, common: frozenset[bytes]) -> Story:
    """Return the story without common pictures."""
    first, others = story.lead.images[:_REMEMBERED], story.lead.images[_REMEMBERED:]
    images = (*(image for image in first if picture_id(image) not in common), *others)
    return story if len(images) == len(story.lead.images) else replace(story, lead=replace(story.lead, images=images))
