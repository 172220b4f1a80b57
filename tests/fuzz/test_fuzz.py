"""The fuzzers' targets with inputs that hypothesis makes, in bounded time; tests/fuzz/run.py is the long run."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.mutation import TROUBLE, corpus
from fuzz.run import fuzz, main, passes
from fuzz.targets import SEPARATOR, TARGETS
from support.places import TESTS

RUN = TESTS / "fuzz" / "run.py"

trouble = st.sampled_from([t.decode("utf-8", "replace") for t in TROUBLE])
words = st.lists(st.one_of(trouble, st.text(max_size=8)), max_size=8).map("".join)
"""Text with what is known to be trouble in it."""
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
addresses = st.builds("{}{}{}".format, st.sampled_from(["https://", "http://", "//", ""]), st.text(max_size=12), words)


def article(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """Mostly what an article should be, with fields that are not."""
    images = st.lists(st.fixed_dictionaries({"url": addresses | values}, optional={"title": words}), max_size=2)
    return st.fixed_dictionaries(
        {"title": words | values, "webUrl": st.just("https://paper.example/x") | addresses},
        optional={
            "date": st.sampled_from(["2021-01-26T17:45:00Z", "2021-01-26"]) | values,
            "quality": st.integers(0, 1000) | values,
            "excerpt": words | values,
            "provider": st.fixed_dictionaries({}, optional={"name": words, "domain": words}) | values,
            "images": images | values,
            "language": st.sampled_from(["de", "ar"]) | values,
            "secured": values,
            **fields,
        },
    )


items = article(
    published=st.just(True),
    topics=st.lists(st.just("AI") | words, max_size=4) | values,
    related=st.lists(article() | values, max_size=4) | values,
    heat=st.integers(-1, 99) | values,
    type=st.sampled_from(["article", "video"]) | values,
)


def document(item: dict[str, object]) -> bytes:
    text = yaml.safe_dump(item, allow_unicode=True, sort_keys=False)
    return b"---\n%b---\n" % text.encode("utf-8", "replace")


def quick(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(max_examples=examples, suppress_health_check=list(HealthCheck))


@quick(400)
@given(st.binary(max_size=300) | words.map(lambda text: text.encode("utf-8", "replace")))
def test_front_matter_of_bytes_and_text(content: bytes) -> None:
    TARGETS["front_matter"](content)
    TARGETS["front_matter"](b"---\n%b\n---\n" % content)


@quick(400)
@given(items.map(document))
def test_front_matter_of_every_shape(content: bytes) -> None:
    TARGETS["front_matter"](content)


@quick(1000)
@given(addresses)
def test_urls(text: str) -> None:
    TARGETS["urls"](text.encode("utf-8", "surrogatepass"))


@quick(800)
@given(words | st.text())
def test_text(text: str) -> None:
    TARGETS["text"](text.encode("utf-8", "surrogatepass"))


@quick(60)
@given(st.lists(words, max_size=10))
def test_digests(texts: list[str]) -> None:
    TARGETS["digest"](SEPARATOR.join(text.encode("utf-8", "replace") for text in texts))


@quick(30)
@given(st.lists(st.tuples(st.binary(max_size=60), items.map(document)), min_size=1, max_size=4))
def test_whole_builds(documents: list[tuple[bytes, bytes]]) -> None:
    TARGETS["build"](SEPARATOR.join(b"%b\n%b" % named for named in documents))


# ---- the long run


@pytest.mark.parametrize("target", TARGETS)
def test_targets_take_what_they_are_made_of(target: str) -> None:
    for data in corpus(target)[:5]:
        TARGETS[target](data)


def test_a_short_run(tmp_path: Path) -> None:
    command = [sys.executable, str(RUN), "--inputs", "1000", "--seed", "3", "--save", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == [*TARGETS, "all"]
    assert lines[-1].startswith("all: 1,000 inputs in ")
    assert lines[-1].endswith(" a second, 0 failed")
    assert list(tmp_path.iterdir()) == []


def test_an_input_that_raises_is_saved(tmp_path: Path) -> None:
    def refuse(data: bytes) -> None:
        if b"---" in data:
            raise ZeroDivisionError

    said: list[str] = []
    assert fuzz({"front_matter": refuse}, 100, save=tmp_path, say=said.append) == 5, "it stops after five"
    assert "ZeroDivisionError" in said[0]
    saved = sorted(tmp_path.iterdir())
    assert len(saved) == 5
    assert b"---" in saved[0].read_bytes()
    assert not passes(refuse, saved[0].read_bytes(), saved[0], said.append)


def test_the_same_seed_gives_the_same_inputs() -> None:
    def inputs(seed: int) -> list[bytes]:
        seen: list[bytes] = []
        fuzz({"text": seen.append}, 50, seed=seed, say=lambda line: None)
        return seen

    assert inputs(1) == inputs(1) != inputs(2)


def test_a_saved_input_can_be_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"https://paper.example/")
    assert main(["urls", "text", "--try", str(path)]) == 0


def test_time_can_be_limited() -> None:
    said: list[str] = []
    assert fuzz(dict(TARGETS), 10**9, seconds=0.5, say=said.append) == 0
    assert said[-1].startswith("all: ")
