"""The Jinja2 environment that all renderers share: autoescaped, strict about names, the user's templates first.

The shipped templates are code like any other. A user's own are settings: they run in Jinja2's sandbox, where an
expression reaches what it is given to lay out and nothing else of Python.
"""

import traceback
from functools import lru_cache
from pathlib import Path

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)

from feeds.renderers.shipped import templates_dir


class BadTemplateError(TemplateError):
    """A template that cannot be used, and where; prints as `digest.html:12: reason`."""

    def __init__(self, name: str, line: int, reason: str) -> None:
        super().__init__(f"{name}:{line}: {reason}")
        self.name = name
        """Below the folder of templates: `topic.html`."""
        self.line = line
        """Counted from 1."""
        self.reason = reason
        """One line."""


@lru_cache(maxsize=8)
def environment(overrides: str = "") -> Environment:
    """The environment; a template of the same name in the folder `overrides` wins over the shipped one.

    With overrides it is sandboxed. All templates are autoescaped, whatever they are called.
    """
    folders = [Path(overrides), templates_dir()] if overrides else [templates_dir()]
    return _kind(overrides)(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def page_sources(overrides: str = "") -> list[str]:
    """The sources of all HTML templates, shipped and the user's own."""
    folders = [templates_dir(), Path(overrides)] if overrides else [templates_dir()]
    return [path.read_text("utf-8", "replace") for folder in folders for path in sorted(folder.glob("*.html"))]


def _kind(overrides: str) -> type[Environment]:
    if not overrides:
        return Environment
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # for most sites there is nothing to lock in

    return ImmutableSandboxedEnvironment


def compiled(environment: Environment, source: str, name: str) -> Template:
    """A template of that source; `name` is for messages. Raises TemplateSyntaxError."""
    code = environment.compile(source, name, name)
    return environment.template_class.from_code(environment, code, environment.make_globals(None))


def render(name: str, overrides: str = "", **context: object) -> str:
    """A document; raises BadTemplateError for whatever goes wrong in a template."""
    shared = environment(overrides)
    try:
        return shared.get_template(name).render(context)
    except Exception as error:  # an expression can raise anything
        raise fault(error, shared, name) from error


def fault(error: Exception, environment: Environment, name: str) -> BadTemplateError:
    """What an error says to the author of the template `name`, or of one that it includes."""
    if isinstance(error, TemplateSyntaxError):
        return BadTemplateError(error.name or name, error.lineno, _first_line(error.message or "is no Jinja template"))
    reason = str(error) if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
    if isinstance(error, TemplateNotFound):
        reason = f"there is no template {error.name}"
    places = [(called, frame.lineno or 1) for frame in _frames(error) if (called := _name(frame.filename, environment))]
    return BadTemplateError(*(places[-1] if places else (name, 1)), _first_line(reason))


def _frames(error: Exception) -> traceback.StackSummary:
    return traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), lookup_lines=False)


def _name(file_name: str, environment: Environment) -> str:
    """A template's name, by that of the file in a traceback; empty when it is Python's."""
    for folder in environment.loader.searchpath if isinstance(environment.loader, FileSystemLoader) else ():
        path = Path(file_name)
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return "" if file_name.endswith(".py") or file_name.startswith("<") else file_name


def _first_line(text: str) -> str:
    return " ".join(text.splitlines()[:1])
