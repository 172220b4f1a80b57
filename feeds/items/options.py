"""What decides, besides a document's content, which item it becomes."""

from msgspec import Struct

from feeds.config.load import Config
from feeds.config.options import Defaults, FieldNames, Limits, TrustOptions
from feeds.urls import slug


class ReadOptions(Struct, frozen=True):
    """The part of the configuration that reading depends on: another one means reading everything again."""

    defaults: Defaults
    fields: FieldNames
    limits: Limits
    trust: TrustOptions
    strip_tracking: bool
    min_quality: int
    """The least quality of a candidate."""
    reserved_slugs: tuple[str, ...] = ()
    """Slugs that no topic of an item may have, unless the topic is configured."""

    @property
    def can_skim(self) -> bool:
        """False when other keys than the usual ones say whether an item is published, or how good it is."""
        return not self.fields.published and not self.fields.quality


def read_options(config: Config) -> ReadOptions:
    return ReadOptions(
        config.defaults,
        config.fields,
        config.limits,
        config.trust,
        config.feed.strip_tracking,
        config.min_quality,
        tuple(sorted(config.reserved_slugs - set(map(slug, config.topics)))),
    )
