"""Which stories lie in which archive document (RFC 5005 §4). Pure; what earlier builds closed is passed in."""

from collections.abc import Sequence

from feeds.model import Candidate

Ids = tuple[str, ...]


def paginate(stories: Sequence[Candidate], window: int, size: int, closed: Sequence[Ids] = ()) -> tuple[Ids, ...]:
    """Ids of the stories of each archive document, oldest document first, each oldest story first.

    `stories` are newest first; the first `window` of them are in the feed itself. What is in a `closed` document, full
    and never to change again, stays there. The others that have left the window follow, oldest first. The last
    document is always unfinished: should it come out full, one story more, which is still in the feed, begins the next.
    So a full document has known its successor from the day it was filled, and never has to change for it.
    """
    archived = {id_ for ids in closed for id_ in ids}
    waiting = [s.id for s in reversed(stories[window:]) if s.id not in archived]
    if len(waiting) % size == 0 and (waiting or closed):
        waiting += [s.id for s in reversed(stories[:window]) if s.id not in archived][:1]
    pages = tuple(tuple(waiting[i : i + size]) for i in range(0, len(waiting), size))
    return (*closed, *(pages or ((),) if closed else pages))
