"""Send a built digest to a few addresses, as a test, over an encrypted connection to an SMTP server."""

import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from pathlib import Path
from typing import Any

from msgspec.structs import fields, replace

from feeds.config.load import Config
from feeds.config.locations import local
from feeds.config.look import is_mailbox
from feeds.config.options import MailingOptions, SmtpOptions
from feeds.output.folder import open_output
from feeds.problems import did_you_mean
from feeds.renderers import manifest
from feeds.urls import slug

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DRAFT_HEADERS = ("X-Unsent", "Date", "From", "To", "Cc", "Bcc")


class SendError(Exception):
    """The message was not sent. The text says why, and never contains the password."""


def send_built(
    config: Config, topic: str, issue: str, recipients: Sequence[str], environ: Mapping[str, str], now: datetime
) -> str:
    """Send the digest in out/ of a topic or newsletter, given its name or slug, and return its subject."""
    for recipient in recipients:
        if not is_mailbox(recipient):
            raise SendError(f"--to: {recipient!r} is not a valid e-mail address")
    out = local(config.out, "feeds send")
    path = out / _folder(out, topic) / (f"issues/{issue}" if issue else "") / "digest.eml"
    if not path.is_file():
        command = f"feeds build --issue {issue}" if issue else "feeds build"
        raise SendError(f"{path.as_posix()} does not exist; run `{command}` first")
    if missing := _missing(config.mailing, environ):
        raise SendError(f"test mails need {' and '.join(missing)}; set {'both' if missing[1:] else 'it'} first")
    sender = Address(config.mailing.sender_name, addr_spec=config.mailing.sender_address)
    message = as_sent(path.read_bytes(), sender, recipients, now)
    send(message, server_of(config.mailing.smtp, environ), environ.get("FEEDS_SMTP_PASSWORD", ""), recipients)
    return str(message["Subject"])


def _missing(mailing: MailingOptions, environ: Mapping[str, str]) -> list[str]:
    """Return the settings without which nothing can be sent."""
    settings = {
        "sender_address in [mailing]": mailing.sender_address,
        "host in [mailing.smtp] (or FEEDS_SMTP_HOST)": mailing.smtp.host or environ.get("FEEDS_SMTP_HOST"),
    }
    return [name for name, value in settings.items() if not value]


def _folder(out: Path, topic: str) -> str:
    """Return the folder in out/ of a topic or newsletter, given its name or slug."""
    built = manifest.listed(open_output(out).read(manifest.NAME))
    if not built:
        raise SendError(f"nothing is built in {out.as_posix()}; run `feeds build` first")
    folders = {slug(e.name): e.slug for e in built} | {e.slug: e.slug for e in built}
    if slug(topic) not in folders:
        raise SendError(f"no topic or newsletter is called {topic!r}; {did_you_mean(topic, [e.slug for e in built])}")
    return folders[slug(topic)]


def server_of(options: SmtpOptions, environ: Mapping[str, str]) -> SmtpOptions:
    """Return the configured server; FEEDS_SMTP_HOST, _PORT, _SECURITY, _USERNAME and _TIMEOUT override its fields."""
    values: dict[str, Any] = {}
    for field in fields(SmtpOptions):
        name = f"FEEDS_SMTP_{field.name.upper()}"
        if text := environ.get(name):
            is_number = isinstance(field.default, int)
            if is_number and not text.isdecimal():
                raise SendError(f"{name}: {text!r} is not a number")
            values[field.name] = int(text) if is_number else text
    server = replace(options, **values)
    if server.security not in _PORTS:
        raise SendError(f"FEEDS_SMTP_SECURITY: {server.security!r} is not valid; choose from {', '.join(_PORTS)}")
    return server


def as_sent(draft: bytes, sender: Address, recipients: Sequence[str], now: datetime) -> EmailMessage:
    """Return the message to send for a digest.eml, with a date, an id, and exactly these recipients."""
    message = message_from_bytes(draft, policy=SMTP)
    for name in _DRAFT_HEADERS:
        del message[name]
    message["From"] = sender
    message["To"] = [Address(addr_spec=r) for r in recipients]
    message["Date"] = now
    message["Message-ID"] = make_msgid(domain=sender.domain)
    return message


def send(message: EmailMessage, server: SmtpOptions, password: str, recipients: Sequence[str]) -> None:
    """Send a message to all of the recipients or, if the server refuses one of them, to none."""
    if server.security == "none" and server.host not in _LOOPBACK:
        raise SendError(f'security = "none" is allowed for localhost only; use "starttls" or "tls" for {server.host}')
    try:
        with _connected(server) as connection:
            if server.username:
                connection.login(server.username, password)
            _hand_over(connection, message, recipients)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise SendError(f"{server.host}:{_port(server)}: {_reason(error)}") from None


def _port(server: SmtpOptions) -> int:
    return server.port or _PORTS[server.security]


def _connected(server: SmtpOptions) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, _port(server), timeout=server.timeout, context=context)
    connection = smtplib.SMTP(server.host, _port(server), timeout=server.timeout)
    if server.security == "starttls":
        try:
            connection.starttls(context=context)
        except BaseException:
            connection.close()
            raise
    return connection


def _hand_over(connection: smtplib.SMTP, message: EmailMessage, recipients: Sequence[str]) -> None:
    """Send the message. Unlike smtplib's send_message, stop if the server refuses any recipient."""
    sender = message["From"].addresses[0].addr_spec
    connection.ehlo_or_helo_if_needed()
    for code, answer in (connection.mail(sender), *(connection.rcpt(r) for r in recipients)):
        if code not in (250, 251):
            connection.rset()
            raise smtplib.SMTPResponseException(code, answer)
    code, answer = connection.data(message.as_bytes())
    if code != 250:
        raise smtplib.SMTPResponseException(code, answer)


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPAuthenticationError, "the server rejected the user name or password"),
    (smtplib.SMTPNotSupportedError, "{error}"),
    (smtplib.SMTPServerDisconnected, "the server closed the connection; check whether `security` is right"),
    (ssl.SSLCertVerificationError, "the server's certificate is not trusted: {error.verify_message}"),
    (ssl.SSLError, "cannot make an encrypted connection; check whether `security` is right"),
    (TimeoutError, "the server did not answer in time; check `host` and `port`"),
    (socket.gaierror, "there is no server with this name; check `host`"),
    (ConnectionRefusedError, "no server listens there; check `host`, `port` and `security`"),
    (OSError, "{error.strerror}"),
)
"""The message for each kind of error; the first kind that matches is used. No message repeats what was sent."""
_NO_STARTTLS = 'the server doesn\'t support STARTTLS; set `security = "tls"`, or `"none"` for localhost'


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException) and not isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the server rejected the message: {error.smtp_code} {_decoded(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPNotSupportedError) and "STARTTLS" in str(error):
        return _NO_STARTTLS
    if isinstance(error.__context__, TimeoutError):  # smtplib raises SMTPServerDisconnected instead
        error = error.__context__
    found = next((text for kind, text in _REASONS if isinstance(error, kind)), "the server does not speak SMTP")
    return found.format(error=error)


def _decoded(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())
