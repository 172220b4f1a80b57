"""Whatever documents hold, and however they are named, a build makes the good ones and ends with status 0."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.engine.processes import Serial
from feeds.pipeline import build
from feeds.survey import survey
from support.building import NOW, configured, feed, write_item

CONFIGURATION = '[newsletters.weekly]\ntopics = ["AI"]\n[defaults]\nurl = "https://blog.example/{categories}/{name}/"\n'

CHARACTERS = st.one_of(
    st.characters(codec="utf-8"),
    st.sampled_from("\n\r\t\x00\x1b\x85\u2028\u202e\u2066\ufeff\u200b\ufffe<>&\"'{}[]%|*:#-\\/"),
)
TEXTS = st.one_of(
    st.text(CHARACTERS, max_size=30),
    st.sampled_from(
        ["", "secured: " + "A" * 60, "Secured", "A" * 60, "<script>", "{{ x }}", "javascript:x", "x" * 5000]
    ),
)
ADDRESSES = st.one_of(
    TEXTS.map(lambda text: f"https://paper.example/{text}"),
    st.sampled_from(
        ["https://[::1]/", "http://x", "https://paper.example:99999/", "//paper.example/x", "mailto:x@y.z"]
    ),
    TEXTS,
)
DATES = st.one_of(st.sampled_from(["2021-01-26", "0001-01-01", "9999-12-31T23:59:59-14:00", 20210126]), TEXTS)
TOPICS = st.one_of(st.sampled_from(["AI", "Weekly", "CON", "*", "../x", "manifest.json", "Taken", "x" * 99]), TEXTS)
VALUES = st.one_of(TEXTS, st.integers(), st.floats(), st.none(), st.booleans(), st.lists(TEXTS, max_size=2))
FIELDS: dict[Any, st.SearchStrategy[Any]] = {
    "title": TEXTS,
    "excerpt": TEXTS,
    "webUrl": ADDRESSES,
    "date": DATES,
    "published": st.sampled_from([True, True, True, "yes", "?"]),
    "quality": st.sampled_from([60, 60, 10**30, -1, "60"]),
    "heat": VALUES,
    "topics": st.lists(TOPICS, max_size=3),
    "categories": VALUES,
    "provider": st.one_of(TEXTS, st.fixed_dictionaries({}, optional={"name": TEXTS, "domain": TEXTS})),
    "language": VALUES,
    "images": st.lists(st.fixed_dictionaries({"url": ADDRESSES}), max_size=2),
    "related": st.lists(st.fixed_dictionaries({"title": TEXTS, "webUrl": ADDRESSES}, optional={"provider": TEXTS})),
    "secured": VALUES,
}
SOUND = {"title": "A title", "date": "2021-01-26", "published": True, "quality": 60, "topics": ["AI"]}
DOCUMENTS = st.fixed_dictionaries({}, optional=FIELDS).map(lambda fields: SOUND | fields)

# Every byte but the slash and NUL, and a suffix; a name may have 255 bytes.
NAMES = st.binary(min_size=1, max_size=80).filter(lambda name: not set(name) & {0, 47} and not name.startswith(b"."))


@pytest.mark.skipif(os.name != "posix", reason="no such names here")
@settings(
    max_examples=int(os.environ.get("FEEDS_TEST_DOCUMENTS", "60")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    print_blob=True,
)
@given(documents=st.lists(st.tuples(NAMES, DOCUMENTS), min_size=1, max_size=4))
def test_any_document_with_any_name_leaves_the_good_ones_alone(
    tmp_path: Path, documents: list[tuple[bytes, dict[str, Any]]]
) -> None:
    shutil.rmtree(tmp_path)
    write_item(tmp_path / "seeds", "good.md")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/taken").write_text("mine", encoding="utf-8")
    for name, document in documents:
        text = yaml.safe_dump(document, allow_unicode=True)
        (tmp_path / "seeds" / os.fsdecode(name + b".md")).write_text(f"---\n{text}---\n", encoding="utf-8", newline="")
    config = configured(tmp_path, CONFIGURATION)
    found = survey(config, NOW, Serial())
    for _ in range(2):
        report = build(config, NOW, executor=Serial())
        assert report.mistakes == ()
        assert "Title of good" in [item["title"] for item in feed(tmp_path)["items"]]
        assert (tmp_path / "out/taken").read_text(encoding="utf-8") == "mine"
        # What `check` passes is built, except for what only out/ can tell.
        assert {p for p in report.problems if p.code != "topic-in-the-way"} <= set(found.reading.problems)
    stories = {story.id for topic in found.plan.topics for story in topic.feed.stories}
    assert {item["id"] for item in feed(tmp_path)["items"]} <= stories
