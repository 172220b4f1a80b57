"""A stub of listmonk's API, after its source at 911e0b7: cmd/campaigns.go, models/, queries/campaigns.sql."""

import re
from typing import Any

from support.mailing.server import Asked, Json, RefusedError, Stub

_FIELDS = {
    *("name", "subject", "lists", "type", "content_type", "body", "altbody", "from_email", "tags", "template_id"),
    *("media", "headers", "attribs", "messenger"),
}
_TAG_LENGTH = 100


class ListmonkStub(Stub):
    API = "/api"
    USER, TOKEN = "feeds", "sJ4dXk0aTq8Lr2PzVb6NwCyE"
    KEY = TOKEN
    DRAFT = "draft"
    BEYOND = ("scheduled", "running", "paused", "finished", "cancelled")
    LISTS = (3, 4)

    def authorize(self, asked: Asked) -> None:
        if asked.headers.get("Authorization") != f"token {self.USER}:{self.TOKEN}":
            raise RefusedError(403, {"message": "Invalid session"})

    def respond(self, asked: Asked) -> tuple[int, Any]:
        match = re.fullmatch(r"/campaigns(?:/(\d+))?", asked.path)
        if match and (asked.method, bool(match[1])) in _OPERATIONS:
            status, data = _OPERATIONS[asked.method, bool(match[1])](self, asked, match[1])
            return status, {"data": data}
        self.violation(f"{asked.method} {asked.path} is not one of the four requests")
        raise RefusedError(404, {"message": "Not Found"})

    def browse(self, asked: Asked, _: str) -> tuple[int, Any]:
        # `tags`, as the documents have it, is a parameter that listmonk doesn't read.
        assert set(asked.query) <= {"tag", "no_body", "per_page"}
        tag = asked.query.get("tag")
        found = [c for c in self.held.values() if tag is None or tag in c["tags"]]
        size = None if asked.query.get("per_page") == "all" else 20
        bare = [c | {"body": "", "body_source": None} for c in found[:size]]
        return 200, {"results": bare, "query": "", "total": len(found), "per_page": size or 0, "page": 1}

    def read(self, _: Asked, id_: str) -> tuple[int, Any]:
        if id_ not in self.held:
            raise RefusedError(400, {"message": "Campaign not found."})
        return 200, self.held[id_]

    def add(self, asked: Asked, _: str) -> tuple[int, Any]:
        id_ = len(self.held) + 1
        defaults: Json = {"type": "regular", "content_type": "richtext", "altbody": None, "tags": [], "media": []}
        self._look_for_unknown(asked.body)
        self.held[str(id_)] = defaults | self._valid(asked.body) | {"id": id_, "status": "draft", "send_at": None}
        return 200, self.held[str(id_)]

    def change(self, asked: Asked, id_: str) -> tuple[int, Any]:
        status, campaign = self.read(asked, id_)
        if campaign["status"] not in ("draft", "scheduled", "paused"):
            raise RefusedError(400, {"message": "Cannot update a running or a finished campaign."})
        if campaign["status"] != "draft":
            self.violation(f"a {campaign['status']} campaign is changed")
        self._look_for_unknown(asked.body)
        # What is left out stays as it is; but lists are always asked for, and attachments are taken away.
        campaign |= self._valid({**campaign, "lists": [], "media": [], **asked.body})
        return status, campaign

    def _look_for_unknown(self, body: Json) -> None:
        if unknown := sorted(set(body) - _FIELDS):
            self.violation(f"fields that could schedule: {unknown}")

    def _valid(self, body: Json) -> Json:
        valid = {**body}
        for name, most in (("name", 2000), ("subject", 5000)):
            if not 0 < len(body.get(name) or "") <= most:
                raise RefusedError(400, {"message": f"Invalid length for {name}."})
        if not set(body.get("lists") or ()) & set(self.LISTS):
            raise RefusedError(400, {"message": "No lists selected."})
        assert valid["content_type"] == "html", "richtext goes through an editor"
        if re.search(r"\{\{(?!.*?\}\})", valid["body"], re.DOTALL):
            raise RefusedError(400, {"message": "Error compiling campaign body: template: content:1: unclosed action"})
        assert all(len(tag) <= _TAG_LENGTH for tag in valid.get("tags", ()))
        valid["tags"] = [re.sub(r"\s+", "-", tag.strip()) for tag in valid.get("tags", ())]
        valid["lists"] = [{"id": n, "name": f"List {n}"} for n in body["lists"] if n in self.LISTS]
        valid["media"] = [{"id": n, "filename": f"{n}.pdf"} for n in body.get("media", ())]
        return valid

    # ---- a person

    def html(self, id_: str) -> str:
        return str(self.held[id_]["body"])

    def edit(self, id_: str, *, html: str = "", subject: str = "") -> None:
        self.held[id_]["body"] += html
        self.held[id_]["subject"] = subject or self.held[id_]["subject"]

    def duplicate(self, id_: str) -> None:
        copy = len(self.held) + 1
        self.held[str(copy)] = self.held[id_] | {"id": copy}


_OPERATIONS = {
    ("GET", False): ListmonkStub.browse,
    ("GET", True): ListmonkStub.read,
    ("POST", False): ListmonkStub.add,
    ("PUT", True): ListmonkStub.change,
}
