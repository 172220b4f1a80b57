"""Write the editor's file for an issue. Pure."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from feeds.text import one_line, truncate

_FILE = """\
---
# Uncomment what you need; without it, the issue stays as it is.
# subject: "…"
# preheader: "…"
# pin:   # these stories come first
#   - https://…
# hide:  # these are not in this issue
#   - https://…
# sponsor:
#   name: …
#   text: …
#   url: https://…
#   image: https://…
#   width: 1200
#   height: 400
#
# Stories of this issue, strongest first. Below the last line, write a note in Markdown.
{stories}
---
"""
_MAX_TITLE = 80


class ListedStory(Struct, frozen=True):
    title: str
    outlet: str
    heat: int
    address: str


def editorial_file(stories: Iterable[ListedStory]) -> str:
    """Return the file without a note: all of it is comments, and the stories come last."""
    return _FILE.format(stories="\n".join(_lines(stories)))


def _lines(stories: Iterable[ListedStory]) -> Iterator[str]:
    for story in stories:
        title = truncate(one_line(story.title), _MAX_TITLE)
        yield f"# {title} · {one_line(story.outlet)} · heat {story.heat} · {story.address}"
