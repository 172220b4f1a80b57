"""`feeds push` as people run it: in a process of its own, on a built publication, against the stubs."""

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.config.load import load_config
from feeds.config.options import DigestOptions
from feeds.delivery.push.built import built_draft, which_issue
from feeds.delivery.push.protocol import PushError
from feeds.editions.issues import ClosedIssue, named_period
from feeds.renderers.manifest import IssueEntry, TopicEntry
from support.building import built, configured, write_item
from support.mailing.fixtures import kind, name, stub
from support.mailing.proxy import Exchange, forwarding
from support.mailing.server import Stub
from support.mailing.tools import KINDS, Kind

__all__ = ["kind", "name", "stub"]

SUNDAY = datetime(2021, 1, 31, tzinfo=UTC)
"""The week of the item is not over."""


@pytest.fixture
def site(tmp_path: Path, name: str, kind: Kind, stub: Stub) -> Path:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path, settings(name, kind, stub.url))
    return tmp_path


def settings(name: str, kind: Kind, url: str) -> str:
    return f'[mailing]\ntool = "{name}"\n{kind.settings.format(url=url)}'


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "feeds", "push", *arguments]


def environment(name: str, key: str) -> dict[str, str]:
    return {**os.environ, f"FEEDS_{name.upper()}_KEY": key}


def run(site: Path, environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(*arguments), cwd=site, env=environ, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert "Traceback" not in done.stderr
    return done


def test_a_week_in_the_life(site: Path, name: str, kind: Kind, stub: Stub) -> None:
    environ = environment(name, stub.KEY)
    shutil.rmtree(site / "out")
    built(site, settings(name, kind, stub.url), now=SUNDAY)
    early = run(site, environ, "ai")
    assert (early.returncode, early.stdout) == (2, "")
    assert early.stderr == "error: ai has no closed issue yet; push the open one with --issue 2021-W04\n"

    nightly = run(site, environ, "ai", "--once", "pushed")
    assert (nightly.returncode, nightly.stdout) == (0, "")

    built(site, settings(name, kind, stub.url))
    first = run(site, environ, "AI")
    assert (first.returncode, first.stdout.split(": http")[0]) == (
        0,
        f"created the draft «AI: Title of one» in {kind.tool(stub.url).title}",
    )
    (id_,) = stub.held
    assert stub.html(id_).startswith("<div" if name == "ghost" else "<!DOCTYPE html>")
    assert "Title of one" in stub.html(id_)

    second = run(site, environ, "ai", "--issue", "2021-W04", "--json")
    assert json.loads(second.stdout)["action"] == "unchanged"

    stub.edit(id_, subject="Mine")
    edited = run(site, environ, "ai")
    assert (edited.returncode, edited.stdout) == (2, "")
    assert "was edited in" in edited.stderr
    assert run(site, environ, "ai", "--force").stdout.startswith("updated the draft «AI: Title of one»")

    stub.set_state(id_, stub.BEYOND[-1])
    out = run(site, environ, "ai")
    assert (out.returncode, out.stderr) == (0, "")
    assert f"feeds-ai-2021-W04 is {stub.BEYOND[-1]} in " in out.stdout
    assert run(site, environ, "ai", "--force").returncode == 2


def test_a_dry_run_needs_no_key_and_asks_nobody(site: Path, stub: Stub) -> None:
    environ = {**os.environ}
    dry = run(site, environ, "ai", "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    assert dry.stdout.startswith(f"POST {stub.url}{stub.API}/")
    assert "AI: Title of one" in dry.stdout
    requests = json.loads(run(site, environ, "ai", "--dry-run", "--json").stdout)
    assert [r["method"] for r in requests] in (["POST"], ["POST", "PUT"])
    assert not stub.asked


def test_a_subject_is_no_workflow_command(tmp_path: Path, name: str, kind: Kind, stub: Stub) -> None:
    write_item(tmp_path / "seeds", "one.md", title="##[add-mask]the")
    built(tmp_path, settings(name, kind, stub.url))
    done = run(tmp_path, environment(name, stub.KEY), "ai")
    assert done.stdout.startswith("created the draft «AI: #\u2060#[add-mask]the» in")


def test_an_issue_is_pushed_once(site: Path, name: str, stub: Stub) -> None:
    environ = environment(name, stub.KEY)
    assert run(site, environ, "ai", "--once", "pushed/list").stdout.startswith("created")
    (id_,) = stub.held
    stub.edit(id_, subject="Mine")
    asked = len(stub.asked)
    again = run(site, environ, "ai", "--once", "pushed/list")
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr == f"feeds-ai-2021-W04 was pushed to {name} before\n"
    assert len(stub.asked) == asked
    assert (site / "pushed/list").read_text() == f"{name} feeds-ai-2021-W04\n"


def test_a_draft_that_somebody_has_edited_is_no_failure_of_a_nightly_run(site: Path, name: str, stub: Stub) -> None:
    environ = environment(name, stub.KEY)
    run(site, environ, "ai")
    (id_,) = stub.held
    stub.edit(id_, subject="Mine")
    nightly = run(site, environ, "ai", "--once", "pushed")
    assert (nightly.returncode, nightly.stdout) == (0, "")
    assert "was edited in" in nightly.stderr


def test_a_failure_is_an_annotation(site: Path, name: str) -> None:
    done = run(site, environment(name, ""), "ai", "--github", "--once", "pushed")
    assert done.returncode == 2
    message = f"error: {name}: set FEEDS_{name.upper()}_KEY in the environment to the API key, on one line"
    assert done.stdout == f"::error::{message}\n"
    assert not (site / "pushed").exists()


BAD_KEYS = {"two lines": "a\nb", "a space": "a b", "not ASCII": "schlüssel"}


@pytest.mark.parametrize("key", BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_key_that_no_header_can_hold(site: Path, name: str, stub: Stub, key: str) -> None:
    done = run(site, environment(name, key), "ai")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert key not in done.stderr
    assert not stub.asked


def test_killed_between_request_and_answer(site: Path, name: str, kind: Kind, stub: Stub) -> None:
    """`kill -9` when the tool has carried out the request, and its answer is on its way."""
    process: subprocess.Popen[bytes]

    def kill(exchange: Exchange) -> bool:
        if exchange.method == "GET":
            return True
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return False

    with forwarding(stub.url, kill) as proxy:
        configured(site, settings(name, kind, proxy.url))
        process = subprocess.Popen(command("ai"), cwd=site, env=environment(name, stub.KEY))
        assert process.wait(60) == -signal.SIGKILL
    assert len(stub.held) == 1
    configured(site, settings(name, kind, stub.url))
    again = run(site, environment(name, stub.KEY), "ai")
    assert again.returncode == 0
    assert again.stdout.startswith(("the draft «AI: Title of one»", "updated the draft «AI: Title of one»"))
    (id_,) = stub.held
    assert "Title of one" in stub.html(id_)


# ---- which digest


@pytest.fixture
def two_tools(tmp_path: Path) -> Path:
    write_item(tmp_path / "seeds", "one.md")
    newsletter = '[newsletters.weekly]\ntopics = ["AI"]\n'
    built(tmp_path, f'[mailing]\ntool = ["listmonk", "ghost", "kit"]\n{newsletter}')
    return tmp_path


def draft_of(site: Path, topic: str = "ai", issue: str = "", tool: str = "ghost") -> object:
    return built_draft(load_config(start=site), topic, issue, tool)


def test_each_tool_gets_the_digest_with_its_own_tags(two_tools: Path) -> None:
    config = load_config(start=two_tools)
    tags = {"ghost": "%%{unsubscribe_url}%%", "listmonk": "{{ UnsubscribeURL }}"}
    for tool, tag in tags.items():
        draft = built_draft(config, "weekly", "", tool)
        assert str(draft.key) == "feeds-weekly-2021-W04"
        assert tag in draft.html
        assert tag in draft.text


WRONG = {
    "no such topic": (["chess", "--tool", "ghost"], "no topic or newsletter 'chess' was built; choose from ai, weekly"),
    "no tool chosen": (["ai"], "digests are made for listmonk and ghost; choose one with --tool"),
    "not our tool": (["ai", "--tool", "kit"], "--tool: 'kit' is not a tool to push to; choose from ghost, buttondown,"),
    "no digest for it": (["ai", "--tool", "mailchimp"], "no digest is made for mailchimp; set tool = "),
    "not an id": (["ai", "--tool", "ghost", "--issue", "4"], "error: --issue: '4' "),
    "not built": (["ai", "--tool", "ghost", "--issue", "2020-W01"], "ai/issues/2020-W01 is not among the built issues"),
    "no settings": (["ai", "--tool", "ghost"], "ghost: set `url` in [push.ghost] to the address of your site"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_wrong_calls(two_tools: Path, arguments: list[str], message: str) -> None:
    environ = environment("ghost", KINDS["ghost"].stub.KEY)
    done = run(two_tools, environ, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_nothing_is_built(tmp_path: Path) -> None:
    configured(tmp_path, '[mailing]\ntool = "ghost"\n')
    with pytest.raises(PushError, match=r"there is no manifest\.json in the output folder; run `feeds build` first$"):
        draft_of(tmp_path)


def test_a_digest_that_was_built_for_another_tool(two_tools: Path) -> None:
    configured(two_tools, '[mailing]\ntool = "ghost"\n')  # digest.html is still listmonk's
    with pytest.raises(PushError, match=r"digest\.html was not made for ghost: it lacks %%\{unsubscribe_url\}%%; run"):
        draft_of(two_tools)


def test_a_digest_that_is_gone(two_tools: Path) -> None:
    (two_tools / "out/ai/issues/2021-W04/digest.ghost.txt").unlink()
    with pytest.raises(
        PushError, match=r"ai/issues/2021-W04/digest\.ghost\.txt does not exist; run `feeds build` first"
    ):
        draft_of(two_tools)


def closed(issue: str) -> ClosedIssue:
    period = named_period(DigestOptions(), issue)
    assert period
    return ClosedIssue(issue, period.start, period.end, ())


def entry(*ids: str, open_: str = "2021-W05") -> TopicEntry:
    issues = tuple(IssueEntry(id=id_, url="") for id_ in (open_, *ids))
    recorded = tuple(map(closed, ids))
    return TopicEntry(slug="ai", name="AI", title="AI", url="", updated=SUNDAY, issues=issues, closed=recorded)


CLOSED = {
    "the newest": (["2021-W04", "2021-W03"], "2021-W04"),
    "whatever their order": (["2021-W03", "2021-W04"], "2021-W04"),
    "over the turn of a year": (["2021-W01", "2020-W53"], "2021-W01"),
}


@pytest.mark.parametrize(("ids", "expected"), CLOSED.values(), ids=CLOSED)
def test_which_issue(ids: list[str], expected: str) -> None:
    assert which_issue(entry(*ids)).id == expected


def test_no_issue_is_closed() -> None:
    with pytest.raises(PushError, match="ai has no closed issue yet; push the open one with --issue 2021-W05"):
        which_issue(entry())


def test_a_damaged_manifest(two_tools: Path) -> None:
    (two_tools / "out/manifest.json").write_text("{")
    done = run(two_tools, environment("ghost", KINDS["ghost"].stub.KEY), "ai", "--tool", "ghost")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "the manifest is damaged" in done.stderr
