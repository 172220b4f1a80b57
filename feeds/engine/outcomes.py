"""Whether a build looks right as a whole: what became of its documents, and what somebody should be told. Pure.

Single mistakes are Problems; this is for a publication that nobody looks at every day.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeds.config.options import AlertOptions
    from feeds.editions.plan import Plan
    from feeds.model import Candidate
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
"""What a document can come to: a story of a topic at least; or why none of its own, in the words of `feeds explain`;
it has an error; it is no item and need not be (a README).
"""

Counts = Mapping[str, int]
"""Documents by what they came to, all of OUTCOMES: each document is counted once."""


def counts(read: Counts, candidates: Iterable["Candidate"], plan: "Plan", now: datetime) -> Counts:
    """`read`: what reading alone has told; `candidates`: the documents that it left open."""
    from feeds.editions.eligibility import unpublishable  # not needed where nothing has changed

    stories = {s.id for t in plan.topics for s in t.grouping.stories}
    covered = {id_ for t in plan.topics for id_ in t.grouping.covered}
    found = {outcome: read.get(outcome, 0) for outcome in OUTCOMES}
    for candidate in candidates:
        if reason := unpublishable(candidate, now):
            outcome = reason.code
        elif candidate.path in plan.folded.duplicates:
            outcome = "duplicate"
        elif candidate.id in stories:
            outcome = "story"
        else:
            outcome = "covered" if candidate.id in covered else "low-quality"
        found[outcome] += 1
    return found


def newest(plan: "Plan") -> datetime | None:
    """The date of the newest story of all topics."""
    return max((t.feed.stories[0].published for t in plan.topics if t.feed.stories), default=None)


def emptied(plan: "Plan", before: "PreviousBuild") -> Iterator[str]:
    """An alert for each topic that has lost its last story since the last build."""
    for topic in plan.topics:
        had = before.entries.get(topic.topic.slug, {}).get("stories")
        if had and not topic.feed.stories:
            yield f"topic {topic.topic.slug} had stories in the last build and has none now"


def alerts(options: "AlertOptions", found: Counts, newest: datetime | None, now: datetime) -> Iterator[str]:
    """What is to be said however often it was said before."""
    documents, broken = sum(found.values()), found.get("broken", 0)
    if broken * 100 > options.max_broken_percent * documents:
        share = f"{broken:,} of {documents:,} documents are broken"
        yield f"{share}, more than {options.max_broken_percent} %: `feeds check` says why"
    if not options.max_age_days:
        return
    if newest is None:
        yield "there is no story at all"
    elif now - newest > timedelta(days=options.max_age_days):
        age = f"the newest story is of {newest:%Y-%m-%d}, more than {options.max_age_days} days ago"
        yield f"{age}: see whether new items still come in"
