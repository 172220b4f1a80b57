"""listmonk's API. https://listmonk.app/docs/apis/campaigns/ and, where the documents are wrong, its source (911e0b7).

A new campaign is always a draft. But an update is also accepted for campaigns that are scheduled or paused, so its
state is read first.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from feeds.config.load import Config
from feeds.delivery.push.http import Http
from feeds.delivery.push.protocol import Draft, Key, Places, PushError, Remote, Request


class _Named(Struct, frozen=True):
    """A list or an attachment; without an id once it was deleted."""

    id: int | None = None


class _Campaign(Struct, frozen=True):
    id: int
    status: str
    subject: str
    body: str
    tags: tuple[str, ...]
    altbody: str | None = None
    lists: tuple[_Named, ...] | None = None
    media: tuple[_Named, ...] | None = None


class _One(Struct, frozen=True):
    data: _Campaign


class _Results(Struct, frozen=True):
    results: tuple[_Campaign, ...]


class _All(Struct, frozen=True):
    data: _Results


class Listmonk:
    title = "listmonk"
    places = Places(subject=5000, text=True)

    def __init__(self, config: Config, key: str, **options: Any) -> None:
        settings = config.push.listmonk
        for name in ("url", "user", "lists"):
            if not getattr(settings, name):
                raise PushError(f"listmonk: set `{name}` in [push.listmonk]")
        self._settings = settings
        self._site = settings.url.rstrip("/")
        self._http = Http(
            "listmonk",
            f"{self._site}/api",
            authorization=lambda: f"token {settings.user}:{key}",
            secrets=(key,),
            **options,
        )

    def find(self, key: Key) -> Sequence[Remote]:
        """Search by tag, on one page that holds everything; the parameter is `tag`, not `tags` as the documents say."""
        query = {"tag": str(key), "no_body": "true", "per_page": "all"}
        results = self._http.get(_All, "/campaigns", query).data.results
        return [self._remote(campaign) for campaign in results if str(key) in campaign.tags]

    def create(self, draft: Draft) -> str:
        return str(self._http.send(_One, "POST", "/campaigns", self._new(draft)).data.id)

    def read(self, id_: str) -> Remote:
        return self._remote(self._http.get(_One, f"/campaigns/{id_}").data)

    def update(self, remote: Remote, draft: Draft) -> None:
        """Replace the contents. Lists and attachments are said again as they are: what is left out would be lost."""
        self._http.send(_One, "PUT", f"/campaigns/{remote.id}", _contents(draft) | dict(remote.details))

    def describe(self, draft: Draft) -> Sequence[Request]:
        return [Request(method="POST", url=self._http.url("/campaigns"), body=self._new(draft))]

    def _new(self, draft: Draft) -> dict[str, Any]:
        own: dict[str, Any] = {
            "name": str(draft.key),
            "type": "regular",
            "tags": [str(draft.key)],
            "lists": list(self._settings.lists),
        }
        if self._settings.template:
            own["template_id"] = self._settings.template
        if self._settings.sender:
            own["from_email"] = self._settings.sender
        return own | _contents(draft)

    def _remote(self, campaign: _Campaign) -> Remote:
        return Remote(
            id=str(campaign.id),
            state=campaign.status,
            is_draft=campaign.status == "draft",
            url=f"{self._site}/admin/campaigns/{campaign.id}",
            subject=campaign.subject,
            html=campaign.body,
            text=campaign.altbody or "",
            details={
                "lists": [entry.id for entry in campaign.lists or () if entry.id],
                "media": [entry.id for entry in campaign.media or () if entry.id],
            },
        )


def _contents(draft: Draft) -> dict[str, Any]:
    return {"subject": draft.subject, "content_type": "html", "body": draft.html, "altbody": draft.text}
