"""`feeds new`: write an item."""

import sys

import click

from feeds.commands.shared.options import CONFIG, complete_name
from feeds.commands.shared.printing import echo
from feeds.commands.shared.run import clear_errors, configuration, fail, instant
from feeds.fetch import FetchError, fetch
from feeds.scaffold.item import NewItem
from feeds.scaffold.page import Page, page_of
from feeds.scaffold.publication import add
from feeds.sources.find import document_name
from feeds.urls import safe_url


@click.command()
@click.argument("title", required=False, default="")
@click.option("--url", required=True, metavar="URL", help="Address of the article.")
@click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_name,
    help="Topic of the item; may be repeated.",
)
@click.option("--excerpt", default="", metavar="TEXT", help="A sentence or two.")
@click.option("--quality", type=click.IntRange(0, 1000), metavar="N", help="Quality score (default: the minimum).")
@click.option("--date", default="", metavar="TIME", help="Publication date in ISO 8601 (default: the page's, or now).")
@click.option("--draft", is_flag=True, help="Do not publish it yet.")
@click.option("--edit", is_flag=True, help="Open it in your editor ($VISUAL or $EDITOR).")
@CONFIG
def new(
    title: str,
    url: str,
    topics: tuple[str, ...],
    excerpt: str,
    quality: int | None,
    date: str,
    draft: bool,
    edit: bool,
    config_file: str | None,
) -> None:
    """Write an item.

    Without TITLE, the page at the URL is fetched: its title, excerpt, date, outlet and picture are taken from it. What
    it does not say is asked for. The file is named after the date and the title, and goes into the first folder of
    sources.

    \b
    For example:
      feeds new --url https://paper.example/ban --topic AI
      feeds new "Ban The Scan" --url https://paper.example/ban --topic AI --topic "Computer Vision"
      feeds new "Ban The Scan" --url https://paper.example/ban --topic AI --date 2021-01-26 --draft
    """
    with clear_errors():
        config = configuration(config_file)
        published = instant(date, "--date") if date else None
        page = Page() if title else _fetched(url)
        title = title or page.title or _asked("Title", 'feeds new "Title" --url …')
        topics = topics or tuple(_asked("Topics, separated by commas", "--topic NAME").split(","))
        minimum = max(config.topic(name.strip()).rules.min_quality for name in topics)
        item = NewItem(
            title=title,
            url=url,
            topics=[name.strip() for name in topics if name.strip()],
            published=published or page.published or instant(),
            quality=minimum if quality is None else quality,
            excerpt=excerpt or page.excerpt,
            outlet=page.outlet,
            picture=page.picture,
            is_draft=draft,
        )
        path = add(config, item)
    click.echo(f"wrote {document_name(str(path))}")
    if edit:
        click.edit(filename=str(path))


def _fetched(url: str) -> Page:
    """Return what the page says of itself; nothing if it cannot be had, and say why."""
    try:
        page = fetch(safe_url(url))
    except ValueError as error:
        fail(f"error: --url: {error}; write the full address, https://…")
    except FetchError as error:
        echo(f"warning: {url}: {error}", err=True)
        return Page()
    return page_of(page.data, page.url, page.charset)


def _asked(what: str, option: str) -> str:
    """Ask for what is missing; without a terminal, say how to give it."""
    if not _is_interactive():
        fail(f"error: no {what.partition(',')[0].lower()} given; write {option}")
    return str(click.prompt(what, err=True))


def _is_interactive() -> bool:
    return sys.stdin.isatty()
