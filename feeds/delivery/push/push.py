"""Bring one draft into a mailing tool: created once, updated while nobody has edited it, never sent.

What is true is asked of the tool each time; nothing is remembered here. So a run that was killed at any moment, or
whose answer was lost, is made good by the next one.
"""

import time
from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct

from feeds.delivery.push.mark import fitted, found_mark, mark_for
from feeds.delivery.push.protocol import Draft, NothingToPushError, PushError, Remote, Tool, UnclearError

WAITS = (1.0, 2.0, 4.0, 8.0)
"""Seconds between searches for a draft after a request to create it was not answered."""

Action = Literal["created", "updated", "unchanged", "left"]


class Outcome(Struct, frozen=True, kw_only=True):
    """What `push_draft` did."""

    action: Action
    """`left`: it is scheduled, published or sent, and was not touched."""
    tool: str
    key: str
    subject: str
    state: str
    """In the tool's own word."""
    url: str
    """The address at which a person opens it."""
    lacks: tuple[str, ...] = ()
    """Parts of the digest for which the tool has no place."""


def push_draft(
    tool: Tool,
    draft: Draft,
    *,
    force: bool = False,
    waits: Sequence[float] = WAITS,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Create or update the draft; `force` overwrites what a person has edited. Raise PushError."""
    return _Push(tool, draft, force, waits, sleep).run()


def lacking(tool: Tool, draft: Draft) -> tuple[str, ...]:
    """Return the parts of the digest for which the tool has no place, in words."""
    parts = (
        ("preheader", draft.preheader and not tool.places.preheader),
        ("plain text", draft.text and not tool.places.text),
    )
    return tuple(name for name, is_lacking in parts if is_lacking)


class _Push:
    def __init__(
        self, tool: Tool, draft: Draft, force: bool, waits: Sequence[float], sleep: Callable[[float], None]
    ) -> None:
        self.tool, self.draft, self.force, self.waits, self.sleep = tool, draft, force, waits, sleep
        self.key = str(draft.key)
        self.wanted = fitted(draft, tool.places)
        self.mark = mark_for(self.key, self.wanted)

    def run(self) -> Outcome:
        found = self.tool.find(self.draft.key)
        if not found:
            return self._create()
        if out := [remote for remote in found if not remote.is_draft]:
            return self._leave(out[0])
        return self._bring_up_to_date(self._single(found))

    def _leave(self, remote: Remote) -> Outcome:
        if self.force:
            raise self._error(f"is {remote.state} and cannot be overwritten, not even by --force: {remote.url}")
        return self._outcome("left", remote)

    def _create(self) -> Outcome:
        try:
            id_ = self.tool.create(self.wanted)
        except UnclearError as error:
            id_ = self._single(self._search_again(error)).id
        remote = self.tool.read(id_)
        if _is_blank(remote):  # a tool with two calls, and the second one was not answered
            self._update(remote)
            remote = self.tool.read(id_)
        self._check(remote)
        self._single([*(r for r in self.tool.find(self.draft.key) if r.id != id_), remote])
        return self._outcome("created", remote)

    def _search_again(self, error: UnclearError) -> Sequence[Remote]:
        """Return what is there after a request to create it was not answered; raise the error when nothing is."""
        for seconds in self.waits:
            self.sleep(seconds)
            if found := self.tool.find(self.draft.key):
                return found
        raise PushError(f"{error}; no draft is there: run this again") from None

    def _bring_up_to_date(self, found: Remote) -> Outcome:
        remote = self.tool.read(found.id)
        if not remote.is_draft:
            return self._leave(remote)
        if self._is_as_wanted(remote):
            return self._outcome("unchanged", remote)
        self._update(remote)
        remote = self.tool.read(remote.id)
        self._check(remote)
        return self._outcome("updated", remote)

    def _update(self, remote: Remote) -> None:
        """Update the draft; where no answer comes, look first, and then send the same once more."""
        waits = iter(self.waits)
        while True:
            if not (self.force or _is_blank(remote) or self._is_ours(remote)):
                edited = f"was edited in {self.tool.title}; --force overwrites it"
                raise NothingToPushError(f"{self.tool.title}: the draft {self.key} {edited}: {remote.url}")
            try:
                return self.tool.update(remote, self.wanted)
            except UnclearError as error:
                if (seconds := next(waits, None)) is None:
                    raise PushError(f"{error}; the draft may not be complete: run this again") from None
            self.sleep(seconds)
            remote = self.tool.read(remote.id)
            if not remote.is_draft or self._is_as_wanted(remote):
                return None

    def _check(self, remote: Remote) -> None:
        """Say so when the tool holds something else than what it was given."""
        if not remote.is_draft:
            raise self._error(f"is {remote.state} now, and not a draft; look at it at once: {remote.url}")
        if not self._is_as_wanted(remote):
            raise self._error(f"is not as it was sent: {self.tool.title} changed it; look at it: {remote.url}")

    def _is_as_wanted(self, remote: Remote) -> bool:
        return found_mark(remote.html) == self.mark == mark_for(self.key, remote)

    def _is_ours(self, remote: Remote) -> bool:
        """Return whether nobody has edited it: it is as its mark says, or half of that and half as is wanted now."""
        mark, now = found_mark(remote.html), mark_for(self.key, remote)
        return mark is not None and mark[::2] == now[::2] and now.envelope in (mark.envelope, self.mark.envelope)

    def _single(self, found: Sequence[Remote]) -> Remote:
        if len(found) > 1:
            listed = " ".join(remote.url for remote in found)
            raise self._error(f"is there {len(found)} times; delete all but one: {listed}")
        return found[0]

    def _error(self, message: str) -> PushError:
        return PushError(f"{self.tool.title}: the draft {self.key} {message}")

    def _outcome(self, action: Action, remote: Remote) -> Outcome:
        return Outcome(
            action=action,
            tool=self.tool.title,
            key=self.key,
            subject=self.wanted.subject,
            state=remote.state,
            url=remote.url,
            lacks=lacking(self.tool, self.draft),
        )


def _is_blank(remote: Remote) -> bool:
    """Return whether there is nothing in it that could be lost."""
    return not remote.html.strip() and not remote.text.strip()
