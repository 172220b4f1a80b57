"""Read the digest to push from the built files, so that what is pushed is what was built and deployed."""

from feeds.config.load import Config
from feeds.config.push_tools import PUSH_TOOLS
from feeds.delivery.push.protocol import Draft, Key, NothingToPushError, PushError
from feeds.editions.issues import named_period
from feeds.model import Period
from feeds.output.folder import open_output
from feeds.output.protocol import OutputFolder
from feeds.renderers import manifest
from feeds.renderers.digest.tags import missing
from feeds.renderers.manifest import DigestEntry, PreviousBuild, TopicEntry
from feeds.urls import slug


def chosen_tool(config: Config, wanted: str = "") -> str:
    """Return the tool to push to: the wanted one, else the only one that `[mailing] tool` names."""
    if wanted and wanted not in PUSH_TOOLS:
        raise PushError(f"--tool: {wanted!r} is not a tool to push to; choose from {', '.join(PUSH_TOOLS)}")
    names = [name for name in config.mailing.tools if name in PUSH_TOOLS]
    if wanted and wanted not in names:
        raise PushError(f'no digest is made for {wanted}; set tool = "{wanted}" in [mailing] and build again')
    if not names:
        raise PushError(f"set `tool` in [mailing] to one of {', '.join(PUSH_TOOLS)}, and build again")
    if not wanted and len(names) > 1:
        raise PushError(f"digests are made for {' and '.join(names)}; choose one with --tool")
    return wanted or names[0]


def built_draft(config: Config, topic: str, issue: str, tool: str) -> Draft:
    """Return the built digest of a topic's or a newsletter's issue; of the newest closed one without an id.

    Raise PushError when it isn't there, or isn't made for the tool, and ConfigError when the manifest is damaged.
    """
    out = open_output(config.out)
    entry = _entry(manifest.read(out.read(manifest.NAME)), topic)
    period = _named(config, entry, issue) if issue else which_issue(entry)
    directory = f"{entry.slug}/issues/{period.id}"
    digest = _digest(config, entry, period.id, tool, directory)
    html = _text(out, f"{directory}/{digest.file}")
    _check(f"{directory}/{digest.file}", html, config, tool)
    return Draft(
        key=Key(entry.slug, period.id, period.start),
        subject=digest.subject,
        preheader=digest.preheader,
        html=html,
        text=_text(out, f"{directory}/{digest.file.removesuffix('.html')}.txt"),
    )


def which_issue(entry: TopicEntry) -> Period:
    """Return the period of the newest issue that a build has closed."""
    if not entry.closed:
        newest = next((issue.id for issue in entry.issues), "ID")
        raise NothingToPushError(f"{entry.slug} has no closed issue yet; push the open one with --issue {newest}")
    return max((issue.period for issue in entry.closed), key=lambda period: period.start)


def _entry(built: PreviousBuild, topic: str) -> TopicEntry:
    if not built.entries:
        raise PushError(f"there is no {manifest.NAME} in the output folder; run `feeds build` first")
    for wanted in (topic, slug(topic)):
        if found := next((e for e in built.entries.values() if wanted in (e.slug, e.name)), None):
            return found
    raise PushError(f"no topic or newsletter {topic!r} was built; choose from {', '.join(sorted(built.entries))}")


def _named(config: Config, entry: TopicEntry, issue: str) -> Period:
    """Return the period of an issue's id, as it was when the issue was closed."""
    if closed := next((c.period for c in entry.closed if c.id == issue), None):
        return closed
    try:
        return named_period(config.digest, issue)
    except ValueError as error:
        raise PushError(f"--issue: {error}") from None


def _digest(config: Config, entry: TopicEntry, issue: str, tool: str, directory: str) -> DigestEntry:
    """Return the manifest's record of the digest that was made for the tool."""
    found = next((i for i in entry.issues if i.id == issue), None)
    if found is None:
        ids = ", ".join(i.id for i in entry.issues) or "none"
        raise PushError(f"{directory} is not among the built issues ({ids})")
    name = f"digest.{tool}.html" if len(config.mailing.tools) > 1 else "digest.html"
    digest = next((d for d in found.digests if d.file == name), None)
    if digest is None:
        raise PushError(f"{directory}/{name} was not built; run `feeds build --issue {issue}`")
    return digest


def _text(out: OutputFolder, name: str) -> str:
    data = out.read(name)
    if data is None:
        raise PushError(f"{name} does not exist; run `feeds build` first")
    return data.decode()


def _check(name: str, html: str, config: Config, tool: str) -> None:
    """Refuse a digest that was built for another tool, whose readers could not unsubscribe."""
    profile = next(p for p in config.mailing.profiles if p.name == tool)
    if tags := missing(html, profile, profile.required):
        raise PushError(f"{name} was not made for {tool}: it lacks {' and '.join(tags)}; run `feeds build` again")
