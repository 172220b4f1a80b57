"""A stub of Mailchimp's Marketing API 3.0, after its documentation: campaigns, their contents, ten to a page."""

import base64
import re
from typing import Any

from support.mailing.server import Asked, Json, RefusedError, Stub

_CREATED = "2021-02-01T06:00:00+00:00"
_SETTINGS = {"title", "subject_line", "preview_text", "from_name", "reply_to"}


class MailchimpStub(Stub):
    API = "/3.0"
    KEY = f"{'0123456789abcdef' * 2}-us21"
    DRAFT = "save"
    BEYOND = ("paused", "schedule", "sending", "sent", "canceling", "canceled")
    LIST = "a1b2c3d4e5"

    def __init__(self) -> None:
        super().__init__()
        self.contents: dict[str, Json] = {}

    def authorize(self, asked: Asked) -> None:
        scheme, _, encoded = asked.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic" or base64.b64decode(encoded).decode().partition(":")[2] != self.KEY:
            raise _problem(401, "API Key Invalid", "Your API key may be invalid.")

    def respond(self, asked: Asked) -> tuple[int, Any]:
        match = re.fullmatch(r"/campaigns(?:/(\w+)(/content)?)?", asked.path)
        operation = _OPERATIONS.get((asked.method, bool(match[1]), bool(match[2]))) if match else None
        if not match or not operation:
            self.violation(f"{asked.method} {asked.path} is not one of the six requests")
            raise _problem(404, "Resource Not Found", "The requested resource could not be found.")
        return operation(self, asked, match[1])

    def browse(self, asked: Asked, _: str) -> tuple[int, Any]:
        unknown = set(asked.query) - {"count", "offset", "fields", "sort_field", "sort_dir", "since_create_time"}
        assert not unknown, "the stub knows no other parameter"
        since = asked.query.get("since_create_time", "")
        found = [c for c in self.held.values() if c["create_time"] > since]
        if (asked.query.get("sort_field"), asked.query.get("sort_dir")) == ("create_time", "DESC"):
            found.reverse()
        # Ten by default, and a thousand at most.
        size, offset = min(int(asked.query.get("count", 10)), 1000), int(asked.query.get("offset", 0))
        page = {"campaigns": found[offset : offset + size], "total_items": len(found), "_links": []}
        return 200, _selected(page, asked.query["fields"].split(",")) if "fields" in asked.query else page

    def read(self, _: Asked, id_: str) -> tuple[int, Any]:
        if id_ not in self.held:
            raise _problem(404, "Resource Not Found", "The requested resource could not be found.")
        return 200, self.held[id_]

    def add(self, asked: Asked, _: str) -> tuple[int, Any]:
        body: Json = asked.body
        if set(body) != {"type", "recipients", "settings"} or body["type"] != "regular":
            self.violation(f"a campaign of another kind: {sorted(body)}")
        if body["recipients"] != {"list_id": self.LIST}:
            raise _problem(400, "Invalid Resource", "", [{"field": "recipients.list_id", "message": "Unknown list"}])
        id_ = f"c{len(self.held) + 1:09x}"
        fixed = {"id": id_, "web_id": 1000 + len(self.held), "status": "save", "create_time": _CREATED}
        self.held[id_] = body | fixed | {"settings": self._settings(body["settings"])}
        return 200, self.held[id_]

    def change(self, asked: Asked, id_: str) -> tuple[int, Any]:
        status, campaign = self.read(asked, id_)
        if set(asked.body) != {"settings"}:
            self.violation(f"more than the settings is changed: {sorted(asked.body)}")
        self._must_be_a_draft(campaign)
        campaign["settings"] |= self._settings(asked.body["settings"])
        return status, campaign

    def read_content(self, asked: Asked, id_: str) -> tuple[int, Any]:
        self.read(asked, id_)
        return 200, self.contents.get(id_, {"html": "", "plain_text": ""})

    def set_content(self, asked: Asked, id_: str) -> tuple[int, Any]:
        _, campaign = self.read(asked, id_)
        self._must_be_a_draft(campaign)
        assert set(asked.body) == {"html", "plain_text"}
        self.contents[id_] = asked.body
        return 200, self.contents[id_] | {"archive_html": ""}

    def _must_be_a_draft(self, campaign: Json) -> None:
        if campaign["status"] != "save":
            self.violation(f"a campaign that is in state {campaign['status']} is changed")

    def _settings(self, sent: Json) -> Json:
        if unknown := set(sent) - _SETTINGS:
            self.violation(f"settings that were not asked for: {sorted(unknown)}")
        if missing := sorted({"subject_line", "from_name", "reply_to"} - set(sent)):
            errors = [{"field": f"settings.{name}", "message": "Required field"} for name in missing]
            raise _problem(400, "Invalid Resource", "The resource submitted could not be validated.", errors)
        return {**sent}

    # ---- a person

    def html(self, id_: str) -> str:
        return str(self.contents[id_]["html"])

    def edit(self, id_: str, *, html: str = "", subject: str = "") -> None:
        self.contents[id_] = self.contents[id_] | {"html": self.contents[id_]["html"] + html}
        settings = self.held[id_]["settings"]
        settings["subject_line"] = subject or settings["subject_line"]

    def duplicate(self, id_: str) -> None:
        copy = f"c{len(self.held) + 1:09x}"
        self.held[copy] = self.held[id_] | {"id": copy, "settings": {**self.held[id_]["settings"]}}
        self.contents[copy] = {**self.contents[id_]}


_OPERATIONS = {
    ("GET", False, False): MailchimpStub.browse,
    ("GET", True, False): MailchimpStub.read,
    ("POST", False, False): MailchimpStub.add,
    ("PATCH", True, False): MailchimpStub.change,
    ("GET", True, True): MailchimpStub.read_content,
    ("PUT", True, True): MailchimpStub.set_content,
}


def _problem(status: int, title: str, detail: str, errors: list[Json] | None = None) -> RefusedError:
    return RefusedError(status, {"title": title, "status": status, "detail": detail, "errors": errors or []})


def _selected(page: Json, fields: list[str]) -> Json:
    """Return only the fields that are asked for, by their paths, as Mailchimp does."""

    def keep(value: Any, prefix: str) -> Any:
        if isinstance(value, list):
            return [keep(inner, prefix) for inner in value]
        if not isinstance(value, dict) or prefix in fields:
            return value
        wanted = {k: f"{prefix}.{k}" if prefix else k for k in value}
        return {
            k: keep(value[k], path)
            for k, path in wanted.items()
            if any(f == path or f.startswith(f"{path}.") for f in fields)
        }

    kept: Json = keep(page, "")
    return kept
