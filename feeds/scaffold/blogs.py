"""Find out how a Jekyll blog or a Hugo site is set up, and configure feeds for it. Only `find_blog` reads files."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import yaml
from msgspec import Struct

from feeds.config.toml import Key
from feeds.languages import language
from feeds.urls import safe_url

_JEKYLL = ("_config.yml", "_config.yaml", "_config.toml")
_HUGO = tuple(f"{name}.{suffix}" for name in ("hugo", "config") for suffix in ("toml", "yaml", "yml", "json"))
_HUGO_FILES = (*_HUGO, *(f"config/_default/{name}" for name in _HUGO))
_SECTIONS = ("posts", "post", "blog", "articles", "news", "writing")
"""Where Hugo sites have their posts, if they do not say it."""
_PREVIEWS = {"jekyll": "http://localhost:4000/", "hugo": "http://localhost:1313/"}
"""Where each shows a site on the own machine, in case the site has no address yet."""


class Blog(Struct, frozen=True, kw_only=True):
    """A site that feeds are added to."""

    generator: str
    """`jekyll` or `hugo`."""
    title: str
    site_url: str
    """With a slash at its end; empty if unknown."""
    posts: tuple[str, ...]
    """Folders of its posts."""
    pattern: str
    """The path of a post, as in `[defaults] url`, without a slash before it."""
    language: str = ""
    unknown: str = ""
    """The part of the site's own pattern that feeds cannot express."""

    @property
    def public(self) -> str:
        """Folder that is copied into the site."""
        return "static/" if self.generator == "hugo" else ""

    def settings(self, out: str) -> Mapping[Key, object]:
        """Return what feeds.toml has to set; `out` is the name of the folder of the feeds in the site."""
        site = self.site_url or _PREVIEWS[self.generator]
        found: dict[Key, object] = {
            ("title",): self.title,
            ("base_url",): f"{site}{out}/" if self.site_url else "",
            ("language",): self.language,
            ("sources",): self.posts,
            ("out",): f"{self.public}{out}",
            ("fields", "date"): ("date", "publishDate"),
            ("fields", "updated"): ("lastmod", "last_modified_at"),
            ("fields", "excerpt"): ("description", "summary"),
            ("fields", "topics"): "categories",
            ("fields", "images"): "image",
            ("feed", "all"): True,
            ("defaults", "published"): True,
            ("defaults", "quality"): 50,
            ("defaults", "url"): f"{site}{self.pattern}",
            ("defaults", "topics"): ("Blog",),
            ("defaults", "generator"): self.generator,
            ("defaults", "site_url"): site,
        }
        return {key: value for key, value in found.items() if value}


def find_blog(folder: Path, title: str, address: str = "") -> Blog | None:
    """Return the site in a folder, or None. `title` and `address` are those that it has if it does not say them."""
    with suppress(OSError):
        address = f"https://{(folder / 'CNAME').read_text(encoding='utf-8').strip()}/"
    for name in _JEKYLL:
        if (folder / name).is_file():
            return jekyll(_parsed(folder / name), title, address)
    if (folder / "_posts").is_dir():
        return jekyll({}, title, address)
    for name in _HUGO_FILES if (folder / "content").is_dir() else ():
        if (folder / name).is_file():
            sections = {p.name: _pages(p) for p in sorted((folder / "content").iterdir()) if p.is_dir()}
            return hugo(_parsed(folder / name), title, address, sections)
    return None


def _pages(section: Path) -> int:
    return sum(1 for path in section.rglob("*.md") if not path.name.startswith("_"))


def _parsed(path: Path) -> dict[str, Any]:
    """Return the configuration of a site; an empty one if it cannot be read."""
    with suppress(OSError, ValueError, yaml.YAMLError):
        text = path.read_text(encoding="utf-8-sig")
        read = {".toml": tomllib.loads, ".json": json.loads}.get(path.suffix, yaml.safe_load)
        if isinstance(data := read(text), dict):
            return data
    return {}


# ---- Jekyll

_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "none": "/:categories/:title:output_ext",
}
_IN_JEKYLL = {
    "categories": "{categories}",
    "slugified_categories": "{categories}",
    "year": "{year}",
    "month": "{month}",
    "day": "{day}",
    "title": "{slug}",
    "slug": "{slug}",
    "name": "{name}",
    "output_ext": ".html",
}


def jekyll(config: Mapping[str, Any], title: str, address: str) -> Blog:
    """Return the blog that a `_config.yml` describes."""
    own = str(config.get("url") or "").rstrip("/") + str(config.get("baseurl") or "")
    style = str(_permalink(config) or "date")
    pattern, unknown = _pattern(_STYLES.get(style, style), _IN_JEKYLL)
    return Blog(
        generator="jekyll",
        title=str(config.get("title") or config.get("name") or title),
        site_url=_site(own) or _site(address),
        posts=("_posts",),
        pattern=pattern,
        language=_language(config.get("lang") or config.get("locale")),
        unknown=unknown,
    )


def _permalink(config: Mapping[str, Any]) -> object:
    """Return the pattern of posts: that of the collection, of the defaults, or of the site."""
    collections = config.get("collections")
    posts = collections.get("posts") if isinstance(collections, dict) else None
    defaults = [default for default in config.get("defaults") or () if isinstance(default, dict)]
    values = [d.get("values") or {} for d in defaults if (d.get("scope") or {}).get("type", "posts") == "posts"]
    places = (posts if isinstance(posts, dict) else {}, *values, config)
    return next(filter(None, (place.get("permalink") for place in places)), None)


# ---- Hugo

_IN_HUGO = {
    "year": "{year}",
    "month": "{month}",
    "day": "{day}",
    "slug": "{title}",
    "title": "{title}",
    "filename": "{slug}",
    "contentbasename": "{slug}",
    "slugorfilename": "{slug}",
    "slugorcontentbasename": "{slug}",
    "sections": "{folder}",
}


def hugo(config: Mapping[str, Any], title: str, address: str, sections: Mapping[str, int]) -> Blog:
    """Return the site that a Hugo configuration describes; `sections` are its folders and their numbers of pages."""
    config = {key.lower(): value for key, value in config.items()}
    params = {key.lower(): value for key, value in (config.get("params") or {}).items()}
    permalinks: dict[str, Any] = config.get("permalinks") or {}
    pages: dict[str, Any] = permalinks["page"] if isinstance(permalinks.get("page"), dict) else permalinks
    posts = _sections(params.get("mainsections"), pages, sections)
    style = next((str(pages[name]) for name in posts if name in pages), "/:sections/:slugorfilename/")
    pattern, unknown = _pattern(style, {**_IN_HUGO, "section": posts[0] if posts else ""})
    return Blog(
        generator="hugo",
        title=str(config.get("title") or title),
        site_url=_site(str(config.get("baseurl") or "")) or _site(address),
        posts=tuple(f"content/{name}" for name in posts) or ("content",),
        pattern=pattern,
        language=_language(config.get("locale") or config.get("languagecode") or config.get("defaultcontentlanguage")),
        unknown=unknown,
    )


def _sections(main: object, patterns: Mapping[str, object], sections: Mapping[str, int]) -> tuple[str, ...]:
    """Return the sections of the posts: as configured, else by name, else those with a pattern, else the largest."""
    wanted = [main] if isinstance(main, str) else main if isinstance(main, list) else []
    for names in (wanted, _SECTIONS, patterns):
        if found := tuple(name for name in names if sections.get(name)):
            return found
    return (max(sections, key=lambda name: sections[name]),) if any(sections.values()) else ()


# ---- both


def _pattern(style: str, placeholders: Mapping[str, str]) -> tuple[str, str]:
    """Return a site's pattern in our placeholders, and the first of its own that has no match."""
    unknown: list[str] = []

    def ours(match: re.Match[str]) -> str:
        if match[1] not in placeholders:
            unknown.append(match[0])
        return placeholders.get(match[1], "")

    text = re.sub(r":([a-z_]+)", ours, style.replace("{", "").replace("}", ""))
    return re.sub("/{2,}", "/", text).lstrip("/"), next(iter(unknown), "")


def _site(address: str) -> str:
    with suppress(ValueError):
        return safe_url(address).rstrip("/") + "/"
    return ""


def _language(tag: object) -> str:
    """Return a language that feeds can be in; "" for English, and for a tag that CLDR does not know."""
    text = str(tag or "").replace("_", "-")
    with suppress(ValueError):
        language(text)
        return "" if text == "en" else text
    return ""


def advice(blog: Blog, out: str) -> Iterator[str]:
    """Yield what is left to do in the site itself."""
    href = f"{blog.site_url or '/'}{out}/all/"
    layout = "layouts/_default/baseof.html" if blog.generator == "hugo" else "_layouts/default.html"
    yield f"To let readers find the feeds, add to <head> in {layout} (or wherever your theme has it):"
    yield f'  <link rel="alternate" type="application/rss+xml" title={quoteattr(blog.title)} href="{href}rss.xml">'
    old = "index.xml" if blog.generator == "hugo" else "feed.xml"
    command = f"feeds build && cp {blog.public}{out}/all/atom.xml {blog.public}{old}"
    yield f"Run `feeds build` before {blog.generator.capitalize()} builds the site, each time."
    off = 'disableKinds = ["rss"]' if blog.generator == "hugo" else "jekyll-feed out of the plugins"
    verb = "set" if blog.generator == "hugo" else "take"
    yield f"To keep the subscribers of an old /{old}, {verb} {off}, and run: {command}"
    if blog.unknown:
        yield f"The site's addresses contain {blog.unknown}, which feeds cannot make; correct url in [defaults]."
    if not blog.site_url:
        yield "The site's address is not known; set base_url, and url and site_url in [defaults], before you publish."
