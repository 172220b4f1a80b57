"""What a build says on GitHub: annotations on files and lines, and a job summary in Markdown. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from feeds.config.locations import is_url
from feeds.problems import ConfigError, Problem, Severity
from feeds.report import BuildReport, NewStory, TopicSummary

_MAX_STORIES = 20
"""Of a topic in the summary."""
_MAX_PROBLEMS = 50
"""In the summary, which GitHub cuts at 1 MiB; the annotations have all."""


# ---- annotations (GitHub Docs: Workflow commands)


def annotations(problems: Iterable[Problem], folder: str = "") -> Iterator[str]:
    """A line for each problem; `folder` leads from the repository's top to where its paths begin."""
    for problem in problems:
        if is_url(problem.path):  # which is in no repository
            message = f"{problem.path}:{problem.line}: {problem.message}"
            yield _command(problem.severity, message, {"title": problem.code})
            continue
        place = {"file": str(PurePosixPath(folder, problem.path)), "line": str(problem.line), "title": problem.code}
        yield _command(problem.severity, problem.message, place)


def config_annotations(error: ConfigError, folder: str = "") -> Iterator[str]:
    """A line for each thing that is wrong with the configuration."""
    for message in error.problems:
        line = re.match(r"line (\d+): ", message)
        place = {"file": str(PurePosixPath(folder, error.path))} if error.path else {}
        yield _command(Severity.ERROR, message, place | ({"line": line[1]} if line else {}))


def failure(message: str) -> str:
    """A line for what is wrong with no file in particular."""
    return _command(Severity.ERROR, message, {})


def alert(message: str) -> str:
    """A line for what seems to be wrong as a whole."""
    return _command(Severity.WARNING, message, {})


def _command(severity: Severity, message: str, place: dict[str, str]) -> str:
    where = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in place.items())
    return f"::{severity}{f' {where}' if where else ''}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    """What would end the line, or a value, as the runner decodes it."""
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text


# ---- the job summary


def summary(report: BuildReport) -> str:
    """What is new in each topic, what there is, and what is wrong."""
    lines = [f"## {_heading(report)}", ""]
    lines += ["| topic | new | stories | issues |", "|---|--:|--:|--:|"] if report.topics else []
    for topic in report.topics:
        counts = (len(topic.new), topic.in_feed, topic.issues)
        lines.append(f"| {_link(topic.title, topic.url)} | {' | '.join(map(str, counts))} |")
    for topic in report.topics:
        lines += _new_stories(topic)
    lines += _problems(report.problems)
    warnings = (f"warning: {found}" for found in report.alerts)
    lines += [f"\n> {_plain(note)}" for note in (*report.mistakes, *warnings, *report.notes)]
    return "\n".join(lines) + "\n"


def _heading(report: BuildReport) -> str:
    if not report.files.written and not report.files.removed:
        return "Nothing has changed"
    count = len({story.url for topic in report.topics for story in topic.new})
    return f"{count} new {'story' if count == 1 else 'stories'}, {len(report.files.written)} files written"


def _new_stories(topic: TopicSummary) -> Iterator[str]:
    if topic.new:
        yield from ("", f"### New in {_plain(topic.title)}", "")
    yield from (f"- {_story(story)}" for story in topic.new[:_MAX_STORIES])
    if (rest := len(topic.new) - _MAX_STORIES) > 0:
        yield f"- … and {rest} more"


def _story(story: NewStory) -> str:
    others = f", and {story.coverage} more" if story.coverage else ""
    return f"{_link(story.title, story.url)} – {_plain(story.provider)}{others}"


def _problems(problems: Sequence[Problem]) -> Iterator[str]:
    if problems:
        yield from ("", f"### {len(problems)} {'problem' if len(problems) == 1 else 'problems'}", "")
    for problem in problems[:_MAX_PROBLEMS]:
        yield f"- {_plain(f'{problem.path}:{problem.line}')}: {problem.severity}, {_plain(problem.message)}"
    if (rest := len(problems) - _MAX_PROBLEMS) > 0:
        yield f"- … and {rest} more"


def _link(text: str, url: str) -> str:
    return f"[{_plain(text)}](<{url}>)"


def _plain(text: str) -> str:
    """Text that Markdown takes for nothing else (CommonMark §2.4), and HTML neither."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))
