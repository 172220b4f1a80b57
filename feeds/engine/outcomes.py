"""Judge a build as a whole: count what became of the documents, and find what somebody should be told. Pure.

A Problem is about one document; these figures are for a publication that nobody looks at every day.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from feeds.config.options import AlertOptions
from feeds.editions.eligibility import unpublishable
from feeds.model import EVERYTHING, Candidate

if TYPE_CHECKING:  # a build without changes needs neither
    from feeds.config.load import Config
    from feeds.editions.plan import Plan
    from feeds.renderers.manifest import PreviousBuild

OUTCOMES = (
    "story",
    "covered",
    "duplicate",
    "future",
    "no-topic",
    "low-quality",
    "unpublished",
    "broken",
    "no-item",
)
"""What can become of a document. `story`: it leads a story of at least one topic; `broken`: it has an error; `no-item`:
it is not an item and need not be one (a README). The others say why it has no story, with the codes of `feeds explain`.
"""

Counts = Mapping[str, int]
"""Number of documents for each of OUTCOMES. Each document is counted once."""


def counts(read: Counts, candidates: Iterable[Candidate], plan: "Plan", now: datetime, min_quality: int) -> Counts:
    """Add the outcomes of the candidates to `read`, the outcomes that reading alone has determined.

    Those below `min_quality`, the lowest minimum of any topic, have been counted in `read`.
    """
    stories = {s.id for t in plan.topics for s in t.grouping.stories}
    covered = {id_ for t in plan.topics for id_ in t.grouping.covered}
    found = {outcome: read.get(outcome, 0) for outcome in OUTCOMES}
    for candidate in candidates:
        if candidate.quality < min_quality:
            continue
        if reason := unpublishable(candidate, now):
            outcome = reason.code
        elif candidate.path in plan.folded.duplicates:
            outcome = "duplicate"
        elif candidate.path in plan.unplaced:
            outcome = "no-topic"
        elif candidate.id in stories:
            outcome = "story"
        else:
            outcome = "covered" if candidate.id in covered else "low-quality"
        found[outcome] += 1
    return found


def newest(plan: "Plan") -> datetime | None:
    """Return the date of the newest story of all topics."""
    return max((t.feed.stories[0].published for t in plan.topics if t.feed.stories), default=None)


def emptied(plan: "Plan", previous: "PreviousBuild") -> Iterator[str]:
    """Yield an alert for each topic that has lost its last story since the last build."""
    for topic in plan.topics:
        entry = previous.entries.get(topic.topic.slug)
        if entry and entry.stories and not topic.feed.stories:
            yield f"topic {topic.topic.slug} had stories in the last build and has none now"


def suspicious(config: "Config", plan: "Plan", previous: "PreviousBuild") -> Iterator[str]:
    """Yield an alert for each item that hides many stories of others, and one for many topics since the last build."""
    hidden: dict[str, set[str]] = {}
    for topic in plan.topics:
        for id_, by in topic.grouping.covered.items():
            hidden.setdefault(by.path, set()).add(id_)
    for path, ids in sorted(hidden.items()):
        if len(ids) > config.alerts.max_hidden:
            yield f"{path} hides {len(ids)} stories by listing them as related; run `feeds explain` to see which"
    known = {*previous.entries, *(config.topic(name).slug for name in config.topics)}
    new = [t.topic.slug for t in plan.topics if t.topic.slug not in known and t.topic.name != EVERYTHING]
    if previous.entries and len(new) > config.alerts.max_new_topics:
        names = f"{', '.join(new[:3])} …"
        yield f"{len(new)} new topics in one build ({names}); set new_topics = false in [selection] to refuse them"


def alerts(options: AlertOptions, found: Counts, newest: datetime | None, now: datetime) -> Iterator[str]:
    """Yield the alerts that are repeated by every build until their cause is gone."""
    documents, broken = sum(found.values()), found.get("broken", 0)
    if broken * 100 > options.max_broken_percent * documents:
        have = "has" if broken == 1 else "have"
        share = f"{broken:,} of {documents:,} documents {have} errors (limit {options.max_broken_percent}%)"
        yield f"{share}; run `feeds check`"
    if not options.max_age_days:
        return
    if newest is None:
        yield "there is no story at all"
    elif now - newest > timedelta(days=options.max_age_days):
        age = f"the newest story is from {newest:%Y-%m-%d}, more than {options.max_age_days} days ago"
        yield f"{age}; check that new items still arrive"
