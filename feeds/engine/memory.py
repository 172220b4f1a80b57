"""Render one topic from documents in memory, without reading or writing any file."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from feeds.config.load import Config
from feeds.editions.plan import Plan, TopicPlan, plan
from feeds.editions.stories import candidate_of
from feeds.engine.request import whole_second
from feeds.items.options import read_options
from feeds.items.read import read_document
from feeds.model import Item
from feeds.problems import ConfigError, Problem, did_you_mean
from feeds.renderers.products import products_of
from feeds.renderers.render import RenderTask
from feeds.renderers.render import render as rendered
from feeds.sources.find import File
from feeds.sources.pages import pages
from feeds.urls import slug


class RenderedTopic(Struct, frozen=True, kw_only=True):
    """The files of one topic, as a first build would write them."""

    files: Mapping[str, bytes]
    """Content, keyed by POSIX path below the topic's folder: `rss.xml`, `digest.html`, `issues/2021-W04/index.html`."""
    problems: tuple[Problem, ...]
    """What is wrong with the documents, sorted by name and line."""


def render(config: Config, documents: Mapping[str, bytes], topic: str, now: datetime) -> RenderedTopic:
    """Return the files of a topic or newsletter, given its name or slug, as of `now`, an aware datetime.

    `documents` are the contents of items, keyed by file name. `[build] outputs` says which files are made. Raise
    ConfigError if no item has the topic, or for a mistake in a setting or a template; ValueError for a naive datetime.

    For example:

    feed = render(load_config(table={"title": "News"}), documents, "AI", datetime.now(UTC)).files["rss.xml"]
    """
    instant = whole_second(now)
    options = read_options(config)
    kept = pages([File(name, "") for name in sorted(documents)], config.defaults.generator)
    readings = [read_document(documents[file.path], file.path, options) for file in kept]
    items = {r.item.path: r.item for r in readings if r.item}
    candidates = [candidate_of(item, instant, b"") for item in items.values()]
    chosen = _topic(plan(config, candidates, instant, {}), topic)
    task = RenderTask(
        slug=chosen.topic.slug,
        products=tuple(products_of(config, chosen, {})),
        items={path: msgspec.msgpack.encode(item) for path, item in _shown(chosen, items).items()},
    )
    result = rendered(task, config, instant)
    if result.mistakes:
        raise ConfigError("", list(result.mistakes))
    files = {name: data for product in result.rendered for name, data in product.files.items()}
    return RenderedTopic(
        files={name.removeprefix(f"{task.slug}/"): data for name, data in files.items()},
        problems=tuple(sorted(problem for reading in readings for problem in reading.problems)),
    )


def _topic(planned: Plan, name: str) -> TopicPlan:
    plans = {slug(t.topic.name): t for t in planned.all} | {t.topic.slug: t for t in planned.all}
    if slug(name) not in plans:
        known = sorted(t.topic.slug for t in planned.all)
        advice = did_you_mean(name, known) if known else "no item has a topic"
        raise ConfigError("", [f"no topic is called {name!r}; {advice}"])
    return plans[slug(name)]


def _shown(planned: TopicPlan, items: Mapping[str, Item]) -> Mapping[str, Item]:
    """Return the items that the topic's files may show."""
    editions = (planned.feed, *planned.archives, *planned.issues.all)
    return {c.path: items[c.path] for edition in editions for c in edition.stories}
