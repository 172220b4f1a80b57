"""Bring out/ up to date with a plan: find the products that are stale, have them rendered, write and remove files."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from feeds.editions.plan import Plan, TopicPlan
from feeds.engine import claims
from feeds.engine.cache import Cache
from feeds.engine.fingerprints import fingerprint
from feeds.engine.request import BuildRequest
from feeds.media_types import JSON, PAGE
from feeds.model import EVERYTHING
from feeds.output.folder import (
    WrittenFile,
    existing_files,
    unchanged_files,
    write_staged,
    written_files,
)
from feeds.output.protocol import Occupied, StagedFile
from feeds.problems import ConfigError, Problem, Severity
from feeds.renderers import manifest, products
from feeds.renderers.manifest import DigestEntry, PreviousBuild
from feeds.renderers.names import common_names, names_of, withdrawn_names
from feeds.renderers.products import FeedProduct, IssueFeedProduct, Product, RenderedProduct
from feeds.renderers.syndication.feed_date import FeedDate, all_dated, published
from feeds.renderers.syndication.withdraw import without
from feeds.urls import slug as slug_of

if TYPE_CHECKING:
    from feeds.engine.rendering import Renderer

_COMMON = "."
"""The name of the product with the files of all topics together, except the manifest, which has its own name."""
_FOR_ALL = "the files of all topics"
"""What messages call this product."""


class MakeRequest(BuildRequest, frozen=True, kw_only=True):
    """What one build has to make."""

    plan: Plan
    base: bytes
    """Fingerprint of the software, the configuration and the templates."""
    previous: PreviousBuild
    unsettled: frozenset[str]
    """Slugs of the topics with recorded stories that cannot be read now; nothing of these topics is pruned."""
    only: frozenset[str]
    """Slugs of the topics to make; empty for all."""


class _MadeProduct(Struct, frozen=True, array_like=True):
    """A product that was made by this build or by an earlier one."""

    files: list[WrittenFile]
    digests: list[DigestEntry] = []
    notes: list[str] = []
    dates: dict[str, FeedDate] = {}
    problems: list[Problem] = []


class MakeResult(Struct):
    """The result of one `make` run."""

    products: dict[str, _MadeProduct] = field(default_factory=dict)
    """Every product of the plan, keyed by name."""
    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    """Files of earlier builds that are still there and that this one does not make."""
    mistakes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Errors in templates and settings, keyed by the slug of the topic that was left as it was, or by `_FOR_ALL`."""
    of_topics: list[Problem] = field(default_factory=list)
    """Problems of items whose topic is not built."""

    @property
    def files(self) -> list[WrittenFile]:
        return [file for product in self.products.values() for file in product.files]

    @property
    def all_mistakes(self) -> tuple[str, ...]:
        """Each mistake once, with what it affects."""
        slugs: dict[str, list[str]] = {}
        for slug, lines in self.mistakes.items():
            for line in lines:
                slugs.setdefault(line, []).append(slug)
        return tuple(f"{line} (in {_some(of)})" for line, of in slugs.items())

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Problems of items that were found only when they were to be published."""
        return tuple(sorted({*self.of_topics, *(p for product in self.products.values() for p in product.problems)}))

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(note for product in self.products.values() for note in product.notes)


def _some(slugs: Sequence[str]) -> str:
    """Return `ai, chess, rivers and 7 more`."""
    more = f" and {len(slugs) - 3} more" if len(slugs) > 3 else ""
    return ", ".join(slugs[:3]) + more


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_MadeProduct).decode


def make(request: MakeRequest, cache: Cache) -> MakeResult:
    """Make what is stale, remove what is withdrawn, and write the manifest last.

    Raise OSError when a file cannot be written, and ConfigError when nothing at all can be made.
    """
    slugs = [p.topic.slug for p in request.plan.all]
    if unknown := request.only - set(slugs):
        known = ", ".join(slugs)
        raise ConfigError("", [f"--topic: no topic {slug!r}; choose from {known}" for slug in sorted(unknown)])
    return _Maker(request, cache).run()


class _Maker(Struct, dict=True):  # cached_property needs a __dict__
    request: MakeRequest
    cache: Cache
    result: MakeResult = field(default_factory=MakeResult)
    marks: dict[str, bytes] = field(default_factory=dict)
    """The fingerprint of all that a product's bytes depend on, keyed by the product's name."""
    pending: frozenset[str] = frozenset()
    """Files of builds that were killed, or that failed; no manifest lists them."""
    unannounced: frozenset[str] = frozenset()
    """Names to be noted before the first file is written."""
    blocked: set[str] = field(default_factory=set)
    """Slugs of the topics that would replace a file of others."""

    def run(self) -> MakeResult:
        request, result = self.request, self.result
        wanted = [p for p in request.plan.all if not request.only or p.topic.slug in request.only]
        self.pending = claims.pending_names(request.out)
        self._claim(wanted)
        wanted = [p for p in wanted if p.topic.slug not in self.blocked]
        if stale := self._stale(wanted):
            self._render(stale)
        if wanted and all(p.topic.slug in result.mistakes for p in wanted):
            claims.note(request.out, self.pending)  # nothing has been written
            raise ConfigError(request.config.overrides, list(result.all_mistakes))
        made = [p for p in wanted if p.topic.slug not in result.mistakes]
        slugs = [p.topic.slug for p in made]
        self._make_common(slugs)
        self._remove(made)  # before the manifest is written: no later build would remove what it does not name
        self._make_manifest(slugs)
        claims.note(request.out, ())
        request.out.clean([*(f.name for f in result.files), *self.pending])
        if not request.only:
            self.cache.drop_outputs(self.cache.outputs().keys() - result.products.keys())
        return result

    @cached_property
    def _renderer(self) -> "Renderer":
        from feeds.engine.rendering import Renderer  # loading it takes longer than a build that renders nothing

        return Renderer(self.request.config, self.request.now, self.cache.items, self.request.executor)

    # ---- files of others

    @cached_property
    def _listed(self) -> frozenset[str]:
        """The names of the files that the manifest lists."""
        return frozenset(self.request.previous.files)

    @property
    def _ours(self) -> frozenset[str]:
        """The names of all files that builds have made; without a record of files, the manifest at least."""
        return self._listed | self.pending | ({manifest.NAME} if self.request.previous.entries else set())

    def _claim(self, wanted: Sequence[TopicPlan]) -> None:
        """Make sure that no file of others is replaced, and find out what no manifest lists yet.

        Raise ConfigError if a file that all topics share is in the way. If one of a topic is, leave out the topic.
        """
        request, config, ours = self.request, self.request.config, self._ours
        of_topic = {p.topic.slug: [*products.products_of(config, p, request.previous.dates(p.topic))] for p in wanted}
        names = {slug: [n for p in of for n in names_of(p, config)] for slug, of in of_topic.items()}
        shared = [*common_names(config), manifest.NAME]
        all_names = [*(n for of in names.values() for n in of), *shared]
        found = claims.in_the_way(request.out, all_names, ours, overwrite=request.overwrite)
        if found:
            same = self._block(of_topic, found)
            if any(name in found and name not in same for name in shared):
                others = (occupied for name, occupied in found.items() if name not in same)
                raise ConfigError("", list(claims.complaints(config.out, others)))
        blocked = {name for slug in self.blocked for name in names[slug]}
        self.unannounced = self.pending | ({*all_names} - ours - blocked - found.keys())

    def _block(self, of_topic: Mapping[str, Sequence[Product]], found: Mapping[str, Occupied]) -> set[str]:
        """Leave out the topics that differ from what is in their way; return the names of files that don't."""
        request = self.request
        touched = {
            s: of for s, of in of_topic.items() if any(n in found for p in of for n in names_of(p, request.config))
        }
        same: set[str] = set()
        dated = {slug: [*map(self._dated, of)] for slug, of in touched.items()}
        for topic in self._renderer.topics(dated) if dated else ():
            files = {name: data for product in topic.rendered for name, data in product.files.items()}
            different = claims.differing(request.out, found, files)
            same |= files.keys() & found.keys() - different.keys()
            if different:
                self.blocked.add(topic.slug)
                self._report_blocked(topic.slug, list(claims.complaints(request.config.out, different.values())))
        if any(name in found for name in common_names(request.config)):
            known = self._known([slug for slug in of_topic if slug not in self.blocked])
            files = self._renderer.common(request.plan, known).files
            same |= files.keys() & found.keys() - claims.differing(request.out, found, files).keys()
        return same

    def _report_blocked(self, slug: str, lines: Sequence[str]) -> None:
        """Report an error of the configuration for a configured topic, and else a problem of each of its items."""
        request = self.request
        plan = next(p for p in request.plan.all if p.topic.slug == slug)
        if plan.is_newsletter or plan.topic.name in {*request.config.topics, EVERYTHING}:
            self.result.mistakes[slug] = tuple(lines)
            return
        message = f"topic {plan.topic.name!r} is not built: {lines[0]}"
        items = (c for c in request.plan.folded.candidates if slug in map(slug_of, c.topics))
        found = (Problem(c.path, 1, Severity.WARNING, "topic-in-the-way", message) for c in items)
        self.result.of_topics += found

    # ---- what is stale

    def _stale(self, wanted: Iterable[TopicPlan]) -> dict[str, list[Product]]:
        """Return the products that have to be made, keyed by topic; record the others as made."""
        request = self.request
        known = {} if request.force else self.cache.outputs()
        # Full archives never change again, unless the publication has moved.
        has_moved = request.previous.base_url != request.config.site.base_url
        final = frozenset() if has_moved else products.final(request.plan, request.previous.promises)
        stale: dict[str, list[Product]] = {}
        for plan in wanted:
            for product in products.products_of(request.config, plan, request.previous.dates(plan.topic)):
                mark = fingerprint(request.base, type(product).__name__.encode(), *product.parts())
                self.marks[product.name] = mark
                is_final = product.name in final or product.edition.is_kept
                if is_final and self._is_left(product, mark):
                    continue
                if not self._keep(product.name, self._fresh(product.name, mark, known.get(product.name))):
                    stale.setdefault(plan.topic.slug, []).append(self._dated(product))
        return stale

    def _dated(self, product: Product) -> Product:
        """Return a product with the dates of those of its published documents that the manifest does not know."""
        if not isinstance(product, FeedProduct | IssueFeedProduct):
            return product
        names = product.file_names(self.request.config)
        unknown = [name for name in names if name not in product.dates and name != JSON]  # which has no date
        found = published({name: self.request.out.read(f"{product.name}/{name}") for name in unknown})
        return replace(product, dates={**product.dates, **found})

    def _is_left(self, product: Product, mark: bytes) -> bool:
        """Leave a product as it was published, without withdrawn stories; return False if its files are not there."""
        names = [*names_of(product, self.request.config)]
        if product.edition.is_kept:  # what a killed build has written was never published
            names = [name for name in names if name in self._listed]
        if not product.edition.lost:
            files = existing_files(self.request.out, names)
            dates = {**product.dates} if isinstance(product, IssueFeedProduct) else {}
            return self._keep(product.name, _MadeProduct(files, dates=dates) if files else None)
        found = {name: self.request.out.read(name) for name in names}
        try:
            kept = {name: without(data, product.edition.lost) for name, data in found.items() if data is not None}
        except (msgspec.DecodeError, LookupError, TypeError, ValueError):  # somebody has changed it; make it anew
            return False
        if len(kept) < len(names):
            return False
        kept, _ = all_dated(kept, published(found))
        self._write(product.name, mark, self._stage(kept), RenderedProduct())
        return True

    def _fresh(self, name: str, mark: bytes, known: tuple[bytes, bytes] | None) -> _MadeProduct | None:
        """Return the product that was made of the same input, if its files are still as they were."""
        if known is None or known[0] != mark:
            return None
        product = _decode(known[1])
        files = unchanged_files(self.request.out, product.files)
        if files is None:
            return None
        fresh = replace(product, files=files)
        if fresh != product:  # the files have been read because of their new times; later builds need not do so again
            self.cache.store_outputs([(name, mark, _encode(fresh))])
        return fresh

    def _keep(self, name: str, product: _MadeProduct | None) -> bool:
        if product is None:
            return False
        self.result.products[name] = product
        self.result.unchanged += [f.name for f in product.files]
        return True

    # ---- making

    def _render(self, stale: Mapping[str, Sequence[Product]]) -> None:
        out, config = self.request.out, self.request.config
        self._announce()
        try:
            for done, topic in enumerate(self._renderer.staged(stale, out, force=self.request.force), 1):
                if topic.mistakes:
                    self.result.mistakes[topic.slug] = topic.mistakes
                for product, made in zip(stale[topic.slug], topic.products, strict=False):
                    self._write(product.name, self.marks[product.name], made.files, made.facts)
                if self.request.progress:
                    self.request.progress("Rendering", done, len(stale))
        except BaseException:  # other topics may be staged: on a full disk that must not stay
            out.clean(name for of in stale.values() for product in of for name in names_of(product, config))
            raise

    def _announce(self) -> None:
        if self.unannounced:
            claims.note(self.request.out, self.unannounced)
            self.unannounced = frozenset()

    def _stage(self, files: Mapping[str, bytes]) -> dict[str, StagedFile]:
        self._announce()
        return self.request.out.stage(files, force=self.request.force)

    def _write(self, name: str, mark: bytes, files: Mapping[str, StagedFile], facts: RenderedProduct) -> None:
        changes = write_staged(self.request.out, files)
        self.result.written += changes.written
        self.result.unchanged += changes.unchanged
        written = written_files(self.request.out, files)
        product = _MadeProduct(written, list(facts.digests), list(facts.notes), facts.dates, list(facts.problems))
        self.result.products[name] = product
        self.cache.store_outputs([(name, mark, _encode(product))])

    # ---- files of all topics together

    def _make_common(self, slugs: Sequence[str]) -> None:
        request, known = self.request, self._known(slugs)
        mark = fingerprint(request.base, *self.marks.values(), *(s.encode() for s in (*slugs, "", *known)))
        # The files also show topics that are not made now, and so have no fingerprint.
        is_whole = not (request.only or request.force or self.blocked)
        last = self.cache.outputs().get(_COMMON) if is_whole else None
        if not self._keep(_COMMON, self._fresh(_COMMON, mark, last)):
            try:
                made = self._renderer.common(request.plan, known)
            except ConfigError as error:
                self._leave_common(error)
            else:
                self._write(_COMMON, mark, self._stage(made.files), made)

    def _leave_common(self, error: ConfigError) -> None:
        """Leave the files as they were published: the topics have been written, and the manifest must record them."""
        out, config = self.request.out, self.request.config
        self.result.mistakes[_FOR_ALL] = tuple(error.problems)
        published = out.present(name for name in common_names(config) if name in self._listed)
        self._keep(_COMMON, _MadeProduct(existing_files(out, published) or []))

    def _known(self, slugs: Sequence[str]) -> list[str]:
        """Return the slugs of what this build or an earlier one has made."""
        return sorted({*self.request.previous.entries, *slugs})

    def _make_manifest(self, slugs: Sequence[str]) -> None:
        request, result = self.request, self.result
        files = sorted({*(f.name for f in result.files), *result.leftovers, manifest.NAME})
        dates = {name: product.dates for name, product in result.products.items() if product.dates}
        data = manifest.render(
            request.config,
            request.plan,
            {name: product.digests for name, product in result.products.items()},
            dates=dates,
            made=slugs,
            previous=request.previous,
            files=files,
            closes=request.closes,
        )
        made = {manifest.NAME: data}
        if request.out.read(manifest.NAME) != data:
            self._renderer.check(made)
        self._write(manifest.NAME, b"", self._stage(made), RenderedProduct())

    # ---- removing

    def _remove(self, made: Sequence[TopicPlan]) -> None:
        request, result = self.request, self.result
        current = {f.name for f in result.files} | {manifest.NAME}
        gone = {name for plan in made for name in withdrawn_names(plan)} & self._ours
        gone |= self.pending - self._listed
        if request.prune:
            recorded = {f"{issue}/{PAGE}" for plan in request.plan.all for issue in plan.issues.recorded}
            left = {*result.mistakes, *request.unsettled, *self.blocked}
            gone |= {name for name in self._listed if name.partition("/")[0] not in left} - recorded
        result.removed = request.out.remove(sorted(gone - current))
        result.leftovers = tuple(request.out.present(sorted(self._listed - current)))
