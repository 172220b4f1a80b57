"""What the fields of a document mean, and what is said about those that mean nothing."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.config.options import Defaults, FieldNames, Limits, OneOrMore, TrustOptions
from feeds.items import yaml_reader
from feeds.items.front_matter import Document
from feeds.items.validate import validate
from feeds.model import Coverage, Image, Item, Provider
from feeds.problems import Problem, Severity
from support.examples import read_document, utc
from support.places import TESTS
from support.validation import ESSENTIAL, SEEDS, check

HERE = TESTS / "documents"
EXPECT = re.compile(r"expect: (?P<line>\d+): (?P<rest>.*?)(?: -->)?$", re.MULTILINE)
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]")
JARGON = re.compile(r"NoneType|Traceback|\bNone\b|\bdict\b|\bstr\b|\bint\b|Error\b|expected|token|scalar|\[|\{'|\\x")


def item_of(defaults: Defaults | None = None, **data: object) -> Item:
    """The item of the essential fields and some more, which has no problem."""
    item, problems = check(ESSENTIAL | data, defaults)
    assert problems == []
    assert item is not None
    return item


def read_and_validate(path: Path, defaults: Defaults | None = None) -> tuple[Item | None, tuple[Problem, ...]]:
    document, problems = read_document(path, path.name)
    if document is None:
        return None, problems
    item, found = validate(document, defaults or Defaults())
    return item, problems + found


# ---- whole documents


@pytest.mark.parametrize("parser", ["libyaml", "python"])
@pytest.mark.parametrize("path", sorted((HERE / "invalid").iterdir()), ids=lambda path: path.name)
def test_invalid_documents_have_the_problems_that_they_state(
    path: Path, parser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if parser == "python":
        monkeypatch.setattr(yaml_reader, "_open_events", yaml_reader._PythonEvents)
    item, problems = read_and_validate(path)
    expected = [(int(m["line"]), m["rest"]) for m in EXPECT.finditer(path.read_text(encoding="utf-8"))]
    assert expected, "the document states what it expects"
    found = [(p.line, f"{p.severity} {p.code} {p.message}") for p in problems]
    # What is stated is the beginning of what is found, so that a document may leave out the message.
    assert [(line, text[: len(said)]) for (line, text), (_, said) in zip(found, expected, strict=False)] == expected, (
        found
    )
    assert len(found) == len(expected), found
    outside_related = [p for p in problems if p.severity is Severity.ERROR and not path.name.startswith("related-")]
    assert (item is None) == bool(outside_related)


@pytest.mark.parametrize("path", sorted((HERE / "invalid").iterdir()), ids=lambda path: path.name)
def test_messages_help_and_keep_secrets(path: Path) -> None:
    for problem in read_and_validate(path)[1]:
        assert str(problem).startswith(f"{path.name}:{problem.line}: {problem.severity} {problem.code} ")
        assert not UNPRINTABLE.search(problem.message)
        assert len(problem.message) < 250
        assert re.search(r"[;:] \S", problem.message), "says what is wrong; and what to do"
        assert not JARGON.search(
            re.sub(r'\[?".*?"\]?|write \[.*?\]|put a value that begins with .*', "", problem.message)
        )
        assert "hunter2" not in problem.message


def test_seeds_are_valid() -> None:
    items = [item for item, problems in map(read_and_validate, sorted(SEEDS.iterdir())) if item and not problems]
    assert [(i.quality, i.heat, len(i.related), i.is_published) for i in items] == [
        (54, 114, 6, True),
        (35, 95, 6, False),
        (39, 299, 26, False),
        (39, 99, 6, False),
        (60, 80, 2, False),
    ]


def test_a_seed_in_full() -> None:
    item, _ = read_and_validate(sorted(SEEDS.iterdir())[4])
    assert item is not None
    assert item == Item(
        id="https://theguardian.com/technology/2021/jan/25/new-york-facial-recognition-technology-police",
        url="https://www.theguardian.com/technology/2021/jan/25/new-york-facial-recognition-technology-police",
        title="Human rights group urges New York to ban police use of facial recognition",
        excerpt="The technology has repeatedly come up short in tests for racial bias and has been restricted in other "
        "major cities across the US",
        provider=Provider(
            "The Guardian",
            "theguardian.com",
            (
                Image(
                    "https://smartableai.github.io/artificial-intelligence/assets/images/organizations/"
                    "theguardian.com-50x50.jpg",
                    50,
                    50,
                ),
            ),
        ),
        quality=60,
        images=item.images,
        path="004_18119e31230a9d3a.txt",
        published=datetime(2021, 1, 27, 15, 50, tzinfo=UTC),
        heat=80,
        topics=("Computer Vision", "AI", "AWS AI"),
        related=item.related,
        category="news",
    )
    assert [(image.width, image.height) for image in item.images] == [(600, 360)]
    assert [(c.provider.name, c.quality, c.published) for c in item.related] == [
        ("Wired", 89, datetime(2021, 1, 28, 13, 2, tzinfo=UTC)),
        ("Seattle Times", 23, datetime(2021, 1, 31, 23, 31, tzinfo=UTC)),
    ]


@pytest.mark.parametrize("path", sorted((HERE / "valid").iterdir()), ids=lambda path: path.name)
def test_valid_documents_have_no_problems(path: Path) -> None:
    item, problems = read_and_validate(path)
    if path.name == "separators.md":  # their line counts as editors count
        assert [(p.line, p.code) for p in problems] == [(5, "bad-quality")]
        return
    assert problems == ()
    assert item is not None
    assert item.id == "https://example.com/a"
    assert item.published == datetime(2021, 1, 26, 17, 45, tzinfo=UTC)


@cache
def valid(name: str) -> Item:
    item, _ = read_and_validate(HERE / "valid" / name)
    assert item is not None
    return item


def test_excerpts_become_plain_text() -> None:
    assert valid("folded-excerpt.md").excerpt == "It’s about AT&T, bold <script> and more."


def test_escaped_surrogates_are_joined() -> None:
    assert valid("escapes.md").title == "Robots 🤖 and “AI” �"


@pytest.mark.parametrize("name", ["video.md", "video-embedded.md"])
def test_a_video_is_one_and_its_embedding_is_ignored(name: str) -> None:
    assert valid(name).type == "video"
    assert "iframe" not in repr(valid(name))


def test_aliases_are_followed() -> None:
    item = valid("aliases.md")
    assert [(c.title, c.url[-1], c.quality, c.provider.name) for c in item.related] == [
        ("Another headline", "b", 0, "Example"),
        ("A third headline", "c", 7, "example.com"),
        ("A third headline", "d", 7, "example.com"),
    ]


# ---- fields


def test_defaults() -> None:
    item = item_of()
    assert item == Item(
        id="https://example.com/a",
        url="https://www.example.com/a",
        title="A headline",
        provider=Provider("example.com"),
        path="x.md",
        published=datetime(2021, 1, 26, 17, 45, tzinfo=UTC),
    )


def test_null_and_blank_count_as_absent() -> None:
    fields = ["excerpt", "provider", "type", "quality", "heat", "published", "topics", "images", "related", "language"]
    for nothing in (None, "", " \n"):
        assert item_of(**dict.fromkeys([*fields, "originalUrl", "date"], nothing)) == item_of()
    empty = {"name": None, "domain": "", "images": None}
    assert item_of(provider=empty, images=[None], related=[None], topics=[None, ""]) == item_of()


def test_unknown_keys_are_ignored() -> None:
    assert item_of(isCached="x", featuredContent=[{"a": 1}], ampWebUrl=[]) == item_of()


def test_defaults_of_the_configuration() -> None:
    defaults = Defaults(published=True, quality=70)
    item = item_of(defaults, related=[{"title": "B", "webUrl": "https://example.com/b"}])
    assert (item.is_published, item.quality, item.heat, item.related[0].quality) == (True, 70, 80, 70)
    item = item_of(defaults, published="false", quality="0")
    assert (item.is_published, item.quality) == (False, 0)


@pytest.mark.parametrize(
    ("title", "excerpt", "expected"),
    [
        pytest.param("It&#8217;s <b>bold</b>\n news", "", "It’s bold news", id="plain"),
        pytest.param("NEW IPHONE ARRIVES", "The iPhone", "New iPhone Arrives", id="shouted"),
        pytest.param("word " * 100, "", "word " * 58 + "word word…", id="long"),
        pytest.param("2021", "", "2021", id="number"),
    ],
)
def test_title(title: str, excerpt: str, expected: str) -> None:
    title = item_of(title=title, excerpt=excerpt).title
    assert title == expected
    assert len(title) <= 300


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2021-01-26T17:45:00Z", "2021-01-26T17:45:00"),
        ("2021-01-26t17:45:00z", "2021-01-26T17:45:00"),
        ("2021-01-26", "2021-01-26T00:00:00"),
        ("2021-1-6", "2021-01-06T00:00:00"),
        ("2021-1-6 7:05:00 +1", "2021-01-06T06:05:00"),
        ("2021-01-26 17:45:00", "2021-01-26T17:45:00"),
        ("2021-01-26T17:45", "2021-01-26T17:45:00"),
        ("2021-01-26T17:45+02:00", "2021-01-26T15:45:00"),
        ("2021-01-26T17:45:00.999Z", "2021-01-26T17:45:00"),
        ("2021-01-26 17:45:00.1 -5", "2021-01-26T22:45:00"),
        ("2021-01-26T17:45:00+0530", "2021-01-26T12:15:00"),
        ("2021-01-26T17:45:00-03:30", "2021-01-26T21:15:00"),
        ("2021-01-26 17:45:00 UTC", "2021-01-26T17:45:00"),
        ("2021-12-31T23:00:00-05:00", "2022-01-01T04:00:00"),
        ("  2021-01-26\t17:45:00  ", "2021-01-26T17:45:00"),
        ("2020-02-29", "2020-02-29T00:00:00"),
        ("1990-01-01T00:00:00Z", "1990-01-01T00:00:00"),
        ("9000-12-31T23:59:59Z", "9000-12-31T23:59:59"),
    ],
)
def test_date(written: str, expected: str) -> None:
    published = item_of(publishedDateTime=written).published
    assert published == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert published.tzinfo is UTC


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("yesterday", "bad-date"),
        ("26.01.2021", "bad-date"),
        ("2021-01-26T17", "bad-date"),
        ("2021-13-01", "bad-date"),
        ("2021-02-29", "bad-date"),
        ("2021-01-26T24:00:00Z", "bad-date"),
        ("2021-01-26T17:60:00Z", "bad-date"),
        ("2021-01-26T17:45:00+24:00", "bad-date"),
        ("2021-01-26T17:45:00+99", "bad-date"),
        ("2021-01-26T17:45:00+01:99", "bad-date"),
        ("２０２１-01-26", "bad-date"),
        ("1611683100", "bad-date"),
        ("2021-01-26 and more", "bad-date"),
        (["2021-01-26"], "bad-date"),
        ("0000-00-00", "date-range"),
        ("0001-01-01T00:00:00+14:00", "date-range"),
        ("1970-01-01", "date-range"),
        ("1989-12-31T23:59:59Z", "date-range"),
        ("1990-01-01T00:00:00+01:00", "date-range"),
        ("9000-12-31T23:59:59-01:00", "date-range"),
        ("9999-12-31T23:59:59-14:00", "date-range"),
    ],
    ids=str,
)
def test_date_refused(written: object, code: str) -> None:
    assert check(ESSENTIAL | {"publishedDateTime": written}) == (None, [f"error {code}"])
    related = [{"title": "B", "webUrl": "https://example.com/b", "date": written}]
    item, problems = check(ESSENTIAL | {"related": related})
    assert (item, problems) == (item_of(), [f"error {code}"])


def test_date_by_its_other_name() -> None:
    item, problems = check({"title": "A", "webUrl": "https://example.com/a", "date": "2021-01-26"})
    assert item is not None
    assert problems == []
    assert item.published == datetime(2021, 1, 26, tzinfo=UTC)
    assert item_of(date="2030-01-01").published.year == 2021, "publishedDateTime goes first"


@pytest.mark.parametrize(
    ("web", "original", "url", "problems"),
    [
        ("https://a.com/w", "https://a.com/o", "https://a.com/w", []),
        (None, "https://a.com/o", "https://a.com/o", []),
        ("https://a.com/w", "ftp://a.com/o", "https://a.com/w", []),
        ("/w", "https://a.com/o", "https://a.com/o", ["warning bad-url"]),
        (["https://a.com/w"], "https://a.com/o", "https://a.com/o", ["warning bad-url"]),
        ("/w", None, None, ["error bad-url"]),
        ("/w", "/o", None, ["error bad-url", "error bad-url"]),
        (None, None, None, ["error missing-url"]),
        ("https://user:secret@a.com/", None, None, ["error bad-url"]),
        (" https://a.com/ä b ", None, None, ["error bad-url"]),
        (" HTTPS://A.com/ä ", None, "https://a.com/%C3%A4", []),
    ],
    ids=str,
)
def test_url(web: object, original: object, url: str | None, problems: list[str]) -> None:
    item, found = check(ESSENTIAL | {"webUrl": web, "originalUrl": original})
    assert (item and item.url, found) == (url, problems)


@pytest.mark.parametrize(
    ("provider", "expected", "problems"),
    [
        pytest.param({"name": "CBS", "domain": "CBS.com"}, Provider("CBS", "cbs.com"), [], id="name and domain"),
        pytest.param({"domain": "cbs.com"}, Provider("cbs.com", "cbs.com"), [], id="domain only"),
        pytest.param({"name": " A&amp;E "}, Provider("A&E"), [], id="name only"),
        pytest.param({}, Provider("example.com"), [], id="neither"),
        pytest.param("CBS", Provider("CBS"), [], id="text"),
        pytest.param({"domain": "https://www.cbs.com/news"}, Provider("www.cbs.com", "www.cbs.com"), [], id="URL"),
        pytest.param(
            {"domain": "bücher.example"},
            Provider("xn--bcher-kva.example", "xn--bcher-kva.example"),
            [],
            id="international",
        ),
        pytest.param({"domain": "a b"}, Provider("example.com"), ["warning bad-domain"], id="no host"),
        pytest.param({"domain": "[::1]"}, Provider("example.com"), ["warning bad-domain"], id="address"),
        pytest.param(
            {"domain": "javascript://x"}, Provider("example.com"), ["warning bad-domain"], id="no web address"
        ),
        pytest.param(["CBS"], Provider("example.com"), ["warning bad-provider"], id="list"),
        pytest.param({"name": "x" * 200}, Provider("x" * 99 + "…"), [], id="long name"),
        pytest.param(
            {"name": "CBS", "images": [{"url": "https://cbs.com/i.png", "width": "50"}]},
            Provider("CBS", "", (Image("https://cbs.com/i.png", 50),)),
            [],
            id="image",
        ),
    ],
)
def test_provider(provider: object, expected: Provider, problems: list[str]) -> None:
    item, found = check(ESSENTIAL | {"provider": provider})
    assert item is not None
    assert (item.provider, found) == (expected, problems)


@pytest.mark.parametrize("written", ["true", "True", "TRUE", True])
def test_published(written: object) -> None:
    assert item_of(published=written).is_published


@pytest.mark.parametrize("written", ["false", "No", "OFF", False])
def test_not_published(written: object) -> None:
    assert not item_of(Defaults(published=True), published=written).is_published


@pytest.mark.parametrize("written", ["yes", "On", "1", "y", "maybe", ["true"]], ids=str)
def test_published_refused(written: object) -> None:
    assert check(ESSENTIAL | {"published": written}) == (None, ["error bad-published"])


@pytest.mark.parametrize("written", ["true", "YES", "on", True])
@pytest.mark.parametrize("published", [{}, {"published": "true"}], ids=["by default", "as written"])
def test_a_draft_is_not_published(written: object, published: dict[str, object]) -> None:
    assert not item_of(Defaults(published=True), draft=written, **published).is_published


@pytest.mark.parametrize("written", ["false", "no", "Off", None, " "])
def test_no_draft(written: object) -> None:
    assert item_of(Defaults(published=True), draft=written).is_published
    assert not item_of(draft=written).is_published


@pytest.mark.parametrize("written", ["1", "not yet", ["true"]], ids=str)
def test_draft_refused(written: object) -> None:
    data = ESSENTIAL | {"published": "true", "draft": written}
    assert check(data) == (None, ["error bad-draft"])


# ---- limits


def all_texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from all_texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from all_texts(inner)


LONG = ("x" * 900_000, "word " * 180_000, "en-" + "latin-" * 150_000 + "x", "https://x.example/" + "x" * 900_000)


@pytest.mark.parametrize("text", LONG, ids=["one word", "words", "a tag", "an address"])
def test_limits_hold_for_every_field(text: str) -> None:
    """Whatever a field holds, or all of them at once, the item stays small enough for one digest."""
    image = {"url": "https://x.example/i.png", "title": text, "width": text}
    keys = ("title", "excerpt", "type", "quality", "originalUrl", "language", "heat", "draft")
    article: dict[str, object] = dict.fromkeys(keys, text)
    article |= {"provider": {"name": text, "domain": text, "images": [image]}, "images": [image]}
    fields = article | {"webUrl": "https://x.example/", "topics": [text, "AI"], "publishedDateTime": "2021-01-26"}
    for changes in ({}, {"quality": "1", "draft": "false"}):
        data = fields | {"related": [fields | changes]} | changes
        document = Document("x.md", data, lambda where: 1)
        item, problems = validate(document, Defaults())
        assert sum(map(len, (str(p) for p in problems))) < 10_000
        assert (item is None) == (not changes)
        if item:
            limits = Limits()
            texts = list(all_texts(msgspec.to_builtins(item)))
            assert max(map(len, texts)) <= limits.excerpt_length
            assert sum(map(len, texts)) < 2 * limits.excerpt_length + 10 * limits.title_length


@pytest.mark.parametrize("written", ["0", "54", "+54", "054", " 54 ", "1000", 54])
def test_quality(written: str | int) -> None:
    assert item_of(quality=written).quality == int(written)


@pytest.mark.parametrize("written", ["high", "-1", "1001", "5.0", "1e2", "1_0", "٣", "9" * 5000, ["5"], {}], ids=repr)
def test_quality_refused(written: object) -> None:
    assert check(ESSENTIAL | {"quality": written}) == (None, ["error bad-quality"])


@pytest.mark.parametrize(
    ("written", "heat", "problems"),
    [
        (None, 70, []),
        ("-1", 70, []),
        ("0", 0, []),
        ("69", 69, []),
        ("71", 70, []),
        ("999999999", 70, []),
        ("-2", 70, ["warning bad-heat"]),
        ("hot", 70, ["warning bad-heat"]),
        (["5"], 70, ["warning bad-heat"]),
    ],
    ids=str,
)
def test_heat(written: object, heat: int, problems: list[str]) -> None:
    good = {"title": "B", "webUrl": "https://example.com/b"}
    related = [good, good, {"title": "No address"}]  # what is left out gives no heat
    item, found = check(ESSENTIAL | {"heat": written, "quality": "50", "related": related})
    assert item is not None
    assert (item.heat, found) == (heat, sorted(["error missing-url", *problems]))


def test_a_higher_heat_is_believed_on_request() -> None:
    document = Document("x.md", ESSENTIAL | {"heat": "114"}, lambda where: 1)
    item, _ = validate(document, Defaults(), trust=TrustOptions(heat=True))
    assert item is not None
    assert item.heat == 114


@pytest.mark.parametrize(
    ("written", "expected", "problems"),
    [
        ("article", "article", []),
        ("Video", "video", []),
        ("podcast", "article", ["warning bad-type"]),
        (["video"], "article", ["warning bad-type"]),
    ],
    ids=str,
)
def test_type(written: object, expected: str, problems: list[str]) -> None:
    item, found = check(ESSENTIAL | {"type": written})
    assert item is not None
    assert (item.type, found) == (expected, problems)


@pytest.mark.parametrize(
    ("written", "expected", "problems"),
    [
        pytest.param("AI", ("AI",), [], id="one"),
        pytest.param("AI, Robots", ("AI, Robots",), ["warning comma-in-topic"], id="commas are part of a name"),
        pytest.param(["B", "A"], ("B", "A"), [], id="in order"),
        pytest.param(["AI", "Robots", "ai", "AI"], ("AI", "Robots"), [], id="each once"),
        pytest.param(["R&amp;D", " C++\n", "<b></b>", ""], ("R&D", "C++"), [], id="plain and not blank"),
        pytest.param(["A", ["B"], {"C": "D"}], ("A",), ["warning bad-topic"] * 2, id="no text"),
        pytest.param(["x" * 100, "y" * 101], ("x" * 100,), ["warning bad-topic"], id="too long"),
        pytest.param({"AI": None}, (), ["warning bad-topics"], id="mapping"),
    ],
)
def test_topics(written: object, expected: tuple[str, ...], problems: list[str]) -> None:
    item, found = check(ESSENTIAL | {"topics": written})
    assert item is not None
    assert (item.topics, found) == (expected, problems)


PICTURE = "https://example.com/a.png"


@pytest.mark.parametrize(
    ("written", "expected", "problems"),
    [
        pytest.param(
            [{"url": PICTURE, "width": "10", "height": "20", "title": "A&amp;B", "isCached": "true"}],
            (Image(PICTURE, 10, 20, "A&B"),),
            [],
            id="in full",
        ),
        pytest.param({"url": PICTURE}, (Image(PICTURE),), [], id="mapping"),
        pytest.param([PICTURE], (Image(PICTURE),), [], id="address only"),
        pytest.param(PICTURE, (), ["warning bad-images"], id="text"),
        pytest.param([{"url": "data:image/png;base64,x"}], (), ["warning bad-image"], id="data"),
        pytest.param([{"title": "x"}, {"url": PICTURE}], (Image(PICTURE),), ["warning bad-image"], id="no address"),
        pytest.param(
            [{"url": PICTURE, "width": "0", "height": "wide"}],
            (Image(PICTURE),),
            ["warning bad-image-size"] * 2,
            id="size",
        ),
        pytest.param([["x"]], (), ["warning bad-image"], id="list in a list"),
        pytest.param([{"url": PICTURE, "title": []}], (Image(PICTURE),), ["warning bad-title"], id="title"),
    ],
)
def test_images(written: object, expected: tuple[Image, ...], problems: list[str]) -> None:
    item, found = check(ESSENTIAL | {"images": written})
    assert item is not None
    assert (item.images, found) == (expected, problems)


def test_related_in_full() -> None:
    entry = {
        "title": "BREAKING NEWS TODAY",
        "excerpt": "The news &amp; more",
        "originalUrl": "http://www.example.org/b/?utm_source=x",
        "publishedDateTime": "2021-01-27",
        "provider": "Example",
        "type": "video",
        "quality": "12",
        "images": {"url": PICTURE},
    }
    assert item_of(related=[entry]).related == (
        Coverage(
            id="https://example.org/b",
            url="http://www.example.org/b/?utm_source=x",
            title="Breaking news Today",
            excerpt="The news & more",
            provider=Provider("Example"),
            type="video",
            quality=12,
            images=(Image(PICTURE),),
            published=datetime(2021, 1, 27, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize("written", ["text", {"title": "B"}], ids=str)
def test_related_that_is_no_list_leaves_the_item(written: object) -> None:
    assert check(ESSENTIAL | {"related": written}) == (item_of(), ["error bad-related"])


@pytest.mark.parametrize(
    ("names", "written", "expected", "problems"),
    [
        pytest.param((), {"updated": "2021-01-28"}, utc("2021-01-28"), [], id="own name"),
        pytest.param((), {}, None, [], id="absent"),
        pytest.param((), {"updated": "yesterday"}, None, ["warning bad-date"], id="no date"),
        pytest.param("lastmod", {"lastmod": "2021-01-28T10:00:00+09:00"}, utc("2021-01-28 01:00"), [], id="configured"),
        pytest.param(
            ("last_modified_at", "lastmod"),
            {"updated": "2021-01-30", "lastmod": "2021-01-28", "last_modified_at": "2021-01-29"},
            utc("2021-01-29"),
            [],
            id="the first of several",
        ),
    ],
)
def test_updated(names: OneOrMore, written: dict[str, object], expected: datetime | None, problems: list[str]) -> None:
    document = Document("x.md", ESSENTIAL | written, lambda where: 1)
    item, found = validate(document, Defaults(), names=FieldNames(updated=names))
    assert item is not None
    assert (item.updated, [f"{p.severity} {p.code}" for p in found]) == (expected, problems)


def test_a_topic_that_has_the_address_of_something_else_is_left_out_and_named_by_its_line() -> None:
    data = ESSENTIAL | {"topics": ["AI", "The Weekly"]}
    document = Document("x.md", data, lambda where: 7 if where == ("topics", 1) else 1)
    item, problems = validate(document, Defaults(topics=("Blog",)), reserved_slugs=("the-weekly",))
    assert item is not None
    assert item.topics == ("AI",)
    assert [(p.line, p.code) for p in problems] == [(7, "bad-topic")]
    assert '"The Weekly" has the address of a newsletter or of an alias' in problems[0].message


@pytest.mark.parametrize("tag", ["en", "pt-BR", "zh-Hant-TW", "sr-Latn", "x-klingon", "EN-us", "de-CH-1996"])
def test_language(tag: str) -> None:
    assert item_of(language=tag).language == tag


@pytest.mark.parametrize(
    "tag", ["e", "en_US", "English, please", "en-", "en-toolongsubtag", ["en"], '"><script>'], ids=str
)
def test_language_refused(tag: object) -> None:
    item, problems = check(ESSENTIAL | {"language": tag})
    assert item is not None
    assert (item.language, problems) == ("", ["warning bad-language"])


def test_problems_come_by_line_and_name_the_document() -> None:
    lines = {("quality",): 3, ("heat",): 2, ("related", 0, "title"): 9}
    data = ESSENTIAL | {"quality": "x", "heat": "y", "related": [{"webUrl": "https://example.com/b"}]}
    _, problems = validate(Document("a/b.md", data, lambda where: lines.get(where, 1)), Defaults())
    assert [(p.path, p.line, p.code) for p in problems] == [
        ("a/b.md", 2, "bad-heat"),
        ("a/b.md", 3, "bad-quality"),
        ("a/b.md", 9, "missing-title"),
    ]


def test_values_in_messages_are_short_and_printable() -> None:
    hostile = "\x1b[31m\n\u202e" + "x" * 10_000
    keys = ["publishedDateTime", "webUrl", "quality", "published", "type", "heat", "language"]
    data: dict[str, object] = dict.fromkeys(keys, hostile)
    data |= {
        "originalUrl": "https://" + "x" * 1000,
        "related": hostile,
        "topics": [hostile],
        "provider": {"domain": hostile},
    }
    _, problems = validate(Document("x.md", data, lambda where: 1), Defaults())
    assert len(problems) == 12
    for problem in problems:
        assert not UNPRINTABLE.search(problem.message)
        assert len(problem.message) < 350


KEYS = ["title", "excerpt", "publishedDateTime", "date", "webUrl", "originalUrl", "provider", "type", "quality", "heat"]
KEYS += ["published", "topics", "images", "related", "language", "url", "name", "domain", "width", "height"]
scalars = (
    st.none()
    | st.text()
    | st.sampled_from(
        ["A headline", "https://example.com/a", "2021-01-26", "http://[", "//x", "-1", "5", "true", "x.com"]
    )
    | st.from_regex(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?([+-]\d\d)?)?", fullmatch=True)
    | st.from_regex(r"https?://[a-z0-9.\[\]:@%/-]{1,20}", fullmatch=True)
    | st.integers()
    | st.booleans()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=8),
    max_leaves=20,
)


@settings(deadline=None, derandomize=True, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(KEYS) | st.text(), values, max_size=12),
    st.booleans(),
)
def test_validate_never_raises_and_never_drops_in_silence(data: dict[str, object], essential: bool) -> None:
    data = ESSENTIAL | data if essential else data
    item, problems = validate(Document("x.md", data, lambda where: len(where) + 1), Defaults())
    assert item is not None or any(p.severity is Severity.ERROR for p in problems)
    assert not any(UNPRINTABLE.search(p.message) for p in problems)
    for text in _texts(item):
        assert not UNPRINTABLE.search(text)


def _texts(item: Item | None) -> Iterator[str]:
    for article in [item, *item.related] if item else []:
        if article:
            yield from (article.title, article.excerpt, article.provider.name, article.url, article.id)


# ---- texts of which nothing is seen

UNSEEN = [
    "\u3164",
    "\u2800",
    "\u034f",
    "\u115f",
    "\u1160",
    "\ufe0f",
    "\uffa0",
    "\u180b",
    "\u200b \u3164\u2800",
    "\U000e0100",
]


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
def test_a_text_of_which_nothing_is_seen_is_none(text: str) -> None:
    assert check(ESSENTIAL | {"title": text}) == (None, ["error missing-title"])
    item = item_of(excerpt=text, provider={"name": text, "domain": "x.example"}, topics=[text, "AI"])
    assert (item.excerpt, item.provider.name, item.topics) == ("", "x.example", ("AI",))


@pytest.mark.parametrize("text", ["ㅎ", "⠁", "A\u034f", "❤\ufe0f", "́"])
def test_a_text_with_something_to_see(text: str) -> None:
    assert item_of(title=text).title == text
