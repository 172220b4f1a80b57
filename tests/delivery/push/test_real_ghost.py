"""The same against a real Ghost, where one runs; and the recorded exchange, replayed against the stub.

`FEEDS_GHOST` is a file with GHOST_URL and GHOST_ADMIN_KEY, one `NAME=value` a line. With `--update-golden` the exchange
is recorded anew.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from feeds.config.load import load_config
from feeds.delivery.push.ghost import Ghost, token
from feeds.delivery.push.protocol import Key, PushError
from feeds.delivery.push.push import push_draft
from support.building import built, write_item
from support.mailing.ghost import GhostStub
from support.mailing.proxy import Exchange, forwarding
from support.mailing.tools import DRAFT

RECORDED = Path(__file__).parent / "ghost-6.65.json"
TOPIC = "feeds-test"
SLUG = f"feeds-{TOPIC}-2021-w04"
KEPT = ("id", "slug", "status", "title", "email_subject", "custom_excerpt", "updated_at", "lexical")
"""Fields of a post that are compared."""

FIRST = replace(DRAFT, key=Key(TOPIC, "2021-W04", DRAFT.key.since))
SECOND = replace(FIRST, subject="Another title", html=FIRST.html.replace("One", "Two"))


class Person:
    """Uses the API as the editor in the browser does."""

    def __init__(self, url: str, key: str, pause: float = 1.1) -> None:
        """Pause before each change: Ghost's dates have whole seconds, and no two changes may share one."""
        self.url, self.key, self.pause = url, key, pause

    def call(self, method: str, path: str, post: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Return status and answer."""
        if method != "GET":
            time.sleep(self.pause)
        request = urllib.request.Request(
            f"{self.url}/ghost/api/admin{path}",
            json.dumps({"posts": [post]}).encode() if post is not None else None,
            method=method,
            headers={
                "Authorization": f"Ghost {token(self.key, int(time.time()))}",
                "Content-Type": "application/json",
                "Accept-Version": "v6.0",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def posts(self) -> list[dict[str, Any]]:
        """Return the posts that this test has made."""
        _, answer = self.call("GET", f"/posts/?filter=slug:'{SLUG}',lexical:~'feeds:%20feeds-{TOPIC}'&formats=lexical")
        return list(answer["posts"])


def play(person: Person) -> None:
    """Push, and be a person in between: what is to be recorded."""
    tool = Ghost(load_config(table={"push": {"ghost": {"url": person.url}}}), person.key)

    def pushed(draft: Any, **options: Any) -> str:
        time.sleep(person.pause)
        return push_draft(tool, draft, **options).action

    assert pushed(FIRST) == "created"
    assert pushed(FIRST) == "unchanged"
    assert pushed(SECOND) == "updated"
    (post,) = person.posts()
    path = f"/posts/{post['id']}/"

    mine = {"lexical": post["lexical"].replace("Two", "Mine"), "updated_at": post["updated_at"]}
    assert person.call("PUT", path, mine)[0] == 200
    with pytest.raises(PushError, match="was edited in Ghost; --force overwrites it"):
        pushed(SECOND)
    assert pushed(SECOND, force=True) == "updated"

    assert person.call("PUT", path, mine)[0] == 409, "an old date"
    assert person.call("PUT", path, {"title": "No date"})[0] == 422
    taken = {"title": "x", "slug": SLUG, "lexical": mine["lexical"].replace(FIRST.key.issue, "2021-W03")}
    assert person.call("POST", "/posts/", taken)[1]["posts"][0]["slug"] == f"{SLUG}-2"
    assert person.call("GET", f"/posts/{'0' * 24}/")[0] == 404

    (post, *_) = (p for p in person.posts() if p["id"] == post["id"])
    status, answer = person.call("PUT", path, {"slug": "a-better-slug", "updated_at": post["updated_at"]})
    assert status == 200
    assert pushed(SECOND) == "unchanged"
    (post,) = answer["posts"]
    published = {"status": "published", "updated_at": post["updated_at"]}
    assert person.call("PUT", path, published)[0] == 200
    assert pushed(FIRST) == "left"
    with pytest.raises(PushError, match="is published and cannot be overwritten"):
        pushed(FIRST, force=True)


# ---- recording and comparing


class Names:
    """Gives ids and dates names of their own, `ID1` or `DATE2`, in the order in which they turn up."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def name(self, kind: str, value: str) -> str:
        of_kind = sum(1 for name in self.names.values() if name.startswith(kind))
        return self.names.setdefault(value, f"{kind}{of_kind + 1}")

    def exchange(self, exchange: Exchange) -> dict[str, Any]:
        path = re.sub(r"/([0-9a-f]{24})/", lambda m: f"/{self.name('ID', m[1])}/", exchange.path)
        return {
            "request": {"method": exchange.method, "path": path, "body": self.posts(exchange.body)},
            "answer": {"status": exchange.status, **self.answer(exchange.answer)},
        }

    def answer(self, answer: Any) -> dict[str, Any]:
        if "errors" in answer:
            return {"errors": [error["type"] for error in answer["errors"]]}
        return {"posts": sorted(self.posts(answer)["posts"], key=lambda post: post["slug"])}

    def posts(self, body: Any) -> Any:
        return body and {"posts": [self.post({k: v for k, v in p.items() if k in KEPT}) for p in body["posts"]]}

    def post(self, post: dict[str, Any]) -> dict[str, Any]:
        kinds = {"id": "ID", "updated_at": "DATE"}
        named = {k: self.name(kinds[k], v) if k in kinds else v for k, v in post.items()}
        if named.get("lexical"):
            named["lexical"] = json.loads(named["lexical"])["root"]["children"]
        return named


@pytest.fixture(scope="module")
def ghost() -> Iterator[Person]:
    if not (path := os.environ.get("FEEDS_GHOST")):
        pytest.skip("FEEDS_GHOST names no file with the address and the key of a Ghost")
    known = dict(line.split("=", 1) for line in Path(path).read_text().split())
    person = Person(known["GHOST_URL"], known["GHOST_ADMIN_KEY"])
    for post in person.posts():
        person.call("DELETE", f"/posts/{post['id']}/")
    yield person
    for post in person.posts():
        person.call("DELETE", f"/posts/{post['id']}/")


def test_a_real_ghost(ghost: Person, request: pytest.FixtureRequest) -> None:
    with forwarding(ghost.url) as proxy:
        play(Person(proxy.url, ghost.key))
    names = Names()
    exchange = [names.exchange(e) for e in proxy.exchanges]
    if request.config.getoption("--update-golden"):
        RECORDED.write_text(json.dumps(exchange, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert exchange == json.loads(RECORDED.read_bytes())


def test_killed_between_request_and_answer_of_a_real_ghost(ghost: Person, tmp_path: Path) -> None:
    process: subprocess.Popen[bytes]

    def kill(exchange: Exchange) -> bool:
        if exchange.method == "POST":
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        return exchange.method == "GET"

    def settings(url: str) -> str:
        return f'[mailing]\ntool = "ghost"\n[push.ghost]\nurl = "{url}"\n[topics.AI]\nslug = "{TOPIC}-killed"\n'

    write_item(tmp_path / "seeds", "one.md")
    environ = {**os.environ, "FEEDS_GHOST_KEY": ghost.key}
    command = [sys.executable, "-m", "feeds", "push", "AI"]
    with forwarding(ghost.url, kill) as proxy:
        built(tmp_path, settings(proxy.url))
        process = subprocess.Popen(command, cwd=tmp_path, env=environ)
        assert process.wait(60) == -signal.SIGKILL
    built(tmp_path, settings(ghost.url))
    again = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)
    assert again.stdout.startswith("the draft «AI: Title of one» in Ghost is up to date")
    assert len([p for p in ghost.posts() if "-killed-" in p["slug"]]) == 1


# ---- the stub, held against what was recorded


def test_the_stub_answers_as_the_real_ghost_did() -> None:
    recorded = json.loads(RECORDED.read_bytes())
    with GhostStub().serving() as stub, forwarding(stub.url) as proxy:
        play(Person(proxy.url, GhostStub.KEY, pause=0))
    names = Names()
    assert [names.exchange(e) for e in proxy.exchanges] == recorded
    # The person's publishing, and nothing else.
    assert stub.violations == ["a draft post is changed: ['status', 'updated_at']"]
