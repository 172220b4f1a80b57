"""Which files of a blog are pages."""

import pytest

from feeds.sources.find import File
from feeds.sources.pages import pages

HUGO = {
    "page": ("content/post/a.md", True),
    "page in HTML": ("content/post/a.html", True),
    "bundle": ("content/post/b/index.md", True),
    "translated bundle": ("content/post/b/index.de.md", True),
    "beside a bundle": ("content/post/b/notes.md", False),
    "below a bundle": ("content/post/b/more/index.md", False),
    "list": ("content/post/_index.md", False),
    "list in a language": ("content/post/_index.de.md", False),
    "beside a list": ("content/post/2021/a.md", True),
    "data": ("content/post/compose.yml", False),
    "text": ("content/post/terms.txt", False),
}
FILES = [File(path, "") for path, _ in HUGO.values()]


@pytest.mark.parametrize(("path", "expected"), HUGO.values(), ids=HUGO)
def test_the_pages_of_hugo(path: str, expected: bool) -> None:
    assert (File(path, "") in pages(FILES, "hugo")) is expected


JEKYLL = {
    "post": ("_posts/2021-01-26-a.md", True),
    "short date": ("_posts/2021-1-6-a.md", True),
    "in a folder": ("_posts/2021/2021-01-26-a.md", True),
    "without a date": ("_posts/README.md", False),
    "of another folder": ("links/a.md", True),
}


@pytest.mark.parametrize(("path", "expected"), JEKYLL.values(), ids=JEKYLL)
def test_the_posts_of_jekyll(path: str, expected: bool) -> None:
    assert pages([File(path, "")], "jekyll") == ([File(path, "")] if expected else [])


def test_every_file_counts_without_a_generator() -> None:
    assert pages(FILES, "") == FILES
