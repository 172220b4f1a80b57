"""Assign stories to archive documents (RFC 5005 §4). Pure."""

from collections.abc import Sequence

from feeds.model import Candidate

Ids = tuple[str, ...]


def paginate(stories: Sequence[Candidate], window: int, size: int, closed: Sequence[Ids] = ()) -> tuple[Ids, ...]:
    """Return the story ids of each archive document: oldest document first, oldest story first in each.

    `stories` are newest first; the first `window` of them are in the feed itself. The stories of a `closed` document,
    which is full, stay in it. The others that have left the window follow, oldest first. The last document always has
    room: when it would be full, the next page starts early with a story that is still in the feed, so that a full page
    already links to its successor and never changes.
    """
    archived = {id_ for ids in closed for id_ in ids}
    waiting = [s.id for s in reversed(stories[window:]) if s.id not in archived]
    if len(waiting) % size == 0 and (waiting or closed):
        waiting += [s.id for s in reversed(stories[:window]) if s.id not in archived][:1]
    pages = tuple(tuple(waiting[i : i + size]) for i in range(0, len(waiting), size))
    return (*closed, *(pages or ((),) if closed else pages))
