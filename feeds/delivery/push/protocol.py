"""What `feeds push` and a mailing tool say to each other: five operations, and the records they exchange."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Protocol

from msgspec import Meta, Struct, field

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+$")]
"""An id that a tool has given, which becomes a part of an address."""


class PushError(Exception):
    """The draft is not as it should be; the message is one line, and never holds a key."""


class NothingToPushError(PushError):
    """No issue is closed yet, or a person has edited the draft; in a nightly run that is no failure."""


class UnclearError(PushError):
    """Nobody knows whether the tool carried out a request: no answer came, or none that can be read."""


def key_variable(tool: str) -> str:
    """Return the name of the environment variable that holds the key of a tool's API."""
    return f"FEEDS_{tool.upper()}_KEY"


class Key(Struct, frozen=True):
    """The identity of an issue, by which its draft is found again; `feeds-ai-2021-W04` as text."""

    topic: str
    """Slug of a topic or a newsletter."""
    issue: str
    """`2021-W04`"""
    since: datetime
    """The period's start: no draft of the issue is older."""

    def __str__(self) -> str:
        return f"feeds-{self.topic}-{self.issue}"


class Draft(Struct, frozen=True, kw_only=True):
    """A digest to be held by a tool."""

    key: Key
    subject: str
    preheader: str = ""
    html: str
    text: str = ""


class Remote(Struct, frozen=True, kw_only=True):
    """What a tool holds under a key. `find` may leave out the four contents, `read` fills them in."""

    id: str
    state: str
    """In the tool's own word."""
    is_draft: bool
    """False for whatever is scheduled, published, sent or under way."""
    url: str
    """The address at which a person opens it."""
    subject: str = ""
    preheader: str = ""
    html: str = ""
    text: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What the tool's own `update` needs besides, such as a version for locking."""


class Places(Struct, frozen=True, kw_only=True):
    """Where a tool has room for the parts of a digest, besides the HTML."""

    subject: int
    """Characters that fit."""
    preheader: int = 0
    """Characters that fit; 0 where the tool has no field for it."""
    text: bool = False
    """Whether there is a field for the plain text."""
    fragment: bool = False
    """The tool puts the HTML into a page of its own, so that it takes only what is inside `<body>`."""


class Request(Struct, frozen=True, kw_only=True):
    """One HTTP request, without the headers that hold the key."""

    method: str
    url: str
    body: Mapping[str, Any]


class Tool(Protocol):
    """A mailing tool. Every operation raises PushError; none of them ever sends, schedules or publishes."""

    @property
    def title(self) -> str:
        """The tool's name for people, such as `Ghost`."""

    @property
    def places(self) -> Places:
        """Where the tool has room for the parts of a digest."""

    def find(self, key: Key) -> Sequence[Remote]:
        """Return all that has this key, in every state, from the first page of results to the last."""

    def create(self, draft: Draft) -> str:
        """Create the draft and return its id."""

    def read(self, id_: str) -> Remote:
        """Return what the tool holds now, with its contents."""

    def update(self, remote: Remote, draft: Draft) -> None:
        """Replace the contents of a draft that `read` has just returned; its state is never touched."""

    def describe(self, draft: Draft) -> Sequence[Request]:
        """Return the requests that `create` would send, without sending them."""
