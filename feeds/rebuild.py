"""Plan the editions anew, and make what has changed.

Loading this module takes longer than a build without changes, which does without it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from feeds.config.load import LOCAL_BASE_URL, Config
from feeds.config.locations import join
from feeds.config.toml import dotted
from feeds.editions.issues import current_period
from feeds.editions.plan import Plan, TopicPlan, plan
from feeds.engine import outcomes
from feeds.engine.cache import Cache
from feeds.engine.editorials import with_editorials
from feeds.engine.make import MakeRequest, MakeResult, make
from feeds.engine.request import BuildRequest
from feeds.engine.update import KnownDocuments, known_documents, read_recorded
from feeds.model import EVERYTHING, Item
from feeds.output.folder import FileChanges
from feeds.problems import ConfigError, Problem
from feeds.renderers import manifest
from feeds.renderers.manifest import PreviousBuild, publication_id
from feeds.report import BuildError, BuildReport, NewStory, summary
from feeds.sources.find import document_name, path_key
from feeds.urls import is_unreadable, slug

_decode_item = msgspec.msgpack.Decoder(Item).decode


class Rebuilt(Struct, frozen=True):
    """What a build found and did, and what the next one can rely on."""

    report: BuildReport
    made: MakeResult
    has_leftovers: bool
    """True if there was anything to prune."""
    until: datetime
    """The end of the current period: the next build after it closes issues."""


def rebuild(
    request: BuildRequest,
    store: Cache,
    base: bytes,
    documents: int,
    unreadable: Sequence[Problem],
    lap: Callable[[str], None],
) -> Rebuilt:
    """Build what the cache knows of the sources; `documents` is the number of documents in them.

    `base` is the fingerprint of the software, the configuration and the templates; `unreadable` are the problems of
    what cannot be opened; `lap` is called with the name of each stage at its end.
    """
    config = request.config
    previous = manifest.read(request.out.read(manifest.NAME), join(config.out, manifest.NAME))
    is_late = request.now < previous.newest
    known = _known(request, store, documents, previous)
    problems = tuple(sorted([*unreadable, *known.problems]))
    if not known.usable:
        raise BuildError(_nothing_usable(documents, config), problems)
    broken = _broken(request, known, previous, is_partial=is_late or bool(unreadable))
    unsettled = frozenset(slug for slug, entry in previous.entries.items() if not broken.isdisjoint(entry.leads))
    planned = _planned(request, known, previous, broken)
    found_alerts = (*outcomes.emptied(planned, previous), *outcomes.suspicious(config, planned, previous))
    alerts = (*([_clock_alert(request.now, previous)] if is_late else ()), *found_alerts)
    gone = _gone(config, planned) - unsettled
    if gone and request.prune:
        previous = previous.without(gone)
        planned = _planned(request, known, previous, broken)
    planned, warnings = with_editorials(planned, config)
    found = outcomes.counts(known.outcomes, known.candidates, planned, request.now, config.min_quality)
    lap("plan")
    making = MakeRequest(
        **asdict(request),
        plan=planned,
        base=base,
        previous=previous,
        unsettled=unsettled,
        only=_slugs(planned, request.topics),
    )
    made = make(making, store)
    lap("make")
    report = BuildReport(
        documents=documents,
        stories=len({s.id for t in planned.topics for s in t.grouping.stories}),
        topics=tuple(summary(t, _new(store, t, previous)) for t in planned.topics),
        problems=tuple(sorted([*problems, *warnings, *made.problems])),
        files=FileChanges(tuple(made.written), tuple(made.unchanged), made.removed),
        outcomes=found,
        newest=outcomes.newest(planned),
        alerts=alerts,
        notes=(*_notes(config, planned), *(_unpruned(unsettled) if request.prune else ()), *made.notes),
        mistakes=made.all_mistakes,
    )
    has_leftovers = bool(made.leftovers or (gone and not request.prune))
    # What has been kept because of the clock is for the next build to decide.
    until = request.now if is_late else current_period(config.digest, request.now).end
    return Rebuilt(report, made, has_leftovers, until)


def _known(request: BuildRequest, store: Cache, documents: int, previous: PreviousBuild) -> KnownDocuments:
    recorded = frozenset(previous.documents.values())
    read_recorded(store, recorded, request.config, request.now, request.executor)
    known = known_documents(store, documents, recorded, request.config)
    store.commit()  # what was read is kept, whatever happens next
    return known


def _broken(
    request: BuildRequest, known: KnownDocuments, previous: PreviousBuild, *, is_partial: bool
) -> frozenset[str]:
    """Return the ids of recorded stories that must not be taken for withdrawn.

    Their documents have errors; or a folder could not be read, or the clock is wrong, and it may be any of them.
    """
    if is_partial:
        return frozenset(previous.documents)
    keys = {path_key(name, request.config.sources) for name in known.broken}
    return frozenset(id_ for id_, key in previous.documents.items() if key in keys)


def _clock_alert(now: datetime, previous: PreviousBuild) -> str:
    dates = f"now {now:%Y-%m-%d}, in earlier builds {previous.newest:%Y-%m-%d}"
    return f"the clock seems to be wrong ({dates}); nothing is removed"


def _planned(request: BuildRequest, known: KnownDocuments, previous: PreviousBuild, broken: frozenset[str]) -> Plan:
    publication = publication_id(request.config, previous)
    try:
        return plan(
            request.config, known.candidates, request.now, previous.promises, request.issue, broken, publication
        )
    except ValueError as error:
        raise ConfigError("", [f"--issue: {error}"]) from error


def _unpruned(unsettled: frozenset[str]) -> Iterator[str]:
    if unsettled:
        slugs = ", ".join(sorted(unsettled))
        yield f"note: nothing of {slugs} is pruned while the document of a published story cannot be used"


def _new(store: Cache, topic: TopicPlan, previous: PreviousBuild) -> Iterator[NewStory]:
    entry = previous.entries.get(topic.topic.slug)
    known = set((entry.stories if entry else None) or ())
    found = [c for c in topic.feed.stories if c.id not in known]
    for candidate, item in zip(found, store.items(c.path for c in found), strict=True):
        lead = _decode_item(item)
        name = lead.provider.name
        yield NewStory(title=lead.title, url=lead.url, provider=name, coverage=len(candidate.coverage.split()))


def _nothing_usable(documents: int, config: Config) -> str:
    if documents:
        return "no document can be used; out/ is left as it is"
    folders = ", ".join(document_name(str(source)) for source in config.sources)
    return f"there is no document in {folders}; write one with `feeds new`, or set `sources`"


def _slugs(plan: Plan, words: Iterable[str]) -> frozenset[str]:
    """Return the slugs of topics and newsletters that are given by name or slug; unknown words as they are."""
    by_name = {slug(t.topic.name): t.topic.slug for t in plan.all} | {t.topic.slug: t.topic.slug for t in plan.all}
    return frozenset(by_name.get(slug(word), word) for word in words)


def _gone(config: Config, plan: Plan) -> frozenset[str]:
    """Return the slugs of topics without stories that are only known from earlier builds."""
    kept = {*config.topics, *([EVERYTHING] if config.feed.all else [])}
    return frozenset(t.topic.slug for t in plan.topics if not t.feed.stories and t.topic.name not in kept)


def _notes(config: Config, plan: Plan) -> Iterator[str]:
    if config.site.base_url == LOCAL_BASE_URL:
        yield f"note: base_url is not set; links in feeds and digests lead to {LOCAL_BASE_URL}"
    for topic in (found.topic for found in plan.topics):
        options = config.topics.get(topic.name)
        if is_unreadable(topic.slug) and not (options and options.slug):
            where = dotted(("topics", topic.name))
            yield f'note: the address of the topic {topic.name} is {topic.slug}/; set slug = "…" in [{where}]'
    if not any(topic.feed.stories for topic in plan.topics):
        yield "note: no item is in any feed; run `feeds explain` to see why"
    known = {key for t in plan.topics for key in (t.topic.slug, slug(t.topic.name))}
    for name, newsletter in config.newsletters.items():
        for missing in (t for t in newsletter.topics if slug(t) not in known):
            where = dotted(("newsletters", name, "topics"))
            yield f"warning: {where}: no item has the topic {missing!r}; correct it, unless items are to follow"
