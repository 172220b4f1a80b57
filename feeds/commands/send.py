"""`feeds send`: send a built digest to a few addresses, as a test."""

import os

import click

from feeds.commands.shared.options import CONFIG, complete_issue, complete_slug
from feeds.commands.shared.printing import echo
from feeds.commands.shared.run import clear_errors, configuration, fail, instant
from feeds.delivery.test_mail import SendError, send_built

_ISSUE_HELP = "An older issue, such as 2021-W04, instead of the current one."


@click.command()
@click.argument("topic", shell_complete=complete_slug)
@click.option("--to", "recipients", multiple=True, required=True, metavar="ADDRESS", help="Recipient; may be repeated.")
@click.option("--issue", default="", metavar="ID", shell_complete=complete_issue, help=_ISSUE_HELP)
@CONFIG
def send(topic: str, recipients: tuple[str, ...], issue: str, config_file: str | None) -> None:
    """Send a built digest to a few addresses, as a test.

    TOPIC is the name or slug of a topic or a newsletter. The mail server is set in [mailing.smtp], or in environment
    variables such as FEEDS_SMTP_HOST; the password is read from FEEDS_SMTP_PASSWORD only.

    \b
    For example:
      feeds send ai --to me@example.org
      FEEDS_SMTP_HOST=smtp.example.org feeds send weekly --to me@example.org --issue 2021-W04
    """
    with clear_errors():
        try:
            subject = send_built(configuration(config_file), topic, issue, recipients, os.environ, instant())
        except SendError as error:
            fail(f"error: {error}")
    echo(f"sent «{subject}» to {', '.join(recipients)}")
