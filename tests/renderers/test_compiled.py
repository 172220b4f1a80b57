"""Templates that were compiled when the package was built are used, as long as they are of the same source."""

import shutil
from pathlib import Path
from typing import NoReturn

import pytest
from jinja2 import Environment

from feeds.renderers import compiled
from feeds.renderers.compiled import new_environment, plain_text
from feeds.renderers.shipped import COMPILED, templates_dir

NAMES = sorted(p.name for p in templates_dir().glob("*.*") if p.suffix in (".html", ".txt") and p.stem != "digest")


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that has just been built."""
    folder = tmp_path / "templates"
    shutil.copytree(templates_dir(), folder, ignore=shutil.ignore_patterns(COMPILED))
    monkeypatch.setattr(compiled, "templates_dir", lambda: folder)
    compiled.write()
    monkeypatch.setattr(Environment, "compile", _refuse)
    return folder


def _refuse(*_: object) -> NoReturn:
    raise AssertionError("compiled again")


@pytest.mark.parametrize("name", NAMES)
def test_no_shipped_template_is_compiled_again(shipped: Path, name: str) -> None:
    template = new_environment(Environment, [shipped], is_shipped=True).get_template(name)
    assert template.filename == str(shipped / name)


def test_plain_text_is_not_compiled_again(shipped: Path) -> None:
    environment = plain_text(new_environment(Environment, [shipped], is_shipped=True))
    assert compiled.code(environment, (shipped / "digest.txt").read_text(encoding="utf-8"), "digest.txt")


def test_a_changed_template_is_compiled(shipped: Path) -> None:
    (shipped / "topic.html").write_text("Another", encoding="utf-8")
    with pytest.raises(AssertionError, match="compiled again"):
        new_environment(Environment, [shipped], is_shipped=True).get_template("topic.html")


@pytest.mark.parametrize("setting", ["autoescape", "trim_blocks", "lstrip_blocks", "keep_trailing_newline"])
def test_a_template_is_compiled_for_other_settings(shipped: Path, setting: str) -> None:
    environment = new_environment(Environment, [shipped], is_shipped=True)
    setattr(environment, setting, False)
    with pytest.raises(AssertionError, match="compiled again"):
        environment.get_template("topic.html")


def test_a_user_s_template_is_compiled_for_the_sandbox(shipped: Path) -> None:
    with pytest.raises(AssertionError, match="compiled again"):
        new_environment(Environment, [shipped], is_shipped=False).get_template("topic.html")
