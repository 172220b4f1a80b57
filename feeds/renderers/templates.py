"""The Jinja2 environment of all renderers: autoescaped, strict about names, and the user's templates come first.

The shipped templates are trusted code. A user's own templates are configuration: they run in Jinja2's sandbox, where an
expression reaches only the variables of the template, and of these only the records, texts, numbers and dates.
"""

import os
import traceback
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.environment import TemplateModule
from jinja2.runtime import LoopContext, Macro, TemplateReference, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace
from msgspec import Struct

from feeds.renderers.compiled import code, new_environment
from feeds.renderers.shipped import templates_dir


class BadTemplateError(TemplateError):
    """Raised for a template that can't be used; prints as `digest.html:12: reason`."""

    def __init__(self, name: str, line: int, reason: str) -> None:
        super().__init__(f"{name}:{line}: {reason}")
        self.name = name
        """The path below the folder of templates: `topic.html`."""
        self.line = line
        """Counted from 1."""
        self.reason = reason
        """One line."""


@lru_cache(maxsize=8)
def environment(overrides: str = "") -> Environment:
    """Return the environment; a template in the folder `overrides` wins over the shipped one of the same name.

    With overrides it is sandboxed. All templates are autoescaped, whatever their names.
    """
    folders = [Path(overrides), templates_dir()] if overrides else [templates_dir()]
    made = new_environment(_Sandbox if overrides else Environment, folders, is_shipped=not overrides)
    if overrides:
        made.loader = _Loader(folders)
    return made


class _Loader(FileSystemLoader):
    """Refuses a link in the user's folder that leads out of it: it would publish any file."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_current = super().get_source(environment, template)
        own = self.searchpath[0]
        if Path(path).is_relative_to(own) and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(own)):
            raise TemplateError(f"{template} is a link that leads out of the folder of templates; copy the file there")
        return source, path, is_current


def page_sources(overrides: str = "") -> list[str]:
    """Return the sources of all HTML templates, shipped and the user's own."""
    folders = [templates_dir(), Path(overrides)] if overrides else [templates_dir()]
    return [path.read_text("utf-8", "replace") for folder in folders for path in sorted(folder.glob("*.html"))]


_REACHABLE = (
    *(Struct, tuple, list, dict, str, int, float, date),
    *(LoopContext, Macro, TemplateReference, TemplateModule, Undefined, Cycler, Joiner, Namespace),
)
_CLOCK = frozenset({"now", "today", "utcnow"})
"""Methods of a date that would make every build write other bytes."""


class _Sandbox(ImmutableSandboxedEnvironment):
    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Refuse the libraries' objects among the variables, such as a locale or a time zone, and the clock."""
        if not isinstance(obj, _REACHABLE) or (isinstance(obj, date) and attr in _CLOCK):
            return False
        return super().is_safe_attribute(obj, attr, value)


def compiled(environment: Environment, source: str, name: str) -> Template:
    """Compile a template from its source; `name` is for messages. Raise TemplateSyntaxError."""
    return environment.template_class.from_code(
        environment, code(environment, source, name), environment.make_globals(None)
    )


def render(name: str, overrides: str = "", **context: object) -> str:
    """Render a template; raise BadTemplateError for whatever goes wrong in it."""
    shared = environment(overrides)
    try:
        return shared.get_template(name).render(context)
    except Exception as error:  # an expression can raise anything
        raise fault(error, shared, name) from error


def fault(error: Exception, environment: Environment, name: str) -> BadTemplateError:
    """Return the error for the author of the template `name`, or of one that it includes."""
    if isinstance(error, TemplateSyntaxError):
        return BadTemplateError(error.name or name, error.lineno, _first_line(error.message or "not a Jinja template"))
    reason = str(error) if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
    if isinstance(error, TemplateNotFound):
        reason = f"template {error.name} not found"
    places = [(called, frame.lineno or 1) for frame in _frames(error) if (called := _name(frame.filename, environment))]
    return BadTemplateError(*(places[-1] if places else (name, 1)), _first_line(reason))


def _frames(error: Exception) -> traceback.StackSummary:
    return traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), lookup_lines=False)


def _name(file_name: str, environment: Environment) -> str:
    """Return a template's name by the file name in a traceback; "" for a Python file."""
    for folder in environment.loader.searchpath if isinstance(environment.loader, FileSystemLoader) else ():
        path = Path(file_name)
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return "" if file_name.endswith(".py") or file_name.startswith("<") else file_name


def _first_line(text: str) -> str:
    return " ".join(text.splitlines()[:1])
