"""`feeds push`: create or update a digest's draft in the mailing tool."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import click
from msgspec.structs import asdict

from feeds.commands.shared.github import GitHub
from feeds.commands.shared.options import CONFIG, JSON, complete_issue, complete_slug
from feeds.commands.shared.printing import echo, print_json
from feeds.commands.shared.run import clear_errors, configuration, fail
from feeds.config.load import Config
from feeds.config.push_tools import PUSH_TOOLS
from feeds.delivery.push.built import built_draft, chosen_tool
from feeds.delivery.push.buttondown import Buttondown
from feeds.delivery.push.ghost import Ghost
from feeds.delivery.push.listmonk import Listmonk
from feeds.delivery.push.mailchimp import Mailchimp
from feeds.delivery.push.mark import fitted
from feeds.delivery.push.protocol import Draft, NothingToPushError, PushError, Tool, key_variable
from feeds.delivery.push.push import Outcome, push_draft
from feeds.delivery.push.pushed_list import PushedList

_TOOLS: Mapping[str, Callable[..., Tool]] = {
    "ghost": Ghost,
    "buttondown": Buttondown,
    "listmonk": Listmonk,
    "mailchimp": Mailchimp,
}
_ACTIONS = {
    "created": "created the draft «{subject}» in {tool}: {url}",
    "updated": "updated the draft «{subject}» in {tool}: {url}",
    "unchanged": "the draft «{subject}» in {tool} is up to date: {url}",
    "left": "{key} is {state} in {tool} and was left alone: {url}",
}
_ISSUE_HELP = "This issue, such as 2021-W04, instead of the newest closed one."
_ONCE_HELP = "Skip an issue that FILE lists; add to FILE each issue that is pushed."
_TOOL_HELP = f"One of {', '.join(PUSH_TOOLS)} (default: the one in [mailing])."


@click.command()
@click.argument("topic", shell_complete=complete_slug)
@click.option("--issue", default="", metavar="ID", shell_complete=complete_issue, help=_ISSUE_HELP)
@click.option("--tool", "tool_name", default="", metavar="NAME", help=_TOOL_HELP)
@click.option("--dry-run", is_flag=True, help="Print the request that would create the draft, and send nothing.")
@click.option("--force", is_flag=True, help="Overwrite a draft that somebody has edited in the tool.")
@click.option("--once", type=click.Path(dir_okay=False), metavar="FILE", help=_ONCE_HELP)
@click.option("--out", type=click.Path(file_okay=False), metavar="DIR", help="Folder with the output of the build.")
@JSON
@click.option("--github", is_flag=True, help="Report a failure as an annotation, for GitHub Actions.")
@CONFIG
def push(topic: str, once: str | None, out: str | None, config_file: str | None, github: bool, **options: Any) -> None:
    """Create or update a digest's draft in the mailing tool; never sends.

    TOPIC is the name or slug of a topic or a newsletter. The digest is read from the output folder, so build first. The
    tool is set in [mailing], and its address and the like in [push.ghost] and so on. The API key is read from the
    environment: FEEDS_GHOST_KEY, FEEDS_BUTTONDOWN_KEY, FEEDS_LISTMONK_KEY or FEEDS_MAILCHIMP_KEY.

    \b
    For example:
      feeds push ai
      feeds push weekly --issue 2021-W04 --dry-run
    """
    annotations = GitHub() if github else None
    with clear_errors(annotations):
        try:
            _push(configuration(config_file, out=out), topic, PushedList(once), **options)
        except NothingToPushError as error:
            if not once:
                fail(f"error: {error}", annotations)
            echo(str(error), err=True)
        except PushError as error:
            fail(f"error: {error}", annotations)


def _push(
    config: Config,
    topic: str,
    pushed: PushedList,
    *,
    issue: str,
    tool_name: str,
    dry_run: bool,
    force: bool,
    as_json: bool,
) -> None:
    name = chosen_tool(config, tool_name)
    draft = built_draft(config, topic, issue, name)
    if pushed.has(name, draft.key):
        echo(f"{draft.key} was pushed to {name} before", err=True)
        return
    tool = _tool(config, name, needs_key=not dry_run)
    if dry_run:
        _print_requests(tool, draft, as_json=as_json)
        return
    _print_outcome(push_draft(tool, draft, force=force, sleep=_wait), as_json=as_json)
    pushed.add(name, draft.key)


def _tool(config: Config, name: str, *, needs_key: bool) -> Tool:
    variable = key_variable(name)
    key = os.environ.get(variable, "").strip()
    is_usable = key.isascii() and key.isprintable() and " " not in key
    if not is_usable or (needs_key and not key):
        raise PushError(f"{name}: set {variable} in the environment to the API key, on one line")
    return _TOOLS[name](config, key, sleep=_wait)


def _wait(seconds: float) -> None:
    click.echo(f"waiting {seconds:g} s before asking again", err=True)
    time.sleep(seconds)


def _print_outcome(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        print_json(outcome)
        return
    echo(_ACTIONS[outcome.action].format(**asdict(outcome)))
    if outcome.lacks and outcome.action == "created":
        click.echo(f"note: {outcome.tool} has no field for the {' and the '.join(outcome.lacks)}", err=True)


def _print_requests(tool: Tool, draft: Draft, *, as_json: bool) -> None:
    requests = tool.describe(fitted(draft, tool.places))
    if as_json:
        print_json(requests)
        return
    for request in requests:
        echo(f"{request.method} {request.url}")
        print_json(request.body)
