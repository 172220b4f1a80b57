"""The feed of a topic's closed issues: an entry for each, for readers who would rather not have mail.

The RSS-to-e-mail automations of mailing tools use it, too. An issue appears in it once, when it has closed.
"""

from collections.abc import Sequence
from html import escape

from msgspec.structs import replace

from feeds.config.look import DigestLook
from feeds.config.mailing_tools import Profile
from feeds.languages import Language, language
from feeds.model import Edition
from feeds.renderers.digest.subject import envelope
from feeds.renderers.note import for_web, note_html
from feeds.renderers.syndication.entry import FeedEntry, clean, html, literal, title
from feeds.renderers.syndication.feed import Feed
from feeds.text import WORD_JOINER


def issue_feed(edition: Edition, issues: Sequence[Edition], look: DigestLook, tools: Sequence[Profile] = ()) -> Feed:
    """Return the feed of these issues, newest first; `edition` says what is the same for all of them.

    The tags of the mailing tools `tools` are left out of the editor's texts.
    """
    words = language(edition.topic.language)
    entries = tuple(_entry(issue, look, tools, words) for issue in issues)
    title = f"{edition.topic.title} – {words.text('Issues')}"
    updated = max((entry.updated for entry in entries), default=edition.fallback_updated)
    return Feed(replace(edition, title=title, stories=(), fallback_updated=updated), entries)


def _entry(issue: Edition, look: DigestLook, tools: Sequence[Profile], words: Language) -> FeedEntry:
    period = issue.period
    assert period  # noqa: S101  (every issue has one)
    note = issue.editorial.note if issue.editorial else ""
    if issue.editorial:
        issue = replace(issue, editorial=for_web(issue.editorial, tools))
    heading, preview = envelope(issue, look)
    return FeedEntry(
        id=f"{issue.topic.id}issues/{period.id}/",
        url=issue.url(),
        title=_plain(heading),
        summary=_plain(preview) or _plain(heading),
        has_excerpt=bool(preview),
        html=(clean(note_html(note, tools)) if note else "") + _html(issue, words),
        author=None,
        categories=(),
        language="",
        picture=None,
        video="",
        published=period.end,
        updated=period.end,
        related=(),
    )


def _html(issue: Edition, words: Language) -> str:
    """Return the stories with their coverage as one fragment, with a heading above each section."""
    parts: list[str] = []
    for section in issue.sections:
        if section.title:
            parts.append(f"<h1>{escape(clean(section.title))}</h1>")
        for story in section.stories:
            link = f'<a href="{escape(story.lead.url)}">{escape(title(story.lead))}</a>'
            content = html(story, words).replace("<h2>", "<h3>").replace("</h2>", "</h3>")
            parts.append(f"<h2>{link}</h2>{content}")
    return "".join(parts)


def _plain(mail_text: str) -> str:
    """Return a text of the mail without what keeps mailing tools from reading it as a tag."""
    return literal(mail_text.replace(WORD_JOINER, ""))
