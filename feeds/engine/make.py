"""Brings out/ up to date with a plan: finds the products that are not as they should be, has them made, writes them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.editions.plan import NewsletterPlan, Plan, TopicPlan
from feeds.engine.cache import Cache
from feeds.engine.fingerprints import fingerprint
from feeds.engine.processes import Executor
from feeds.media_types import FEEDS
from feeds.model import Candidate
from feeds.output.folder import OutputFolder, WrittenFile, existing_files, unchanged_files, write_files, written_files
from feeds.problems import ConfigError
from feeds.renderers import products
from feeds.renderers.manifest import NAME as MANIFEST
from feeds.renderers.manifest import DigestEntry, PreviousBuild
from feeds.renderers.products import Product

_COMMON, _RECORD = ".", MANIFEST
"""Names of the files of all topics together, and of what is known of them, as products."""


class _MadeProduct(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a product that was made before."""

    files: list[WrittenFile]
    digests: list[DigestEntry] = []
    notes: list[str] = []


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_MadeProduct).decode


class MakeRequest(Struct, frozen=True, kw_only=True):
    """What is to be made."""

    config: Config
    out: OutputFolder
    plan: Plan
    now: datetime
    base: bytes
    """Digest of the software, the configuration and the templates."""
    before: PreviousBuild
    outcomes: Mapping[str, int]
    """How many documents came to what."""
    can_remove: bool = True
    """Whether what is not there today is gone, and not only broken."""
    prune: bool = False
    """Remove whatever earlier builds made and this one does not make."""
    only: frozenset[str] = frozenset()
    """Slugs; empty for all."""
    force: bool = False


class MakeResult(Struct):
    """What came of it."""

    kept: dict[str, _MadeProduct] = field(default_factory=dict)
    """By the product's name; those that were made anew, too."""
    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    """Files of earlier builds, still there, that this one does not make."""
    mistakes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Of templates and settings, by the slug of the topic that was left as it was."""

    @property
    def files(self) -> list[WrittenFile]:
        return [file for kept in self.kept.values() for file in kept.files]

    @property
    def all_mistakes(self) -> tuple[str, ...]:
        """Each once, with the topics it concerns."""
        slugs: dict[str, list[str]] = {}
        for slug, found in self.mistakes.items():
            for line in found:
                slugs.setdefault(line, []).append(slug)
        return tuple(f"{line} (in {_some(of)})" for line, of in slugs.items())

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(note for kept in self.kept.values() for note in kept.notes)


def _some(slugs: Sequence[str]) -> str:
    """`ai, chess, rivers and 7 more`"""
    more = f" and {len(slugs) - 3} more" if len(slugs) > 3 else ""
    return ", ".join(slugs[:3]) + more


Progress = Callable[[str, int, int], None]


def make(order: MakeRequest, cache: Cache, executor: Executor, progress: Progress | None = None) -> MakeResult:
    """Raises OSError when a file cannot be written, and ConfigError when nothing at all can be made."""
    _check_names(order)
    made = MakeResult()
    wanted = [p for p in order.plan.all if p.topic.slug in order.only or not order.only]
    stale, marks = _stale(order, cache, wanted, made)
    if stale:
        _renew(order, cache, executor, stale, marks, made, progress)
    if made.mistakes and len(made.mistakes) == len(wanted):
        raise ConfigError(order.config.overrides, list(made.all_mistakes))
    slugs = [p.topic.slug for p in wanted if p.topic.slug not in made.mistakes]
    _make_common(order, cache, slugs, marks, made)
    _remove(order, made)
    _make_record(order, cache, slugs, marks, made)
    order.out.clean(f.name for f in made.files)
    if not order.only:
        cache.drop_outputs(cache.outputs().keys() - made.kept.keys())
    return made


def _remove(order: MakeRequest, made: MakeResult) -> None:
    """Before the record is written: what it does not name, no later build would remove."""
    current = {f.name for f in made.files} | {MANIFEST}
    if order.can_remove:
        gone = set(_withdrawn(order, made))
        if order.prune:
            gone |= {name for name in order.before.files if name.partition("/")[0] not in made.mistakes}
        made.removed = order.out.remove(sorted(gone - current))
    made.leftovers = tuple(order.out.present(sorted(order.before.files - current)))


def _withdrawn(order: MakeRequest, made: MakeResult) -> Iterator[str]:
    """Files of earlier builds whose stories are all gone."""
    if not any(plan.issues.withdrawn for plan in order.plan.all):
        return
    from feeds.renderers import render as rendering

    for plan in order.plan.all:
        if plan.topic.slug not in made.mistakes and (plan.topic.slug in order.only or not order.only):
            yield from rendering.withdrawn(plan)


def _check_names(order: MakeRequest) -> None:
    slugs = [p.topic.slug for p in order.plan.all]
    if unknown := order.only - set(slugs):
        known = ", ".join(slugs)
        raise ConfigError("", [f"--topic: no topic {slug!r}; there are {known}" for slug in sorted(unknown)])


def _stale(
    order: MakeRequest, cache: Cache, wanted: Iterable[TopicPlan | NewsletterPlan], made: MakeResult
) -> tuple[dict[str, list[Product]], dict[str, bytes]]:
    """The products that are to be made, by topic, and the marks of all; puts into `made` those that are as they should.

    Full archives are never to change, unless the site has moved.
    """
    known = {} if order.force else cache.outputs()
    moved = order.before.base_url != order.config.site.base_url
    final = frozenset() if moved else products.final(order.plan, order.before.history)
    stale: dict[str, list[Product]] = {}
    marks: dict[str, bytes] = {}
    for plan in wanted:
        found = list(products.products_of(order.config, plan))
        for product, mark in zip(found, (_mark(p, order.base) for p in found), strict=True):
            marks[product.name] = mark
            if kept := _archived(order, product, final) or _fresh(order.out, mark, known.get(product.name)):
                made.kept[product.name] = kept
                made.unchanged += [f.name for f in kept.files]
            else:
                stale.setdefault(plan.topic.slug, []).append(product)
    return stale, marks


def _mark(product: Product, base: bytes) -> bytes:
    """Return a fingerprint of all that the product's bytes depend on; `base` stands for software and configuration."""
    return fingerprint(base, type(product).__name__.encode(), *product.parts())


def _archived(order: MakeRequest, product: Product, final: frozenset[str]) -> _MadeProduct | None:
    if product.name not in final:
        return None
    names = [f"{product.name}/{FEEDS[f]}" for f in order.config.build.formats]
    files = existing_files(order.out, names)
    return _MadeProduct(files) if files else None


def _fresh(out: OutputFolder, mark: bytes, known: tuple[bytes, bytes] | None) -> _MadeProduct | None:
    """What was made of the same, when it still lies there."""
    if known is None or known[0] != mark:
        return None
    kept = _decode(known[1])
    files = unchanged_files(out, kept.files)
    return replace(kept, files=files) if files is not None else None


def _renew(
    order: MakeRequest,
    cache: Cache,
    executor: Executor,
    stale: Mapping[str, Sequence[Product]],
    marks: Mapping[str, bytes],
    made: MakeResult,
    progress: Progress | None,
) -> None:
    from feeds.renderers import render as rendering  # takes longer to load than a build without changes takes

    if order.config.build.has_digests:
        rendering.prepare(order.config)
    tasks = (
        rendering.Task(slug=slug, products=tuple(of), items=_items(cache, (c for p in of for c in p.stories)))
        for slug, of in stale.items()
    )
    # Who renders may run in another folder.
    templates = order.config.templates and order.config.templates.absolute()
    render = partial(rendering.render, config=replace(order.config, templates=templates), now=order.now)
    for done, result in enumerate(executor.map(render, tasks), 1):
        if result.mistakes:
            made.mistakes[result.slug] = result.mistakes
        for product, rendered in zip(stale[result.slug], result.made, strict=False):
            kept = _MadeProduct([], list(rendered.digests), list(rendered.notes))
            _write(order, cache, product.name, marks[product.name], rendered.files, kept, made)
        if progress:
            progress("Rendering", done, len(stale))


def _items(cache: Cache, candidates: Iterable[Candidate]) -> dict[str, bytes]:
    paths = list(dict.fromkeys(c.path for c in candidates))
    return dict(zip(paths, cache.items(paths), strict=True))


def _write(
    order: MakeRequest,
    cache: Cache,
    name: str,
    mark: bytes,
    files: Mapping[str, bytes],
    kept: _MadeProduct,
    made: MakeResult,
) -> None:
    done = write_files(order.out, files, force=order.force)
    made.written += done.written
    made.unchanged += done.unchanged
    made.kept[name] = kept = replace(kept, files=written_files(order.out, files))
    cache.store_outputs([(name, mark, _encode(kept))])


def _make_common(
    order: MakeRequest, cache: Cache, slugs: Sequence[str], marks: Mapping[str, bytes], made: MakeResult
) -> None:
    mark = fingerprint(order.base, *marks.values(), *(s.encode() for s in slugs))
    if _is_kept(order, cache, _COMMON, mark, made):
        return
    from feeds.renderers import render as rendering

    leads = {p.topic.slug: lead for p in order.plan.all if (lead := rendering.leading(p))}
    items = _items(cache, leads.values())
    stories = {slug: rendering.story(lead, items[lead.path], order.now) for slug, lead in leads.items()}
    _finish(
        order, cache, _COMMON, mark, rendering.common(order.config, order.plan, stories, _known(order, slugs)), made
    )


def _make_record(
    order: MakeRequest, cache: Cache, slugs: Sequence[str], marks: Mapping[str, bytes], made: MakeResult
) -> None:
    files = sorted({*(f.name for f in made.files), *made.leftovers, MANIFEST})
    facts = (repr(sorted(order.outcomes.items())), "\n".join(files), *slugs)
    mark = fingerprint(order.base, *marks.values(), *(f.encode() for f in facts))
    if _is_kept(order, cache, _RECORD, mark, made):
        return
    from feeds.renderers import render as rendering

    digests = {name: kept.digests for name, kept in made.kept.items()}
    record = rendering.record(order.config, order.plan, digests, slugs, order.before, order.outcomes, files)
    _finish(order, cache, _RECORD, mark, record, made)


def _known(order: MakeRequest, slugs: Iterable[str]) -> frozenset[str]:
    """Of this build, and of earlier ones."""
    return frozenset([*order.before.entries, *slugs])


def _is_kept(order: MakeRequest, cache: Cache, name: str, mark: bytes, made: MakeResult) -> bool:
    """Whether it is as it should be; puts it into `made` then."""
    known = None if order.only or order.force else cache.outputs().get(name)
    kept = _fresh(order.out, mark, known)
    if kept:
        made.kept[name] = kept
        made.unchanged += [f.name for f in kept.files]
    return kept is not None


def _finish(
    order: MakeRequest, cache: Cache, name: str, mark: bytes, files: Mapping[str, bytes], made: MakeResult
) -> None:
    from feeds.renderers import render as rendering

    if found := tuple(rendering.harms(files, order.config)):
        raise ConfigError("", list(found))
    _write(order, cache, name, mark, files, _MadeProduct([]), made)
