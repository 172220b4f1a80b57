"""Ghost's Admin API, version 6. https://docs.ghost.org/admin-api

Seen in a real Ghost 6.65: a `lexical` document with one HTML node keeps our HTML byte for byte, where `?source=html`
rewrites it. A slug is lower-case, and one that is taken gets `-2`. `updated_at` has whole seconds, and a PUT with an
old one is answered with 409.
"""

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from feeds.config.load import Config
from feeds.delivery.push.http import Http
from feeds.delivery.push.protocol import Draft, Id, Key, Places, PushError, Remote, Request

_LIFETIME = 300
"""Seconds that a token is valid; Ghost refuses more."""
_KEY = re.compile(r"([0-9a-f]{24}):([0-9a-f]{64})")
_API = "/ghost/api/admin"


class _Post(Struct, frozen=True):
    id: Id
    slug: str
    status: str
    title: str
    updated_at: str
    email_subject: str | None = None
    custom_excerpt: str | None = None
    lexical: str | None = None


class _Pagination(Struct, frozen=True):
    next: int | None = None


class _Meta(Struct, frozen=True):
    pagination: _Pagination = _Pagination()


class _Posts(Struct, frozen=True):
    posts: tuple[_Post, ...]
    meta: _Meta = _Meta()


class _One(Struct, frozen=True):
    """The answer that has exactly one post."""

    posts: tuple[_Post]


class Ghost:
    title = "Ghost"
    places = Places(subject=255, preheader=300, fragment=True)

    def __init__(self, config: Config, key: str, **options: Any) -> None:
        """Take an Admin API key, `id:secret`; an empty one is enough for `describe`."""
        if key and not _KEY.fullmatch(key):
            raise PushError(
                "ghost: FEEDS_GHOST_KEY is not an Admin API key: 24 hexadecimal digits, a colon, and 64 more"
            )
        self._site = config.push.ghost.url.rstrip("/")
        if not self._site:
            raise PushError("ghost: set `url` in [push.ghost] to the address of your site")
        self._http = Http(
            "ghost",
            self._site + _API,
            authorization=lambda: f"Ghost {token(key, int(time.time()))}",
            headers={"Accept-Version": "v6.0"},
            secrets=(key, key.partition(":")[2]),
            **options,
        )

    def find(self, key: Key) -> Sequence[Remote]:
        """Search by slug, and by the comment in the HTML: a person may have changed the slug, or copied the post."""
        query = {"filter": f"slug:'{_slug(key)}',lexical:~'feeds: {key} '", "formats": "lexical", "limit": "50"}
        return [self._remote(post) for post in self._posts(query)]

    def create(self, draft: Draft) -> str:
        return self._http.send(_One, "POST", "/posts/", _new(draft)).posts[0].id

    def read(self, id_: str) -> Remote:
        return self._remote(self._http.get(_One, f"/posts/{id_}/", {"formats": "lexical"}).posts[0])

    def update(self, remote: Remote, draft: Draft) -> None:
        """Replace the contents; Ghost refuses if the post has changed since `remote` was read."""
        body = {"posts": [_contents(draft) | {"updated_at": remote.details["updated_at"]}]}
        self._http.send(_One, "PUT", f"/posts/{remote.id}/", body)

    def describe(self, draft: Draft) -> Sequence[Request]:
        return [Request(method="POST", url=self._http.url("/posts/"), body=_new(draft))]

    def _posts(self, query: Mapping[str, str]) -> Iterator[_Post]:
        page: int | None = 1
        while page:
            answer = self._http.get(_Posts, "/posts/", {**query, "page": str(page)})
            yield from answer.posts
            page = answer.meta.pagination.next

    def _remote(self, post: _Post) -> Remote:
        return Remote(
            id=post.id,
            state=post.status,
            is_draft=post.status == "draft",
            url=f"{self._site}/ghost/#/editor/post/{post.id}",
            # We set the title only. A person who sets a subject of its own has edited the draft.
            subject=" | ".join(filter(None, (post.title, post.email_subject))),
            preheader=post.custom_excerpt or "",
            html=_html(post),
            details={"updated_at": post.updated_at},
        )


def _slug(key: Key) -> str:
    return str(key).lower()


def _new(draft: Draft) -> dict[str, Any]:
    # A status is sent here and nowhere else: `draft` is the default, and a PUT without one leaves the status alone.
    return {"posts": [_contents(draft) | {"slug": _slug(draft.key), "status": "draft"}]}


def _contents(draft: Draft) -> dict[str, Any]:
    return {
        "title": draft.subject,
        "email_subject": None,  # the title is the subject
        "custom_excerpt": draft.preheader or None,
        "lexical": json.dumps(_document(draft.html), ensure_ascii=False),
    }


def _document(html: str) -> dict[str, Any]:
    """Return a Lexical document of one HTML card."""
    root = {"type": "root", "version": 1, "direction": None, "format": "", "indent": 0}
    return {"root": root | {"children": [{"type": "html", "version": 1, "html": html}]}}


def _html(post: _Post) -> str:
    """Return the HTML of a post's only card, and of a post that has more in it everything, which is never ours.

    Empty paragraphs don't count: Ghost's editor adds them around a card.
    """
    lexical = post.lexical or ""
    try:
        children = json.loads(lexical)["root"]["children"]
        cards = [child for child in children if not _is_empty(child)]
        if not cards:
            return ""
        (only,) = cards
        return str(only["html"])
    except (ValueError, KeyError, TypeError):
        return str(lexical)


def _is_empty(child: Mapping[str, Any]) -> bool:
    return child.get("type") == "paragraph" and not child.get("children")


def token(key: str, now: int) -> str:
    """Return a JSON Web Token (RFC 7519, HS256) as Ghost wants it."""
    id_, _, secret = key.partition(":")
    header = {"alg": "HS256", "typ": "JWT", "kid": id_}
    claims = {"iat": now, "exp": now + _LIFETIME, "aud": "/admin/"}
    signed = b".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
    signature = hmac.digest(bytes.fromhex(secret), signed, hashlib.sha256)
    return (signed + b"." + _base64url(signature)).decode()


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
