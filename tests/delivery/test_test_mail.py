"""Test mails through a real SMTP server, its refusals, a certificate that cannot be trusted, and silence."""

import contextlib
import email
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from feeds.config.options import SmtpOptions
from feeds.delivery.test_mail import SendError, as_sent, send, server_of
from support.building import built, write_item
from support.commands import Run

pytest.importorskip("aiosmtpd", reason="aiosmtpd is not installed: pip install aiosmtpd")
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = "correct horse"
DRAFT = (
    b"Subject: The news\r\nX-Unsent: 1\r\nDate: Tue, 26 Jan 2021 00:00:00 +0000\r\nBcc: spy@evil.example\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n"
)
SENDER = Address("Ada", addr_spec="ada@news.example")


@dataclass
class Mailbox:
    """The messages that the server has accepted."""

    envelopes: list[Envelope] = field(default_factory=list)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 OK"


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ada", PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Create a self-signed certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed: apt install openssl")
    return cert, key


@contextlib.contextmanager
def serving(mailbox: Mailbox, tls: Any = None, **options: Any) -> Iterator[int]:
    """Run a server on a free port of localhost."""
    controller = Controller(mailbox, hostname="localhost", port=_free_port(), ssl_context=tls, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


@pytest.fixture
def server_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the client trust the server's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


def try_to_send(*recipients: str, password: str = "", **server: Any) -> None:
    to = recipients or ("me@reader.example",)
    message = as_sent(DRAFT, SENDER, to, datetime(2026, 1, 1, tzinfo=UTC))
    values: dict[str, Any] = {"host": "localhost", "timeout": 5}
    send(message, SmtpOptions(**(values | server)), password, to)


Kind = dict[str, Any]
KINDS: dict[str, Callable[[ssl.SSLContext], tuple[Kind, Kind]]] = {
    "starttls": lambda c: ({"tls_context": c, "require_starttls": True}, {"security": "starttls"}),
    "tls": lambda c: ({"tls": c}, {"security": "tls"}),
    "none": lambda _: ({}, {"security": "none"}),
}


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("kind", KINDS)
def test_arrives_at_exactly_the_addresses_given(kind: str, server_context: ssl.SSLContext) -> None:
    mailbox, (serves, wants) = Mailbox(), KINDS[kind](server_context)
    with serving(mailbox, **serves) as port:
        try_to_send("me@reader.example", "you@reader.example", port=port, **wants)
    (envelope,) = mailbox.envelopes
    assert envelope.mail_from == "ada@news.example"
    assert envelope.rcpt_tos == ["me@reader.example", "you@reader.example"]
    assert isinstance(envelope.content, bytes)
    message = email.message_from_bytes(envelope.content, policy=default)
    assert (message["Subject"], message["From"]) == ("The news", "Ada <ada@news.example>")
    assert message["To"] == "me@reader.example, you@reader.example"
    assert (message["X-Unsent"], message["Bcc"], message["Date"].datetime.year) == (None, None, 2026)
    assert message["Message-ID"].endswith("@news.example>")
    assert message.get_content().strip() == "Grüße"


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("password", [PASSWORD, "wrong"], ids=["right", "wrong"])
def test_password(password: str, server_context: ssl.SSLContext, caplog: pytest.LogCaptureFixture) -> None:
    mailbox = Mailbox()
    options: dict[str, Any] = {"tls_context": server_context, "authenticator": authenticate, "auth_required": True}
    with serving(mailbox, **options) as port:
        if password == PASSWORD:
            try_to_send(port=port, username="ada", password=password)
        else:
            with pytest.raises(SendError, match="rejected the user name or password") as caught:
                try_to_send(port=port, username="ada", password=password)
            assert password not in str(caught.value)
    assert len(mailbox.envelopes) == (password == PASSWORD)
    assert password not in caplog.text


def test_a_certificate_that_cannot_be_trusted(server_context: ssl.SSLContext) -> None:
    mailbox = Mailbox()
    for kind in ("starttls", "tls"):
        serves, wants = KINDS[kind](server_context)
        with serving(mailbox, **serves) as port, pytest.raises(SendError, match="certificate is not trusted"):
            try_to_send(port=port, **wants)
    assert not mailbox.envelopes


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_another_name(server_context: ssl.SSLContext) -> None:
    serves, wants = KINDS["tls"](server_context)
    with serving(Mailbox(), **serves) as port, pytest.raises(SendError, match="certificate is not trusted"):
        try_to_send(host="127.0.0.1", port=port, **wants)


def test_one_refused_recipient_and_nobody_gets_it() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as port, pytest.raises(SendError, match="rejected the message: 550 no such mailbox"):
        try_to_send("me@reader.example", "nobody@reader.example", port=port, security="none")
    assert not mailbox.envelopes


def test_a_server_without_encryption_gets_nothing() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as port:
        with pytest.raises(SendError, match="the server doesn't support STARTTLS; set `security"):
            try_to_send(port=port, security="starttls")
        with pytest.raises(SendError, match="check whether `security` is right"):
            try_to_send(port=port, security="tls")
    assert not mailbox.envelopes


def test_without_encryption_only_to_this_machine() -> None:
    with pytest.raises(SendError, match='security = "none" is allowed for localhost only'):
        try_to_send(host="mail.example", security="none")


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """Run a server that accepts a connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []
        thread = threading.Thread(target=lambda: held.append(listener.accept()[0]), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join(5)
            for connection in held:
                connection.close()


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_silence_ends_in_time(security: str) -> None:
    with silent() as port, pytest.raises(SendError, match="did not answer in time"):
        try_to_send(host="127.0.0.1", port=port, security=security, timeout=1)


def test_nobody_listens() -> None:
    with pytest.raises(SendError, match="no server listens there"):
        try_to_send(host="127.0.0.1", port=_free_port())


def test_no_such_host() -> None:
    with pytest.raises(SendError, match="no server with this name"):
        try_to_send(host="nowhere.invalid", port=25)


def test_the_environment_wins_over_the_configuration() -> None:
    environ = {"FEEDS_SMTP_HOST": "b.example", "FEEDS_SMTP_PORT": "2525", "FEEDS_SMTP_SECURITY": "tls"}
    configured = SmtpOptions(host="a.example", username="ada")
    assert server_of(configured, {}) == configured
    expected = SmtpOptions(host="b.example", port=2525, security="tls", username="ada")
    assert server_of(configured, environ) == expected


UNUSABLE = {
    "port": ({"FEEDS_SMTP_PORT": "smtp"}, "FEEDS_SMTP_PORT: 'smtp' is not a number"),
    "security": (
        {"FEEDS_SMTP_HOST": "a", "FEEDS_SMTP_SECURITY": "ssl"},
        "FEEDS_SMTP_SECURITY: 'ssl' is not valid; choose from starttls, tls, none",
    ),
}


@pytest.mark.parametrize(("environ", "message"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_makes_no_server(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SendError) as caught:
        server_of(SmtpOptions(), environ)
    assert message in str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Build a publication that has a sender."""
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path, '[mailing]\nsender_name = "Ada"\nsender_address = "ada@news.example"\n')
    return tmp_path


@pytest.mark.parametrize("topic", ["ai", "AI"])
def test_the_command(run: Run, folder: Path, topic: str) -> None:
    mailbox = Mailbox()
    with serving(mailbox) as port:
        environment = {"FEEDS_SMTP_HOST": "localhost", "FEEDS_SMTP_PORT": str(port), "FEEDS_SMTP_SECURITY": "none"}
        done = run("send", topic, "--to", "me@reader.example", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "sent «AI: Title of one» to me@reader.example\n"
    (envelope,) = mailbox.envelopes
    assert envelope.rcpt_tos == ["me@reader.example"]
    assert isinstance(envelope.content, bytes)
    message = email.message_from_bytes(envelope.content, policy=default)
    html = message.get_body(("html",))
    assert html is not None
    assert (
        html.get_content().replace("\r\n", "\n").rstrip() == (folder / "out/ai/digest.html").read_text("utf-8").rstrip()
    )


WRONG = {
    "no server": (
        ["ai", "--to", "a@b.example"],
        "error: test mails need host in [mailing.smtp] (or FEEDS_SMTP_HOST); set it first",
    ),
    "no recipient": (["ai"], "Missing option '--to'"),
    "no address": (["ai", "--to", "me"], "error: --to: 'me' is not a valid e-mail address"),
    "no topic": (["chess", "--to", "a@b.example"], "error: no topic or newsletter is called 'chess'; choose from ai"),
    "no issue": (["ai", "--to", "a@b.example", "--issue", "2020-W01"], "error: out/ai/issues/2020-W01/digest.eml does"),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_wrong_calls(run: Run, arguments: list[str], message: str) -> None:
    done = run("send", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_nobody_is_the_sender(run: Run, folder: Path) -> None:
    built(folder)
    done = run("send", "ai", "--to", "a@b.example")
    assert done.returncode == 2
    settings = "sender_address in [mailing] and host in [mailing.smtp] (or FEEDS_SMTP_HOST)"
    assert done.stderr == f"error: test mails need {settings}; set both first\n"


def test_nothing_is_built(run: Run) -> None:
    done = run("send", "ai", "--to", "a@b.example")
    assert (done.returncode, done.stderr) == (2, "error: nothing is built in out; run `feeds build` first\n")
