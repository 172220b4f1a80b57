"""A second witness: Mailchimp's own client makes the same requests of the stub as ours, and reads the same answers."""

from collections.abc import Iterator
from typing import Any

import pytest

from feeds.delivery.push.push import push_draft
from support.mailing.mailchimp import MailchimpStub
from support.mailing.tools import DRAFT, KINDS

mailchimp_marketing = pytest.importorskip(
    "mailchimp_marketing", reason="mailchimp-marketing is not installed: pip install mailchimp-marketing"
)


@pytest.fixture
def stub() -> Iterator[MailchimpStub]:
    stub = MailchimpStub()
    with stub.serving():
        yield stub
        assert stub.violations == []


def client_of(stub: MailchimpStub) -> Any:
    client = mailchimp_marketing.Client({"api_key": stub.KEY, "timeout": 5})
    client.api_client.host = f"{stub.url}/3.0"
    client.api_client.server = ""
    return client


def test_it_finds_and_reads_what_we_made(stub: MailchimpStub) -> None:
    push_draft(KINDS["mailchimp"].tool(stub.url), DRAFT)
    client = client_of(stub)
    (found,) = client.campaigns.list(count=1000, fields=["campaigns.id,campaigns.settings.title"])["campaigns"]
    assert found["settings"] == {"title": "feeds-ai-2021-W04"}
    campaign = client.campaigns.get(found["id"])
    assert (campaign["status"], campaign["type"], campaign["recipients"]) == ("save", "regular", {"list_id": stub.LIST})
    assert campaign["settings"]["subject_line"] == DRAFT.subject
    assert client.campaigns.get_content(found["id"])["plain_text"] == DRAFT.text


def test_what_it_makes_is_what_we_make(stub: MailchimpStub) -> None:
    tool = KINDS["mailchimp"].tool(stub.url)
    push_draft(tool, DRAFT)
    ours = [(asked.method, asked.path, asked.body) for asked in stub.written]
    (post, settings), (put, _, contents) = ours[0][::2], ours[1]
    assert (post, put) == ("POST", "PUT")

    client = client_of(stub)
    made = client.campaigns.create(settings)
    client.campaigns.set_content(made["id"], contents)
    theirs = [(asked.method, asked.path, asked.body) for asked in stub.written[len(ours) :]]
    assert [(m, p.replace(made["id"], "ID"), b) for m, p, b in theirs] == [
        (m, p.replace(next(iter(stub.held)), "ID"), b) for m, p, b in ours
    ]
    one, two = (tool.read(id_) for id_ in stub.held)
    assert (one.subject, one.preheader, one.html, one.text) == (two.subject, two.preheader, two.html, two.text)


def test_what_it_edits_we_leave_alone(stub: MailchimpStub) -> None:
    tool = KINDS["mailchimp"].tool(stub.url)
    push_draft(tool, DRAFT)
    (id_,) = stub.held
    settings = {"subject_line": DRAFT.subject, "from_name": "Grace", "reply_to": "grace@news.example"}
    client_of(stub).campaigns.update(id_, {"settings": settings})
    assert push_draft(tool, DRAFT).action == "unchanged", "the sender is the person's choice"
    client_of(stub).campaigns.update(id_, {"settings": settings | {"preview_text": "Mine"}})
    with pytest.raises(Exception, match="was edited in Mailchimp"):
        push_draft(tool, DRAFT)
    assert push_draft(tool, DRAFT, force=True).action == "updated"
    assert stub.held[id_]["settings"]["from_name"] == "Grace"
