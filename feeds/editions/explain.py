"""Explain why each document is or isn't in an edition: one reason each, and what to do about it. Pure."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import PurePath

from msgspec import Struct
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.editions.eligibility import Exclusion, by_topic, ineligible, unpublishable
from feeds.editions.plan import Plan, TopicPlan
from feeds.editions.stories import coverage_of, weight
from feeds.model import EVERYTHING, EditionPlan, Editorial, Item, Mention, Topic
from feeds.problems import ConfigError, Problem, Severity
from feeds.text import fold
from feeds.urls import canonical_url, safe_url


class Verdict(Struct, frozen=True, kw_only=True):
    """Why a document is or isn't in one topic or newsletter, or in all of them."""

    topic: str = ""
    """Slug; empty if the reason holds for every topic."""
    included: bool = False
    code: str
    """`included`, `broken`, or the code of an Exclusion."""
    message: str
    advice: str = ""
    """What to do to include it; empty if it is included, or if nothing can be done."""


class Account(Struct, frozen=True, kw_only=True):
    """One document as it was read, and where it is included."""

    path: str
    title: str = ""
    url: str = ""
    id: str = ""
    is_published: bool = False
    published: datetime | None = None
    """None if the document cannot be used."""
    quality: int = 0
    needed: int = 0
    """The lowest minimum quality of its topics."""
    heat: int = 0
    topics: tuple[str, ...] = ()
    related: int = 0
    note: str = ""
    """How the address that was looked up is related to it, if it is not its own."""
    verdicts: tuple[Verdict, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def included(self) -> bool:
        """True if it is in any edition."""
        return any(v.included for v in self.verdicts)


class Found(Struct, frozen=True, kw_only=True):
    """All documents as they were read, and the plan made of them."""

    config: Config
    plan: Plan
    items: Sequence[Item]
    problems: Sequence[Problem] = ()
    now: datetime


def explain(found: Found) -> Iterator[Account]:
    """Yield an account of each document, by path, with a verdict for each topic and newsletter."""
    explainer = _Explainer(found)
    items = {item.path: item for item in found.items}
    for path in sorted({*items, *explainer.broken}):
        yield explainer.item(items[path]) if path in items else explainer.without_item(path)


def matching(found: Found, wanted: Sequence[str], why_not: Callable[[str], str] = lambda word: "") -> Iterator[Account]:
    """Yield accounts of the documents that match paths, folders, URLs, topics or parts of titles; of all without any.

    `why_not` explains why a path is not a document. Raise ConfigError for a word that matches nothing.
    """
    everything = list(explain(found))
    if not wanted:
        yield from everything
    slugs = {name: t.topic.slug for t in found.plan.all for name in (t.topic.slug, t.topic.name)}
    for word in wanted:
        hits = _hits(found, everything, word, slugs.get(word, ""))
        if not hits:
            raise ConfigError("", [why_not(word) or f"{word!r} {_NO_MATCH['://' in word]}"])
        yield from hits


_NO_MATCH = {
    True: "matches no item and no coverage; run `feeds explain` to list all, or `feeds new` to add it",
    False: "matches no document, topic or title; run `feeds explain` to list all",
}


# ---- matching


def _hits(found: Found, accounts: Sequence[Account], word: str, slug: str) -> list[Account]:
    if slug:
        return [a for a in accounts if any(v.topic in (slug, "") for v in a.verdicts)]
    if "://" in word:
        if below := [a for a in accounts if f"{a.path}/".startswith(f"{word.rstrip('/')}/")]:
            return below
        id_ = _id(word)
        return [a for a in accounts if a.id == id_] or _covering(found, accounts, id_)
    named, part = PurePath(word), fold(word)
    paths = [a for a in accounts if named in (p := PurePath(a.path), *p.parents) or p.name == word]
    return paths or [a for a in accounts if part in fold(a.title)]


def _covering(found: Found, accounts: Sequence[Account], id_: str) -> list[Account]:
    """Return the accounts of items that list the address as related."""
    shown = {i.path: any(c.id == id_ for c in coverage_of(i, found.now)) for i in found.items if _lists(i, id_)}
    notes = {
        True: "lists this address as related coverage, and shows it where the item is shown",
        False: "lists this address as related, but leaves it out: another article of that outlet has the same title, "
        "or its date is in the future",
    }
    return [replace(a, note=notes[shown[a.path]]) for a in accounts if a.path in shown]


def _lists(item: Item, id_: str) -> bool:
    return any(c.id == id_ for c in item.related)


def _id(url: str) -> str:
    try:
        return canonical_url(safe_url(url))
    except ValueError as error:
        raise ConfigError("", [f"{url!r} is not a valid URL: {error}"]) from error


# ---- verdicts


class _Explainer:
    def __init__(self, found: Found) -> None:
        self._found = found
        self._plan = found.plan
        self.problems: dict[str, list[Problem]] = {}
        for problem in found.problems:
            self.problems.setdefault(problem.path, []).append(problem)
        members = by_topic(found.plan.folded.candidates, [t.topic for t in found.plan.topics])
        self._places: dict[str, list[TopicPlan]] = {}
        """The topics of each candidate, keyed by its path."""
        for topic in found.plan.topics:
            for member in members[topic.topic.slug]:
                self._places.setdefault(member.path, []).append(topic)

    @property
    def broken(self) -> set[str]:
        """Paths of documents that have an error, and may have no item for that reason."""
        return {path for path, problems in self.problems.items() if _error(problems)}

    def without_item(self, path: str) -> Account:
        problems = self.problems[path]
        error = _error(problems) or problems[0]
        reason = Verdict(
            code="broken",
            message=f"line {error.line}: {error.message}",
            advice="correct it; `feeds check` lists every problem",
        )
        return Account(path=path, verdicts=(reason,), problems=tuple(problems))

    def item(self, item: Item) -> Account:
        reason = self._out_everywhere(item)
        verdicts = (reason,) if reason else (*self._in_topics(item), *self._in_newsletters(item))
        return Account(
            path=item.path,
            title=item.title,
            url=item.url,
            id=item.id,
            is_published=item.is_published,
            published=item.published,
            quality=item.quality,
            needed=self._needed(item),
            heat=item.heat,
            topics=item.topics,
            related=len(item.related),
            verdicts=verdicts,
            problems=tuple(self.problems.get(item.path, ())),
        )

    def _in_topics(self, item: Item) -> Iterator[Verdict]:
        for topic in self._places[item.path]:
            slug = topic.topic.slug
            if reason := ineligible(item, topic.topic, self._found.now):
                yield _verdict(reason, self._advice(reason, item, [topic.topic]), slug)
            elif by := topic.grouping.covered.get(item.id):
                which = "a stronger story" if weight(by) < weight(item) else "a story that was published before"
                reason = Exclusion("covered", f"{which} lists it as coverage: {by.path}")
                way = f"nothing, it is shown there; for a story of its own, remove it from related in {by.path}"
                yield _verdict(reason, way, slug)
            else:
                yield _place(item, topic)

    def _in_newsletters(self, item: Item) -> Iterator[Verdict]:
        for plan in self._plan.newsletters:
            shown, hidden = list(_digests(item, plan)), list(_hidden(item, plan))
            if shown or hidden:
                code, message = "included" if shown else "hidden", "; ".join([*shown, *hidden])
                yield Verdict(topic=plan.topic.slug, included=bool(shown), code=code, message=message)

    def _out_everywhere(self, item: Item) -> Verdict | None:
        is_poor = item.quality < self._found.config.min_quality  # a build looks no further then
        reason = unpublishable(item, self._found.now)
        if reason and (reason.code == "unpublished" or not is_poor):
            return _verdict(reason, self._advice(reason, item))
        if not is_poor and (better := self._plan.folded.duplicates.get(item.path)):
            reason = Exclusion("duplicate", f"it is the same article as {better.path}, which is stronger")
            return _verdict(reason, "nothing, if one is enough; otherwise delete the one that you do not want")
        if item.path in self._plan.unplaced:
            reason = Exclusion("no-topic", "none of its topics is configured, and new_topics = false in [selection]")
            return _verdict(reason, f'name a configured topic, or add [topics."{item.topics[0]}"]')
        if item.path not in self._places:
            reason = Exclusion("low-quality", f"its quality, {item.quality}, is below {self._needed(item)}")
            return _verdict(reason, self._advice(reason, item, self._topics(item)))
        return None

    def _advice(self, reason: Exclusion, item: Item, topics: Sequence[Topic] = ()) -> str:
        if reason.code == "low-quality":
            topic = min(topics, key=lambda t: t.rules.min_quality)
            least = topic.rules.min_quality
            return f'raise quality to {least}, or set min_quality = {item.quality} in [topics."{topic.name}"]'
        return {
            "unpublished": "set `published: true`, without `draft: true`, when it is ready",
            "future": "nothing, the first build after that date includes it; or correct the date",
            "no-topic": f"add `topics: [{self._some_topic()}]`",
        }[reason.code]

    def _needed(self, item: Item) -> int:
        """Return the lowest minimum quality of its topics."""
        return min(t.rules.min_quality for t in self._topics(item))

    def _topics(self, item: Item) -> list[Topic]:
        """Return the topics of an item, or the one that an item without a topic is advised to name."""
        return [self._found.config.topic(name) for name in item.topics or [self._some_topic()]]

    def _some_topic(self) -> str:
        return next((t.topic.name for t in self._plan.topics if t.topic.name != EVERYTHING), "AI")


def _error(problems: Sequence[Problem]) -> Problem | None:
    return next((p for p in sorted(problems) if p.severity is Severity.ERROR), None)


def _verdict(reason: Exclusion, advice: str, topic: str = "") -> Verdict:
    return Verdict(topic=topic, code=reason.code, message=reason.message, advice=advice)


def _place(item: Item, topic: TopicPlan) -> Verdict:
    """Return a verdict such as `story 3 of 50 in the feed; 2 of 7 in digest 2021-W04`."""
    digests = [*_digests(item, topic), *_hidden(item, topic), *_remarks(item, topic)]
    ids = [s.id for s in topic.feed.stories]
    if item.id in ids:
        place = f"story {ids.index(item.id) + 1} of {len(ids)} in the feed"
        return Verdict(topic=topic.topic.slug, included=True, code="included", message="; ".join([place, *digests]))
    limit = topic.topic.rules.feed_limit
    if any(s.id == item.id for archive in topic.archives for s in archive.stories):
        reason = Exclusion("archived", "newer stories fill the feed; it is in an archive document")
    else:
        reason = Exclusion("beyond-limit", f"newer stories fill the feed (feed_limit = {limit})")
    message = "; ".join([reason.message, *digests])
    way = f'raise feed_limit in [selection] or [topics."{topic.topic.name}"]'
    return _verdict(Exclusion(reason.code, message), way, topic.topic.slug)


def _digests(item: Item, plan: TopicPlan) -> Iterator[str]:
    for issue in plan.issues.newest:
        id_ = issue.period.id if issue.period else ""
        title, ranked = _part_with(item, issue)
        if ranked:
            limit = issue.limits.get(title, plan.topic.rules.digest_limit)
            rank = ranked.index(item.id) + 1
            where = f"{rank} of {min(limit, len(ranked))} in" if rank <= limit else f"beyond the {limit} of"
            pinned = _line(item, issue.editorial, issue.editorial.pins) if issue.editorial else ""
            yield f"{where} digest {id_}{pinned and f', pinned at {pinned}'}"


def _hidden(item: Item, plan: TopicPlan) -> Iterator[str]:
    for issue in plan.issues.newest:
        line = _line(item, issue.editorial, issue.editorial.hidden) if issue.editorial else ""
        if line and issue.period and not _part_with(item, issue)[1]:
            yield f"hidden in digest {issue.period.id} at {line}"


def _line(item: Item, editorial: Editorial, mentions: Sequence[Mention]) -> str:
    """Return the place where the editor's file mentions the item: `issues/ai/2021-W04.md:3`; "" if it does not."""
    return next((f"{editorial.path}:{mention.line}" for mention in mentions if mention.id == item.id), "")


def _remarks(item: Item, plan: TopicPlan) -> Iterator[str]:
    """Yield what is unusual about the item's story."""
    if item.id in plan.issues.record.late:
        yield f"it came late, so it is in the open issue {plan.issues.record.late[item.id]}"
    if item.id in plan.issues.too_late:
        yield "it is in no issue: its own was closed long before it came"
    if by := plan.grouping.spared.get(item.id):
        yield f"{by.path} lists it, but it was published before, or that story hides enough others"


def _part_with(item: Item, issue: EditionPlan) -> tuple[str, list[str]]:
    """Return the title of the section that has the item and the ids of its stories, or nothing."""
    sections = ((title, [s.id for s in stories]) for title, stories in issue.sections)
    return next(((title, ids) for title, ids in sections if item.id in ids), ("", []))
