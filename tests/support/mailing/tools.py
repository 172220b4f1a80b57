"""The mailing tools that `feeds push` knows, each with its stub and its configuration."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from feeds.config.load import load_config
from feeds.delivery.push.buttondown import Buttondown
from feeds.delivery.push.ghost import Ghost
from feeds.delivery.push.listmonk import Listmonk
from feeds.delivery.push.mailchimp import Mailchimp
from feeds.delivery.push.protocol import Draft, Key, Tool
from support.mailing.buttondown import ButtondownStub
from support.mailing.ghost import GhostStub
from support.mailing.listmonk import ListmonkStub
from support.mailing.mailchimp import MailchimpStub
from support.mailing.server import Stub

DRAFT = Draft(
    key=Key("ai", "2021-W04", datetime(2021, 1, 25, tzinfo=UTC)),
    subject="AI: Title of one «Grüße» 👩🏽‍🚀",
    preheader="About one.",
    html="<!DOCTYPE html>\n<html>\n<head><title>One</title></head>\n"
    '<body class="desk">\n<p>One ü 👩🏽‍🚀 </p>\n</body>\n</html>\n',
    text="One\n\nhttps://paper.example/one\n",
)


@dataclass(frozen=True)
class Kind:
    """A tool, and the stub that plays it."""

    stub: type[Stub]
    client: Callable[..., Tool]
    settings: str
    """Of feeds.toml; `{url}` is the stub's."""

    def tool(self, url: str, key: str = "", **options: Any) -> Tool:
        config = load_config(table=tomllib.loads(self.settings.format(url=url)))
        return self.client(config, key or self.stub.KEY, **{"sleep": lambda _: None, **options})


KINDS = {
    "ghost": Kind(GhostStub, Ghost, '[push.ghost]\nurl = "{url}"\n'),
    "buttondown": Kind(ButtondownStub, Buttondown, '[push.buttondown]\nurl = "{url}/v1"\ntemplate = "naked"\n'),
    "listmonk": Kind(ListmonkStub, Listmonk, '[push.listmonk]\nurl = "{url}"\nuser = "feeds"\nlists = [3]\n'),
    "mailchimp": Kind(
        MailchimpStub,
        Mailchimp,
        '[push.mailchimp]\nurl = "{url}/3.0"\nlist = "a1b2c3d4e5"\n'
        'sender_name = "Ada"\nreply_to = "ada@news.example"\n',
    ),
}
