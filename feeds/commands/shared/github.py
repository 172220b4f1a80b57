"""What `feeds build --github` writes for GitHub Actions: annotations on stdout, a job summary, and outputs."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import click

from feeds.commands.shared.printing import count
from feeds.config.locations import is_url
from feeds.problems import ConfigError, Problem, Severity
from feeds.report import BuildReport, NewStory, TopicSummary

_MAX_STORIES = 20
"""Stories listed for each topic in the summary."""
_MAX_PROBLEMS = 50
"""Problems listed in the summary. Each problem has an annotation."""
_MAX_TOPICS_SIZE, _MAX_PROBLEMS_SIZE = 700_000, 250_000
"""Bytes of the two parts of the summary: GitHub refuses one of more than 1 MiB."""


class GitHub:
    """Writes to stdout, and to the files that the runner names in its environment."""

    def __init__(self) -> None:
        top = os.environ.get("GITHUB_WORKSPACE")
        self._folder = os.path.relpath(os.curdir, top).replace(os.sep, "/") if top else ""

    def annotate(self, problems: Iterable[Problem]) -> None:
        for line in annotations(problems, self._folder):
            click.echo(line)

    def annotate_config(self, error: ConfigError) -> None:
        for line in config_annotations(error, self._folder):
            click.echo(line)

    def annotate_failure(self, message: str) -> None:
        click.echo(annotation(Severity.ERROR, message))

    def finish(self, report: BuildReport, feeds: Iterable[str]) -> None:
        """Annotate the alerts, and write the job summary and the outputs.

        `changed` says whether there is anything to deploy; `feeds` holds the addresses of changed feeds for the hub.
        """
        for message in report.alerts:
            click.echo(annotation(Severity.WARNING, message))
        changed = "true" if report.files.written or report.files.removed else "false"
        outputs = f"changed={changed}\nfeeds={' '.join(feeds)}\n"
        for variable, text in (("GITHUB_STEP_SUMMARY", summary(report)), ("GITHUB_OUTPUT", outputs)):
            if path := os.environ.get(variable):
                with Path(path).open("a", encoding="utf-8") as file:
                    file.write(text)


# ---- annotations (GitHub Docs: Workflow commands)


def annotations(problems: Iterable[Problem], folder: str = "") -> Iterator[str]:
    """Yield a line for each problem. `folder` is the path from the repository's top to the current folder."""
    for problem in problems:
        if is_url(problem.path):  # not a file of the repository
            message = f"{problem.path}:{problem.line}: {problem.message}"
            yield annotation(problem.severity, message, {"title": problem.code})
            continue
        place = {"file": str(PurePosixPath(folder, problem.path)), "line": str(problem.line), "title": problem.code}
        yield annotation(problem.severity, problem.message, place)


def config_annotations(error: ConfigError, folder: str = "") -> Iterator[str]:
    """Yield a line for each mistake in the configuration."""
    for message in error.problems:
        line = re.match(r"line (\d+): ", message)
        place = {"file": str(PurePosixPath(folder, error.path))} if error.path else {}
        yield annotation(Severity.ERROR, message, place | ({"line": line[1]} if line else {}))


def annotation(severity: Severity, message: str, place: Mapping[str, str] | None = None) -> str:
    where = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in (place or {}).items())
    return f"::{severity}{f' {where}' if where else ''}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    """Escape the characters that would end the line, or one of its values, as the runner decodes them."""
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text


# ---- the job summary


def summary(report: BuildReport) -> str:
    """Return the summary in Markdown: counts and new stories of each topic, problems, warnings and notes."""
    lines = [f"## {_heading(report)}", ""]
    lines += ["| topic | new | stories | issues |", "|---|--:|--:|--:|"] if report.topics else []
    for topic in report.topics:
        counts = (len(topic.new), topic.in_feed, topic.issues)
        lines.append(f"| {_link(topic.title, topic.url)} | {' | '.join(map(str, counts))} |")
    for topic in report.topics:
        lines += _new_stories(topic)
    warnings = (f"warning: {found}" for found in report.alerts)
    notes = [f"\n> {_plain(note)}" for note in (*report.mistakes, *warnings, *report.notes)]
    problems = [*_problems(report.problems), *notes]
    return "\n".join([*_fitting(lines, _MAX_TOPICS_SIZE), *_fitting(problems, _MAX_PROBLEMS_SIZE)]) + "\n"


def _fitting(lines: Iterable[str], room: int) -> Iterator[str]:
    """Yield the first lines that fit into so many bytes, and a last one if any do not."""
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            yield "\n… and more, for which there is no room here"
            return
        yield line


def _heading(report: BuildReport) -> str:
    if not report.files.written and not report.files.removed:
        return "Nothing has changed"
    stories = len({story.url for topic in report.topics for story in topic.new})
    return f"{count(stories, 'new story', 'new stories')}, {count(len(report.files.written), 'file')} written"


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
        yield from ("", f"### {count(len(problems), 'problem')}", "")
    for problem in problems[:_MAX_PROBLEMS]:
        yield f"- {_plain(f'{problem.path}:{problem.line}')}: {problem.severity}, {_plain(problem.message)}"
    if (rest := len(problems) - _MAX_PROBLEMS) > 0:
        yield f"- … and {rest} more"


def _link(text: str, url: str) -> str:
    return f"[{_plain(text)}](<{url}>)"


def _plain(text: str) -> str:
    """Escape text so that neither Markdown (CommonMark §2.4) nor HTML finds markup in it."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))
