"""Read the editor's file for an issue, and apply it: stories first, stories hidden, a note, a sponsor. Pure.

The file changes what is shown of an issue and nothing else: it is not recorded, so an issue follows its file whether it
is open or closed. Its mistakes are warnings; what is wrong is left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import partial

from msgspec.structs import replace

from feeds.config.options import Limits
from feeds.editions.plan import Plan, TopicPlan
from feeds.items import values
from feeds.items.fields import Fields
from feeds.items.front_matter import Document, DocumentWithText, Problems, parse_with_text
from feeds.model import Candidate, EditionPlan, Editorial, Image, Mention, Sponsor
from feeds.problems import Problem, Severity, did_you_mean
from feeds.text import holds_secret, lines, one_line, truncate
from feeds.urls import canonical_url

KEYS = ("subject", "preheader", "pin", "hide", "sponsor")
SPONSOR_KEYS = ("name", "text", "url", "image", "width", "height")
NOTE_LENGTH = 10_000
"""Characters; a longer note would leave no room for stories."""
_MAX_MENTIONS = 200


def parse(raw: bytes, name: str, limits: Limits = Limits()) -> tuple[Editorial | None, Problems]:
    """Return the editor's file with this content, unless it cannot be read, and what is wrong with it. Never raise."""
    document, problems = parse_with_text(raw, name, limits)
    found = list(problems)
    editorial = _editorial(document, found, limits) if document else None
    return editorial, tuple(sorted({replace(p, severity=Severity.WARNING) for p in found}))


def _editorial(document: DocumentWithText, problems: list[Problem], limits: Limits) -> Editorial:
    fields = Fields(document.fields, document.fields.data, (), problems, limits, {})
    _check_keys(fields, document.fields.data, KEYS)
    own_text = partial(_own_text, limits.excerpt_length)
    return Editorial(
        path=document.fields.name,
        note=_note(document, problems),
        note_line=document.line,
        subject=fields.read("subject", partial(_own_text, limits.title_length), "", Severity.WARNING),
        preheader=fields.read("preheader", own_text, "", Severity.WARNING),
        pins=tuple(_mentions(fields, document, "pin")),
        hidden=tuple(_mentions(fields, document, "hide")),
        sponsor=_sponsor(fields, own_text),
        lines=dict(_lines(document.fields)),
    )


def _lines(document: Document) -> Iterator[tuple[str, int]]:
    """Yield the key and the line of each short text."""
    sponsor = document.data.get("sponsor")
    yield from ((key, document.line_of((key,))) for key in ("subject", "preheader") if key in document.data)
    if isinstance(sponsor, dict):
        yield from ((key, document.line_of(("sponsor", key))) for key in ("name", "text") if key in sponsor)


def _check_keys(fields: Fields, data: Iterable[str], known: tuple[str, ...]) -> None:
    for key in data:
        if key not in known:
            shown = truncate(one_line(key), 60)
            fields.warning("unknown-key", f'unknown key "{shown}"; {did_you_mean(key, known)}', key)


def _note(document: DocumentWithText, problems: list[Problem]) -> str:
    note = lines(document.text)
    if not note.strip():
        return ""

    def refuse(code: str, message: str) -> str:
        problems.append(Problem(document.fields.name, document.line, Severity.WARNING, code, message))
        return ""

    if len(note) > NOTE_LENGTH:
        size = f"{len(note):,} characters, more than {NOTE_LENGTH:,}"
        return refuse("note-too-long", f"the note has {size}, so it is left out; shorten it")
    if holds_secret(note):
        message = "the note seems to include the value of secured, so it is left out; delete that line"
        return refuse("secured-value", message)
    return note


def _own_text(most: int, key: str, value: object) -> str:
    """Return a text of the editor's as it is, without characters that are invisible or reverse others."""
    if isinstance(value, dict | list):
        raise values.RefusedError("bad-text", f"{key} is {values.quoted(value)}; write a single value after {key}:")
    text = one_line(str(value))
    if holds_secret(text):
        raise values.RefusedError("secured-value", f"{key} seems to include the value of secured; delete it there")
    return truncate(text, most)


def _mentions(fields: Fields, document: DocumentWithText, key: str) -> Iterator[Mention]:
    for where, value in fields.entries(key, f"bad-{key}", Severity.WARNING, _MAX_MENTIONS, str):
        url = fields.parse(key, value, partial(values.web_address, "bad-url"), "", Severity.WARNING, where)
        if url:
            yield Mention(canonical_url(url), url, document.fields.line_of(where))


def _sponsor(fields: Fields, own_text: Callable[[str, object], str]) -> Sponsor | None:
    value = fields.get("sponsor")
    if value is None:
        return None
    if not isinstance(value, dict):
        message = f"sponsor is {values.quoted(value)}; write name: and url: below it"
        fields.warning("bad-sponsor", message, "sponsor")
        return None
    inner = fields.inside(value, "sponsor")
    _check_keys(inner, value, SPONSOR_KEYS)
    missing = "the sponsor has no {key}, so it is left out; write it after {key}:, or delete the sponsor"
    name = inner.require("name", own_text, "bad-sponsor", missing, Severity.WARNING)
    address = partial(values.web_address, "bad-url")
    url = inner.require("url", address, "bad-sponsor", missing, Severity.WARNING)
    text = inner.read("text", own_text, "", Severity.WARNING)
    picture = inner.read("image", values.image_url, "", Severity.WARNING)
    width = inner.read("width", values.pixels, None, Severity.WARNING)
    height = inner.read("height", values.pixels, None, Severity.WARNING)
    if picture and not (width and height):
        message = "mail shows a picture only if its size is known; write width: and height: in pixels"
        inner.warning("bad-image-size", message, "image")
    if not name or not url:
        return None
    return Sponsor(name=name, url=url, text=text, image=Image(picture, width, height) if picture else None)


# ---- applying


def edited(plan: Plan, editorials: Mapping[str, Editorial]) -> tuple[Plan, Problems]:
    """Return the plan as the editor wants it, and what is wrong in the files; keyed by the directory of their issue."""
    problems: list[Problem] = []

    def issue(edition: EditionPlan) -> EditionPlan:
        editorial = editorials.get(edition.directory)
        return _applied(edition, editorial, problems) if editorial else edition

    def topic(of: TopicPlan) -> TopicPlan:
        newest, rebuilt = (tuple(map(issue, issues)) for issues in (of.issues.newest, of.issues.rebuilt))
        return replace(of, issues=replace(of.issues, newest=newest, rebuilt=rebuilt))

    topics, newsletters = (tuple(map(topic, plans)) for plans in (plan.topics, plan.newsletters))
    return replace(plan, topics=topics, newsletters=newsletters), tuple(sorted(set(problems)))


def _applied(issue: EditionPlan, editorial: Editorial, problems: list[Problem]) -> EditionPlan:
    by_id = {story.id: story for story in issue.stories}
    problems += _unknown(editorial, list(by_id))
    hidden = {mention.id for mention in editorial.hidden} & by_id.keys()
    if hidden == by_id.keys():
        message = "hide names every story of the issue, so none is hidden; leave at least one"
        problems.append(_warning(editorial, editorial.hidden[0].line, "nothing-left", message))
        hidden = set()
    pinned = {mention.id: by_id[mention.id] for mention in editorial.pins if mention.id in by_id.keys() - hidden}
    others = (
        (title, tuple(s for s in stories if s.id not in hidden and s.id not in pinned))
        for title, stories in issue.sections
    )
    sections = tuple(_with_pins(tuple(pinned.values()), [(title, stories) for title, stories in others if stories]))
    return replace(
        issue,
        stories=tuple(story for _, stories in sections for story in stories),
        sections=sections,
        editorial=editorial,
    )


_Section = tuple[str, tuple[Candidate, ...]]


def _with_pins(pinned: tuple[Candidate, ...], sections: list[_Section]) -> Iterator[_Section]:
    """Yield the sections after the pinned stories, which are under no heading, wherever they were taken from."""
    if pinned and sections and not sections[0][0]:
        yield "", (*pinned, *sections[0][1])
        yield from sections[1:]
        return
    if pinned:
        yield "", pinned
    yield from sections


def _unknown(editorial: Editorial, ids: list[str]) -> Iterator[Problem]:
    for mention in (*editorial.pins, *editorial.hidden):
        if mention.id not in ids:
            close = get_close_matches(mention.id, ids, n=1, cutoff=0)
            shown = truncate(mention.address, 120)
            message = f"{shown} is not a story of this issue; did you mean {close[0]}?"
            yield _warning(editorial, mention.line, "unknown-story", message)


def _warning(editorial: Editorial, line: int, code: str, message: str) -> Problem:
    return Problem(editorial.path, line, Severity.WARNING, code, message)
