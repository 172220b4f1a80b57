"""The stubs themselves: each has its tool's dangerous default, and notes whatever could send."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from support.mailing.ghost import GhostStub
from support.mailing.server import Stub
from support.mailing.tools import DRAFT, KINDS

POST = {"title": "x", "updated_at": "2021-02-01T06:00:00.000Z"}
SETTINGS = {"subject_line": "x", "from_name": "Ada", "reply_to": "ada@news.example"}
CAMPAIGN = {"name": "x", "subject": "x", "lists": [3], "content_type": "html", "body": "x"}

DANGEROUS: dict[str, tuple[str, str, str, Any]] = {
    "ghost: created as published": ("ghost", "POST", "/posts/", {"posts": [POST | {"status": "published"}]}),
    "ghost: created as scheduled": ("ghost", "POST", "/posts/", {"posts": [POST | {"status": "scheduled"}]}),
    "ghost: a status on PUT": ("ghost", "PUT", "/posts/{id}/", {"posts": [POST | {"status": "draft"}]}),
    "ghost: a newsletter": ("ghost", "PUT", "/posts/{id}/?newsletter=default", {"posts": [POST]}),
    "ghost: HTML as the source": ("ghost", "POST", "/posts/?source=html", {"posts": [POST]}),
    "ghost: another path": ("ghost", "POST", "/emails/", {}),
    "buttondown: no status": ("buttondown", "POST", "/emails", {"subject": "x", "body": "x"}),
    "buttondown: a date": (
        "buttondown",
        "POST",
        "/emails",
        {"subject": "x", "body": "x", "status": "draft", "publish_date": "2021-02-01T06:00:00Z"},
    ),
    "buttondown: a status on PATCH": ("buttondown", "PATCH", "/emails/{id}", {"status": "scheduled"}),
    "buttondown: a draft is sent": ("buttondown", "POST", "/emails/{id}/send-draft", {}),
    "listmonk: a date": ("listmonk", "POST", "/campaigns", CAMPAIGN | {"send_at": "2021-02-01T06:00:00Z"}),
    "listmonk: a status": ("listmonk", "PUT", "/campaigns/{id}/status", {"status": "running"}),
    "listmonk: a test mail": ("listmonk", "POST", "/campaigns/{id}/test", CAMPAIGN),
    "mailchimp: an action": ("mailchimp", "POST", "/campaigns/{id}/actions/send", {}),
    "mailchimp: a test mail": ("mailchimp", "POST", "/campaigns/{id}/actions/test", {}),
    "mailchimp: another kind": (
        "mailchimp",
        "POST",
        "/campaigns",
        {"type": "rss", "recipients": {"list_id": "a1b2c3d4e5"}, "settings": SETTINGS, "rss_opts": {}},
    ),
    "mailchimp: other settings": ("mailchimp", "PATCH", "/campaigns/{id}", {"settings": SETTINGS | {"timewarp": True}}),
}


@pytest.mark.parametrize(("tool", "method", "path", "body"), DANGEROUS.values(), ids=DANGEROUS)
def test_what_could_send_is_noted(tool: str, method: str, path: str, body: Any) -> None:
    kind = KINDS[tool]
    with kind.stub().serving() as stub:
        id_ = kind.tool(stub.url).create(DRAFT)
        assert stub.violations == []
        call(stub, method, path.format(id=id_), body)
        assert len(stub.violations) == 1


ON_WHAT_IS_SCHEDULED = {
    "ghost": ("PUT", "/posts/{id}/", {"posts": [POST]}),
    "buttondown": ("PATCH", "/emails/{id}", {"subject": "x"}),
    "listmonk": ("PUT", "/campaigns/{id}", CAMPAIGN),
    "mailchimp": ("PATCH", "/campaigns/{id}", {"settings": SETTINGS}),
}


@pytest.mark.parametrize("tool", ON_WHAT_IS_SCHEDULED)
def test_a_change_of_what_is_scheduled_is_noted(tool: str) -> None:
    kind = KINDS[tool]
    method, path, body = ON_WHAT_IS_SCHEDULED[tool]
    with kind.stub().serving() as stub:
        id_ = kind.tool(stub.url).create(DRAFT)
        stub.set_state(id_, stub.BEYOND[0])
        call(stub, method, path.format(id=id_), body)
        assert len(stub.violations) == 1


def call(stub: Stub, method: str, path: str, body: Any) -> None:
    """Ask the stub with a good key, whatever it answers."""
    sent = next(asked.headers for asked in stub.asked)
    headers = {name: sent[name] for name in ("Authorization", "X-API-Version") if name in sent}
    request = urllib.request.Request(
        f"{stub.url}{stub.API}{path}",
        json.dumps(body).encode(),
        method=method,
        headers=headers | {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=5):
            pass
    except urllib.error.HTTPError as error:
        error.close()


def test_a_token_of_another_key_is_refused() -> None:
    with GhostStub().serving() as stub:
        other = KINDS["ghost"].tool(stub.url, key=f"{'a' * 24}:{'b' * 64}")
        with pytest.raises(Exception, match="401 the key was refused; check FEEDS_GHOST_KEY: Invalid token"):
            other.create(DRAFT)
        assert not stub.held
