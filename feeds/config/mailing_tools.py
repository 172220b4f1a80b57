"""The mailing tools that a digest can be made for, and the merge tags that each tool replaces."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from feeds.problems import did_you_mean

NONE = "none"
"""The profile for no tool: the digest holds real addresses instead of tags."""
CUSTOM = "custom"
"""The profile of a tool that is not listed here; the configuration supplies all its tags."""


class Profile(Struct, frozen=True, kw_only=True):
    """A mailing tool and its tags, which are written byte for byte; an empty tag is one that the tool lacks."""

    name: str
    unsubscribe: str = ""
    """Replaced by a URL."""
    view_in_browser: str = ""
    """Replaced by a URL."""
    preferences: str = ""
    """Replaced by the URL where subscribers change what they receive."""
    address: str = ""
    """Replaced by the sender's postal address, as text."""
    preview_text: str = ""
    """Replaced by the preview text that is entered in the tool."""
    content: str = ""
    """Replaced by what is written in the tool; the tool refuses a template without it."""
    first_name: str = ""
    """For your own templates."""
    tracking: str = ""
    """Replaced by the picture that counts opens. No shipped template uses it."""
    required: tuple[str, ...] = ("unsubscribe",)
    """Tags that the tool, or the law, requires in every mail."""
    is_fragment: bool = False
    """True if the tool puts the digest into a mail of its own, with its own head, styles and preheader."""

    @property
    def tags(self) -> dict[str, str]:
        """The tags that the tool has, keyed by field."""
        return {name: tag for name in TAG_NAMES if (tag := getattr(self, name))}


TAG_NAMES = tuple(name for name in Profile.__struct_fields__ if name not in ("name", "required", "is_fragment"))
_LINK_TAGS = ("unsubscribe", "view_in_browser", "preferences")

# From the tools' documentation; tags that it does not mention are left out.
_KNOWN = (
    Profile(name=NONE, required=()),
    Profile(
        name="mailchimp",
        unsubscribe="*|UNSUB|*",
        view_in_browser="*|ARCHIVE|*",
        address="*|LIST:ADDRESSLINE|*",
        preview_text="*|MC_PREVIEW_TEXT|*",
        first_name="*|FNAME|*",
    ),
    Profile(
        name="buttondown",
        unsubscribe="{{ unsubscribe_url }}",
        view_in_browser="{{ email.absolute_url }}",
        preferences="{{ manage_subscription_url }}",
    ),
    Profile(
        name="listmonk",
        unsubscribe="{{ UnsubscribeURL }}",
        view_in_browser="{{ MessageURL }}",
        tracking="{{ TrackView }}",
    ),
    Profile(
        name="kit",
        unsubscribe="{{ unsubscribe_url }}",
        address="{{ address }}",
        content="{{ message_content }}",
        required=("unsubscribe", "address", "content"),
    ),
    Profile(
        name="brevo",
        unsubscribe="{{ unsubscribe }}",
        view_in_browser="{{ mirror }}",
        first_name="{{ contact.FIRSTNAME }}",
    ),
    Profile(
        name="sendgrid",
        unsubscribe="{{{unsubscribe}}}",
        preferences="{{{unsubscribe_preferences}}}",
        address="{{Sender_Name}}, {{Sender_Address}}, {{Sender_City}}",
    ),
    Profile(
        name="mailerlite",
        unsubscribe="{$unsubscribe}",
        view_in_browser="{$url}",
        address="{$account_address}",
        first_name="{$name}",
    ),
    Profile(name="mailjet", unsubscribe="[[UNSUB_LINK_EN]]", view_in_browser="[[PERMALINK]]"),
    Profile(name="activecampaign", unsubscribe="%UNSUBSCRIBELINK%", first_name="%FIRSTNAME%"),
    Profile(name="mailcoach", unsubscribe="{{ unsubscribeUrl }}", view_in_browser="{{ webviewUrl }}"),
    Profile(name="ghost", unsubscribe="%%{unsubscribe_url}%%", is_fragment=True),
)


PROFILES: Mapping[str, Profile] = {p.name: p for p in _KNOWN}


def profile(name: str, custom_tags: Mapping[str, str] | None = None) -> Profile:
    """Return the tool's profile. `custom_tags` (`[mailing.tags]`) add or replace tags, or make up a `custom` profile.

    Raise ValueError with a line for each mistake: an unknown tool or tag, a tag that cannot be written as it is, or a
    required tag that is missing.
    """
    tags = dict(custom_tags or {})
    if name not in PROFILES and name != CUSTOM:
        raise ValueError(f"unknown mailing tool {name!r}; {did_you_mean(name, [*PROFILES, CUSTOM])}")
    if tags and name == NONE:
        raise ValueError(f"the mailing tool {NONE!r} has no tags; name your tool, or use {CUSTOM!r}")
    mistakes = [message for key, tag in tags.items() for message in _mistakes(key, tag)]
    if mistakes:
        raise ValueError("\n".join(mistakes))
    result = replace(PROFILES.get(name, Profile(name=CUSTOM)), **cast("Any", tags))
    missing = [key for key in result.required if not getattr(result, key)]
    if missing:
        raise ValueError(f"the mailing tool {name!r} needs a tag for {' and '.join(missing)}")
    return result


def _mistakes(key: str, tag: str) -> Iterator[str]:
    if key not in TAG_NAMES:
        yield f"unknown tag {key!r}; {did_you_mean(key, TAG_NAMES)}"
    elif not tag.strip() or not tag.isprintable():
        yield f"the tag {key!r} must be one line of text"
    elif key in _LINK_TAGS and '"' in tag:
        # It is written between the quotes of an href, byte for byte.
        yield f"the tag {key!r} must not contain double quotes; use single ones"
