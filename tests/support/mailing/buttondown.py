"""A stub of Buttondown's API, judged on both sides by its own contract; an e-mail without a status is sent."""

import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from support.mailing.server import Asked, Json, RefusedError, Stub

CONTRACT: Json = json.loads((Path(__file__).parent / "schemas/buttondown.openapi.json").read_text())
_LIST = {p["name"]: p["schema"] for p in CONTRACT["paths"]["/emails"]["get"]["parameters"]}
_PAGE = 2
"""E-mails on a page; few, so that there is more than one page."""


def _validator(name: str) -> Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}
    return Draft202012Validator(schema)


_VALIDATORS = {name: _validator(name) for name in ("EmailInput", "EmailUpdateInput", "Email", "EmailPage")}


class ButtondownStub(Stub):
    API = "/v1"
    KEY = "12345678-90ab-cdef-1234-567890abcdef"
    DRAFT = "draft"
    BEYOND = ("scheduled", "about_to_send", "in_flight", "paused", "errored", "sent", "suppressed")

    def authorize(self, asked: Asked) -> None:
        if asked.headers.get("Authorization") != f"Token {self.KEY}":
            raise RefusedError(401, {"detail": "Invalid token."})
        assert asked.headers.get("X-API-Version") == "2026-04-01", "without it other defaults count"

    def respond(self, asked: Asked) -> tuple[int, Any]:
        if "X-Buttondown-Live-Dangerously" in asked.headers:
            self.violation("a header that skips the confirmation before sending")
        match = re.fullmatch(r"/emails(?:/([\w-]+))?", asked.path)
        operation = _OPERATIONS.get((asked.method, bool(match[1]))) if match else None
        if not match or not operation:
            self.violation(f"{asked.method} {asked.path} is not one of the four requests")
            raise RefusedError(404, {"detail": "Not Found"})
        status, answer = operation(self, asked, match[1])
        _VALIDATORS["EmailPage" if "results" in answer else "Email"].validate(answer)
        return status, answer

    def browse(self, asked: Asked, _: str) -> tuple[int, Any]:
        for name, value in asked.query.items():
            schema = _LIST[name]
            if schema.get("enum") or schema.get("items"):
                assert value in json.dumps(CONTRACT["components"]) + json.dumps(schema)
        found = [
            {**email, "body": ""} if asked.query.get("excluded_fields") == "body" else email
            for email in self.held.values()
            if email["creation_date"][:10] >= asked.query.get("creation_date__start", "")
        ]
        page = int(asked.query.get("page", 1))
        more = "http://nowhere.invalid/" if page * _PAGE < len(found) else None
        return 200, {"results": found[(page - 1) * _PAGE : page * _PAGE], "next": more, "count": len(found)}

    def read(self, _: Asked, id_: str) -> tuple[int, Any]:
        if id_ not in self.held:
            raise RefusedError(404, {"detail": "Not Found"})
        return 200, self.held[id_]

    def add(self, asked: Asked, _: str) -> tuple[int, Any]:
        sent = self._valid("EmailInput", asked.body)
        status = sent.get("status", "about_to_send")
        if status != "draft" or sent.get("publish_date"):
            self.violation(f"an e-mail is created as {status}")
        if sent["body"].startswith("---"):
            raise RefusedError(400, {"code": "body_contains_frontmatter", "detail": "Remove the front matter."})
        id_ = f"em_{len(self.held) + 1:026d}"
        self.held[id_] = _DEFAULTS | {"status": status} | sent | {"id": id_}
        return 201, self.held[id_]

    def change(self, asked: Asked, id_: str) -> tuple[int, Any]:
        status, email = self.read(asked, id_)
        sent = self._valid("EmailUpdateInput", asked.body)
        if {"status", "publish_date"} & set(sent) or email["status"] != "draft":
            self.violation(f"a {email['status']} e-mail is changed: {sorted(sent)}")
        email |= sent
        return status, email

    def _valid(self, schema: str, body: Any) -> Json:
        if problem := next(iter(_VALIDATORS[schema].iter_errors(body)), None):
            raise RefusedError(
                422, {"detail": [{"msg": problem.message, "loc": [*problem.path], "type": "value_error"}]}
            )
        valid: Json = body
        return valid

    # ---- a person

    def html(self, id_: str) -> str:
        mode, _, html = str(self.held[id_]["body"]).partition("\n")
        assert mode == "<!-- buttondown-editor-mode: fancy -->"
        return html

    def edit(self, id_: str, *, html: str = "", subject: str = "") -> None:
        self.held[id_]["body"] += html
        self.held[id_]["subject"] = subject or self.held[id_]["subject"]

    def duplicate(self, id_: str) -> None:
        copy = f"em_{len(self.held) + 1:026d}"
        self.held[copy] = self.held[id_] | {"id": copy}


_OPERATIONS = {
    ("GET", False): ButtondownStub.browse,
    ("GET", True): ButtondownStub.read,
    ("POST", False): ButtondownStub.add,
    ("PATCH", True): ButtondownStub.change,
}

_DEFAULTS: Json = {
    "creation_date": "2021-02-01T06:00:00Z",
    "modification_date": "2021-02-01T06:00:00Z",
    "absolute_url": "https://buttondown.example/news/archive/",
    "body": "",
    "canonical_url": "",
    "commenting_mode": "enabled",
    "description": "",
    "archival_mode": "enabled",
    "featured": False,
    "filters": {"filters": [], "groups": [], "predicate": "and"},
    "image": "",
    "metadata": {},
    "related_email_ids": [],
    "should_trigger_pay_per_email_billing": False,
    "source": "api",
}
