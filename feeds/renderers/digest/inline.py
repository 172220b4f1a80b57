"""Move the CSS of the digest's template into style attributes, once per template instead of once per digest.

Mail clients ignore much of what is in `<style>`. No library inlines the CSS of a Jinja2 template, and to inline each
rendered digest would take longer than everything else together. So the template keeps a few rules, which are checked:

- It is a single file: it doesn't extend, include or import anything. Macros are fine.
- Rules to be inlined select an element by its name, its classes or both (`p`, `.quiet`, `p.quiet`). So an element's
  style depends on its own tag alone, not on where a macro is called or how often a loop runs. All other CSS (dark mode,
  phones, Outlook) belongs in `<style data-premailer="ignore">`, which stays as it is.
- Jinja is allowed in texts, in quoted attribute values other than `class`, and in the values of CSS
  (`color: {{ accent }}`), but not between attributes or in names.

Classes that the remaining CSS doesn't use are dropped: in a digest of thirty stories they weigh kilobytes.
"""

import re
from collections.abc import Collection, Container, Iterator, Sequence

from jinja2 import Environment, TemplateSyntaxError
from msgspec import Struct

_STRING = r""""[^"]*"|'[^']*'"""
_JINJA = re.compile(
    r"\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}"
    rf"|\{{#.*?#\}}|\{{\{{(?:{_STRING}|.)*?\}}\}}|\{{%(?:{_STRING}|.)*?%\}}",
    re.DOTALL,
)
_OTHER_FILES = re.compile(r"\{%[-+]?\s*(extends|include|import|from)\b")
_FIRST_MARK = 0x100000  # private-use characters, which no text needs
_MARK = re.compile("[\U00100000-\U0010fffd]")

# Comments, elements whose content is not HTML, and tags. A mark is matched as a name to be refused.
_PART = re.compile(
    r"<!--.*?-->|<style(?P<attributes>[^>]*)>(?P<css>.*?)</style>\n?|<(?P<raw>script|textarea|title)\b.*?</(?P=raw)>"
    rf"|<(?P<tag>[a-z\U00100000-\U0010fffd][\w:-]*)(?P<rest>(?:[^\"'<>]|{_STRING})*+)>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""\s+(?P<name>[^\s"'=<>/]+)(?:\s*=\s*(?P<value>"[^"]*"|'[^']*'|[^\s"'<>]+))?""")
_IGNORED = ' data-premailer="ignore"'
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_RULE = re.compile(r"\s*(?P<selectors>[^{}]*?)\s*\{(?P<declarations>[^{}]*)\}")
_SELECTOR = re.compile(r"(?!\Z)(?P<tag>[a-z][a-z0-9]*)?(?P<classes>(?:\.[a-z_-][\w-]*)*)", re.IGNORECASE)
_CLASS = re.compile(r"\.([A-Za-z_-][\w-]*)")
_DECLARATION = re.compile(r"\s*(?P<name>[A-Za-z-]+)\s*:\s*(?P<value>[^:;{}]*[^:;{}\s])\s*")


class InliningError(ValueError):
    """Raised for a template that breaks a rule; prints as `digest.html:12: reason`."""

    def __init__(self, name: str, line: int, reason: str) -> None:
        super().__init__(f"{name}:{line}: {reason}")
        self.line, self.reason = line, reason


class _Template(Struct, frozen=True):
    """A template in which each piece of Jinja is replaced by a single character, its mark."""

    name: str
    html: str
    pieces: list[str]

    def restore(self, html: str) -> str:
        return _MARK.sub(lambda match: self.piece(match[0]), html)

    def piece(self, mark: str) -> str:
        return self.pieces[ord(mark) - _FIRST_MARK]

    def error(self, position: int, reason: str) -> InliningError:
        line = self.restore(self.html[:position]).count("\n") + 1
        return InliningError(self.name, line, self.restore(reason))


class _Rule(Struct, frozen=True):
    """A rule of CSS with a single selector."""

    tag: str
    """Lower case; empty for any element."""
    classes: frozenset[str]
    declarations: dict[str, str]

    @property
    def specificity(self) -> tuple[int, bool]:
        return len(self.classes), bool(self.tag)

    def applies(self, tag: str, classes: Collection[str]) -> bool:
        return self.tag in ("", tag) and self.classes.issubset(classes)


def inline_template(source: str, environment: Environment, name: str) -> str:
    """Return the template `source` with its CSS inlined; raise InliningError if it breaks one of the rules above.

    `name` is for messages.
    """
    try:
        environment.parse(source, name)
    except TemplateSyntaxError as error:
        raise InliningError(name, error.lineno, error.message or "not a Jinja template") from error
    template = _marked(name, source.replace("\r\n", "\n"))
    parts = list(_PART.finditer(template.html))
    inlined = [part for part in parts if _is_inlined(part)]
    rules = sorted((rule for part in inlined for rule in _rules(template, part)), key=lambda rule: rule.specificity)
    remaining = "".join(part[0] for part in parts if not _is_inlined(part))
    used = {name for css in _STYLE.findall(remaining) for name in _CLASS.findall(css)}

    def styled(part: re.Match[str]) -> str:
        if part["tag"]:
            return _styled(template, part, rules, used)
        return "" if _is_inlined(part) else part[0].replace(_IGNORED, "")

    return template.restore(_PART.sub(styled, template.html))


def _marked(name: str, source: str) -> _Template:
    pieces: list[str] = []

    def mark(match: re.Match[str]) -> str:
        pieces.append(match[0])
        return chr(_FIRST_MARK + len(pieces) - 1)

    template = _Template(name, _JINJA.sub(mark, _MARK.sub("", source)), pieces)
    for found in _MARK.finditer(template.html):
        piece = template.piece(found[0])
        if other := _OTHER_FILES.match(piece):
            reason = f"{other[1]}: a digest's template must be a single file, so that its CSS can be inlined"
            raise template.error(found.start(), reason)
        if "endraw" in piece and "<" in piece:
            raise template.error(found.start(), "raw: its tags can't be styled; use it for text only")
    return template


def _is_inlined(part: re.Match[str]) -> bool:
    return part["css"] is not None and _IGNORED not in part["attributes"]


# CSS -----------------------------------------------------------------------------------------------------------------


def _rules(template: _Template, style: re.Match[str]) -> Iterator[_Rule]:
    css = _CSS_COMMENT.sub(lambda match: " " * len(match[0]), style["css"])
    for mark in _MARK.finditer(css):
        if not template.piece(mark[0]).startswith("{{"):
            reason = f"{mark[0]} is in CSS that is inlined; only values can be Jinja"
            raise template.error(style.start("css") + mark.start(), reason)
    end = 0
    while rule := _CSS_RULE.match(css, end):
        end = rule.end()
        declarations = dict(_declarations(template, style, rule))
        for selector in rule["selectors"].split(","):
            found = _SELECTOR.fullmatch(selector.strip())
            if not found:
                reason = f"{selector.strip()!r} is not an element and classes; move it to a <style{_IGNORED}>"
                raise template.error(style.start("css") + rule.start("selectors"), reason)
            classes = frozenset(_CLASS.findall(found["classes"]))
            yield _Rule((found["tag"] or "").lower(), classes, declarations)
    if rest := css[end:].lstrip():
        position = style.end("css") - len(rest)
        raise template.error(position, f"this is not a simple rule; move it to a <style{_IGNORED}>")


def _declarations(template: _Template, style: re.Match[str], rule: re.Match[str]) -> Iterator[tuple[str, str]]:
    for declaration in filter(str.strip, rule["declarations"].split(";")):
        found = _DECLARATION.fullmatch(declaration)
        if not found:
            reason = f"{declaration.strip()!r} is not a CSS declaration"
            raise template.error(style.start("css") + rule.start("declarations"), reason)
        yield found["name"], found["value"].replace('"', "'")


# Tags ----------------------------------------------------------------------------------------------------------------


def _styled(template: _Template, part: re.Match[str], rules: Sequence[_Rule], used: Container[str]) -> str:
    """Return a tag with its style, and without unused classes."""
    if mark := _MARK.search(part["tag"] + re.sub(_STRING, "", part["rest"])):
        reason = f"{mark[0]} is between attributes or in a name; move it into a quoted attribute value"
        raise template.error(part.start(), reason)
    values = {a["name"].lower(): _unquoted(a["value"] or "") for a in _ATTRIBUTE.finditer(part["rest"])}
    if mark := _MARK.search(values.get("class", "")):
        raise template.error(part.start(), f"{mark[0]} is in a class; write one element for each case")
    classes = values.get("class", "").split()
    declarations: dict[str, str] = {}
    for rule in rules:
        if rule.applies(part["tag"].lower(), classes):
            declarations |= {n: v for n, v in rule.declarations.items() if not _outranked(v, declarations.get(n, ""))}
    style = ";".join([*(f"{name}:{value}" for name, value in declarations.items()), values.get("style", "")]).strip(";")
    kept = {"class": " ".join(name for name in classes if name in used), "style": ""}

    def attribute(match: re.Match[str]) -> str:
        name = match["name"].lower()
        value = kept.get(name)
        return match[0] if value is None else f' {name}="{value}"' * bool(value)

    rest = _ATTRIBUTE.sub(attribute, part["rest"])
    if style:
        end = "/" if rest.endswith("/") else ""
        rest = f'{rest.removesuffix("/").rstrip()} style="{style}"{end}'
    return f"<{part['tag']}{rest}>"


def _outranked(value: str, earlier: str) -> bool:
    return "!important" in earlier and "!important" not in value


def _unquoted(value: str) -> str:
    return value[1:-1].replace('"', "'") if value[:1] in ("'", '"') else value
