"""`feeds push`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from feeds.commands.shared.options import CONFIG, JSON, complete_issue, complete_slug
from feeds.commands.shared.run import clear_errors, configuration, fail, instant, print_json

if TYPE_CHECKING:
    from feeds.commands.shared.github import GitHub
    from feeds.config.load import Config
    from feeds.delivery.push.protocol import Draft, Tool
    from feeds.delivery.push.push import Outcome

_ACTIONS = {
    "created": "created the draft «{subject}» in {tool}: {url}",
    "updated": "updated the draft «{subject}» in {tool}: {url}",
    "unchanged": "the draft «{subject}» in {tool} is up to date: {url}",
    "left": "{key} is {state} in {tool} and was left alone: {url}",
}


@click.command()
@click.argument("topic", shell_complete=complete_slug)
@click.option(
    "--issue",
    default="",
    metavar="ID",
    shell_complete=complete_issue,
    help="This issue, like 2021-W04, instead of the newest closed one.",
)
@click.option("--out", type=click.Path(file_okay=False), metavar="DIR", help="Where the build has written.")
@click.option("--tool", "tool_name", default="", metavar="NAME", help="ghost, buttondown, listmonk or mailchimp.")
@click.option("--dry-run", is_flag=True, help="Print the request that would create the draft, and send nothing.")
@click.option("--force", is_flag=True, help="Overwrite a draft that somebody has edited in the tool.")
@click.option(
    "--once",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Skip an issue that FILE lists, and list there what was pushed.",
)
@JSON
@click.option("--github", is_flag=True, help="For GitHub Actions: report a failure as an annotation.")
@CONFIG
def push(
    topic: str,
    issue: str,
    out: str | None,
    tool_name: str,
    once: str | None,
    config_file: str | None,
    github: bool,
    **options: Any,
) -> None:
    """Create or update a digest's draft in the mailing tool; never sends.

    TOPIC is a topic's or a newsletter's name or slug. The digest is taken from the output folder, so build first. The
    tool is the one in [mailing], its settings are in [push.ghost] and so on, and its key is in the environment:
    FEEDS_GHOST_KEY, FEEDS_BUTTONDOWN_KEY, FEEDS_LISTMONK_KEY or FEEDS_MAILCHIMP_KEY.

    \b
    For example:
      feeds push ai
      feeds push weekly --issue 2021-W04 --dry-run
    """  # noqa: D301
    from feeds.delivery.push.built import built_draft, chosen_tool
    from feeds.delivery.push.protocol import NothingClosedError, PushError
    from feeds.delivery.push.pushed_list import PushedList

    annotations = _github() if github else None
    with clear_errors(annotations):
        try:
            config = configuration(config_file, out=out)
            name = chosen_tool(config, tool_name)
            draft = built_draft(config, topic, issue, name, instant())
            pushed = PushedList(once)
            if pushed.has(name, draft.key):
                click.echo(f"{draft.key} was pushed to {name} before", err=True)
                return
            tool = _tool(config, name, needs_key=not options["dry_run"])
            if options["dry_run"]:
                _print_requests(tool, draft, as_json=options["as_json"])
                return
            _print_outcome(_pushed(tool, draft, force=options["force"]), as_json=options["as_json"])
            pushed.add(name, draft.key)
        except NothingClosedError as error:
            if not once:
                fail(f"error: {error}", annotations)
            click.echo(str(error), err=True)
        except PushError as error:
            fail(f"error: {error}", annotations)


def _github() -> GitHub:
    from feeds.commands.shared.github import GitHub

    return GitHub()


def _tool(config: Config, name: str, *, needs_key: bool) -> Tool:
    from importlib import import_module

    from feeds.delivery.push.protocol import PushError

    variable = f"FEEDS_{name.upper()}_KEY"
    key = os.environ.get(variable, "").strip()
    is_usable = key.isascii() and key.isprintable() and " " not in key
    if not is_usable or (needs_key and not key):
        raise PushError(f"{name}: set {variable} in the environment to the API key, on one line")
    module = import_module(f"feeds.delivery.push.{name}")
    tool: Tool = module.tool(config, key, sleep=_wait)
    return tool


def _wait(seconds: float) -> None:
    from time import sleep

    click.echo(f"waiting {seconds:g} s before asking again", err=True)
    sleep(seconds)


def _pushed(tool: Tool, draft: Draft, *, force: bool) -> Outcome:
    from feeds.delivery.push.push import push

    return push(tool, draft, force=force, sleep=_wait)


def _print_outcome(outcome: Outcome, *, as_json: bool) -> None:
    from msgspec.structs import asdict

    if as_json:
        print_json(outcome)
        return
    click.echo(_ACTIONS[outcome.action].format(**asdict(outcome)))
    if outcome.lacks and outcome.action == "created":
        click.echo(f"note: {outcome.tool} has no field for the {' and the '.join(outcome.lacks)}", err=True)


def _print_requests(tool: Tool, draft: Draft, *, as_json: bool) -> None:
    from feeds.delivery.push.mark import fitted

    requests = tool.describe(fitted(draft, tool.places))
    if as_json:
        print_json(requests)
        return
    for request in requests:
        click.echo(f"{request.method} {request.url}")
        print_json(request.body)
