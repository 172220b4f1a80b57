"""Make a digest for a tool that puts it into a mail of its own, as Ghost does. Pure.

Seen in Ghost 6.65:

- Its inliner breaks quoted font names (`undefined:`), and takes away each `!important` after it has obeyed it.
- It has rules for each kind of element. Declarations in a style attribute win over them, except over the colour of
  paragraphs, which is `!important`.
- On phones it sets all text of paragraphs, lists, cells, spans and links to 16 pixels, and nothing can prevent that.
- A dark mode of ours would be shown on its white frame.

So a fragment has no head, no frame, no preheader and no classes. Its fonts are unquoted, its colours are `!important`,
each element states what Ghost's rules would change, and large text is in an element that Ghost has no rule for.
"""

import re
from typing import NamedTuple

_CONTENT = re.compile(r'<td class="page"(?P<attributes>[^>]*)>(?P<content>.*)</td></tr>\s*</table>\s*<!--', re.DOTALL)
"""The column of the shipped template, inside its frame."""
_BODY = re.compile(r"<body(?P<attributes>[^>]*)>(?P<content>.*)</body>", re.DOTALL)
_WRAPPER = re.compile(r'<div role="article"[^>]*>')
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_TAG = re.compile(r"<!--.*?-->|<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)(?P<attributes>[^>]*)>", re.DOTALL)
_STYLE, _CLASS = re.compile(r' style="([^"]*)"'), re.compile(r' class="[^"]*"')
_FONT = re.compile(r"\bfont:(?:bold )?(\w+)/(\w+) ")
_LONGHANDS = r"font-size:\1;line-height:\2;font-family:"
"""What replaces it: an element may have to state one of them."""
_VOID = frozenset({"br", "hr", "img"})
_INHERITED = ("color", "font-family", "font-size", "line-height")
_STATED = {
    "a": ("color",),
    "h1": ("color",),
    "h2": ("color",),
    "li": ("color", "line-height"),
    "p": ("color", "line-height"),
    "td": ("color", "font-family", "font-size"),
}
"""The inherited properties that Ghost has a rule for."""
_HEADINGS = ("h1", "h2")
_WIDTH = 536
"""That of the pictures, in pixels."""

_Style = dict[str, str]


class _Open(NamedTuple):
    """An element that has not ended yet."""

    name: str
    style: _Style
    """What its content inherits."""
    inner_end: str = ""
    """Ends an element of ours around its content."""


def fragment(html: str) -> str:
    """Return the content of a digest with inlined CSS, to be put into another mail."""
    found = _CONTENT.search(html) or _BODY.search(html)
    wrapper, title = _WRAPPER.search(html), _TITLE.search(html)
    if not found:
        return html
    start = wrapper[0].removesuffix(">") if wrapper else '<div role="article"'
    label = title[1].replace('"', "&quot;") if title else ""
    inherited = _style(found["attributes"])
    side = {key: value for key, value in inherited.items() if key == "text-align"}
    frame = {"max-width": f"{_WIDTH}px", "margin": "0 auto"} | side
    content = _restyled(found["content"], inherited)
    return f'{start} aria-label="{label}"{_written(frame)}>{content.strip()}</div>\n'


def _restyled(html: str, inherited: _Style) -> str:
    stack = [_Open("", inherited)]

    def restyle(tag: re.Match[str]) -> str:
        name, attributes, parent = tag["name"], tag["attributes"], stack[-1]
        if not name:  # a comment, in which Word finds its tables
            return tag[0]
        if tag["end"]:
            # The end of nothing is a mistake in somebody's own template, which browsers pass over.
            return (stack.pop().inner_end if len(stack) > 1 else "") + tag[0]
        own = _style(attributes)
        passed_on = parent.style | {key: own[key] for key in _INHERITED if key in own}
        stated = own | {key: passed_on[key] for key in _STATED.get(name, ()) if key in passed_on}
        if name == "li":
            stated["padding"] = "0"
        plain = _STYLE.sub("", _CLASS.sub("", attributes))
        start, end = f"<{name}{plain}{_written(stated)}>", ""
        if name == "a" and parent.name in _HEADINGS:
            size = {key: value for key, value in passed_on.items() if key == "font-size"}
            start, end = f"{start}<b{_written(size)}>", "</b>"
        if name not in _VOID:
            stack.append(_Open(name, passed_on, end))
        return start

    return _TAG.sub(restyle, html)


def _style(attributes: str) -> _Style:
    found = _STYLE.search(attributes)
    declarations = _FONT.sub(_LONGHANDS, found[1] if found else "").split(";")
    pairs = (declaration.partition(":") for declaration in declarations)
    return {key.strip(): value.strip() for key, _, value in pairs if value}


def _written(style: _Style) -> str:
    important = {"color": "!important"}
    declarations = (f"{key}:{value.replace(chr(39), '')}{important.get(key, '')}" for key, value in style.items())
    return f' style="{";".join(declarations)}"' if style else ""
