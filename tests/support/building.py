"""Build a publication in a temporary folder."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from feeds.config.load import Config, load_config
from feeds.pipeline import build
from feeds.report import BuildReport

NOW = datetime(2021, 2, 1, 6, tzinfo=UTC)


ITEM: dict[str, Any] = {
    "title": "One",
    "excerpt": "About one.",
    "publishedDateTime": "2021-01-26T17:45:00Z",
    "webUrl": "https://paper.example/one",
    "quality": 60,
    "published": True,
    "provider": {"name": "The Paper"},
    "topics": ["AI"],
}


def write_item(folder: Path, name: str, **changes: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    item = {"webUrl": f"https://paper.example/{Path(name).stem}", "title": f"Title of {Path(name).stem}"} | changes
    path.write_text(f"---\n{yaml.safe_dump(ITEM | item)}---\n", encoding="utf-8")
    return path


def built(root: Path, text: str = "", now: datetime = NOW, **options: Any) -> BuildReport:
    return build(configured(root, text), now, **options)


def configured(root: Path, text: str = "") -> Config:
    (root / "feeds.toml").write_text(f'title = "Test"\nbase_url = "https://news.example/"\n{text}', encoding="utf-8")
    return load_config(start=root)


def files(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


def undated(found: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files without the dates of feeds, which depend on what was published before."""
    return {name: _undated(name, data) for name, data in found.items()}


def _undated(name: str, data: bytes) -> bytes:
    if name == "manifest.json":
        return re.sub(rb'"updated": "[^"]*",\n +"fingerprint"', b'"fingerprint"', data)
    return re.sub(rb"<(lastBuildDate|updated)>[^<]*</", b"", data, count=1) if name.endswith(".xml") else data


def feed(root: Path, topic: str = "ai") -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((root / "out" / topic / "feed.json").read_bytes())
    return loaded
