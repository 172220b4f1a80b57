"""Reads the digest to push from the built files, so that what is pushed is what was built and deployed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from feeds.config.load import Config
from feeds.config.mailing_tools import Profile
from feeds.config.options import DigestOptions
from feeds.config.push_tools import PUSH_TOOLS
from feeds.delivery.push.protocol import Draft, Key, NothingToPushError, PushError
from feeds.editions.issues import named_period
from feeds.model import Period
from feeds.output.folder import OutputFolder, open_output
from feeds.renderers import manifest
from feeds.renderers.digest.tags import missing
from feeds.renderers.manifest import PreviousBuild
from feeds.urls import slug


def chosen_tool(config: Config, wanted: str = "") -> str:
    """Return the tool to push to: the wanted one, else the only one that `[mailing] tool` names."""
    if wanted and wanted not in PUSH_TOOLS:
        raise PushError(f"--tool: {wanted!r} cannot be pushed to; choose from {', '.join(PUSH_TOOLS)}")
    names = [name for name in config.mailing.tools if name in PUSH_TOOLS]
    if wanted and wanted not in names:
        raise PushError(f'no digest is made for {wanted}; set tool = "{wanted}" in [mailing] and build again')
    if not names:
        raise PushError(f"set `tool` in [mailing] to one of {', '.join(PUSH_TOOLS)}, and build again")
    if not wanted and len(names) > 1:
        raise PushError(f"digests are made for {' and '.join(names)}; choose one with --tool")
    return wanted or names[0]


def built_draft(config: Config, topic: str, issue: str, tool: str, now: datetime) -> Draft:
    """Return the built digest of a topic's or a newsletter's issue; of the newest closed one without an id.

    Raise PushError when it isn't there, or isn't made for the tool.
    """
    out = open_output(config.out)
    built = manifest.read(out.read(manifest.NAME))
    entry = _entry(built, config, topic)
    period = _period(config.digest, issue) if issue else which_issue(built, entry["slug"], config.digest, now)
    directory, digest = _digest(config, entry, period.id, tool)
    html = _text(out, f"{directory}/{digest['file']}")
    _check(f"{directory}/{digest['file']}", html, config, tool)
    return Draft(
        key=Key(entry["slug"], period.id, period.start),
        subject=digest["subject"],
        preheader=digest["preheader"],
        html=html,
        text=_text(out, f"{directory}/{digest['file'].removesuffix('.html')}.txt"),
    )


def which_issue(built: PreviousBuild, topic: str, digest: DigestOptions, now: datetime) -> Period:
    """Return the newest period of a topic's built issues that is over; `topic` is a slug."""
    ids = [issue["id"] for issue in built.entries[topic]["issues"]]
    closed = [p for p in (_period_or_none(digest, id_) for id_ in ids) if p and p.end <= now]
    if not closed:
        open_ = ids[0] if ids else "ID"
        raise NothingToPushError(f"{topic} has no closed issue yet; push the open one with --issue {open_}")
    return max(closed, key=lambda p: p.start)


def _entry(built: PreviousBuild, config: Config, topic: str) -> Mapping[str, Any]:
    if not built.entries:
        raise PushError(f"{config.out}/{manifest.NAME} is not there or cannot be read; run `feeds build` first")
    for wanted in (topic, slug(topic)):
        found = [e for name, e in built.entries.items() if wanted in (name, e["name"])]
        if found:
            return found[0]
    raise PushError(f"no topic or newsletter {topic!r} was built; there are {', '.join(sorted(built.entries))}")


def _period(digest: DigestOptions, issue: str) -> Period:
    try:
        period = named_period(digest, issue)
    except ValueError as error:
        raise PushError(f"--issue: {error}") from None
    assert period is not None, "an id that is not empty names a period"  # noqa: S101
    return period


def _period_or_none(digest: DigestOptions, issue: str) -> Period | None:
    try:
        return named_period(digest, issue)
    except ValueError:  # of another kind of period, which was configured once
        return None


def _digest(config: Config, entry: Mapping[str, Any], issue: str, tool: str) -> tuple[str, Mapping[str, Any]]:
    """Return the issue's directory and the manifest's entry of the digest that is made for the tool."""
    directory = f"{entry['slug']}/issues/{issue}"
    found = next((i for i in entry["issues"] if i["id"] == issue), None)
    if found is None:
        ids = ", ".join(i["id"] for i in entry["issues"]) or "none"
        raise PushError(f"{directory} is not among the built issues ({ids})")
    name = f"digest.{tool}.html" if len(config.mailing.tools) > 1 else "digest.html"
    digest = next((d for d in found["digests"] if d["file"] == name), None)
    if digest is None:
        raise PushError(f"{directory}/{name} was not built; run `feeds build` with the digest among the outputs")
    return directory, digest


def _text(out: OutputFolder, name: str) -> str:
    data = out.read(name)
    if data is None:
        raise PushError(f"{name} is not there; run `feeds build` first")
    return data.decode()


def _check(name: str, html: str, config: Config, tool: str) -> None:
    """Refuse a digest that was built for another tool, whose readers could not unsubscribe."""
    profile: Profile = next(p for p in config.mailing.profiles if p.name == tool)
    if tags := missing(html, profile, profile.required):
        raise PushError(f"{name} was not made for {tool}: it lacks {' and '.join(tags)}; run `feeds build` again")
