"""Use templates that were compiled when the package was built: a small build would spend a third of its time on it.

They are Python modules beside the code, so only those who may change the code can change them. They are named after all
that they are made of: the source, the version of Jinja, and the settings. Templates without a module are compiled as
usual.
"""

import shutil
from collections.abc import Sequence
from functools import cache
from hashlib import sha1
from importlib.machinery import SourceFileLoader
from importlib.metadata import version
from pathlib import Path
from types import CodeType

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from feeds.renderers.shipped import COMPILED, templates_dir
from feeds.text import underline, wrap


def new_environment(kind: type[Environment], folders: Sequence[Path], *, is_shipped: bool) -> Environment:
    """Return an environment with our settings; `is_shipped` says that it has only the shipped templates."""
    made = kind(
        loader=FileSystemLoader(folders),
        bytecode_cache=Precompiled() if is_shipped else None,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    del made.filters["random"], made.globals["lipsum"]  # each build would give other bytes
    return made


class Precompiled(BytecodeCache):
    """Give Jinja the code of templates that were compiled before, and store none."""

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        bucket = Bucket(environment, name, "")
        bucket.code = _precompiled(environment, source, filename or name)
        return bucket

    def dump_bytecode(self, bucket: Bucket) -> None:
        pass


def code(environment: Environment, source: str, name: str) -> CodeType:
    """Compile a template, unless that was done already; `name` is for messages. Raise TemplateSyntaxError."""
    found = _precompiled(environment, source, name) if environment.bytecode_cache else None
    return found or environment.compile(source, name, name)


def plain_text(environment: Environment) -> Environment:
    """Return the environment of plain text, which has filters for its lines."""
    plain = environment.overlay(autoescape=False)
    plain.filters = {**plain.filters, "wrap": wrap, "underline": underline}
    return plain


def write() -> None:
    """Compile the shipped templates, except `digest.html`, whose CSS is inlined first."""
    escaped = new_environment(Environment, [templates_dir()], is_shipped=False)
    shutil.rmtree(templates_dir() / COMPILED, ignore_errors=True)
    (templates_dir() / COMPILED).mkdir()
    for path in sorted(templates_dir().iterdir()):
        if path.suffix in (".html", ".txt", ".css") and path.name != "digest.html":
            environment = plain_text(escaped) if path.suffix == ".txt" else escaped
            source = path.read_text("utf-8")
            python = environment.compile(source, path.name, path.name, raw=True)
            _module(environment, source).write_text(python, "utf-8", newline="\n")


def _precompiled(environment: Environment, source: str, name: str) -> CodeType | None:
    loader = SourceFileLoader(COMPILED, str(_module(environment, source)))
    try:
        found = loader.get_code(COMPILED)
    except OSError:  # this is a checkout in which nothing was compiled, or another version of Jinja
        return None
    return found.replace(co_filename=name) if found else None


_SETTINGS = ("autoescape", "trim_blocks", "lstrip_blocks", "keep_trailing_newline")


def _module(environment: Environment, source: str) -> Path:
    settings = [getattr(environment, name) for name in _SETTINGS]
    made_of = f"{_jinja()} {settings} {source}"
    name = sha1(made_of.encode(), usedforsecurity=False).hexdigest()
    return templates_dir() / COMPILED / f"{name}.py"


@cache
def _jinja() -> str:
    return version("jinja2")
