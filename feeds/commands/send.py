"""`feeds send`."""

import os

import click

from feeds.commands.shared.options import CONFIG, complete_issue, complete_slug
from feeds.commands.shared.run import clear_errors, configuration, fail, instant


@click.command()
@click.argument("topic", shell_complete=complete_slug)
@click.option("--to", "recipients", multiple=True, required=True, metavar="ADDRESS", help="May be repeated.")
@click.option(
    "--issue",
    default="",
    metavar="ID",
    shell_complete=complete_issue,
    help="An older issue, like 2021-W04, instead of the current one.",
)
@CONFIG
def send(topic: str, recipients: tuple[str, ...], issue: str, config_file: str | None) -> None:
    """Send a built digest to a few addresses, as a test.

    TOPIC is a topic's or a newsletter's name or slug. The server is that of [mailing.smtp], or of FEEDS_SMTP_HOST and
    its like in the environment; the password is that in FEEDS_SMTP_PASSWORD.

    \b
    For example:
      feeds send ai --to me@example.org
      FEEDS_SMTP_HOST=smtp.example.org feeds send weekly --to me@example.org --issue 2021-W04
    """  # noqa: D301
    from feeds.delivery.test_mail import SendError, send_built

    with clear_errors():
        try:
            subject = send_built(configuration(config_file), topic, issue, recipients, os.environ, instant())
        except SendError as error:
            fail(f"error: {error}")
    click.echo(f"sent «{subject}» to {', '.join(recipients)}")
