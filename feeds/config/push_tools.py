"""`[push.<tool>]`: what each mailing tool needs to take a draft. Pure.

API keys are never in the configuration: they come from the environment (`FEEDS_GHOST_KEY` and so on).
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field


class GhostPush(Struct, frozen=True, kw_only=True):
    """`[push.ghost]`"""

    url: Annotated[str, Meta(description="address of the Ghost site, such as https://news.example/")] = ""


class ButtondownPush(Struct, frozen=True, kw_only=True):
    """`[push.buttondown]`"""

    url: Annotated[str, Meta(description="address of Buttondown's API")] = "https://api.buttondown.com/v1"
    template: Annotated[
        Literal["", "classic", "custom", "modern", "naked", "plaintext"],
        Meta(description="Buttondown template for the e-mail; empty: the newsletter's own; naked adds nothing"),
    ] = ""


class ListmonkPush(Struct, frozen=True, kw_only=True):
    """`[push.listmonk]`"""

    url: Annotated[str, Meta(description="address of listmonk, such as https://lists.example/")] = ""
    user: Annotated[str, Meta(description="name of the API user that the key in FEEDS_LISTMONK_KEY belongs to")] = ""
    lists: Annotated[tuple[int, ...], Meta(description="ids of the lists that the campaign is for")] = ()
    template: Annotated[int, Meta(description="id of the template; 0: listmonk's default template")] = 0
    sender: Annotated[str, Meta(description='From, such as "Ada <ada@news.example>"; empty: as set in listmonk')] = ""


class MailchimpPush(Struct, frozen=True, kw_only=True):
    """`[push.mailchimp]`"""

    list: Annotated[str, Meta(description="id of the audience that the campaign is for")] = ""
    sender_name: Annotated[str, Meta(description="From; empty: sender_name of [mailing]")] = ""
    reply_to: Annotated[str, Meta(description="address for replies; empty: sender_address of [mailing]")] = ""
    url: Annotated[str, Meta(description="address of Mailchimp's API; empty: the one that the key names")] = ""


class PushTools(Struct, frozen=True, kw_only=True):
    """`[push]`: a table for each tool that `feeds push` knows."""

    ghost: GhostPush = field(default_factory=GhostPush)
    buttondown: ButtondownPush = field(default_factory=ButtondownPush)
    listmonk: ListmonkPush = field(default_factory=ListmonkPush)
    mailchimp: MailchimpPush = field(default_factory=MailchimpPush)


PUSH_TOOLS = PushTools.__struct_fields__
"""Names of the tools that `feeds push` knows."""
