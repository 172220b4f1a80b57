"""`feeds edit`: write the editor's file of an issue."""

import os
import sys
from pathlib import Path

import click

from feeds.commands.shared.options import CONFIG, DASK, JOBS, NOW, complete_issue, complete_slug
from feeds.commands.shared.run import clear_errors, configuration, instant, progress, workers
from feeds.editions.plan import TopicPlan
from feeds.engine.editorials import path_of
from feeds.model import EditionPlan
from feeds.problems import ConfigError, did_you_mean
from feeds.scaffold.editorial import ListedStory, editorial_file
from feeds.scaffold.publication import create
from feeds.sources.find import document_name
from feeds.survey import Survey, survey


@click.command()
@click.argument("topic", shell_complete=complete_slug)
@click.argument("issue", default="", shell_complete=complete_issue)
@CONFIG
@NOW
@JOBS
@DASK
def edit(topic: str, issue: str, config_file: str | None, now: str, jobs: int, dask: str) -> None:
    """Write the editor's file of an issue, and open it.

    TOPIC is the slug or the name of a topic or newsletter. Without ISSUE, the file is for the issue at
    <topic>/digest.html. The file lists the stories of the issue, and says how to pin or hide them, and how to set a
    subject, a note and a sponsor. An existing file is not changed. On a terminal, it is opened in $VISUAL or $EDITOR.

    \b
    For example:
      feeds edit ai
      feeds edit ai 2021-W04
    """
    with clear_errors():
        config = configuration(config_file)
        if config.editorial is None:
            raise ConfigError("", ["digest.editorial is empty; set it to a folder, such as issues"])
        when = instant(now)
        with progress() as step:
            found = survey(config, when, workers(config, jobs, dask), step, issue)
        plan = _topic(found, topic)
        edition = _issue(plan, issue)
        path = path_of(config.editorial, plan.topic.slug, edition.period.id if edition.period else "")
        is_new = create(path, editorial_file(_stories(found, edition)))
    click.echo(f"{'wrote' if is_new else 'kept'} {document_name(str(path))}")
    _open(path)


def _topic(found: Survey, wanted: str) -> TopicPlan:
    topics = {name: plan for plan in found.plan.all for name in (plan.topic.name, plan.topic.slug)}
    if wanted not in topics:
        slugs = [plan.topic.slug for plan in found.plan.all]
        raise ConfigError("", [f"no topic or newsletter {wanted!r}; {did_you_mean(wanted, slugs)}"])
    return topics[wanted]


def _issue(plan: TopicPlan, wanted: str) -> EditionPlan:
    if not wanted:
        current = plan.issues.current
        if current is None:
            raise ConfigError("", [f"{plan.topic.slug} has no issue yet; run `feeds explain {plan.topic.slug}`"])
        return current
    issues = {issue.period.id: issue for issue in plan.issues.all if issue.period}
    if wanted not in issues:
        raise ConfigError("", [f"{plan.topic.slug} has no issue {wanted!r}; {did_you_mean(wanted, issues)}"])
    return issues[wanted]


def _stories(found: Survey, issue: EditionPlan) -> list[ListedStory]:
    items = {item.path: item for item in found.reading.items}
    leads = [items[story.path] for story in issue.stories]
    return [ListedStory(lead.title, lead.provider.name, lead.heat, lead.url) for lead in leads]


def _open(path: Path) -> None:
    if (os.environ.get("VISUAL") or os.environ.get("EDITOR")) and sys.stdin.isatty() and sys.stdout.isatty():
        click.edit(filename=str(path))
