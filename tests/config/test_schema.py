"""What editors are told is right, held against what the build takes."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from feeds.config.load import load_config
from feeds.config.options import Defaults, FieldNames
from feeds.config.reference import NAME, Option, options
from feeds.config.schema import Schema, config_schema
from feeds.config.toml import dotted
from feeds.editions.editorial import parse
from feeds.items.schema import editorial_schema, item_schema
from feeds.items.validate import validate
from feeds.problems import ConfigError
from support.commands import Run, run
from support.configuration import FULL
from support.examples import read_document
from support.posts import CONFIG, POSTS
from support.validation import ESSENTIAL, SEEDS

__all__ = ["run"]


class _EditorsLoader(yaml.SafeLoader):
    """YAML 1.2 has no timestamps: to an editor a date is a text."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def complaints(schema: Schema, data: object) -> list[str]:
    return [error.message for error in Draft202012Validator(schema).iter_errors(data)]


@pytest.mark.parametrize("schema", [config_schema(), item_schema(), item_schema(Defaults(url="x")), editorial_schema()])
def test_they_are_schemas(schema: Schema) -> None:
    Draft202012Validator.check_schema(schema)


# ---- editor's files

EDITORIALS = {
    "nothing": "",
    "all": "subject: a\npreheader: b\npin: [https://a.example]\nhide: https://b.example\n"
    "sponsor: { name: A, url: https://a.example, image: https://a.example/p.png, width: 600, height: '200', text: x }",
    "no pins": "pin:",
    "unknown key": "subjet: a",
    "unknown key of the sponsor": "sponsor: { name: A, url: https://a.example, txt: x }",
    "a sponsor without address": "sponsor: { name: A }",
    "a pin that is no address": "pin: [one]",
    "a pin that runs a script": "pin: ['javascript:alert(1)']",
    "a list as subject": "subject: [a]",
    "a sponsor as text": "sponsor: A",
    "no number": "sponsor: { name: A, url: https://a.example, width: wide }",
}


@pytest.mark.parametrize("text", EDITORIALS.values(), ids=EDITORIALS)
def test_the_schema_of_an_editors_file_complains_when_a_build_does(text: str) -> None:
    _, problems = parse(f"---\n{text}\n---\n".encode(), "issues/ai/2021-W04.md")
    assert bool(complaints(editorial_schema(), yaml.safe_load(text))) == bool(problems)


# ---- items


def judged(front_matter: str, folder: Path, **names: Any) -> tuple[bool, bool]:
    """Whether the build has no problem with it, and whether the schema has none."""
    path = folder / "x.md"
    path.write_text(f"---\n{front_matter}\n---\n", encoding="utf-8")
    document, problems = read_document(path, "x.md")
    assert document is not None
    found = validate(document, Defaults(), names=FieldNames(**names))[1]
    schema = item_schema(names=FieldNames(**names))
    return not problems + found, not complaints(schema, yaml.load(front_matter, _EditorsLoader))


GOOD = {
    "a number for a title": "title: 2021",
    "a truth for a title": "title: yes",
    "no excerpt": "excerpt:",
    "a number for an excerpt": "excerpt: 12",
    "a day": "date: 2021-01-26",
    "a day and a minute": "publishedDateTime: 2021-1-26 17:45",
    "a zone": "publishedDateTime: 2021-01-26 17:45:00.5 +01:30",
    "a quoted date": 'publishedDateTime: "2021-01-26T17:45:00Z"',
    "a blank date, and another": 'publishedDateTime: " "\ndate: 2021-01-26',
    "an address in capitals": "webUrl: HTTPS://X.example/",
    "another address": "webUrl:\noriginalUrl: https://x.example/",
    "published": "published: true",
    "published, quoted": 'published: "True"',
    "not published": "published: no",
    "a draft": "draft: true",
    "a draft, in other words": 'draft: "On"',
    "quality": "quality: 0",
    "quality, quoted": 'quality: "1000"',
    "heat": "heat: -1",
    "a topic": "topics: AI",
    "topics": "topics: [AI, 2021, ~, yes]",
    "no topic": "topics: []",
    "an outlet's name": "provider: The Paper",
    "an outlet": "provider: {name: The Paper, domain: paper.example}",
    "an image": "images: {url: https://x.example/i.png, width: 12}",
    "images": 'images: [https://x.example/i.png, {url: https://x.example/j.png, height: "3"}]',
    "an outlet's image": "provider: {images: [{url: https://x.example/i.png}]}",
    "a video": "type: VIDEO",
    "a language": "language: zh-Hant-TW",
    "related": "related: [{title: x, webUrl: https://y.example/}, ~]",
    "nothing related": "related:",
    "unknown fields": "ampWebUrl: [1]\nsecured: {a: b}",
}
BAD = {
    "no title": "title:",
    "a blank title": 'title: "  "',
    "a list for a title": "title: [a]",
    "a list for an excerpt": "excerpt: [a]",
    "a mapping for an address": "webUrl: {a: b}",
    "no http": "webUrl: ftp://x.example/",
    "no address": "webUrl:",
    "no date": "publishedDateTime: soon",
    "no month": "publishedDateTime: 2021-13-01",
    "no hour": "publishedDateTime: 2021-01-26T25:00:00Z",
    "a year long ago": "publishedDateTime: 1989-12-31",
    "a year far off": "publishedDateTime: 9001-01-01",
    "a list for a date": "publishedDateTime: [2021-01-26]",
    "perhaps published": "published: perhaps",
    "published: yes": 'published: "yes"',
    "perhaps a draft": "draft: perhaps",
    "a long language": "language: en-latin-latin-latin-latin-latin-latin",
    "much quality": "quality: 1001",
    "little quality": "quality: -1",
    "half a quality": "quality: 1.5",
    "high quality": "quality: high",
    "little heat": "heat: -2",
    "a mapping for topics": "topics: {AI: yes}",
    "a list for a topic": "topics: [[AI]]",
    "a list for an outlet": "provider: [a]",
    "a list for an outlet's name": "provider: {name: [a]}",
    "an image without address": "images: [{width: 12}]",
    "a text for images": "images: https://x.example/i.png",
    "an image of no size": "images: [{url: https://x.example/i.png, width: 0}]",
    "an image without http": "images: [{url: i.png}]",
    "an image of a list": "images: [{url: [x]}]",
    "a podcast": "type: podcast",
    "no language": "language: klingon_1",
    "a text for related": "related: x",
    "a text in related": "related: [x]",
    "related without title": "related: [{webUrl: https://y.example/}]",
    "related without address": "related: [{title: x}]",
    "related of bad quality": "related: [{title: x, webUrl: https://y.example/, quality: x}]",
}


def complete(fields: str) -> str:
    data = yaml.load(fields, yaml.BaseLoader)
    return "\n".join([*(f'{k}: "{v}"' for k, v in ESSENTIAL.items() if k not in data), fields])


@pytest.mark.parametrize("fields", GOOD.values(), ids=GOOD)
def test_good_items(fields: str, tmp_path: Path) -> None:
    assert judged(complete(fields), tmp_path) == (True, True)


@pytest.mark.parametrize("fields", BAD.values(), ids=BAD)
def test_bad_items(fields: str, tmp_path: Path) -> None:
    assert judged(complete(fields), tmp_path) == (False, False)


UNSEEN = {
    "no such day": "publishedDateTime: 2021-02-30",
    "no host": "webUrl: https:///x",
    "a title of nothing to see": 'title: "\\u200b"',
    "a domain that is none": "provider: {domain: a b}",
}


@pytest.mark.parametrize("fields", UNSEEN.values(), ids=UNSEEN)
def test_what_only_the_build_sees(fields: str, tmp_path: Path) -> None:
    assert judged(complete(fields), tmp_path) == (False, True)


@pytest.mark.parametrize("path", sorted(SEEDS.iterdir()), ids=lambda path: path.name)
def test_real_items(path: Path) -> None:
    front_matter = path.read_text(encoding="utf-8").split("---\n")[1]
    assert complaints(item_schema(), yaml.load(front_matter, _EditorsLoader)) == []


OTHER_NAMES = {
    "theirs": ("name: x\nlink: https://x.example/\ndate: 2021-01-26\ntags: a b\nimage: https://x.example/i.png", True),
    "ours": ("title: x\nwebUrl: https://x.example/\ndate: 2021-01-26\ntopics: [a]", True),
    "neither": ("headline: x\nlink: https://x.example/\ndate: 2021-01-26", False),
    "a bad address": ("name: x\nlink: x\ndate: 2021-01-26", False),
    "theirs in related": (
        "name: x\nlink: https://x.example/\ndate: 2021-01-26\nrelated: [{name: y, link: https://y.example/}]",
        True,
    ),
}


@pytest.mark.parametrize(("text", "good"), OTHER_NAMES.values(), ids=OTHER_NAMES)
def test_other_names(text: str, good: bool, tmp_path: Path) -> None:
    assert judged(text, tmp_path, title="name", url="link", topics="tags", images="image") == (good, good)


def test_the_configured_names_and_defaults_count(run: Run, tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(CONFIG, encoding="utf-8")
    schema = json.loads(run("schema", "item").stdout)
    for name, fields in POSTS.items():
        expected = ["'/about/this/' does not match"] if "own-place" in name else []
        found = complaints(schema, yaml.load(fields, _EditorsLoader))
        assert [message[:29] for message in found] == expected
    assert complaints(schema, {"tags": "AI"}) != []


# ---- the configuration


def accepted(text: str, folder: Path) -> tuple[bool, bool]:
    """Whether the build takes it, and whether the schema does."""
    (folder / "feeds.toml").write_text(text, encoding="utf-8")
    try:
        load_config(start=folder)
    except ConfigError:
        return False, not complaints(config_schema(), tomllib.loads(text))
    return True, not complaints(config_schema(), tomllib.loads(text))


def with_value(option: Option, value: str) -> str:
    key = dotted(tuple("AI" if part == NAME else part for part in option.key))
    extra = 'newsletters.AI.topics = ["x"]\n' if key.startswith("newsletters") and option.key[-1] != "topics" else ""
    return f"{extra}{key} = {value}\n"


ALL = {dotted(option.key): option for option in options()}


@pytest.mark.parametrize("option", ALL.values(), ids=ALL)
def test_every_option_takes_its_default_and_nothing_of_another_type(option: Option, tmp_path: Path) -> None:
    if option.key[0] != "newsletters" or option.default:
        assert accepted(with_value(option, json.dumps(option.default)), tmp_path) == (True, True)
    for wrong in ("1.5", "2021-01-26", "[[]]", "{ x = 1.5 }"):
        assert accepted(with_value(option, wrong), tmp_path) == (False, False)


CONFIGURATIONS = {
    "nothing": ("", True),
    "everything": (FULL, True),
    "posts of Jekyll": (CONFIG, True),
    "several tools": ('[mailing]\ntool = ["mailchimp", "buttondown"]', True),
    "an author": ('author = { name = "Ada", url = "https://ada.example/" }', True),
    "an author without a name": ('author = { email = "ada@ada.example" }', False),
    "all issues": ('digest.issues = "all"', True),
    "some issues": ('digest.issues = "some"', False),
    "no issue": ("digest.issues = 0", False),
    "a misspelt key": ('titel = "x"', False),
    "a misspelt key of a topic": ("[topics.AI]\nmin_qualty = 1", False),
    "a key in the wrong table": ("[feed]\nmin_quality = 1", False),
    "no stories": ("[topics.AI]\nfeed_limit = 0", False),
    "no period": ('digest.period = "year"', False),
}


@pytest.mark.parametrize(("text", "good"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_configurations(text: str, good: bool, tmp_path: Path) -> None:
    assert accepted(text, tmp_path) == (good, good)


def test_the_command(run: Run) -> None:
    done = run("schema", "config")
    assert (done.returncode, json.loads(done.stdout)) == (0, json.loads(json.dumps(config_schema())))
    assert json.loads(run("schema", "item").stdout) == json.loads(json.dumps(item_schema()))
    assert run("schema", "feed").returncode == 2
