"""Find out how a Jekyll blog or a Hugo site is set up, and configure feeds for it. Only `find_blog` reads files."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any
from xml.sax.saxutils import quoteattr

import yaml
from msgspec import Struct

from feeds.config.look import zone_problem
from feeds.config.toml import Key
from feeds.languages import language
from feeds.urls import safe_url

_JEKYLL = ("_config.yml", "_config.yaml", "_config.toml")
_HUGO = tuple(f"{name}.{suffix}" for name in ("hugo", "config") for suffix in ("toml", "yaml", "yml", "json"))
_HUGO_FOLDER = "config/_default"
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
    site_language: str = ""
    """The default language of a site in several languages."""
    content: str = "content"
    """The folder of Hugo's pages."""
    static: str = ""
    """The folder that is copied into the site; "" for the site's own."""
    timezone: str = ""
    old_feed: str
    """Where the generator puts its own feed."""
    unknown: str = ""
    """The part of the site's own pattern that feeds cannot express."""

    @property
    def public(self) -> str:
        """What the paths of files that are copied into the site begin with."""
        return f"{self.static}/" if self.static else ""

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
            ("defaults", "site_language"): self.site_language,
            ("defaults", "content"): "" if self.content == "content" else self.content,
            ("defaults", "timezone"): self.timezone,
            ("digest", "timezone"): self.timezone,
        }
        return {key: value for key, value in found.items() if value}


def find_blog(folder: Path, title: str, address: str = "") -> Blog | None:
    """Return the site in a folder, or None. `title` and `address` are those that it has if it does not say them."""
    with suppress(OSError, UnicodeDecodeError):
        address = f"https://{(folder / 'CNAME').read_text(encoding='utf-8').strip()}/"
    for name in _JEKYLL:
        if (folder / name).is_file():
            return jekyll(_parsed(folder / name), title, address)
    if (folder / "_posts").is_dir():
        return jekyll({}, title, address)
    if not (files := _hugo_files(folder)):
        return None
    config = _hugo_config(files)
    content = _content(config)
    if (folder / content).is_dir():
        sections = {p.name: _pages(p) for p in sorted((folder / content).iterdir()) if p.is_dir()}
        return hugo(config, title, address, sections)
    return None


def _hugo_files(folder: Path) -> list[Path]:
    """Return the configuration of a Hugo site: one file, or one for each table, such as `languages.en.toml`."""
    single = (folder / name for name in _HUGO)
    return [path for path in (*single, *sorted((folder / _HUGO_FOLDER).glob("*.*"))) if path.is_file()]


def _hugo_config(files: Sequence[Path]) -> dict[str, Any]:
    """Return the configuration with keys in lower case."""
    found: dict[str, Any] = {}
    for path in files:
        found = _merged(found, _nested(path.stem.split("."), _lowered(_parsed(path))))
    return found


def _nested(names: Sequence[str], table: dict[str, Any]) -> dict[str, Any]:
    if names[0] in {"hugo", "config"}:
        return table
    for name in reversed(names):
        table = {name.lower(): table}
    return table


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    both = {**second, **first}
    for key in first.keys() & second.keys():
        if isinstance(first[key], dict) and isinstance(second[key], dict):
            both[key] = _merged(first[key], second[key])
    return both


def _lowered(value: Any) -> Any:
    """Return the value with keys in lower case: Hugo's have no case."""
    if isinstance(value, dict):
        return {str(key).lower(): _lowered(inner) for key, inner in value.items()}
    return [_lowered(inner) for inner in value] if isinstance(value, list) else value


def _content(config: Mapping[str, Any]) -> str:
    """Return the folder of the pages in the site's default language."""
    own = _language_of(config).get("contentdir") or config.get("contentdir")
    return str(own or _mounted(config, "content")).strip("/")


def _mounted(config: Mapping[str, Any], target: str) -> str:
    """Return the folder that Hugo reads as `content` or `static`."""
    mounts = _tables(_table(config, "module"), "mounts")
    return next((str(mount.get("source")) for mount in mounts if mount.get("target") == target), target)


def _static(config: Mapping[str, Any]) -> str:
    own = config.get("staticdir")
    first = next(iter(own), None) if isinstance(own, list) else own
    return str(first or _mounted(config, "static")).strip("/")


def _language_of(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is set for the default language."""
    return _table(_table(config, "languages"), _main_language(config))


def _main_language(config: Mapping[str, Any]) -> str:
    return str(config.get("defaultcontentlanguage") or "en").lower()


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the table of that key; an empty one if there is anything else."""
    inner = table.get(key)
    return inner if isinstance(inner, dict) else {}


def _tables(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the tables in the list of that key; none if there is anything else."""
    inner = table.get(key)
    return [entry for entry in inner if isinstance(entry, dict)] if isinstance(inner, list) else []


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
    source = _folder(config.get("source"))
    style = str(_permalink(config) or "date")
    pattern, unknown = _pattern(_STYLES.get(style, style), _IN_JEKYLL)
    return Blog(
        generator="jekyll",
        title=str(config.get("title") or config.get("name") or title),
        site_url=_site(own) or _site(address),
        posts=("/".join(filter(None, (source, _folder(config.get("collections_dir")), "_posts"))),),
        pattern=pattern,
        language=_language(config.get("lang") or config.get("locale")),
        timezone=_timezone(config.get("timezone")),
        static=source,
        old_feed=_feed_path(config).lstrip("/"),
        unknown=unknown,
    )


def _folder(path: object) -> str:
    """Return a folder in the site; "" for the site itself."""
    text = PurePosixPath(str(path or "")).as_posix().strip("/")
    return "" if text == "." else text


def _feed_path(config: Mapping[str, Any]) -> str:
    """Return the path of jekyll-feed's feed."""
    path = str(_table(config, "feed").get("path") or "")
    return path if path and "://" not in path else "feed.xml"


def _permalink(config: Mapping[str, Any]) -> object:
    """Return the pattern of posts: that of the collection, of the defaults, or of the site."""
    posts = _table(_table(config, "collections"), "posts")
    defaults = _tables(config, "defaults")
    values = [_table(d, "values") for d in defaults if _table(d, "scope").get("type", "posts") == "posts"]
    return next(filter(None, (place.get("permalink") for place in (posts, *values, config))), None)


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
    """Return the site that a Hugo configuration describes; `sections` are its folders and their numbers of pages.

    The keys of the configuration are in lower case.
    """
    languages = _table(config, "languages")
    main = _main_language(config)
    own = _language_of(config)
    permalinks = _table(config, "permalinks")
    pages = _table(permalinks, "page") or permalinks
    posts = _sections(_table(config, "params").get("mainsections"), pages, sections)
    style = next((str(pages[name]) for name in posts if name in pages), "/:sections/:slugorfilename/")
    pattern, unknown = _pattern(style, {**_IN_HUGO, "section": posts[0] if posts else ""})
    if _is_ugly(config.get("uglyurls"), posts):
        pattern = f"{pattern.rstrip('/')}.html"
    content = _content(config)
    tags = (own.get("locale"), own.get("languagecode"), config.get("locale"), config.get("languagecode"), main)
    return Blog(
        generator="hugo",
        title=str(own.get("title") or config.get("title") or title),
        site_url=_site(str(config.get("baseurl") or "")) or _site(address),
        posts=tuple(f"{content}/{name}" for name in posts) or (content,),
        pattern=f"{main}/{pattern}" if languages and config.get("defaultcontentlanguageinsubdir") is True else pattern,
        language=_language(next(filter(None, tags))),
        site_language=main if languages else "",
        content=content,
        static=_static(config),
        old_feed="index.xml",
        unknown=unknown,
    )


def _is_ugly(setting: object, posts: Sequence[str]) -> bool:
    """Return whether addresses end in `.html`: in all sections, or in that of the posts."""
    return any(setting.get(name) is True for name in posts) if isinstance(setting, dict) else setting is True


def _sections(main: object, patterns: Mapping[str, object], sections: Mapping[str, int]) -> tuple[str, ...]:
    """Return the sections of the posts: as configured, else by name, else those with a pattern, else the largest."""
    wanted = [main] if isinstance(main, str) else [*map(str, main)] if isinstance(main, list) else []
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


def _timezone(name: object) -> str:
    """Return the name of a time zone; "" for UTC, and for a name that is not a time zone."""
    text = str(name or "")
    return "" if text in {"", "UTC"} or zone_problem(text) else text


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
    command = f"feeds build && cp {blog.public}{out}/all/atom.xml {blog.public}{blog.old_feed}"
    yield f"Run `feeds build` before {blog.generator.capitalize()} builds the site, each time."
    off = 'disableKinds = ["rss"]' if blog.generator == "hugo" else "jekyll-feed out of the plugins"
    verb = "set" if blog.generator == "hugo" else "take"
    yield f"To keep the subscribers of an old /{blog.old_feed}, {verb} {off}, and run: {command}"
    if blog.unknown:
        yield f"The site's addresses contain {blog.unknown}, which feeds cannot make; correct url in [defaults]."
    if not blog.site_url:
        yield "The site's address is not known; set base_url, and url and site_url in [defaults], before you publish."
