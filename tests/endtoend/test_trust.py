"""No item can act for others: whoever may write items can neither hide, rename nor publish more than these items."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.building import built, feed, write_item
from support.commands import Run, run

__all__ = ["run"]


def titles(root: Path, topic: str = "ai") -> list[str]:
    return [item["title"] for item in feed(root, topic)["items"]]


def folders(root: Path) -> list[str]:
    return sorted(p.name for p in (root / "out").iterdir() if p.is_dir())


def names(root: Path) -> dict[str, str]:
    """Return the name of each topic, keyed by its folder."""
    manifest = json.loads((root / "out/manifest.json").read_bytes())
    return {entry["slug"]: entry["name"] for entry in manifest["topics"]}


# ---- topics


@pytest.mark.parametrize("name", ["*", " * ", "＊", "﹡"], ids=["plain", "in spaces", "full width", "small"])
def test_an_item_makes_no_feed_of_everything(tmp_path: Path, name: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", topics=["Chess", name])
    report = built(tmp_path)
    assert folders(tmp_path) == ["ai", "chess"]
    (problem,) = report.problems
    assert (problem.code, problem.severity, problem.path) == ("bad-topic", "warning", f"{tmp_path}/seeds/two.md")


def test_the_feed_of_everything_ends_with_its_option(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path, "[feed]\nall = true\n")
    assert folders(tmp_path) == ["ai", "all"]
    built(tmp_path, prune=True)
    assert folders(tmp_path) == ["ai"]
    assert b"/all/" not in (tmp_path / "out/index.html").read_bytes()


def test_no_item_renames_a_topic(tmp_path: Path) -> None:
    for number in range(3):
        write_item(tmp_path / "seeds", f"b{number}.md", topics=["Chess"])
    built(tmp_path)
    write_item(tmp_path / "seeds", "a.md", topics=["CHESS"])
    built(tmp_path)
    assert names(tmp_path) == {"chess": "Chess"}


def test_no_number_of_items_renames_a_configured_topic(tmp_path: Path) -> None:
    for number in range(3):
        write_item(tmp_path / "seeds", f"a{number}.md", topics=["CHESS"])
    write_item(tmp_path / "seeds", "b.md", topics=["Chess"])
    built(tmp_path, '[topics.Chess]\nparent = "Games"\n')
    assert names(tmp_path) == {"chess": "Chess", "games": "Games"}


def test_a_first_build_may_have_many_topics(tmp_path: Path) -> None:
    for number in range(25):
        write_item(tmp_path / "seeds", f"{number}.md", topics=[f"Tag {number}"])
    assert built(tmp_path).alerts == ()


def test_only_configured_topics_get_feeds_on_request(tmp_path: Path, run: Run) -> None:
    config = "[topics.AI]\n"
    write_item(tmp_path / "seeds", "good.md", topics=["AI", "Spam 1"])
    built(tmp_path, config)
    for number in range(25):
        write_item(tmp_path / "seeds", f"{number}.md", topics=[f"Spam {number}"])
    (alert,) = built(tmp_path, config).alerts
    assert alert == (
        "24 new topics in one build (spam-0, spam-10, spam-11 …); set new_topics = false in [selection] to refuse them"
    )
    assert built(tmp_path, config, force=True).alerts == ()
    report = built(tmp_path, f"[selection]\nnew_topics = false\n{config}", prune=True)
    assert folders(tmp_path) == ["ai"]
    assert (report.outcomes["story"], report.outcomes["no-topic"], report.alerts) == (1, 25, ())
    done = run("explain", "seeds/3.md")
    assert "none of its topics is configured, and new_topics = false in [selection]" in done.stdout
    assert '[topics."Spam 3"]' in done.stdout


# ---- coverage


def covering(count: int, first: int = 0) -> list[dict[str, Any]]:
    numbers = range(first, first + count)
    return [{"title": f"x{n}", "webUrl": f"https://paper.example/{n}", "provider": f"P{n}"} for n in numbers]


@pytest.mark.parametrize(
    ("config", "expected"),
    [("", ["Title of 1", "Title of weapon"]), ("[trust]\nheat = true\n", ["Title of weapon"])],
    ids=["by default", "trusted"],
)
def test_heat_counts_no_more_than_its_definition(tmp_path: Path, config: str, expected: list[str]) -> None:
    write_item(tmp_path / "seeds", "1.md", quality=100)
    write_item(tmp_path / "seeds", "weapon.md", heat=999_999_999, related=covering(1, 1))
    built(tmp_path, config)
    assert titles(tmp_path) == expected


@pytest.mark.parametrize(("count", "warned"), [(5, False), (6, True)])
def test_an_item_that_hides_many_others_is_an_alert(tmp_path: Path, run: Run, count: int, warned: bool) -> None:
    for number in range(count):
        write_item(tmp_path / "seeds", f"{number}.md", topics=["AI", "Chess"])
    write_item(tmp_path / "seeds", "weapon.md", related=covering(count), topics=["AI", "Chess"])
    path = (tmp_path / "seeds/weapon.md").as_posix()
    expected = f"{path} hides {count} stories by listing them as related; run `feeds explain` to see which"
    assert built(tmp_path).alerts == ((expected,) if warned else ())
    assert built(tmp_path, "[alerts]\nmax_hidden = 6\n").alerts == ()
    assert "a stronger story lists it as coverage: seeds/weapon.md" in run("explain", "seeds/3.md").stdout


# ---- links


def test_a_link_publishes_no_file_outside_of_the_sources(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "private", "plan.md")
    (tmp_path / "seeds/x.md").symlink_to("../private/plan.md")
    (tmp_path / "seeds/y").symlink_to("../private")
    report = built(tmp_path)
    assert titles(tmp_path) == ["Title of one"]
    assert [(p.code, p.severity.value) for p in report.problems] == [("link-out", "warning")] * 2
    built(tmp_path, "follow_links = true\n")
    assert titles(tmp_path) == ["Title of one", "Title of plan"]


# ---- what an item says of itself


@pytest.mark.parametrize("config", ["", "[defaults]\npublished = true\n"], ids=["by default", "published by default"])
@pytest.mark.parametrize(
    "fields", [{"draft": True}, {"draft": "yes"}, {"published": "yes"}, {"published": "on"}], ids=str
)
def test_only_true_publishes_and_a_draft_is_never_published(
    tmp_path: Path, config: str, fields: dict[str, Any]
) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", **fields)
    built(tmp_path, config)
    assert titles(tmp_path) == ["Title of one"]


def test_no_field_empties_a_digest_by_its_length(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md", language="en-" + "latin-" * 150_000 + "x", quality=100)
    built(tmp_path)
    digest = (tmp_path / "out/ai/digest.html").read_text(encoding="utf-8")
    assert len(digest) < 30_000
    assert "Title of one" in digest
    assert "Title of two" in digest
