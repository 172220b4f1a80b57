"""Says on GitHub what a build says elsewhere: on stdout, and in the files that the runner names."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from feeds.problems import ConfigError, Problem
    from feeds.report import BuildReport


class GitHub:
    def __init__(self) -> None:
        top = os.environ.get("GITHUB_WORKSPACE")
        self._folder = os.path.relpath(os.curdir, top).replace(os.sep, "/") if top else ""

    def say(self, problems: Iterable[Problem]) -> None:
        from feeds.commands.shared.github_report import annotations

        for line in annotations(problems, self._folder):
            click.echo(line)

    def say_config(self, error: ConfigError) -> None:
        from feeds.commands.shared.github_report import config_annotations

        for line in config_annotations(error, self._folder):
            click.echo(line)

    def say_failure(self, message: str) -> None:
        from feeds.commands.shared.github_report import failure

        click.echo(failure(message))

    def say_alerts(self, report: BuildReport) -> None:
        from feeds.commands.shared.github_report import alert

        for message in report.alerts:
            click.echo(alert(message))

    def finish(self, report: BuildReport) -> None:
        from feeds.commands.shared.github_report import summary

        changed = "true" if report.files.written or report.files.removed else "false"
        for variable, text in (
            ("GITHUB_STEP_SUMMARY", summary(report)),
            ("GITHUB_OUTPUT", f"changed={changed}\n"),
        ):
            if path := os.environ.get(variable):
                with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123  (pathlib is slow to import)
                    file.write(text)
