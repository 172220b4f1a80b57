"""Mailchimp's Marketing API 3.0. https://mailchimp.com/developer/marketing/api/campaigns/

A campaign is made by two calls, its settings first and then its contents. A run that is killed between them leaves an
empty campaign with our title, which the next run fills.
"""

import base64
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from msgspec import Struct

from feeds.config.load import Config
from feeds.delivery.push.http import Http
from feeds.delivery.push.protocol import Draft, Id, Key, Places, PushError, Remote, Request

_DATA_CENTRE = re.compile(r"[0-9a-f]+-([a-z]+[0-9]+)")
_PAGE = 1000
_FIELDS = "campaigns.id,campaigns.web_id,campaigns.status,campaigns.settings.title,total_items"


class _Settings(Struct, frozen=True):
    title: str = ""
    subject_line: str = ""
    preview_text: str = ""
    from_name: str = ""
    reply_to: str = ""


class _Campaign(Struct, frozen=True):
    id: Id
    web_id: int
    status: str
    settings: _Settings


class _Page(Struct, frozen=True):
    campaigns: tuple[_Campaign, ...]
    total_items: int


class _Content(Struct, frozen=True):
    html: str = ""
    plain_text: str = ""


_NO_CONTENT = _Content()


class Mailchimp:
    title = "Mailchimp"
    places = Places(subject=150, preheader=150, text=True)

    def __init__(self, config: Config, key: str, **options: Any) -> None:
        settings = config.push.mailchimp
        self._list = settings.list
        self._from = {
            "from_name": settings.sender_name or config.mailing.sender_name,
            "reply_to": settings.reply_to or config.mailing.sender_address,
        }
        missing = {"list": self._list, "sender_name": self._from["from_name"], "reply_to": self._from["reply_to"]}
        if empty := next((name for name, value in missing.items() if not value), ""):
            raise PushError(f"mailchimp: set `{empty}` in [push.mailchimp]")
        match = _DATA_CENTRE.fullmatch(key)
        if key and not match:
            raise PushError(
                "mailchimp: FEEDS_MAILCHIMP_KEY is not an API key: hexadecimal digits, a hyphen, and such as us21"
            )
        self._centre = match[1] if match else "dc"
        encoded = base64.b64encode(f"feeds:{key}".encode()).decode()
        self._http = Http(
            "mailchimp",
            settings.url or f"https://{self._centre}.api.mailchimp.com/3.0",
            authorization=lambda: f"Basic {encoded}",
            secrets=(key, encoded),
            **options,
        )

    def find(self, key: Key) -> Sequence[Remote]:
        """Search the campaigns of all audiences that are not older than the issue for our title."""
        found = (c for c in self._campaigns(key) if c.settings.title == str(key))
        return [self._remote(campaign) for campaign in found]

    def create(self, draft: Draft) -> str:
        id_ = self._http.send(_Campaign, "POST", "/campaigns", self._new(draft)).id
        self._http.send(_Content, "PUT", f"/campaigns/{id_}/content", _contents(draft))
        return id_

    def read(self, id_: str) -> Remote:
        campaign = self._http.get(_Campaign, f"/campaigns/{id_}")
        content = self._http.get(_Content, f"/campaigns/{id_}/content", {"fields": "html,plain_text"})
        return self._remote(campaign, content)

    def update(self, remote: Remote, draft: Draft) -> None:
        """Replace subject, preheader and contents; the sender stays as it is there."""
        settings = {**self._from, **remote.details["sender"], **_settings(draft)}
        self._http.send(_Campaign, "PATCH", f"/campaigns/{remote.id}", {"settings": settings})
        self._http.send(_Content, "PUT", f"/campaigns/{remote.id}/content", _contents(draft))

    def describe(self, draft: Draft) -> Sequence[Request]:
        return [
            Request(method="POST", url=self._http.url("/campaigns"), body=self._new(draft)),
            Request(method="PUT", url=self._http.url("/campaigns/ID/content"), body=_contents(draft)),
        ]

    def _new(self, draft: Draft) -> dict[str, Any]:
        settings = self._from | _settings(draft)
        return {"type": "regular", "recipients": {"list_id": self._list}, "settings": settings}

    def _campaigns(self, key: Key) -> Iterator[_Campaign]:
        query = {
            "count": str(_PAGE),  # the default is ten
            "sort_field": "create_time",
            "sort_dir": "DESC",
            "since_create_time": (key.since - timedelta(days=1)).isoformat(),
            "fields": _FIELDS,
        }
        for page in count():
            answer = self._http.get(_Page, "/campaigns", {**query, "offset": str(page * _PAGE)})
            yield from answer.campaigns
            if not answer.campaigns or (page + 1) * _PAGE >= answer.total_items:
                return

    def _remote(self, campaign: _Campaign, content: _Content = _NO_CONTENT) -> Remote:
        settings = campaign.settings
        return Remote(
            id=campaign.id,
            state=campaign.status,
            is_draft=campaign.status == "save",
            url=f"https://{self._centre}.admin.mailchimp.com/campaigns/edit?id={campaign.web_id}",
            subject=settings.subject_line,
            preheader=settings.preview_text,
            html=content.html,
            text=content.plain_text,
            details={"sender": {name: value for name in self._from if (value := getattr(settings, name))}},
        )


def _settings(draft: Draft) -> dict[str, Any]:
    return {"title": str(draft.key), "subject_line": draft.subject, "preview_text": draft.preheader}


def _contents(draft: Draft) -> dict[str, Any]:
    return {"html": draft.html, "plain_text": draft.text}
