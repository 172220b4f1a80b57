"""The tables `[push.<tool>]`: what each mailing tool needs to take a draft. Pure.

API keys are never in the configuration: they come from the environment (`FEEDS_GHOST_KEY` and so on).
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Template = Literal["", "classic", "custom", "modern", "naked", "plaintext"]


class GhostPush(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Drafts in Ghost. The key is in FEEDS_GHOST_KEY."""

    url: Annotated[str, Meta(description="Address of the site, such as https://news.example/")] = ""


class ButtondownPush(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Drafts in Buttondown. The key is in FEEDS_BUTTONDOWN_KEY."""

    url: Annotated[str, Meta(description="Address of the API")] = "https://api.buttondown.com/v1"
    template: Annotated[Template, Meta(description="naked adds nothing; empty: the newsletter's own")] = ""


class ListmonkPush(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Drafts in listmonk. The user's token is in FEEDS_LISTMONK_KEY."""

    url: Annotated[str, Meta(description="Address of listmonk, such as https://lists.example/")] = ""
    user: Annotated[str, Meta(description="Name of the API user that the token belongs to")] = ""
    lists: Annotated[tuple[int, ...], Meta(description="Ids of the lists that the campaign is for")] = ()
    template: Annotated[int, Meta(ge=0, description="Id of the template; 0: the default one")] = 0
    sender: Annotated[str, Meta(description="For example Ada <ada@news.example>; empty: as set in listmonk")] = ""


class MailchimpPush(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Drafts in Mailchimp. The key is in FEEDS_MAILCHIMP_KEY."""

    list: Annotated[str, Meta(description="Id of the audience that the campaign is for")] = ""
    sender_name: Annotated[str, Meta(description="From; empty: as in [mailing]")] = ""
    reply_to: Annotated[str, Meta(description="Address for replies; empty: sender_address of [mailing]")] = ""
    url: Annotated[str, Meta(description="Address of the API; empty: the one that the key names")] = ""


class PushTools(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where `feeds push` creates drafts: a table for each mailing tool."""

    ghost: GhostPush = field(default_factory=GhostPush)
    buttondown: ButtondownPush = field(default_factory=ButtondownPush)
    listmonk: ListmonkPush = field(default_factory=ListmonkPush)
    mailchimp: MailchimpPush = field(default_factory=MailchimpPush)


PUSH_TOOLS = PushTools.__struct_fields__
"""Names of the tools that `feeds push` knows."""
