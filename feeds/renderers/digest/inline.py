"""Move the CSS of the digest's template into style attributes, once per template instead of once per digest.

premailer parses and prints a whole document, which takes long and changes more than styles. So it never sees a digest:
it gets a small page with one element for each kind of tag in the Jinja2 template, and the tags get their kind's style.
The result is the same as rendering first and inlining afterwards if the template keeps these rules, which are checked:

- It is a single file: it doesn't extend, include or import anything. Macros are fine.
- Rules to be inlined select an element by its name, its classes or both (`p`, `.quiet`, `p.quiet`). So an element's
  style depends on its own tag alone, not on where a macro is called or how often a loop runs. All other CSS (dark mode,
  phones, Outlook) belongs in `<style data-premailer="ignore">`, which stays as it is.
- Jinja is allowed in texts, in quoted attribute values other than `class`, and in the values of CSS
  (`color: {{ accent }}`), but not between attributes or in names.

Classes that the remaining CSS doesn't use, and spaces between declarations, are dropped: in a digest of thirty stories
they weigh kilobytes.
"""

import logging
import re
from collections.abc import Collection, Iterable
from html import escape

from jinja2 import Environment
from lxml import etree
from msgspec import Struct
from premailer import Premailer
from premailer.merge_style import csstext_to_pairs

from feeds.renderers.templates import BadTemplateError

_PREMAILER = Premailer(
    allow_network=False,
    align_floating_images=False,
    cssutils_logging_level=logging.CRITICAL,  # or it prints hundreds of lines on stderr
    disable_validation=True,  # a mark is not a valid colour
    strip_important=False,
)

_FIRST_MARK = 0x100000  # private-use characters, which no text needs
_MARK = re.compile("[\U00100000-\U0010fffd]")
_OTHER_FILES = re.compile(r"\{%[-+]?\s*(extends|include|import|from)\b")

_STRING = re.compile(r""""[^"]*"|'[^']*'""")
_IGNORED = ' data-premailer="ignore"'
# Styles to be inlined; comments, and elements whose content is not HTML; tags, whose names may be marks, to be refused.
_PART = re.compile(
    rf"<style(?![^>]*(?:{_IGNORED}|\smedia=[\"']?+(?!(?:all|screen)[\"'>])))[^>]*>(?P<css>.*?)</style>\n?"
    r"|<!--.*?-->|<(?P<raw>script|style|textarea|title)\b.*?</(?P=raw)>"
    rf"|<(?P<tag>[a-z\U00100000-\U0010fffd][\w:-]*)(?P<attributes>(?:[^\"'<>]|{_STRING.pattern})*+)(?P<end>>?)",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"""(?P<space>\s*)(?P<name>[^\s"'=<>/]+)(?:\s*=\s*["']?(?P<value>(?<=")[^"]*|(?<=')[^']*|[^\s"'<>]+)["']?)?"""
)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_RULE = re.compile(r"\s*(?P<selectors>[^{}]*?)\s*\{(?P<declarations>[^{}]*)\}")
_SELECTOR = re.compile(r"[a-z][a-z0-9]*|[a-z0-9]*(?:\.[A-Za-z_-][\w-]*)+")
_CLASS = re.compile(r"\.([A-Za-z_-][\w-]*)")

_Element = tuple[str, str]
"""The name and the classes of a tag."""


class _Template(Struct, frozen=True):
    """A template in which each piece of Jinja is replaced by a single character, its mark."""

    name: str
    html: str
    pieces: list[str]

    def restore(self, html: str) -> str:
        return _MARK.sub(lambda mark: self.pieces[ord(mark[0]) - _FIRST_MARK], html)

    def error(self, position: int, reason: str) -> BadTemplateError:
        line = self.restore(self.html[:position]).count("\n") + 1
        return BadTemplateError(self.name, line, " ".join(self.restore(reason).split()))

    def check(self, text: str, reason: str, allowed: tuple[str, ...] = ("{#",)) -> None:
        """Raise BadTemplateError for a piece in a part of the template, except for those that begin as `allowed`."""
        for mark in _MARK.findall(text):
            if not self.restore(mark).startswith(allowed):
                raise self.error(self.html.index(mark), f"{mark} {reason}")


def inline_template(source: str, environment: Environment, name: str) -> str:
    """Return the template `source` with its CSS inlined; raise BadTemplateError if it breaks one of the rules above.

    Each line keeps its number, so that later errors name the line in the author's file. `name` is for messages.
    """
    template = _marked(source, environment, name)
    parts = list(_PART.finditer(template.html))
    css = "".join(_checked_css(template, part) for part in parts if part["css"])
    styles = _styles(css, {_element(template, part) for part in parts if part["tag"]})
    kept = (part[0] for part in parts if part["css"] is None and "<style" in part[0])
    used = {word for style in kept for word in _CLASS.findall(style)}

    def inlined(part: re.Match[str]) -> str:
        if part["tag"]:
            return _styled(part, styles[_element(template, part)], used)
        newlines = "\n" * template.restore(part[0]).count("\n")
        return part[0].replace(_IGNORED, "") if part["css"] is None else f"{{#{newlines}#}}"

    return template.restore(_PART.sub(inlined, template.html))


def _marked(source: str, environment: Environment, name: str) -> _Template:
    html, piece, pieces, end = "", "", list[str](), 1
    for line, kind, text in environment.lex(source, name):
        html += "\n" * (line - end)  # the lexer drops what `{%-` strips
        end = line + text.count("\n")
        if kind == "data" and not piece:
            html += _MARK.sub("", text)
            continue
        piece += text
        if kind.endswith("_end"):
            if other := _OTHER_FILES.match(piece):
                reason = f"{other[1]}: a digest's template must be a single file, so that its CSS can be inlined"
                raise BadTemplateError(name, line, reason)
            if kind == "raw_end" and "<" in piece:
                raise BadTemplateError(name, line, "raw: its tags can't be styled; use it for text only")
            html += chr(_FIRST_MARK + len(pieces))
            pieces.append(piece)
            piece = ""
    return _Template(name, html, pieces)


def _checked_css(template: _Template, style: re.Match[str]) -> str:
    """Return the CSS of a style element; raise BadTemplateError for what premailer would drop or not inline."""
    css = _CSS_COMMENT.sub(lambda comment: " " * len(comment[0]), style["css"])
    template.check(css, "is in CSS that is inlined; only values can be Jinja", allowed=("{#", "{{"))
    css = _MARK.sub(lambda mark: " " if template.restore(mark[0]).startswith("{#") else mark[0], css)
    start, end = style.start("css"), 0
    while rule := _CSS_RULE.match(css, end):
        end = rule.end()
        for selector in map(str.strip, rule["selectors"].split(",")):
            if not _SELECTOR.fullmatch(selector):
                reason = f"'{selector}' is not an element and classes; move it to a <style{_IGNORED}>"
                raise template.error(start + rule.start("selectors"), reason)
        for declaration in re.finditer(r"[^\s;][^;]*", rule["declarations"]):
            if not csstext_to_pairs(declaration[0], validate=False):
                position = start + rule.start("declarations") + declaration.start()
                raise template.error(position, f"'{declaration[0].strip()}' is not a CSS declaration")
    if rest := css[end:].lstrip():
        raise template.error(style.end("css") - len(rest), f"this is not a simple rule; move it to a <style{_IGNORED}>")
    return css


def _styles(css: str, elements: Iterable[_Element]) -> dict[_Element, str]:
    """Return the style that premailer gives each element."""
    # The names of selectors have no hyphens, so another name with one is as good as `o:p`, which XML refuses.
    page = etree.Element("html")
    etree.SubElement(etree.SubElement(page, "head"), "style").text = css
    probes = {(tag, c): etree.SubElement(page, tag.replace(":", "-"), {"class": c}) for tag, c in elements}
    _PREMAILER.transform(page)
    return {element: probe.get("style", "").replace("; ", ";") for element, probe in probes.items()}


def _element(template: _Template, tag: re.Match[str]) -> _Element:
    if not tag["end"]:
        raise template.error(tag.start(), f"<{tag['tag']} has no end; check the quotes of its attributes")
    reason = "is between attributes or in a name; move it into a quoted attribute value"
    template.check(tag["tag"] + _STRING.sub("", tag["attributes"]), reason)
    values = {found["name"].lower(): found["value"] or "" for found in _ATTRIBUTE.finditer(tag["attributes"])}
    template.check(values.get("class", ""), "is in a class; write one element for each case")
    return tag["tag"].lower(), values.get("class", "")


def _styled(tag: re.Match[str], style: str, used: Collection[str]) -> str:
    """Return a tag with a style, which its own comes after, and without unused classes."""
    attributes, end = "", 0
    style = escape(style, quote=False).replace('"', "&quot;" if "'" in style else "'")
    for found in _ATTRIBUTE.finditer(tag["attributes"]):
        kept, end = found[0], found.end()
        if found["name"].lower() == "class":
            classes = " ".join(name for name in (found["value"] or "").split() if name in used)
            kept = "\n" * found[0].count("\n") + (f' class="{classes}"' if classes else "")
        elif found["name"].lower() == "style":
            style = ";".join(filter(None, [style, (found["value"] or "").replace('"', "'")]))
            kept = "\n" * found["space"].count("\n")
        attributes += kept
    attributes += f' style="{style}"' if style else ""
    return f"<{tag['tag']}{attributes}{tag['attributes'][end:]}>"
