"""A stub of Ghost's Admin API: what a real Ghost 6.65 showed, and its own schema for what comes in."""

import base64
import hashlib
import hmac
import json
import re
import time
from email.message import Message
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, FormatChecker
from referencing import Registry, Resource

from support.mailing.server import Asked, Json, RefusedError, Stub

_SCHEMAS = Path(__file__).parent / "schemas"
_NAMES = ("posts", "posts-add", "posts-edit")


def _validators() -> dict[str, Draft7Validator]:
    schemas = {name: json.loads((_SCHEMAS / f"ghost-{name}.schema.json").read_text()) for name in _NAMES}
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas.values()
    )
    checker = FormatChecker()

    @checker.checks("json-string", raises=ValueError)
    def is_json(value: object) -> bool:
        return not isinstance(value, str) or json.loads(value) is not None

    return {name: Draft7Validator(s, registry=registry, format_checker=checker) for name, s in schemas.items()}


_VALIDATORS = _validators()


_PARAGRAPH: Json = {"type": "paragraph", "version": 1, "direction": None, "format": "", "indent": 0, "children": []}
_EMPTY = json.dumps({"root": {"type": "root", "version": 1, "children": [_PARAGRAPH]}})
"""The document of a post that has none."""


class GhostStub(Stub):
    API = "/ghost/api/admin"
    KEY = f"{'0123456789ab' * 2}:{'0123456789abcdef' * 4}"
    DRAFT = "draft"
    BEYOND = ("scheduled", "published", "sent")

    def authorize(self, asked: Asked) -> None:
        scheme, _, token = asked.headers.get("Authorization", "").partition(" ")
        id_, _, secret = self.KEY.partition(":")
        try:
            head, claims, signature = token.split(".")
            known, said = (json.loads(_unbase64(part)) for part in (head, claims))
            wanted = hmac.digest(bytes.fromhex(secret), f"{head}.{claims}".encode(), hashlib.sha256)
            is_ours = wanted == _unbase64(signature) and (known["kid"], known["alg"]) == (id_, "HS256")
            is_ours = is_ours and scheme == "Ghost" and said["aud"] == "/admin/"
            is_ours = is_ours and said["exp"] - said["iat"] <= 300 and said["exp"] > time.time()
        except (ValueError, KeyError):
            is_ours = False
        if not is_ours:
            raise _error(401, "UnauthorizedError", "Invalid token", None)

    def respond(self, asked: Asked) -> tuple[int, Any]:
        if set(asked.query) & {"newsletter", "source", "email_segment"}:
            self.violation(f"a query that publishes or rewrites: {asked.query}")
        match = re.fullmatch(r"/posts/(?:([0-9a-f]{24})/)?", asked.path)
        if match and (asked.method, bool(match[1])) in _OPERATIONS:
            return _OPERATIONS[asked.method, bool(match[1])](self, asked, match[1])
        self.violation(f"{asked.method} {asked.path} is not one of the four requests")
        raise _error(404, "NotFoundError", "Resource not found", None)

    def browse(self, asked: Asked, _: str) -> tuple[int, Any]:
        match = re.fullmatch(r"slug:'([a-z0-9-]+)',lexical:~'([\w: -]+)'", asked.query["filter"])
        assert match, "the stub knows no other filter"
        assert asked.query["formats"] == "lexical"
        found = [p for p in self.held.values() if p["slug"] == match[1] or match[2] in p["lexical"]]
        # A real Ghost has at most a hundred a page; few, so that there is a second one.
        size, page = min(int(asked.query.get("limit", 15)), 2), int(asked.query.get("page", 1))
        more = page + 1 if page * size < len(found) else None
        pagination = {"page": page, "limit": size, "total": len(found), "next": more}
        return 200, {"posts": found[(page - 1) * size : page * size], "meta": {"pagination": pagination}}

    def read(self, _: Asked, id_: str) -> tuple[int, Any]:
        return 200, {"posts": [self._post(id_, "read")]}

    def add(self, asked: Asked, _: str) -> tuple[int, Any]:
        sent = self._valid("posts-add", asked.body)
        if sent.get("status", "draft") != "draft":
            self.violation(f"a post is created as {sent['status']}")
        id_ = f"{len(self.held) + 1:024x}"
        post = {"email_subject": None, "custom_excerpt": None, "lexical": _EMPTY, "status": "draft"} | sent
        self.held[id_] = post | {"id": id_, "slug": self._slug(sent.get("slug") or sent["title"])}
        return 201, {"posts": [self._touch(id_)]}

    def change(self, asked: Asked, id_: str) -> tuple[int, Any]:
        post = self._post(id_, "edit")
        sent = self._valid("posts-edit", asked.body)
        if "status" in sent or post["status"] != "draft":
            self.violation(f"a {post['status']} post is changed: {sorted(sent)}")
        if sent.pop("updated_at") != post["updated_at"]:
            message = "Saving failed! Someone else is editing this post."
            raise _error(409, "UpdateCollisionError", message, None)
        post |= sent
        return 200, {"posts": [self._touch(id_)]}

    def _post(self, id_: str, verb: str) -> Json:
        if id_ not in self.held:
            raise _error(404, "NotFoundError", f"Resource not found error, cannot {verb} post.", "Post not found.")
        return self.held[id_]

    def _valid(self, schema: str, body: Any) -> Json:
        if problem := next(iter(_VALIDATORS[schema].iter_errors(body)), None):
            verb = "save" if schema == "posts-add" else "edit"
            raise _error(422, "ValidationError", f"Validation error, cannot {verb} post.", problem.message)
        valid: Json = body["posts"][0]
        return valid

    def _slug(self, wanted: str) -> str:
        base = re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-")
        taken = {post["slug"] for post in self.held.values()}
        return base if base not in taken else next(s for n in range(2, 99) if (s := f"{base}-{n}") not in taken)

    def _touch(self, id_: str) -> Json:
        """Give the post a new date, in whole seconds."""
        self.held[id_]["updated_at"] = f"2021-02-01T06:{len(self.asked) // 60:02}:{len(self.asked) % 60:02}.000Z"
        return self.held[id_]

    # ---- a person

    def html(self, id_: str) -> str:
        html: str = json.loads(self.held[id_]["lexical"])["root"]["children"][0]["html"]
        return html

    def edit(self, id_: str, *, html: str = "", subject: str = "") -> None:
        post = self.held[id_]
        if html:
            document = json.loads(post["lexical"])
            document["root"]["children"][0]["html"] += html
            post["lexical"] = json.dumps(document)
        if subject:
            post["title"] = subject
        self.asked.append(Asked("GET", "", {}, Message(), None))  # a second passes
        self._touch(id_)

    def duplicate(self, id_: str) -> None:
        copy = f"{len(self.held) + 1:024x}"
        self.held[copy] = self.held[id_] | {"id": copy, "slug": self._slug(self.held[id_]["slug"])}


_OPERATIONS = {
    ("GET", False): GhostStub.browse,
    ("GET", True): GhostStub.read,
    ("POST", False): GhostStub.add,
    ("PUT", True): GhostStub.change,
}


def _error(status: int, kind: str, message: str, context: str | None) -> RefusedError:
    return RefusedError(status, {"errors": [{"message": message, "context": context, "type": kind}]})


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
