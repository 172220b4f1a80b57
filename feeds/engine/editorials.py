"""Read the editor's files for the issues of a plan."""

import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from msgspec.structs import replace

from feeds.config.load import Config
from feeds.editions.editorial import edited, parse
from feeds.editions.issues import named_period
from feeds.editions.plan import Plan
from feeds.items.front_matter import COMPANION
from feeds.model import Editorial
from feeds.problems import Problem, Severity, did_you_mean
from feeds.renderers.note import mistakes
from feeds.sources.contents import beginning
from feeds.sources.find import document_name, unreadable

SUFFIX = ".md"


def with_editorials(plan: Plan, config: Config) -> tuple[Plan, tuple[Problem, ...]]:
    """Return the plan as the editor's files want it, and what is wrong with them; problems are warnings."""
    folder = config.editorial
    if folder is None or not folder.is_dir():
        return plan, ()
    problems = list(_strays(plan, config, folder))
    editorials: dict[str, Editorial] = {}
    for directory, path in _paths(plan, folder):
        raw = _content(path, config, problems)
        if raw is None:
            continue
        editorial, found = parse(raw, document_name(str(path)), config.limits)
        problems += found if editorial else map(_unused, found)
        if editorial:
            editorials[directory] = editorial
            problems += _mistakes(editorial, config)
    plan, found = edited(plan, editorials)
    return plan, tuple(sorted({*problems, *found}))


def path_of(folder: Path, slug: str, issue: str) -> Path:
    """Return the place of the file for an issue: `issues/ai/2021-W04.md`."""
    return folder / slug / f"{issue}{SUFFIX}"


def _paths(plan: Plan, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the directory of each issue that is built, and the place of its file."""
    for topic in plan.all:
        for issue in topic.issues.all:
            if issue.period:
                yield issue.directory, path_of(folder, topic.topic.slug, issue.period.id)


def _content(path: Path, config: Config, problems: list[Problem]) -> bytes | None:
    try:
        content = beginning(str(path), config.limits.document_bytes + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(_unused(unreadable(str(path), error)))
        return None
    folder = os.path.realpath(config.editorial or "")
    if not config.follow_links and not Path(os.path.realpath(path)).is_relative_to(folder):
        message = "this link leads out of the editor's folder and is not followed; copy the file there"
        problems.append(_warning(path, "link-out", message))
        return None
    return content


def _mistakes(editorial: Editorial, config: Config) -> Iterator[Problem]:
    if editorial.note or editorial.subject or editorial.preheader or editorial.sponsor:
        yield from mistakes(editorial, config.mailing.profiles)


def _strays(plan: Plan, config: Config, folder: Path) -> Iterator[Problem]:
    """Yield a warning for each file that can belong to no issue, as its name or that of its folder is misspelt."""
    topics = {topic.topic.slug: topic for topic in plan.all}
    every = folder.glob(f"[!.]*/[!.]*{SUFFIX}")  # skips a folder that cannot be read
    found = sorted(path for path in every if not COMPANION.match(path.name))
    for inner, paths in groupby(found, lambda path: path.parent):
        topic = topics.get(inner.name)
        made = {*topic.issues.closed_directories, *(i.directory for i in topic.issues.all)} if topic else set()
        names = [path.stem for path in paths]
        if topic is None and any(not _name_problem(name, config) for name in names):
            message = f"no topic or newsletter has this slug; {did_you_mean(inner.name, topics)}"
            yield _warning(inner, "unknown-topic", message)
        for name in names if topic else ():
            if f"{inner.name}/issues/{name}" not in made and (reason := _name_problem(name, config)):
                yield _warning(path_of(folder, inner.name, name), "unknown-issue", reason)


def _name_problem(name: str, config: Config) -> str:
    try:
        named_period(config.digest, name)
    except ValueError as error:
        return str(error)
    return ""


def _unused(problem: Problem) -> Problem:
    """Return the problem of a file that cannot be read as a warning that says what becomes of the issue."""
    message = f"{problem.message}; until then, the issue is built without this file"
    return replace(problem, severity=Severity.WARNING, message=message)


def _warning(path: Path, code: str, message: str) -> Problem:
    return Problem(document_name(str(path)), 1, Severity.WARNING, code, message)
