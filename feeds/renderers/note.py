"""The editor's note, and the editor's other texts, for mail, plain text and the web. Pure.

A note is CommonMark with paragraphs, emphasis, lists, quotes and links. Everything else, such as HTML, pictures and
headings, is shown as it was typed, and `mistakes` says so. The editor's texts may hold tags of the mailing tool: mail
keeps them, except those that the tool would not fill in, and web pages and feeds leave them out. A link may lead to a
tag, as in `[unsubscribe](*|UNSUB|*)`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from itertools import takewhile
from typing import TYPE_CHECKING

from msgspec.structs import replace

from feeds.config.look import Palette
from feeds.config.mailing_tools import Profile
from feeds.model import Editorial
from feeds.problems import Problem, Severity
from feeds.renderers.digest.tags import neutralise, neutralise_url, tags_in, unfilled
from feeds.text import truncate, wrap
from feeds.urls import safe_url

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FIRST_MARK = 0x100000  # private-use characters, which no text needs
_MARKS = re.compile("[\U00100000-\U0010fffd]")
_ADDRESS = re.compile("(https?://[^\\s\U00100000-\U0010fffd]+)")
_ENCODED_MARK = "%F4%80"
"""How the address of a link would hold a mark."""
_UNQUOTABLE = frozenset('"<>&')
"""A tag with one of these cannot be the address of a link, as tags are written byte for byte."""

_REFUSED = {
    "html_block": "HTML is shown as text; write Markdown, such as **bold** or [a link](https://…)",
    "html_inline": "HTML is shown as text; write Markdown, such as **bold** or [a link](https://…)",
    "image": "a note has no pictures, so this is shown as text; use sponsor, or link to the picture",
    "heading_open": "a note has no headings, so this is shown as text; write **bold** text",
    "code_block": "a note has no code blocks, so this is shown as text; remove the indentation",
    "fence": "a note has no code blocks, so this is shown as text; remove the ``` lines",
    "hr": "a note has no lines, so this is shown as text; leave it out",
}
_BLOCKS = ("code", "fence", "hr", "heading", "lheading", "html_block")


# ---- for mail and for the web


def note_html(note: str, tools: Sequence[Profile] = ()) -> str:
    """Return the note as an HTML fragment for web pages and feeds, without the tags of these mailing tools."""
    marked, tags = _marked(note)
    kept = ["" if _is_filled(tag, tools) else escape(tag) for tag in tags]
    tokens = _parsed(marked, {mark: f" ({mark})" if tag else "" for mark, tag in _by_mark(kept)})
    return _restored(_html(tokens), kept).strip()


def note_mail(note: str, tool: Profile, colours: Palette, direction: str) -> str:
    """Return the note as an HTML fragment with its styles inline, for one mailing tool; `direction` is ltr or rtl."""
    side = "right" if direction == "rtl" else "left"
    block = "margin:0 0 12px"
    styles = {
        "p": block,
        "ul": f"{block};padding:0 24px",
        "ol": f"{block};padding:0 24px",
        "blockquote": f"{block};padding:0 16px;border-{side}:3px solid {colours.line}",
        "a": f"color:{colours.accent}",
    }
    marked, tags = _marked(note)
    tokens = _parsed(marked, _shown(tags, tool))
    for token in _walk(tokens):
        if token.nesting == 1 and token.tag in styles:
            token.attrSet("style", styles[token.tag])
        if token.type == "link_open":
            token.attrSet("class", "more")  # by which the template colours links in dark mode
            token.attrSet("href", neutralise_url(str(token.attrGet("href"))))
            if title := token.attrGet("title"):
                token.attrSet("title", neutralise(_MARKS.sub("", str(title))))
        if token.type in ("text", "code_inline"):
            token.content = neutralise(token.content)
    return _restored(_html(tokens), [_in_mail(tag, tool) for tag in tags]).strip()


def note_text(note: str, tool: Profile) -> str:
    """Return the note as plain text in lines of at most 72 columns, for one mailing tool."""
    marked, tags = _marked(note)
    text = "\n".join(_text_lines(_parsed(marked, _shown(tags, tool)))).strip("\n")
    parts = enumerate(_ADDRESS.split(text))
    text = "".join(neutralise_url(part) if n % 2 else neutralise(part) for n, part in parts)
    return _restored(text, [neutralise(tag) if unfilled(tag, tool) else tag for tag in tags])


def for_mail(editorial: Editorial, tool: Profile) -> Editorial:
    """Return the file with its short texts as one mailing tool gets them; foreign tags are shown as text."""
    return _mapped(editorial, lambda text: neutralise(text) if unfilled(text, tool) else text)


def for_web(editorial: Editorial, tools: Sequence[Profile]) -> Editorial:
    """Return the file with its short texts as web pages and feeds show them, without tags of these mailing tools."""
    return _mapped(editorial, lambda text: without_tags(text, tools))


def without_tags(text: str, tools: Sequence[Profile]) -> str:
    """Return a text without the tags that any of these mailing tools would fill in."""
    for tag in tags_in(text):
        if _is_filled(tag, tools):
            text = text.replace(tag, _GONE)
    return _tidy(text).strip()


def _mapped(editorial: Editorial, change: Callable[[str], str]) -> Editorial:
    sponsor = editorial.sponsor
    return replace(
        editorial,
        subject=change(editorial.subject),
        preheader=change(editorial.preheader),
        sponsor=sponsor and replace(sponsor, name=change(sponsor.name), text=change(sponsor.text)),
    )


# ---- what is wrong with it


def mistakes(editorial: Editorial, tools: Sequence[Profile]) -> Iterator[Problem]:
    """Yield a warning for what is shown as text: parts that a note cannot have, and tags that no tool fills in."""

    def warning(line: int, code: str, message: str) -> Problem:
        return Problem(editorial.path, line, Severity.WARNING, code, message)

    for number, reason in _refused(*_marked(editorial.note)) if editorial.note else ():
        yield warning(editorial.note_line + number, "bad-note", reason)
    sponsor = editorial.sponsor
    short = {"subject": editorial.subject, "preheader": editorial.preheader}
    short |= {"name": sponsor.name, "text": sponsor.text} if sponsor else {}
    lines = enumerate(editorial.note.split("\n"), editorial.note_line)
    for line, text in (*((editorial.lines.get(key, 1), text) for key, text in short.items()), *lines):
        for tag in tags_in(text):
            names = [tool.name for tool in tools if unfilled(tag, tool)]
            if names:
                shown, of = truncate(tag, 60), ", ".join(names)
                message = f"nothing will fill in {shown} (tool: {of}), so it is shown as text; correct it, or delete it"
                yield warning(line, "unknown-tag", message)


def _refused(marked: str, tags: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the line, counted from 0, and the reason."""
    unquotable = {mark for mark, tag in _by_mark(tags) if not _UNQUOTABLE.isdisjoint(tag)}
    line = 0
    for token in _walk(_markdown(restricted=False).parse(marked)):
        line = token.map[0] if token.map else line + (token.tag == "br")
        if token.type == "link_open" and token.attrGet("href") in unquotable:
            yield line, 'a link to a tag with ", <, > or & is shown as text; link to another tag'
        elif token.type == "link_open" and not _is_allowed(str(token.attrGet("href") or "")):
            yield line, "a link is shown as text; link to http://…, https://… or mailto:…"
        elif token.type in _REFUSED:
            yield line, _REFUSED[token.type]


# ---- Markdown


@lru_cache(maxsize=2)
def _markdown(*, restricted: bool = True) -> "MarkdownIt":
    from markdown_it import MarkdownIt  # slow to load, and few issues have a note

    parser = MarkdownIt("commonmark", {"html": not restricted})
    if restricted:
        parser.disable([*_BLOCKS, "html_inline", "image"])
    encoded = parser.normalizeLink
    parser.normalizeLink = lambda url: url if _MARKS.fullmatch(url) else encoded(url)  # type: ignore[method-assign]
    parser.validateLink = _is_allowed if restricted else lambda url: True  # type: ignore[method-assign]
    return parser


def _is_allowed(url: str) -> bool:
    if _ENCODED_MARK in url:
        return False
    if url.startswith("mailto:") or _MARKS.fullmatch(url):
        return True
    try:
        return bool(safe_url(url))
    except ValueError:
        return False


def _parsed(marked: str, instead: Mapping[str, str]) -> "list[Token]":
    """Return the tokens of a note; a link to a mark in `instead` becomes text, followed by what is there."""
    tokens, after = _markdown().parse(marked), None
    for token in _walk(tokens):
        if token.type == "link_open" and (href := str(token.attrGet("href"))) in instead:
            token.type, token.content, after = "text", "", instead[href]
        elif token.type == "link_close" and after is not None:
            token.type, token.content, after = "text", after, None
    return tokens


def _html(tokens: "Sequence[Token]") -> str:
    markdown = _markdown()
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _walk(tokens: "Sequence[Token]") -> "Iterator[Token]":
    for token in tokens:
        yield token
        yield from token.children or ()


# ---- tags, which Markdown must not read: *|FNAME|* would be emphasis


def _marked(note: str) -> tuple[str, list[str]]:
    """Return the note with a mark in the place of each tag, and the tags."""
    note = _MARKS.sub("", note)
    tags = [tag for tag in dict.fromkeys(tags_in(note)) if "\n" not in tag]
    for mark, tag in _by_mark(tags):
        note = note.replace(tag, mark)
    return note, tags


def _by_mark(tags: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the mark of each tag, and the tag."""
    return ((chr(_FIRST_MARK + number), tag) for number, tag in enumerate(tags))


def _shown(tags: Iterable[str], tool: Profile) -> Mapping[str, str]:
    """Return what follows the text of a link to a tag that mail cannot link to: the tag, keyed by its mark."""
    return {
        mark: f" ({mark})" for mark, tag in _by_mark(tags) if unfilled(tag, tool) or not _UNQUOTABLE.isdisjoint(tag)
    }


def _restored(text: str, tags: Sequence[str]) -> str:
    restored = _MARKS.sub(lambda mark: tags[ord(mark[0]) - _FIRST_MARK] or _GONE, text)
    return _tidy(restored) if _GONE in restored else restored


_GONE = "\U0010fffd"
_SOME_GONE = f"{_GONE}(?: *{_GONE})*"
_AROUND_GONE = re.compile(
    f"(?:^|(?<=>)){_SOME_GONE}[,;:]? *|,? *{_SOME_GONE} *(?=[,.;:!?])| {_SOME_GONE}(?= |</|$)|{_GONE}"
)


def _tidy(text: str) -> str:
    """Return the text without the spaces and commas that belong to tags that are gone: `Hello, *|FNAME|*!`."""
    return re.sub("<p></p>\n?", "", _AROUND_GONE.sub("", text))


def _in_mail(tag: str, tool: Profile) -> str:
    escaped = escape(tag, quote=False)
    return tag if escaped == tag and not unfilled(tag, tool) else escape(neutralise(tag), quote=False)


def _is_filled(tag: str, tools: Sequence[Profile]) -> bool:
    return any(not unfilled(tag, tool) for tool in tools)


# ---- plain text


class _Nesting:
    """What the lines of plain text begin with, inside lists and quotes."""

    def __init__(self) -> None:
        self.first = ""
        """For the next line."""
        self.rest: list[str] = []
        """For the lines after it, the outer lists and quotes first."""
        self._numbers: list[int] = []
        """The number of the next entry in each list around it; 0 in lists without numbers."""

    def follow(self, token: "Token") -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self._numbers.append(int(token.attrGet("start") or 1) if token.tag == "ol" else 0)
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
            case "list_item_open":
                number = self._numbers[-1]
                self._numbers[-1] += bool(number)
                bullet = f"{number}. " if number else "- "
                self._enter(bullet, " " * len(bullet))
            case "blockquote_open":
                self._enter("> ", "> ")
            case "list_item_close" | "blockquote_close":
                self.rest = self.rest[:-1]
                self.first = "".join(self.rest)

    def _enter(self, first: str, rest: str) -> None:
        self.first += first
        self.rest = [*self.rest, rest]


def _text_lines(tokens: "Sequence[Token]") -> Iterator[str]:
    inside = _Nesting()
    is_tight, above = True, list[str]()
    for token in tokens:
        inside.follow(token)
        if token.type == "paragraph_open":
            if not (is_tight and token.hidden):
                common = takewhile(lambda pair: pair[0] == pair[1], zip(above, inside.rest, strict=False))
                yield "".join(prefix for prefix, _ in common).rstrip()
            is_tight, above = token.hidden, inside.rest
        elif token.type == "inline":
            for line in _inline_text(token.children or ()).split("\n"):
                yield wrap(line, "".join(inside.rest), inside.first)
                inside.first = "".join(inside.rest)


def _inline_text(tokens: "Sequence[Token]") -> str:
    text, begin, url = "", 0, ""
    for token in tokens:
        match token.type:
            case "softbreak":
                text += " "
            case "hardbreak":
                text += "\n"
            case "link_open":
                begin, url = len(text), str(token.attrGet("href")).removeprefix("mailto:")
            case "link_close":
                text = text[:begin] + url if text[begin:] == url else f"{text} ({url})"
            case _:
                text += token.content
    return text
