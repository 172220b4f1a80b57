from pathlib import Path

import pytest

from feeds.config.load import LOCAL_BASE_URL, Config, load_config
from feeds.model import Author
from feeds.problems import ConfigError
from support.configuration import FULL


def load(folder: Path, text: str, name: str = "feeds.toml") -> Config:
    (folder / name).write_text(text, encoding="utf-8")
    return load_config(start=folder)


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    config = load(tmp_path, FULL)
    assert config.site.title == "Smart News"
    assert config.site.base_url == "https://news.example/feeds/"
    assert config.site.author == Author(name="Ada", email="ada@news.example", url="https://news.example/ada")
    assert config.sources == (tmp_path / "items", tmp_path / "more")
    assert config.out == tmp_path / "public"
    assert (config.rules.min_quality, config.rules.feed_limit, config.rules.digest_limit) == (60, 20, 5)
    assert (config.feed.archive, config.feed.archive_size) == (True, 10)
    assert (config.digest.period, config.digest.issues, config.digest.zone.key) == ("month", "all", "Europe/Berlin")
    assert (config.defaults.published, config.defaults.quality) == (True, 55)
    (topic,) = config.topics_of([])
    assert (topic.slug, topic.title, topic.description, topic.parent) == (
        "cv",
        "Seeing machines",
        "All about them",
        "AI",
    )
    assert (topic.rules.min_quality, topic.rules.feed_limit) == (70, 20)
    assert topic.language == "en-GB"


def test_defaults_without_any_configuration(tmp_path: Path) -> None:
    config = load_config(start=tmp_path)
    assert config.sources == (tmp_path / "seeds",)
    assert config.out == tmp_path / "out"
    assert config.site.base_url == LOCAL_BASE_URL
    assert (config.rules.min_quality, config.rules.feed_limit, config.rules.digest_limit) == (50, 50, 10)
    assert not config.defaults.published
    (topic,) = config.topics_of(["AI"])
    assert (topic.slug, topic.title) == ("ai", "News: AI")
    assert topic.description


@pytest.mark.parametrize(
    ("tag", "title"),
    {
        "en": "N: AI",
        "fr": "N\u00a0: AI",
        "fr-CA": "N\u00a0: AI",
        "ja": "N：AI",
        "zh-Hant": "N：AI",
        "de": "N: AI",
    }.items(),
)
def test_a_title_has_the_colon_of_its_language(tmp_path: Path, tag: str, title: str) -> None:
    assert load(tmp_path, f'title = "N"\nlanguage = "{tag}"').topic("AI").title == title
    assert load(tmp_path, f'title = "N"\n[topics.AI]\nlanguage = "{tag}"').topic("AI").title == title


def test_flags_win(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text('sources = ["a"]\nbase_url = "https://a.example/"', encoding="utf-8")
    config = load_config(start=tmp_path, sources=(Path("b"),), out=Path("c"), base_url="https://b.example/x")
    assert (config.sources, config.out, config.site.base_url) == ((Path("b"),), Path("c"), "https://b.example/x/")


def test_pyproject_is_read_when_it_has_our_table(tmp_path: Path) -> None:
    assert load(tmp_path, '[tool.other]\ntitle = "X"', "pyproject.toml").site.title == "News"
    assert load(tmp_path, '[tool.feeds]\ntitle = "X"', "pyproject.toml").site.title == "X"
    assert load(tmp_path, 'title = "Y"').site.title == "Y"


WRONG = {
    "misspelt key": ('titel = "x"', "line 1: titel: unknown key; did you mean title?"),
    "misspelt key in a table": (
        "[selection]\nmin_qualty = 3",
        "line 2: selection.min_qualty: unknown key; did you mean min_quality?",
    ),
    "hyphen for underscore": (
        'base-url = "https://x.example"',
        "line 1: base-url: unknown key; did you mean base_url?",
    ),
    "misspelt table": ("[digset]\nperiod = 'day'", "line 1: digset: unknown key; did you mean digest?"),
    "key of another table": (
        "[feed]\nfeed_limit = 3",
        "line 2: feed.feed_limit: unknown key; move it to [selection]",
    ),
    "key in a topic": ('[topics."A B"]\ntitel = "x"', 'line 2: topics."A B".titel: unknown key; did you mean title?'),
    "wrong type": ("title = 3", "line 1: title: must be a string"),
    "true is no number": ("[selection]\nmin_quality = true", "selection.min_quality: must be a whole number"),
    "number too small": ("[selection]\nfeed_limit = 0", "selection.feed_limit: must be a whole number of at least 1"),
    "not a list": ('sources = "seeds"', "sources: must be a list of strings"),
    "not a table": ("digest = 3", "digest: must be a table"),
    "no http": ('base_url = "ftp://x.example"', "base_url: it does not begin with http"),
    "query in the base": ('base_url = "https://x.example/?a"', "base_url: must not contain ? or #"),
    "bad picture": ('logo = "logo.png"', "logo: it does not begin with http"),
    "no language": ('language = "english"', "language: unknown language 'english'"),
    "no period": ('[digest]\nperiod = "year"', "digest.period: must be day, week or month"),
    "no zone": ('[digest]\ntimezone = "Berlin"', "digest.timezone: is not a time zone"),
    "an author without a name": ('author = { email = "a@b.example" }', "author.name: is missing"),
    "bad slug": ('[topics.AI]\nslug = "../x"', "topics.AI.slug: must be lower-case words joined by hyphens"),
    "same slug": ('[topics.AI]\n[topics.B]\nslug = "ai"', "topics.B: has the same address as 'AI'"),
    "bad alias": (
        '[topics.AI]\naliases = ["The AI"]',
        "topics.AI.aliases: 'The AI' is not a slug; write it like the-ai",
    ),
    "another topic's address as an alias": (
        '[topics.AI]\naliases = ["b"]\n[topics.B]',
        "topics.AI.aliases: 'b' is the address of 'B'; remove it",
    ),
    "another topic's alias": (
        '[topics.AI]\naliases = ["x"]\n[topics.B]\naliases = ["x"]',
        "topics.B.aliases: 'x' is the address of 'AI'; remove it",
    ),
    "a newsletter's address as an alias": (
        '[topics.AI]\naliases = ["weekly"]\n[newsletters.weekly]\ntopics = ["AI"]',
        "topics.AI.aliases: 'weekly' is the address of 'weekly'; remove it",
    ),
    "its own slug as an alias": (
        '[topics.AI]\nslug = "ml"\naliases = ["ml"]',
        "topics.AI.aliases: 'ml' is the address of 'AI'; remove it",
    ),
    "its own address as an alias": (
        '[topics.AI]\naliases = ["ai"]',
        "topics.AI.aliases: 'ai' is the address of 'AI'; remove it",
    ),
    "own parent": (
        '[topics.AI]\nparent = "B"\n[topics.B]\nparent = "AI"',
        "topics.AI.parent: leads back to this topic",
    ),
    "no width for a digest": (
        "[digest]\nmax_bytes = 1000",
        "digest.max_bytes: must be a whole number of at least 20000",
    ),
    "no output": (
        "[build]\noutputs = []",
        "build.outputs: must be a non-empty list of rss, atom, json, digest or pages",
    ),
    "unknown output": ('build.outputs = ["podcast"]', "build.outputs: must be a non-empty list of rss, atom, json"),
    "not one key": ("[fields]\ntitle = 1", "fields.title: must be a string or a list of strings"),
    "not all": ('digest.issues = "some"', "digest.issues: must be a whole number of at least 1 or all"),
    "a tag that is no string": ("[mailing.tags]\na = 1", "line 2: mailing.tags.a: must be a string"),
    "a table for a string": ("[out]\nx = 1", "line 1: out: must be a string"),
    "a topic's language": (
        'language = "en"\n[topics.AI]\nslug = "ai"\n[topics.Chess]\nslug = "chess"\nlanguage = "english"',
        "line 6: topics.Chess.language: unknown language 'english'",
    ),
    "no TOML": ("title = ", "line 1: this is not a valid value; put text in quotes"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'feeds.toml'}: error: ")


def test_all_mistakes_are_reported_at_once_in_their_order(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, 'logo = "nowhere"\ntitel = "x"\n[feed]\nhub = "nowhere"\narchive = 1\n[topics]\nAI = 3')
    assert [problem.split(": ")[:2] for problem in caught.value.problems] == [
        ["line 1", "logo"],
        ["line 2", "titel"],
        ["line 4", "feed.hub"],
        ["line 5", "feed.archive"],
        ["line 7", "topics.AI"],
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[tool.feeds]\n[tool.feeds.feed]\nhub = "x"', "line 3: feed.hub: it does not begin with http"),
        ("[tool]\nfeeds = 3", "tool.feeds must be a table"),
    ],
    ids=["line", "no table"],
)
def test_mistakes_in_pyproject(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, "pyproject.toml")
    assert caught.value.problems[0].startswith(problem)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "none.toml")


def test_topics_are_told_apart_by_slug(tmp_path: Path) -> None:
    config = load(tmp_path, '[feed]\nall = true\n[topics."Computer Vision"]\nslug = "cv"')
    topics = config.topics_of(["ai", "AI", "computer  vision", "cv", "All"])
    assert [(t.slug, t.name) for t in topics] == [("ai", "AI"), ("all", "*"), ("cv", "Computer Vision")]
