"""CSS into style attributes, once for each template instead of once for each digest.

premailer parses and prints a whole document, which takes long and rewrites more than styles: it decodes references and
escapes addresses. So it never sees a digest. It gets the Jinja2 template, with marks for everything that is Jinja's;
afterwards the marks are replaced by what they stand for, and a digest is one rendering of the result.

That this equals rendering first and inlining afterwards takes rules for the template, all of them checked:

- It is one file: it extends, includes and imports nothing. Macros are fine.
- It begins with `<!DOCTYPE html>`; only what is Jinja's may stand before.
- Rules to be inlined select an element by its name, its classes or both (`p`, `.quiet`, `p.quiet`). So an element's
  style depends on its own tag alone, not on where a macro is called or how often a loop runs. All other CSS (dark mode,
  phones, Outlook) goes into `<style data-premailer="ignore">` and stays as it is.
- What is Jinja's stands in texts, in quoted attribute values other than `class`, and in the values of CSS
  (`color: {{ accent }}`); not between attributes, nor in names.
- Tags are balanced within each branch.

Classes that no remaining CSS asks for, and spaces between declarations, are dropped: in a digest of thirty stories they
weigh kilobytes.
"""

import logging
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from jinja2 import Environment, TemplateSyntaxError
from msgspec import Struct, field

DOCTYPE = "<!DOCTYPE html>"

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_STYLE = re.compile(r"<style\b(?P<attributes>[^>]*)>(?P<css>.*?)</style>", re.DOTALL)
_IGNORED = 'data-premailer="ignore"'


class InliningError(ValueError):
    """A template that cannot be inlined; prints as `digest.html:12: reason`."""

    def __init__(self, name: str, line: int, reason: str) -> None:
        super().__init__(f"{name}:{line}: {reason}")
        self.line, self.reason = line, reason


def inline_template(source: str, environment: Environment, name: str) -> str:
    """The template `source` with its CSS inlined: again a template for `environment`; `name` is for messages.

    Raises InliningError where one of the rules above is broken.
    """
    template = _mark(source.replace("\r\n", "\n"), environment, name)
    if not template.html.startswith(DOCTYPE):  # and nothing else: a text before it has been refused
        raise InliningError(name, 1, f"there is no document in it: it must begin with {DOCTYPE}")
    _check_css(template)
    inlined = inline_html(template.html)
    _check_structure(template, inlined)
    _check_marks(template, inlined)
    return f"{template.prologue}{template.restore(inlined)}\n"  # the line end after </html> is lost in between


def inline_html(html: str) -> str:
    """An HTML document with the CSS of its `<style>` elements inlined, but for those that premailer is to ignore."""
    if html not in KNOWN:
        if len(KNOWN) >= _MOST_KNOWN:  # a template that is being edited
            KNOWN.clear()
        KNOWN[html] = _inlined(html)
    return KNOWN[html]


_MOST_KNOWN = 8
KNOWN: dict[str, str] = {}
"""What was inlined before, by what it was made of: whoever keeps it from one process to the next saves a third of a
second, for premailer takes longer to load, with cssutils and requests, than all of feeds."""


def _inlined(html: str) -> str:
    from premailer import Premailer

    inlined: str = Premailer(
        html,
        allow_network=False,
        align_floating_images=False,
        cssutils_logging_level=logging.CRITICAL,  # else hundreds of lines on stderr
        disable_basic_attributes=["align", "bgcolor", "height", "valign", "width"],  # else over a picture's own sizes
        disable_validation=True,  # a mark is no colour
        strip_important=False,
    ).transform(pretty_print=False)
    return _STYLE_ATTRIBUTE.sub(lambda match: match[0].replace("; ", ";"), _without_idle_classes(inlined))


_STYLE_ATTRIBUTE = re.compile(r' style="[^"]*"')
_CLASS = re.compile(r' class="([^"]*)"')
_CLASS_SELECTOR = re.compile(r"\.([A-Za-z_-][\w-]*)")


def _without_idle_classes(html: str) -> str:
    asked_for = {name for style in _STYLE.finditer(html) for name in _CLASS_SELECTOR.findall(style["css"])}

    def keep(match: re.Match[str]) -> str:
        kept = [name for name in match[1].split() if name in asked_for]
        return f' class="{" ".join(kept)}"' if kept else ""

    return _CLASS.sub(keep, html)


# Marks -------------------------------------------------------------------------------------------------------------


class _Template(Struct):
    """A template with marks for what is Jinja's, and for character references, which premailer would decode."""

    name: str
    word: str
    """What marks are made of; occurs nowhere in the source."""
    html: str = ""
    prologue: str = ""
    """What stands before the doctype."""
    _originals: list[str] = field(default_factory=list)
    _starts: list[tuple[int, int]] = field(default_factory=list)
    """Where in `html` each piece begins, and in which line of the source."""

    def append(self, text: str, line: int) -> None:
        self._starts.append((len(self.html), line))
        self.html += text

    def append_mark(self, original: str, line: int, *, as_comment: bool) -> None:
        mark = f"{self.word}{len(self._originals)}x"
        self._originals.append(original)
        self.append(f"<!--{mark}-->" if as_comment else mark, line)

    def restore(self, html: str) -> str:
        mark = re.compile(rf"<!--{self.word}(\d+)x-->|{self.word}(\d+)x")
        return mark.sub(lambda match: self._originals[int(match[1] or match[2])], html)

    def error(self, position: int, reason: str) -> InliningError:
        """About what stands at that position of `html`."""
        start, line = self._starts[bisect_right(self._starts, position, key=lambda s: s[0]) - 1]
        return InliningError(self.name, line + self.html.count("\n", start, position), reason)


class _Piece(Struct, frozen=True):
    """Of a template's source: either HTML, or one whole construct of Jinja's, from brace to brace."""

    text: str
    line: int
    kind: str
    """`data`, `variable`, `block`, `raw` or `comment`."""


def _mark(source: str, environment: Environment, name: str) -> _Template:
    word = "jinja"
    while word in source:
        word += "a"
    template = _Template(name, word)
    place = _Place()
    for piece in _pieces(source, environment, name):
        if piece.kind == "data":
            _mark_references(template, piece, place)
        elif not template.html:
            template.prologue += piece.text
        elif piece.kind != "comment":  # nobody reads it any more
            if reason := _objection(piece, place):
                raise InliningError(name, piece.line, reason)
            template.append_mark(piece.text, piece.line, as_comment=place.kind == "text")
    return template


def _mark_references(template: _Template, piece: _Piece, place: "_Place") -> None:
    text, line = piece.text, piece.line
    if not template.html:
        line += len(text) - len(text.lstrip("\n"))
        text = text.lstrip()
        if text and not text.startswith(DOCTYPE):
            raise InliningError(template.name, line, f"the document must begin with {DOCTYPE}")
    for part in re.split(r"(&(?:#\w+|\w+);)", text):
        if part.startswith("&") and part.endswith(";") and place.decodes:
            template.append_mark(part, line, as_comment=place.kind == "text")
        elif part:
            template.append(part, line)
            place.feed(part)
        line += part.count("\n")


def _pieces(source: str, environment: Environment, name: str) -> Iterator[_Piece]:
    try:
        environment.parse(source, name)
    except TemplateSyntaxError as error:
        raise InliningError(name, error.lineno, error.message or "is no Jinja template") from error
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
    """Why this construct cannot stand in this place; "" when it can."""
    if found := _OTHER_FILES.match(piece.text):
        return f"{found[1]}: a digest's template must be one file, so that its CSS can be inlined"
    if piece.kind == "raw" and "<" in piece.text:
        return "raw: its tags could not be given any style"
    if place.kind == "tag":
        return f"{piece.text.strip()} stands between attributes or in a name: put it into an attribute's value"
    if place.kind == "value" and place.attribute == "class":
        return f"{piece.text.strip()} stands in a class: write one element for each case"
    if place.inlined_css and piece.kind != "variable":
        return f"{piece.text.strip()} stands in CSS that is to be inlined: only values can be Jinja's"
    return ""


# Elements whose content is text, in which a comment would be no comment.
_TEXT_ONLY = frozenset({"script", "style", "textarea", "title"})


class _Place(Struct):
    """Where in an HTML document one is, after all that was fed."""

    kind: str = "text"
    """`text`, `tag` (between its attributes), `value` (of one), `comment`, `text only` (in a title, a style)."""
    _tag: str = ""
    """The tag that is open, or was the last one, from its name on."""
    _quote: str = ""

    @property
    def attribute(self) -> str:
        """Name of the attribute whose value is open."""
        found = re.search(r"([^\s\"'=<>/]+)\s*=\s*\Z", self._tag)
        return found[1].lower() if found else ""

    @property
    def inlined_css(self) -> bool:
        return self.kind == "text only" and self._element == "style" and _IGNORED not in self._tag

    @property
    def decodes(self) -> bool:
        """Whether premailer decodes character references here."""
        return self.kind in ("text", "value") or (self.kind == "text only" and self._element == "title")

    @property
    def _element(self) -> str:
        found = re.match(r"/?[\w:-]*", self._tag)
        return found[0].lower() if found else ""

    def feed(self, html: str) -> None:
        while html:
            html = getattr(self, f"_in_{self.kind.replace(' ', '_')}")(html)

    def _in_text(self, html: str) -> str:
        found = re.search(r"<(!--|(?=[A-Za-z/!?])|\Z)", html)
        if not found:
            return ""
        self.kind, self._tag = ("comment" if found[1] else "tag"), ""
        return html[found.end() :]

    def _in_tag(self, html: str) -> str:
        found = re.search(r"[\"'>]", html)
        self._tag += html[: found.start()] if found else html
        if not found:
            return ""
        if found[0] == ">":
            self.kind = "text only" if self._element in _TEXT_ONLY else "text"
        else:
            self.kind, self._quote = "value", found[0]
        return html[found.end() :]

    def _in_value(self, html: str) -> str:
        value, end, rest = html.partition(self._quote)
        if end:
            self.kind = "tag"
            self._tag += f'"{value}" '
        return rest

    def _in_comment(self, html: str) -> str:
        _, end, rest = html.partition("-->")
        if end:
            self.kind = "text"
        return rest

    def _in_text_only(self, html: str) -> str:
        found = re.search(rf"</(?={self._element}\b)", html, re.IGNORECASE)
        if not found:
            return ""
        self.kind, self._tag = "tag", ""
        return html[found.end() :]


# Checks ------------------------------------------------------------------------------------------------------------

_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_RULE = re.compile(r"(?P<selectors>[^{}]*)\{(?P<declarations>[^{}]*)\}")
_SELECTOR = re.compile(r"[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]*(?:\.[A-Za-z_-][\w-]*)+")
_DECLARATION = re.compile(r"\s*[A-Za-z-]+\s*:[^:;{}]*[^:;{}\s][^:;{}]*")


def _check_css(template: _Template) -> None:
    """Raises InliningError for CSS that would not be inlined as it is meant, or dropped without a word."""
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
                yield where, f"{selector.strip()!r} is not an element and classes: put it into a <style {_IGNORED}>"
        for declaration in rule["declarations"].split(";"):
            if declaration.strip() and not _DECLARATION.fullmatch(declaration):
                yield rule.start("declarations"), f"{declaration.strip()!r} is no declaration"
    if css[end:].strip():
        where = end + len(css[end:]) - len(css[end:].lstrip())
        yield where, f"this is no simple rule: put it into a <style {_IGNORED}>"


_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})


def _check_structure(template: _Template, inlined: str) -> None:
    """Raises InliningError where the parser has moved, closed or dropped a tag, as it does when one is not balanced."""
    before, after = _structure(template.html, template.word), _structure(inlined, template.word)
    for (position, wanted), (_, found) in zip_longest(before, after, fillvalue=(len(template.html), "the end")):
        if wanted != found:
            raise template.error(
                position, f"{wanted} became {found}: are all tags balanced, within each branch of Jinja's, too?"
            )


def _check_marks(template: _Template, inlined: str) -> None:
    """Raises InliningError where a mark is gone, as one is that stands for more than a value in a style attribute."""
    rest = _STYLE.sub(lambda s: s[0] if _IGNORED in s["attributes"] else " " * len(s[0]), template.html)
    for mark in re.finditer(rf"{template.word}\d+x", rest):
        if mark[0] not in inlined:
            original = template.restore(mark[0])
            raise template.error(mark.start(), f"{original} would be lost: in a style, only values can be Jinja's")


def _structure(html: str, word: str) -> Iterable[tuple[int, str]]:
    """Position and name of each tag and mark between them, but for `<style>`, which comes and goes."""
    mark = re.compile(rf"<!--{word}\d+x-->")
    blank = re.compile(rf"{_STYLE.pattern}|(?!{mark.pattern}){_COMMENT.pattern}|<!DOCTYPE[^>]*>", re.DOTALL)
    html = blank.sub(lambda match: " " * len(match[0]), html)
    for found in re.finditer(rf"{mark.pattern}|</?([A-Za-z][\w:-]*)", html):
        name = found[0].lower()
        if not (name.startswith("</") and name[2:] in _VOID):
            yield found.start(), name if found[1] is None else f"{name}>"
