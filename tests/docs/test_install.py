"""Nothing tells people to install feeds from an index, where the name may be somebody else's."""

import re

from support.places import REPOSITORY

_BY_NAME = re.compile(r"""install (?:-\S+ )*["']?feeds(?:\[\w+\])?["'`]?(?=\s*(?:$|["'`;),.|]))""", re.MULTILINE)


def test_nothing_installs_it_by_its_name() -> None:
    places = ("README.md", "docs/**/*.md", "feeds/**/*.py", "templates/*.*", ".github/**/*.yml")
    paths = [path for place in places for path in REPOSITORY.glob(place)]
    found = [(path.name, m[0]) for path in paths for m in _BY_NAME.finditer(path.read_text(encoding="utf-8"))]
    assert len(paths) > 50
    assert found == []


def test_the_pattern_sees_an_advice_and_no_address() -> None:
    assert _BY_NAME.search("run pip install feeds")
    assert _BY_NAME.search("run pip install 'feeds[remote]'; then")
    assert not _BY_NAME.search('pip install "feeds[remote] @ git+https://github.com/OWNER/feeds"')
