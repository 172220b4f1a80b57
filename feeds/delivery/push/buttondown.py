"""Buttondown's API, version 2026-04-01. https://docs.buttondown.com/api-introduction

Before that version an e-mail that is created without a status is sent at once; so both are always said.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from msgspec import Struct, field

from feeds.config.load import Config
from feeds.delivery.push.http import Http
from feeds.delivery.push.protocol import Draft, Id, Key, Places, Remote, Request

_MODE = "<!-- buttondown-editor-mode: fancy -->"
"""Without it the body is taken for Markdown."""
_FIELD = "feeds_issue"


class _Email(Struct, frozen=True):
    id: Id
    status: str
    subject: str
    description: str = ""
    body: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


class _Page(Struct, frozen=True):
    results: tuple[_Email, ...]
    next: str | None = None


class Buttondown:
    title = "Buttondown"
    # Buttondown shows the description in its archive and to search engines.
    places = Places(subject=2000, preheader=1000)

    def __init__(self, config: Config, key: str, **options: Any) -> None:
        self._template = config.push.buttondown.template
        self._http = Http(
            "buttondown",
            config.push.buttondown.url,
            authorization=lambda: f"Token {key}",
            headers={"X-API-Version": "2026-04-01"},
            secrets=(key,),
            **options,
        )

    def find(self, key: Key) -> Sequence[Remote]:
        """Search all e-mails that are not older than the issue for our key in their metadata."""
        since = key.since.date() - timedelta(days=1)
        query = {"creation_date__start": since.isoformat(), "excluded_fields": "body", "ordering": "-creation_date"}
        found = (e for e in self._emails(query) if e.metadata.get(_FIELD) == str(key))
        return [_remote(email) for email in found if email.status != "deleted"]

    def create(self, draft: Draft) -> str:
        return self._http.send(_Email, "POST", "/emails", self._new(draft)).id

    def read(self, id_: str) -> Remote:
        return _remote(self._http.get(_Email, f"/emails/{id_}"))

    def update(self, remote: Remote, draft: Draft) -> None:
        metadata = {**remote.details["metadata"], _FIELD: str(draft.key)}
        self._http.send(_Email, "PATCH", f"/emails/{remote.id}", _contents(draft) | {"metadata": metadata})

    def describe(self, draft: Draft) -> Sequence[Request]:
        return [Request(method="POST", url=self._http.url("/emails"), body=self._new(draft))]

    def _new(self, draft: Draft) -> dict[str, Any]:
        body = _contents(draft) | {"status": "draft", "metadata": {_FIELD: str(draft.key)}}
        return body | {"template": self._template} if self._template else body

    def _emails(self, query: Mapping[str, str]) -> Iterator[_Email]:
        """Yield the e-mails of all pages. `next` is only looked at: an address in an answer is not followed."""
        for page in count(1):
            answer = self._http.get(_Page, "/emails", {**query, "page": str(page)})
            yield from answer.results
            if not answer.next:
                return


def _contents(draft: Draft) -> dict[str, Any]:
    return {"subject": draft.subject, "description": draft.preheader, "body": f"{_MODE}\n{draft.html}"}


def _remote(email: _Email) -> Remote:
    return Remote(
        id=email.id,
        state=email.status,
        is_draft=email.status == "draft",
        url=f"https://buttondown.com/emails/{email.id}",
        subject=email.subject,
        preheader=email.description,
        html=email.body.removeprefix(_MODE).lstrip(),
        details={"metadata": email.metadata},
    )
