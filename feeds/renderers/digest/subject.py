"""The subject and the preheader of a digest, which are all that an inbox shows of it. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from feeds.config.look import DigestLook
from feeds.model import Edition
from feeds.renderers.digest.tags import neutralise
from feeds.renderers.wording import period_name
from feeds.text import colon, truncate

SUBJECT_LENGTH = 78
"""Characters, as RFC 5322 §2.1.1 recommends for lines; every inbox cuts longer subjects."""
PREHEADER_LENGTH = 140
_LONG = ("lead", "others", "excerpt")
"""The values that share the room left by all others, in this order."""
_DEFAULT = DigestLook().subject
_SHORTEST = 10
"""Characters; a shorter subject, or a shorter piece of a title, says nothing."""


class Envelope(NamedTuple):
    subject: str
    """The editor's, or else the configured one in at most SUBJECT_LENGTH characters."""
    preheader: str
    """The editor's, or the configured one, or else the first text that doesn't repeat the subject."""


def envelope(edition: Edition, look: DigestLook) -> Envelope:
    """Return the subject and the preheader of an issue, which has at least one story."""
    own, values = edition.editorial, _values(edition, look)
    subject = (own and own.subject) or _subject(edition, look, values)
    return Envelope(subject, (own and own.preheader) or _preheader(edition, look, values, subject))


def _subject(edition: Edition, look: DigestLook, values: Mapping[str, str]) -> str:
    template = look.subject
    if template == _DEFAULT:
        template = template.replace(": ", colon(edition.topic.language))
    filled = _fill(template, values, SUBJECT_LENGTH)
    if len(filled) < _SHORTEST:
        filled = _fill(f"{template} · {{topic}} · {{site}} · {{period}}", values, SUBJECT_LENGTH)
    return filled


def _preheader(edition: Edition, look: DigestLook, values: Mapping[str, str], subject: str) -> str:
    first = edition.stories[0]
    excerpt = first.lead.excerpt.removeprefix(first.lead.title).lstrip(" .:–—-")
    covered = " · ".join(c.title for c in first.coverage)
    others = [neutralise(text) for text in (excerpt, covered, edition.topic.description)]
    candidates = [_fill(look.preheader, values, PREHEADER_LENGTH), values["others"], *others]
    return next((truncate(text, PREHEADER_LENGTH) for text in candidates if text and text not in subject), "")


def _values(edition: Edition, look: DigestLook) -> dict[str, str]:
    lead, *others = [neutralise(s.lead.title) for s in edition.stories]
    return {
        "topic": neutralise(edition.topic.label),
        "site": neutralise(edition.site.title),
        "issue": edition.period.id if edition.period else "",
        "period": period_label(edition, look),
        "count": str(len(edition.stories)),
        "lead": lead,
        "others": " · ".join(others),
        "excerpt": neutralise(edition.stories[0].lead.excerpt),
    }


def _fill(template: str, values: Mapping[str, str], limit: int) -> str:
    short = {**values, **dict.fromkeys(_LONG, "")}
    for name in _LONG:
        room = limit - len(template.format_map(short))
        short[name] = truncate(values[name], room) if room >= _SHORTEST else ""
        if f"{{{name}}}" not in template:
            short[name] = ""
    return truncate(" ".join(template.format_map(short).split()), limit)


def period_label(edition: Edition, look: DigestLook) -> str:
    """Return `Week 4 · 25–31 Jan 2021`, `26 January 2021` or `January 2021`; "" without a period."""
    return period_name(edition.period, look.zone, edition.topic.language) if edition.period else ""
