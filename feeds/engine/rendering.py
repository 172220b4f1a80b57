"""Have an executor render topics, and stage their files where they are rendered.

Loading this module loads the renderers, which takes longer than a build without changes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.editions.plan import Plan
from feeds.engine.processes import Executor
from feeds.model import Candidate
from feeds.output.protocol import OutputFolder, StagedFile
from feeds.problems import ConfigError
from feeds.renderers import render
from feeds.renderers.products import Product, RenderedProduct
from feeds.renderers.render import RenderResult, RenderTask


class StagedProduct(Struct, frozen=True):
    files: Mapping[str, StagedFile]
    """Keyed by POSIX path below out/."""
    facts: RenderedProduct
    """Everything but its files."""


class StagedTopic(Struct, frozen=True):
    slug: str
    products: tuple[StagedProduct, ...]
    """One for each product of the task, in order; none if any of them cannot be rendered."""
    mistakes: tuple[str, ...]
    """Errors in templates and settings."""


class Renderer(Struct, frozen=True):
    config: Config
    now: datetime
    items: Callable[[Iterable[str]], Iterable[bytes]]
    """Return the items of the documents with these paths as MessagePack."""
    executor: Executor

    def topics(self, products: Mapping[str, Sequence[Product]]) -> Iterator[RenderResult]:
        """Render the products, which are keyed by the slug of their topic; yield a result for each topic, in order."""
        return self.executor.map(self._render(), self._tasks(products))

    def staged(
        self, products: Mapping[str, Sequence[Product]], out: OutputFolder, *, force: bool
    ) -> Iterator[StagedTopic]:
        """Render the products, too, and stage their files: in the workers if these have the same disk."""
        if out.is_shared and self.executor.is_here:
            work = partial(_rendered_and_staged, render=self._render(), out=out, force=force)
            return self.executor.map(work, self._tasks(products))
        return (_staged(result, out, force) for result in self.topics(products))

    def _render(self) -> Callable[[RenderTask], RenderResult]:
        config = self.config
        render.prepare(config)
        # Workers may run in another folder.
        config = replace(config, templates=config.templates and config.templates.absolute())
        return partial(render.render, config=config, now=self.now)

    def _tasks(self, products: Mapping[str, Sequence[Product]]) -> Iterator[RenderTask]:
        for slug, found in products.items():
            yield RenderTask(slug=slug, products=tuple(found), items=self._items(c for p in found for c in p.stories))

    def _items(self, candidates: Iterable[Candidate]) -> dict[str, bytes]:
        paths = list(dict.fromkeys(c.path for c in candidates))
        return dict(zip(paths, self.items(paths), strict=True))

    def common(self, plan: Plan, known: Sequence[str]) -> RenderedProduct:
        """Render the files of all topics together; `known` has the slugs of those that are listed."""
        leads = {p.topic.slug: p.shown.stories[0] for p in plan.all if p.shown.stories}
        items = self._items(leads.values())
        stories = {slug: render.story(lead, items[lead.path], self.now) for slug, lead in leads.items()}
        try:
            return render.common(self.config, plan, stories, known)
        except render.ObjectionError as error:
            raise ConfigError("", error.reasons) from error

    def check(self, files: Mapping[str, bytes]) -> None:
        """Raise ConfigError if there is anything in the files that must not be published."""
        try:
            render.check(files, self.config)
        except render.ObjectionError as error:
            raise ConfigError("", error.reasons) from error


def _rendered_and_staged(
    task: RenderTask, render: Callable[[RenderTask], RenderResult], out: OutputFolder, force: bool
) -> StagedTopic:
    return _staged(render(task), out, force)


def _staged(result: RenderResult, out: OutputFolder, force: bool) -> StagedTopic:
    products = (StagedProduct(out.stage(p.files, force=force), replace(p, files={})) for p in result.rendered)
    return StagedTopic(result.slug, tuple(products), result.mistakes)
