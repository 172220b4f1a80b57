"""Whatever one document holds, it stops neither a build nor a topic."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feeds.renderers import render
from feeds.renderers.guard import violations
from support.building import built, feed, files, write_item

SIXTY = "A" * 60
SECURED: dict[str, dict[str, Any]] = {
    "an address": {"webUrl": f"https://evil.example/secured:{SIXTY}"},
    "an address in capitals": {"webUrl": f"https://evil.example/Secured:{SIXTY}"},
    "a picture": {"images": [{"url": f"https://evil.example/secured:{SIXTY}"}]},
    "outlet and title": {"provider": "Secured", "title": SIXTY},
    "outlet with a colon and title": {"provider": "Secured:", "title": SIXTY},
    "title and excerpt": {"title": "Now secured", "excerpt": SIXTY},
    "related address": {"related": [{"title": "x", "webUrl": f"https://evil.example/secured:{SIXTY}"}]},
    "related outlet and title": {
        "related": [{"title": SIXTY, "provider": "Secured", "webUrl": "https://evil.example/x"}]
    },
}


@pytest.mark.parametrize("changes", SECURED.values(), ids=SECURED)
def test_what_looks_like_a_secret_is_a_problem_of_its_document(tmp_path: Path, changes: dict[str, Any]) -> None:
    write_item(tmp_path / "seeds", "good.md")
    write_item(tmp_path / "seeds", "evil.md", **changes)
    report = built(tmp_path)
    assert report.mistakes == ()
    assert {(Path(p.path).name, p.code) for p in report.problems} == {("evil.md", "secured-value")}
    assert all(p.line > 1 for p in report.problems)
    assert "Title of good" in [item["title"] for item in feed(tmp_path)["items"]]
    assert SIXTY.encode() not in b"".join(files(tmp_path / "out").values())


@pytest.fixture
def _picky(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the last look object to a word, as if the program had a mistake."""

    def look(name: str, data: bytes, *rest: Any) -> Iterator[str]:
        yield from violations(name, data, *rest)
        yield from ["EVIL"] if b"EVIL" in data else []

    monkeypatch.setattr(render, "violations", look)


@pytest.mark.usefixtures("_picky")
@pytest.mark.parametrize("good", [0, 1, 3])
def test_the_last_look_names_the_item_and_leaves_it_out(tmp_path: Path, good: int) -> None:
    for number in range(good):
        write_item(tmp_path / "seeds", f"{number}.md")
    write_item(tmp_path / "seeds", "evil.md", title="EVIL", quality=90)
    text = '[newsletters.weekly]\ntopics = ["AI"]\n'
    report = built(tmp_path, text)
    assert report.mistakes == ()
    assert {(Path(p.path).name, p.code) for p in report.problems} == {("evil.md", "left-out")}
    assert any("left out of index.html because of index.html: EVIL" in p.message for p in report.problems)
    assert len(feed(tmp_path)["items"]) == good
    found = files(tmp_path / "out")
    assert ({"ai/digest.html", "weekly/digest.html"} <= {*found}) is bool(good)  # there is no mail about nothing
    assert b"EVIL" not in b"".join(data for name, data in found.items() if name != "manifest.json")
    again = built(tmp_path, text)
    assert (again.problems, again.files.written) == (report.problems, ())


@pytest.mark.usefixtures("_picky")
def test_a_topic_stays_as_it_was_if_no_single_story_is_to_blame(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "chess.md", topics=["Chess"])
    built(tmp_path)
    before = files(tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/topic.html").write_text("{{ 'EVIL' if edition.topic.slug == 'ai' }}", encoding="utf-8")
    report = built(tmp_path, 'templates = "mine"\n')
    assert report.mistakes == ("ai/index.html: EVIL: nothing of it is published (in ai)",)
    found = files(tmp_path / "out")
    assert {n: d for n, d in found.items() if n.startswith("ai/")} == {
        n: d for n, d in before.items() if n.startswith("ai/")
    }
    assert found["chess/index.html"] != before["chess/index.html"]


def test_a_name_too_long_for_an_address_is_a_problem_of_its_document(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "good.md")
    categories = " ".join("x" * 90 for _ in range(30))
    write_item(tmp_path / "seeds", "人" * 80 + ".md", webUrl=None, categories=categories * 2, title="Long")
    report = built(
        tmp_path, '[defaults]\nurl = "https://blog.example/{categories}/{name}/{name}/{name}/{name}/{name}/"\n'
    )
    assert [(p.code, p.severity) for p in report.problems if p.code == "bad-url"] == [("bad-url", "error")]
    assert [item["title"] for item in feed(tmp_path)["items"]] == ["Title of good"]


def test_a_topic_with_the_address_of_a_newsletter_is_left_out(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "good.md")
    write_item(tmp_path / "seeds", "odd.md", topics=["AI", "Weekly"])
    text = '[newsletters.weekly]\ntopics = ["AI"]\n'
    for _ in range(2):
        report = built(tmp_path, text)
        assert [(Path(p.path).name, p.severity, p.code) for p in report.problems] == [
            ("odd.md", "warning", "bad-topic")
        ]
        assert len(feed(tmp_path)["items"]) == 2


def test_a_newsletter_takes_the_place_of_a_topic_that_nobody_configured(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "good.md")
    odd = write_item(tmp_path / "seeds", "odd.md", topics=["AI", "Weekly"])
    built(tmp_path)
    assert built(tmp_path, '[newsletters.weekly]\ntopics = ["AI"]\n').mistakes == ()
    odd.unlink()
    assert built(tmp_path, '[newsletters.weekly]\ntopics = ["AI"]\n', prune=True).problems == ()


def test_a_topic_that_is_pruned_is_linked_nowhere(tmp_path: Path) -> None:
    """Also when only another topic was built in between."""
    write_item(tmp_path / "seeds", "good.md")
    gone = write_item(tmp_path / "seeds", "chess.md", topics=["Chess"])
    built(tmp_path)
    gone.unlink()
    built(tmp_path, topics=["ai"])
    assert any(name.startswith("chess/") for name in built(tmp_path, prune=True).files.removed)
    assert b"chess" not in b"".join(files(tmp_path / "out").values())
