"""List the names of the files that a build is going to write or remove, before anything is rendered. Pure and light."""

from collections.abc import Iterator

from feeds.config.load import Config
from feeds.config.mailing_tools import CUSTOM, PROFILES
from feeds.editions.plan import TopicPlan
from feeds.media_types import OPML, PAGE, SITE_SCRIPT, SITE_STYLESHEET, SITEMAP, STYLESHEET
from feeds.renderers.products import FeedProduct, IssueProduct, PageProduct, Product


def digest_names(directory: str, tool: str) -> tuple[str, str, str]:
    """Return the names of a digest for one tool; "" for the files that are not named after a tool."""
    stem = f"{directory}/digest{tool and '.'}{tool}"
    return f"{stem}.html", f"{stem}.txt", f"{stem}.eml"


def names_of(product: Product, config: Config) -> Iterator[str]:
    """Yield the names of a product's files below out/."""
    if isinstance(product, PageProduct):
        yield product.name
        return
    yield from (f"{product.name}/{name}" for name in product.file_names(config))
    if isinstance(product, FeedProduct) and product.name == product.edition.topic.slug:
        for alias in product.edition.topic.aliases:
            yield from (f"{alias}/{name}" for name in (*product.file_names(config), PAGE))
    if isinstance(product, IssueProduct) and product.has_mail:
        tools = config.mailing.tools
        for directory in (product.name, *([product.edition.topic.slug] if product.is_current else [])):
            for tool in ("", *(tools if len(tools) > 1 else ())):
                yield from digest_names(directory, tool)


def common_names(config: Config) -> Iterator[str]:
    """Yield the names of the files of all topics together, without the manifest."""
    if config.build.formats:
        yield STYLESHEET
    if config.build.has_pages:
        yield from (PAGE, SITE_STYLESHEET, SITE_SCRIPT, SITEMAP)
    if "atom" in config.build.formats:
        yield OPML


def withdrawn_names(plan: TopicPlan) -> Iterator[str]:
    """Yield the files of issues that have lost all their stories, and of the current digest if no issue is left.

    The mail files of an issue that has lost a story go, too, however old they are.
    """
    for directory in plan.issues.withdrawn:
        yield f"{directory}/{PAGE}"
        yield from _digest_files(directory)
    for issue in plan.issues.all:
        if issue.lost:
            yield from _digest_files(issue.directory)
    if plan.issues.withdrawn and not plan.issues.newest:
        yield from _digest_files(plan.topic.slug)


def _digest_files(directory: str) -> Iterator[str]:
    """Yield every digest file that an earlier build may have made, also with tools that are no longer configured."""
    for tool in ("", *PROFILES, CUSTOM):
        yield from digest_names(directory, tool)
