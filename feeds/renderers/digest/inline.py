"""Move the CSS of the digest's template into style attributes, once per template instead of once per digest.

premailer parses and prints a whole document, which takes long and changes more than styles: it decodes character
references and escapes addresses. So it never sees a digest. It gets the Jinja2 template, with a mark in the place of
each piece of Jinja; afterwards the marks are replaced by the pieces again, and the result is rendered for each digest.

The result is the same as rendering first and inlining afterwards if the template keeps these rules, which are checked:

- It is a single file: it doesn't extend, include or import anything. Macros are fine.
- It begins with `<!DOCTYPE html>`; only Jinja may come before.
- Rules to be inlined select an element by its name, its classes or both (`p`, `.quiet`, `p.quiet`). So an element's
  style depends on its own tag alone, not on where a macro is called or how often a loop runs. All other CSS (dark mode,
  phones, Outlook) belongs in `<style data-premailer="ignore">`, which stays as it is.
- Jinja is allowed in texts, in quoted attribute values other than `class`, and in the values of CSS
  (`color: {{ accent }}`), but not between attributes or in names.
- Tags are balanced within each branch.

Classes that the remaining CSS doesn't use, and spaces between declarations, are dropped: in a digest of thirty stories
they weigh kilobytes.
"""

import logging
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Literal

from jinja2 import Environment, TemplateSyntaxError
from msgspec import Struct, field

DOCTYPE = "<!DOCTYPE html>"

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_STYLE = re.compile(r"<style\b(?P<attributes>[^>]*)>(?P<css>.*?)</style>", re.DOTALL)
_IGNORED = 'data-premailer="ignore"'


class InliningError(ValueError):
    """Raised for a template that breaks a rule; prints as `digest.html:12: reason`."""

    def __init__(self, name: str, line: int, reason: str) -> None:
        super().__init__(f"{name}:{line}: {reason}")
        self.line, self.reason = line, reason


def inline_template(source: str, environment: Environment, name: str) -> str:
    """Return the template `source` with its CSS inlined; raise InliningError if it breaks one of the rules above.

    `name` is for messages.
    """
    template = _mark(source.replace("\r\n", "\n"), environment, name)
    if not template.html:
        raise InliningError(name, 1, f"the template is empty; it must begin with {DOCTYPE}")
    _check_css(template)
    inlined = inline_html(template.html)
    _check_structure(template, inlined)
    _check_marks(template, inlined)
    return f"{template.prologue}{template.restore(inlined)}\n"  # premailer drops the newline after </html>


def inline_html(html: str) -> str:
    """Return an HTML document with its CSS inlined, except for the styles that premailer is told to ignore."""
    from premailer import Premailer  # takes longer to load, with cssutils and requests, than all of feeds

    inlined: str = Premailer(
        html,
        allow_network=False,
        align_floating_images=False,
        cssutils_logging_level=logging.CRITICAL,  # or it prints hundreds of lines on stderr
        disable_basic_attributes=[
            "align",
            "bgcolor",
            "height",
            "valign",
            "width",
        ],  # or they override pictures' sizes
        disable_validation=True,  # a mark is not a valid colour
        strip_important=False,
    ).transform(pretty_print=False)
    return _STYLE_ATTRIBUTE.sub(lambda match: match[0].replace("; ", ";"), _without_unused_classes(inlined))


_STYLE_ATTRIBUTE = re.compile(r' style="[^"]*"')
_CLASS = re.compile(r' class="([^"]*)"')
_CLASS_SELECTOR = re.compile(r"\.([A-Za-z_-][\w-]*)")


def _without_unused_classes(html: str) -> str:
    used = {name for style in _STYLE.finditer(html) for name in _CLASS_SELECTOR.findall(style["css"])}

    def keep(match: re.Match[str]) -> str:
        kept = [name for name in match[1].split() if name in used]
        return f' class="{" ".join(kept)}"' if kept else ""

    return _CLASS.sub(keep, html)


# Marks -------------------------------------------------------------------------------------------------------------


class _Template(Struct):
    """A template with marks in the place of Jinja, and of character references, which premailer would decode."""

    name: str
    word: str
    """What marks are made of; it doesn't occur in the source."""
    html: str = ""
    prologue: str = ""
    """Everything before the doctype."""
    _originals: list[str] = field(default_factory=list)
    _starts: list[tuple[int, int]] = field(default_factory=list)
    """For each piece, where it begins in `html` and its line in the source."""
    _closed: int = 0
    """A position in `html` before which every tag and comment is complete."""

    def append(self, text: str, line: int) -> None:
        self._starts.append((len(self.html), line))
        self.html += text

    def append_mark(self, original: str, line: int, place: "_Place") -> None:
        mark = f"{self.word}{len(self._originals)}x"
        self._originals.append(original)
        self.append(f"<!--{mark}-->" if place.kind == "text" else mark, line)

    def end(self) -> "_Place":
        """Return the place at the end of `html`, where the next piece belongs."""
        while begin := _TAG_OR_COMMENT.search(self.html, self._closed):
            complete = _COMPLETE.match(self.html, begin.start())
            if not complete:
                return _place(self.html[begin.start() :])
            self._closed = complete.end()
        return _Place("text")

    def restore(self, html: str) -> str:
        mark = re.compile(rf"<!--{self.word}(\d+)x-->|{self.word}(\d+)x")
        return mark.sub(lambda match: self._originals[int(match[1] or match[2])], html)

    def error(self, position: int, reason: str) -> InliningError:
        """Return an error about this position in `html`."""
        start, line = self._starts[bisect_right(self._starts, position, key=lambda s: s[0]) - 1]
        return InliningError(self.name, line + self.html.count("\n", start, position), reason)


class _Piece(Struct, frozen=True):
    """A piece of a template's source: either HTML, or one whole construct of Jinja's, from brace to brace."""

    text: str
    line: int
    kind: str
    """`data`, `variable`, `block`, `raw` or `comment`."""


def _mark(source: str, environment: Environment, name: str) -> _Template:
    word = "jinja"
    while word in source:
        word += "a"
    template = _Template(name, word)
    for piece in _pieces(source, environment, name):
        if piece.kind == "data":
            _mark_references(template, piece)
        elif not template.html:
            template.prologue += piece.text
        elif piece.kind != "comment":  # comments are dropped
            place = template.end()
            if reason := _objection(piece, place):
                raise InliningError(name, piece.line, reason)
            template.append_mark(piece.text, piece.line, place)
    return template


def _mark_references(template: _Template, piece: _Piece) -> None:
    text, line = piece.text, piece.line
    if not template.html:
        line += len(text) - len(text.lstrip("\n"))
        text = text.lstrip()
        if text and not text.startswith(DOCTYPE):
            raise InliningError(template.name, line, f"the document must begin with {DOCTYPE}")
    for n, part in enumerate(re.split(r"(&(?:#\w+|\w+);)", text)):
        if n % 2 and (place := template.end()).decodes_references:
            template.append_mark(part, line, place)
        elif part:
            template.append(part, line)
        line += part.count("\n")


def _pieces(source: str, environment: Environment, name: str) -> Iterator[_Piece]:
    try:
        environment.parse(source, name)
    except TemplateSyntaxError as error:
        raise InliningError(name, error.lineno, error.message or "not a Jinja template") from error
    tokens: list[tuple[int, str, str]] = []
    for token in environment.lex(source, name):
        tokens.append(token)
        line, kind = tokens[0][0], tokens[0][1].removesuffix("_begin")
        if token[1] == "data" and kind == "data":
            yield _Piece(token[2], line, kind)
        elif token[1] == f"{kind}_end":
            yield _Piece("".join(text for _, _, text in tokens), line, kind)
        else:
            continue
        tokens = []


_OTHER_FILES = re.compile(r"\{%[-+]?\s*(extends|include|import|from)\b")


def _objection(piece: _Piece, place: "_Place") -> str:
    """Return why this piece of Jinja can't be in this place; "" when it can."""
    if found := _OTHER_FILES.match(piece.text):
        return f"{found[1]}: a digest's template must be a single file, so that its CSS can be inlined"
    if piece.kind == "raw" and "<" in piece.text:
        return "raw: its tags can't be styled; use it for text only"
    if place.kind == "tag":
        return f"{piece.text.strip()} is between attributes or in a name; move it into a quoted attribute value"
    if place.kind == "value" and place.attribute == "class":
        return f"{piece.text.strip()} is in a class; write one element for each case"
    if place.is_inlined_css and piece.kind != "variable":
        return f"{piece.text.strip()} is in CSS that is inlined; only values can be Jinja"
    return ""


# Places --------------------------------------------------------------------------------------------------------------

_TEXT_ONLY = r"(?:script|style|textarea|title)(?![\w:-])"  # elements in which neither tags nor comments are recognised
_ATTRIBUTES = r"""(?:[^"'>]|"[^"]*"|'[^']*')*+"""
_TAG_OR_COMMENT = re.compile(r"<(?=[A-Za-z/!?]|\Z)")
_COMPLETE = re.compile(
    rf"<!--.*?-->|<(?P<element>{_TEXT_ONLY}){_ATTRIBUTES}>.*?(?=</(?P=element)\b)|<(?!!--|{_TEXT_ONLY}){_ATTRIBUTES}>",
    re.DOTALL | re.IGNORECASE,
)
_INCOMPLETE_TAG = re.compile(rf"<(?P<element>/?[\w:-]*)(?P<attributes>{_ATTRIBUTES})(?P<next>[>\"']?)")
_LAST_NAME = re.compile(r"([^\s\"'=<>/]+)\s*=\s*\Z")


class _Place(Struct, frozen=True):
    """A place in an HTML document, in terms of the tag or comment that is incomplete there."""

    kind: Literal["text", "tag", "value", "comment", "text only"]
    """`tag` is between attributes, `value` in one of them, `text only` in a style or title."""
    element: str = ""
    attribute: str = ""
    """The attribute with this value."""
    is_ignored: bool = False
    """True in an element that premailer ignores."""

    @property
    def is_inlined_css(self) -> bool:
        return self.kind == "text only" and self.element == "style" and not self.is_ignored

    @property
    def decodes_references(self) -> bool:
        """Whether premailer decodes character references here."""
        return self.kind in ("text", "value") or (self.kind == "text only" and self.element == "title")


def _place(incomplete: str) -> _Place:
    """Return the place after an incomplete tag, comment or element of only text."""
    if incomplete.startswith("<!--") or not (tag := _INCOMPLETE_TAG.match(incomplete)):
        return _Place("comment")
    element, attributes = tag["element"].lower(), tag["attributes"]
    if not tag["next"]:
        return _Place("tag", element)
    if tag["next"] == ">":
        return _Place("text only", element, is_ignored=_IGNORED in attributes)
    name = _LAST_NAME.search(attributes)
    return _Place("value", element, name[1].lower() if name else "")


# Checks ------------------------------------------------------------------------------------------------------------

_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_RULE = re.compile(r"(?P<selectors>[^{}]*)\{(?P<declarations>[^{}]*)\}")
_SELECTOR = re.compile(r"[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]*(?:\.[A-Za-z_-][\w-]*)+")
_DECLARATION = re.compile(r"\s*[A-Za-z-]+\s*:[^:;{}]*[^:;{}\s][^:;{}]*")


def _check_css(template: _Template) -> None:
    """Raise InliningError for CSS that would be dropped, or not be inlined as its author meant."""
    for style in re.finditer(rf"{_COMMENT.pattern}|{_STYLE.pattern}", template.html, re.DOTALL):
        if style["css"] and _IGNORED not in style["attributes"]:
            css = _CSS_COMMENT.sub(lambda match: " " * len(match[0]), style["css"])
            for position, reason in _css_mistakes(css):
                raise template.error(style.start("css") + position, reason)


def _css_mistakes(css: str) -> Iterator[tuple[int, str]]:
    end = 0
    for rule in _CSS_RULE.finditer(css):
        if css[end : rule.start()].strip():
            break
        end = rule.end()
        for selector in rule["selectors"].split(","):
            if not _SELECTOR.fullmatch(selector.strip()):
                where = rule.start() + len(rule["selectors"]) - len(rule["selectors"].lstrip())
                yield where, f"{selector.strip()!r} is not an element and classes; move it to a <style {_IGNORED}>"
        for declaration in rule["declarations"].split(";"):
            if declaration.strip() and not _DECLARATION.fullmatch(declaration):
                yield rule.start("declarations"), f"{declaration.strip()!r} is not a CSS declaration"
    if css[end:].strip():
        where = end + len(css[end:]) - len(css[end:].lstrip())
        yield where, f"this is not a simple rule; move it to a <style {_IGNORED}>"


_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})


def _check_structure(template: _Template, inlined: str) -> None:
    """Raise InliningError where the parser has moved, closed or dropped a tag that isn't balanced."""
    before, after = _structure(template.html, template.word), _structure(inlined, template.word)
    for (position, wanted), (_, found) in zip_longest(before, after, fillvalue=(len(template.html), "the end")):
        if wanted != found:
            raise template.error(
                position, f"{wanted} became {found}; balance the tags, also within each branch of Jinja"
            )


def _check_marks(template: _Template, inlined: str) -> None:
    """Raise InliningError where a mark is gone, as happens to more than a value in a style attribute."""
    rest = _STYLE.sub(lambda s: s[0] if _IGNORED in s["attributes"] else " " * len(s[0]), template.html)
    for mark in re.finditer(rf"{template.word}\d+x", rest):
        if mark[0] not in inlined:
            original = template.restore(mark[0])
            raise template.error(mark.start(), f"{original} would be lost; in a style, only values can be Jinja")


def _structure(html: str, word: str) -> Iterable[tuple[int, str]]:
    """Yield position and name of each tag and each mark between tags, except `<style>`, which premailer may remove."""
    mark = re.compile(rf"<!--{word}\d+x-->")
    blank = re.compile(rf"{_STYLE.pattern}|(?!{mark.pattern}){_COMMENT.pattern}|<!DOCTYPE[^>]*>", re.DOTALL)
    html = blank.sub(lambda match: " " * len(match[0]), html)
    for found in re.finditer(rf"{mark.pattern}|</?([A-Za-z][\w:-]*)", html):
        name = found[0].lower()
        if not (name.startswith("</") and name[2:] in _VOID):
            yield found.start(), name if found[1] is None else f"{name}>"
