"""Records to test with: complete by default, any field changed by its name."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from feeds.config.load import Config
from feeds.config.options import Limits
from feeds.editions.issues import Neighbours
from feeds.editions.stories import candidate_of
from feeds.items.front_matter import Document, parse_document
from feeds.model import (
    Author,
    Candidate,
    Coverage,
    Edition,
    EditionInfo,
    EditionPlan,
    Image,
    Item,
    Period,
    Provider,
    Rules,
    Site,
    Story,
    Topic,
)
from feeds.problems import Problem
from feeds.renderers.site.pages import issue_page as render_issue_page
from feeds.sources.contents import contents, sources_of
from feeds.urls import canonical_url

NOW = datetime(2021, 2, 1, 6, tzinfo=UTC)
"""A time after all the examples' dates."""


def utc(text: str) -> datetime:
    """`utc("2021-01-26 17:45")`"""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def item(name: str = "one", **changes: Any) -> Item:
    """A published, eligible item at https://paper.example/<name>."""
    url = changes.pop("url", f"https://paper.example/{name}")
    values: dict[str, Any] = {
        "id": canonical_url(url),
        "url": url,
        "path": f"seeds/{name}.md",
        "title": f"Title of {name}",
        "excerpt": f"Excerpt of {name}.",
        "provider": Provider("The Paper", "paper.example"),
        "published": utc("2021-01-26 17:45"),
        "is_published": True,
        "quality": 60,
        "topics": ("AI",),
    } | changes
    values.setdefault("heat", values["quality"] + 10 * len(values.get("related", ())))
    return Item(**values)


def candidate(name: str = "one", **changes: Any) -> Candidate:
    """What selection knows of an item."""
    return candidate_of(item(name, **changes), NOW, name.encode())


def coverage(name: str = "other", **changes: Any) -> Coverage:
    """An article about the same at https://<name>.example/story."""
    url = changes.pop("url", f"https://{name}.example/story")
    values: dict[str, Any] = {
        "id": canonical_url(url),
        "url": url,
        "title": f"What {name} says",
        "provider": Provider(f"Outlet {name}", f"{name}.example"),
        "published": utc("2021-01-25 10:00"),
        "quality": 40,
    } | changes
    return Coverage(**values)


def story(name: str = "one", *related: Coverage, **changes: Any) -> Story:
    return Story(item(name, related=related, **changes), related)


def site(**changes: Any) -> Site:
    values: dict[str, Any] = {
        "title": "Smart News",
        "base_url": "https://news.example/",
        "author": Author(name="Ada", url="https://news.example/ada"),
    }
    return Site(**(values | changes))


def topic(name: str = "AI", **changes: Any) -> Topic:
    values: dict[str, Any] = {
        "name": name,
        "slug": name.lower().replace(" ", "-"),
        "title": f"Smart News: {name}",
        "label": name,
        "description": f"What matters in {name}",
        "rules": Rules(),
    }
    return Topic(**(values | changes))


def edition(*stories: Story, **changes: Any) -> Edition:
    values: dict[str, Any] = {"site": site(), "topic": topic(), "stories": stories} | changes
    values.setdefault("directory", values["topic"].slug)
    return Edition(**values)


def outline(of: Edition) -> EditionPlan:
    """What an edition is before its stories are told."""
    place = {name: getattr(of, name) for name in EditionInfo.__struct_fields__}
    return EditionPlan(**place, stories=tuple(candidate_of(s.lead, NOW, s.id.encode()) for s in of.stories))


WEEK = Period("2021-W04", utc("2021-01-25"), utc("2021-02-01"))


def issue(*stories: Story, **changes: Any) -> Edition:
    """An edition of the week 2021-W04."""
    made = edition(*stories, **({"period": WEEK} | changes))
    return replace(made, directory=f"{made.topic.slug}/issues/{WEEK.id}")


def issue_page(of: Edition, overrides: str = "") -> bytes:
    """An issue's web page, with the templates in a folder of one's own."""
    templates = Path(overrides) if overrides else None
    config = Config(root=Path(), site=site(), sources=(), out=Path(), templates=templates)
    return render_issue_page(of, Neighbours(), config, has_mail=True)


PICTURE = Image("https://paper.example/picture.jpg", 1200, 630, "A picture")


def read_document(path: Path, name: str, limits: Limits = Limits()) -> tuple[Document | None, tuple[Problem, ...]]:
    """Return what a build makes of a file; `name` takes the place of its path in problems."""
    (raw,) = contents([str(path)], sources_of([]), limits.document_bytes + 1)
    return (None, (replace(raw, path=name),)) if isinstance(raw, Problem) else parse_document(raw, name, limits)
