"""`feeds ping`: tell the WebSub hub which feeds have changed."""

from collections import Counter

import click

from feeds.commands.shared.github import annotation
from feeds.commands.shared.options import CONFIG
from feeds.commands.shared.printing import count, echo
from feeds.commands.shared.run import clear_errors, configuration, fail
from feeds.delivery.changed_feeds import remember, remembered
from feeds.delivery.hub import publish
from feeds.problems import Severity


@click.command()
@click.argument("feeds", nargs=-1, metavar="[URL]...")
@CONFIG
@click.option("--dry-run", is_flag=True, help="List the feeds, and tell nobody.")
@click.option("--github", is_flag=True, help="For GitHub Actions: report a failing hub as an annotation.")
def ping(feeds: tuple[str, ...], config_file: str | None, *, dry_run: bool, github: bool) -> None:
    """Tell the WebSub hub which feeds have changed.

    URLs are addresses of feeds; by default those that builds have changed since the last ping. Publish the output
    folder first: the hub, which is set in [feed], fetches each feed at once. If the hub fails, that is only a warning,
    and the next ping tries again.

    \b
    For example:
      feeds build && rsync -a out/ server:site/ && feeds ping
      feeds ping --dry-run
    """
    with clear_errors():
        config = configuration(config_file)
        if not (hub := config.site.hub):
            fail("error: no hub is configured; set hub in [feed]")
        if word := next((address for address in feeds if not address.startswith(("http://", "https://"))), ""):
            fail(f"error: {word!r} is not the address of a feed; write it whole: {config.site.base_url}ai/atom.xml")
        changed = feeds or remembered(config.cache)
        if dry_run:
            click.echo("".join(f"{address}\n" for address in changed), nl=False)
            return
        answers = list(publish(hub, changed))
        if not feeds:
            remember(config.cache, (answer.address for answer in answers if answer.problem))
    for problem, number in Counter(answer.problem for answer in answers).items():
        about = count(number, "feed")
        if not problem:
            click.echo(f"told {hub} about {about}")
        elif github:
            click.echo(annotation(Severity.WARNING, f"{hub} was not told about {about}: {problem}"))
        else:
            echo(f"warning: {hub} was not told about {about}: {problem}", err=True)
