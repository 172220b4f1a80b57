"""One draft, as it should be, whatever happens in between: with a stateful stub of each tool, over real HTTP."""

import json
from contextlib import suppress

import pytest
from msgspec.structs import replace

from feeds.delivery.push import mailchimp
from feeds.delivery.push.protocol import Draft, PushError
from feeds.delivery.push.push import push_draft
from support.mailing.fixtures import kind, name, stub
from support.mailing.ghost import GhostStub
from support.mailing.proxy import Exchange, forwarding
from support.mailing.server import Fault, Stub
from support.mailing.tools import DRAFT, KINDS, Kind

__all__ = ["kind", "name", "stub"]

LATER = replace(DRAFT, subject="AI: Another title", html=DRAFT.html.replace("One", "Two"), text="Two\n")


def only(stub: Stub) -> str:
    """Return the id of the only thing that is held."""
    (id_,) = stub.held
    return id_


def test_creates_then_leaves_as_it_is_then_updates(kind: Kind, stub: Stub) -> None:
    tool = kind.tool(stub.url)
    created = push_draft(tool, DRAFT)
    assert (created.action, created.state) == ("created", stub.DRAFT)
    assert created.key == "feeds-ai-2021-W04"
    assert "<p>One ü 👩🏽‍🚀 </p>" in stub.html(only(stub))
    assert "\n<!-- feeds: feeds-ai-2021-W04 " in stub.html(only(stub))

    before = len(stub.written)
    assert push_draft(tool, DRAFT).action == "unchanged"
    assert len(stub.written) == before, "a second push of the same writes nothing"

    assert push_draft(tool, LATER).action == "updated"
    assert "<p>Two ü 👩🏽‍🚀 </p>" in stub.html(only(stub))
    remote = tool.read(only(stub))
    assert remote.subject == LATER.subject
    assert remote.text == (LATER.text if tool.places.text else "")
    assert remote.preheader == (LATER.preheader if tool.places.preheader else "")
    assert stub.held[only(stub)]["status"] == stub.DRAFT


EDITS = {"the text": {"html": "<p>Mine</p>"}, "the subject": {"subject": "Mine"}}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("draft", [DRAFT, LATER], ids=["the same digest", "another digest"])
def test_what_a_person_has_edited_is_overwritten_by_force_only(
    kind: Kind, stub: Stub, edit: dict[str, str], draft: Draft
) -> None:
    tool = kind.tool(stub.url)
    push_draft(tool, DRAFT)
    stub.edit(only(stub), **edit)
    before = len(stub.written)
    with pytest.raises(PushError, match=r"was edited in \w+; --force overwrites it: http\S+$"):
        push_draft(tool, draft)
    assert len(stub.written) == before
    assert push_draft(tool, draft, force=True).action == "updated"
    assert "Mine" not in stub.html(only(stub))
    assert tool.read(only(stub)).subject == draft.subject


def test_what_is_scheduled_or_sent_is_left_alone(kind: Kind, stub: Stub) -> None:
    tool = kind.tool(stub.url)
    push_draft(tool, DRAFT)
    before = len(stub.written)
    for state in stub.BEYOND:
        stub.set_state(only(stub), state)
        outcome = push_draft(tool, LATER)
        assert (outcome.action, outcome.state) == ("left", state)
        with pytest.raises(PushError, match=f"is {state} and cannot be overwritten, not even by --force"):
            push_draft(tool, LATER, force=True)
    assert len(stub.written) == before


def test_a_sent_issue_is_found_beside_a_copy_of_its_draft(kind: Kind, stub: Stub) -> None:
    tool = kind.tool(stub.url)
    push_draft(tool, DRAFT)
    first = only(stub)
    stub.duplicate(first)
    stub.set_state(first, stub.BEYOND[0])
    assert push_draft(tool, LATER).action == "left"


@pytest.mark.parametrize("force", [False, True])
def test_several_drafts_are_listed(kind: Kind, stub: Stub, force: bool) -> None:
    tool = kind.tool(stub.url)
    push_draft(tool, DRAFT)
    for _ in range(3):  # more than fit on a page of the stub
        stub.duplicate(next(iter(stub.held)))
    before = len(stub.written)
    with pytest.raises(PushError, match=r"is there 4 times; delete all but one:( http\S+){4}$"):
        push_draft(tool, LATER, force=force)
    assert len(stub.written) == before


def test_another_issue_is_another_draft(kind: Kind, stub: Stub) -> None:
    tool = kind.tool(stub.url)
    push_draft(tool, DRAFT)
    day = replace(DRAFT, key=replace(DRAFT.key, issue="2021-W0"))  # what the other key begins with
    assert push_draft(tool, day).action == "created"
    assert push_draft(tool, DRAFT).action == "unchanged"
    assert len(stub.held) == 2


def test_a_draft_is_found_behind_many_others(kind: Kind, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = kind.tool(stub.url)
    push_draft(tool, DRAFT)
    for number in range(25):  # more than a page of any tool, if nobody asks for more
        tool.create(replace(DRAFT, key=replace(DRAFT.key, issue=f"2021-W{number + 10}")))
    assert push_draft(tool, DRAFT).action == "unchanged"
    monkeypatch.setattr(mailchimp, "_PAGE", 2)
    assert push_draft(tool, DRAFT).action == "unchanged"


def test_what_ghosts_editor_does_by_itself_is_no_edit() -> None:
    with GhostStub().serving() as stub:
        tool = KINDS["ghost"].tool(stub.url)
        push_draft(tool, DRAFT)
        post = stub.held[only(stub)]
        document = json.loads(post["lexical"])
        document["root"]["children"] += [{"type": "paragraph", "version": 1, "children": []}]
        document["root"]["children"][0]["visibility"] = {"web": {"nonMember": True}}
        post["lexical"] = json.dumps(document)
        assert push_draft(tool, DRAFT).action == "unchanged"
        document["root"]["children"][1]["children"] = [{"type": "text", "text": "Mine"}]
        post["lexical"] = json.dumps(document)
        with pytest.raises(PushError, match="was edited in Ghost"):
            push_draft(tool, DRAFT)


# ---- answers that do not arrive


class Dropping:
    """Lets everything pass but the answer to the so-manyth request that changes something."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.seen = 0

    def __call__(self, exchange: Exchange) -> bool:
        self.seen += exchange.method != "GET"
        return exchange.method == "GET" or self.seen != self.number


@pytest.mark.parametrize("number", [1, 2], ids=["first call", "second call"])
def test_a_lost_answer_makes_no_second_draft(kind: Kind, stub: Stub, number: int) -> None:
    waits: list[float] = []
    dropping = Dropping(number)
    with forwarding(stub.url, dropping) as proxy:
        tool = kind.tool(proxy.url)
        assert push_draft(tool, DRAFT, sleep=waits.append).action == "created"
        assert push_draft(tool, DRAFT).action == "unchanged"
    assert waits == ([1.0] if dropping.seen >= number else [])
    assert "One" in stub.html(only(stub))


@pytest.mark.parametrize("number", [1, 2], ids=["first call", "second call"])
def test_a_lost_answer_to_an_update(kind: Kind, stub: Stub, number: int) -> None:
    push_draft(kind.tool(stub.url), DRAFT)
    with forwarding(stub.url, Dropping(number)) as proxy:
        assert push_draft(kind.tool(proxy.url), LATER, sleep=lambda _: None).action == "updated"
    assert "Two" in stub.html(only(stub))
    assert push_draft(kind.tool(stub.url), LATER).action == "unchanged"


@pytest.mark.parametrize("number", [1, 2], ids=["first call", "second call"])
@pytest.mark.parametrize("before", [None, DRAFT], ids=["create", "update"])
def test_a_run_that_ends_after_a_request_is_made_good_by_the_next(
    kind: Kind, stub: Stub, before: Draft | None, number: int
) -> None:
    if before:
        push_draft(kind.tool(stub.url), before)
    with forwarding(stub.url, Dropping(number)) as proxy, suppress(PushError):
        push_draft(kind.tool(proxy.url), LATER, waits=())
    assert push_draft(kind.tool(stub.url), LATER).action in ("unchanged", "updated")
    assert "Two" in stub.html(only(stub))
    assert push_draft(kind.tool(stub.url), LATER).action == "unchanged"


UNCLEAR = {
    "502": Fault(502, b"<html>Bad gateway</html>", method="POST", is_carried_out=True),
    "half an answer": Fault(200, b'{"id":', method="POST", is_carried_out=True),
    "another answer": Fault(200, b"{}", method="POST", is_carried_out=True),
}


@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR)
def test_an_answer_that_says_nothing_of_what_was_done(kind: Kind, stub: Stub, fault: Fault) -> None:
    stub.faults.append(fault)
    assert push_draft(kind.tool(stub.url), DRAFT, sleep=lambda _: None).action == "created"
    assert "One" in stub.html(only(stub))


def test_a_request_that_never_arrived_is_said_and_not_repeated(kind: Kind, stub: Stub) -> None:
    waits: list[float] = []

    def passes(exchange: Exchange) -> bool:
        if exchange.method == "POST":
            stub.held.clear()  # as if it had been lost on its way
        return exchange.method == "GET"

    with forwarding(stub.url, passes) as proxy, pytest.raises(PushError, match="no draft is there: run this again"):
        push_draft(kind.tool(proxy.url), DRAFT, sleep=waits.append)
    assert waits == [1.0, 2.0, 4.0, 8.0]
    assert len([asked for asked in stub.written if asked.method == "POST"]) == 1


def test_two_at_once_are_noticed(kind: Kind, stub: Stub) -> None:
    other = kind.tool(stub.url)
    has_begun = False

    def passes(exchange: Exchange) -> bool:
        nonlocal has_begun
        if exchange.method == "GET" and not has_begun:
            has_begun = True
            push_draft(other, DRAFT)
        return True

    with forwarding(stub.url, passes) as proxy, pytest.raises(PushError, match="is there 2 times; delete all but one"):
        push_draft(kind.tool(proxy.url), DRAFT)


def test_a_tool_that_changes_what_it_is_given(kind: Kind, stub: Stub) -> None:
    def passes(exchange: Exchange) -> bool:
        if exchange.method in ("POST", "PUT") and stub.held and "One" in str(exchange.body):
            stub.edit(only(stub), html="<p>Sent with love</p>")
        return True

    with (
        forwarding(stub.url, passes) as proxy,
        pytest.raises(PushError, match="is not as it was sent:"),
    ):
        push_draft(kind.tool(proxy.url), DRAFT)


def test_a_draft_that_does_not_stay_one(kind: Kind, stub: Stub) -> None:
    def passes(exchange: Exchange) -> bool:
        if exchange.method in ("POST", "PUT"):
            stub.set_state(only(stub), stub.BEYOND[0])
        return True

    with forwarding(stub.url, passes) as proxy, pytest.raises(PushError, match="and not a draft; look at it at once"):
        push_draft(kind.tool(proxy.url), DRAFT)
    stub.violations.clear()  # Mailchimp's second call changes what the first one has left in another state
