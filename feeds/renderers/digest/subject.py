"""What an inbox shows of a digest, and how its issue is called. Pure."""

from collections.abc import Mapping

from feeds.config.look import DigestLook
from feeds.model import Edition
from feeds.renderers.digest.tags import neutralise_text
from feeds.renderers.wording import period_name
from feeds.text import truncate

SUBJECT_LENGTH = 78
"""Characters; RFC 5322 §2.1.1 recommends it for lines, and longer subjects are cut by every inbox."""
PREHEADER_LENGTH = 140
_LONG = ("lead", "others", "excerpt")
"""Those that get the room that all else leaves, in this order."""
_SHORTEST = 10
"""Characters: a subject, or a piece of a title, that is shorter says nothing."""


def subject(edition: Edition, style: DigestLook) -> str:
    """At most SUBJECT_LENGTH characters."""
    values = _values(edition, style)
    filled = _fill(style.subject, values, SUBJECT_LENGTH)
    if len(filled) < _SHORTEST:
        filled = _fill(f"{style.subject} · {{topic}} · {{site}} · {{period}}", values, SUBJECT_LENGTH)
    return filled


def preheader(edition: Edition, style: DigestLook, subject: str) -> str:
    """Configured, or the first of those that say something that the subject does not."""
    values, first = _values(edition, style), edition.stories[0]
    excerpt = first.lead.excerpt.removeprefix(first.lead.title).lstrip(" .:–—-")
    covered = " · ".join(c.title for c in first.coverage)
    own = [neutralise_text(text) for text in (excerpt, covered, edition.topic.description)]
    candidates = [_fill(style.preheader, values, PREHEADER_LENGTH), values["others"], *own]
    return next((truncate(text, PREHEADER_LENGTH) for text in candidates if text and text not in subject), "")


def _values(edition: Edition, style: DigestLook) -> dict[str, str]:
    lead, *others = [neutralise_text(s.lead.title) for s in edition.stories]
    return {
        "topic": neutralise_text(edition.topic.label),
        "site": neutralise_text(edition.site.title),
        "issue": edition.period.id if edition.period else "",
        "period": period_label(edition, style),
        "count": str(len(edition.stories)),
        "lead": lead,
        "others": " · ".join(others),
        "excerpt": neutralise_text(edition.stories[0].lead.excerpt),
    }


def _fill(template: str, values: Mapping[str, str], limit: int) -> str:
    short = {**values, **dict.fromkeys(_LONG, "")}
    for name in _LONG:
        room = limit - len(template.format_map(short))
        short[name] = truncate(values[name], room) if room >= _SHORTEST else ""
        if f"{{{name}}}" not in template:
            short[name] = ""
    return truncate(" ".join(template.format_map(short).split()), limit)


def period_label(edition: Edition, style: DigestLook) -> str:
    """`Week 4 · 25–31 Jan 2021`, `26 January 2021`, `January 2021`; "" without a period."""
    return period_name(edition.period, style.zone, edition.topic.language) if edition.period else ""
