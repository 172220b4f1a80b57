"""The mailing tools that a digest can be made for, and the merge tags that each one replaces."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from feeds.problems import did_you_mean

NONE = "none"
"""The profile without a tool: real addresses instead of tags."""


CUSTOM = "custom"
"""The profile of a tool that is not listed here: all its tags come from the configuration."""


class Profile(Struct, frozen=True, kw_only=True):
    """A mailing tool. Tags go out byte for byte; an empty one is a tag that the tool does not have."""

    name: str
    unsubscribe: str = ""
    """Becomes an address."""
    view_in_browser: str = ""
    """Becomes an address."""
    preferences: str = ""
    """Becomes the address where subscribers change what they get."""
    address: str = ""
    """Becomes the sender's postal address, as text."""
    preview_text: str = ""
    """Becomes what the tool's own field for preview text holds."""
    content: str = ""
    """Becomes what is written in the tool itself; without it the tool refuses the template."""
    first_name: str = ""
    """For templates of one's own."""
    tracking: str = ""
    """Becomes the picture that counts who opens. Nothing shipped uses it."""
    required: tuple[str, ...] = ("unsubscribe",)
    """Fields whose tags the tool refuses, or the law forbids, to send without."""

    @property
    def tags(self) -> dict[str, str]:
        """The tags that there are, by field."""
        return {name: tag for name in TAG_NAMES if (tag := getattr(self, name))}


TAG_NAMES = tuple(name for name in Profile.__struct_fields__ if name not in ("name", "required"))


_LINK_TAGS = ("unsubscribe", "view_in_browser", "preferences")


# From the tools' documentation; a tag that could not be found there is left out.
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
    Profile(name="ghost", unsubscribe="%%{unsubscribe_url}%%"),
)


PROFILES: Mapping[str, Profile] = {p.name: p for p in _KNOWN}


def profile(name: str, custom_tags: Mapping[str, str] | None = None) -> Profile:
    """The tool's profile; `custom_tags` (`[mailing.tags]`) add to its tags, replace them, or make a `custom` one.

    Raises ValueError, one line for each mistake: an unknown tool or tag, a tag that could not go out as it is, a
    required one that is missing.
    """
    tags = dict(custom_tags or {})
    if name not in PROFILES and name != CUSTOM:
        raise ValueError(f"unknown mailing tool {name!r}; {did_you_mean(name, [*PROFILES, CUSTOM])}")
    if tags and name == NONE:
        raise ValueError(f"the mailing tool {NONE!r} has no tags: name the tool, or write {CUSTOM!r}")
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
        # It stands between the quotes of an href, byte for byte.
        yield f"the tag {key!r} must not hold a double quote: use single ones"
