"""Make a digest for a tool that puts it into a mail of its own, as Ghost does. Pure.

Seen in Ghost 6.65: its inliner breaks quoted font names (`undefined:`), its rules for paragraphs are `!important`, and
a dark mode of ours would be shown on its white frame. So a fragment has no head, no frame, no preheader and no classes;
each element that Ghost has rules for states its own colour and font, unquoted and `!important`.
"""

import re

_CONTENT = re.compile(r'<td class="page"(?P<attributes>[^>]*)>(?P<content>.*)</td></tr>\s*</table>\s*<!--', re.DOTALL)
"""The column of the shipped template, inside its frame."""
_BODY = re.compile(r"<body(?P<attributes>[^>]*)>(?P<content>.*)</body>", re.DOTALL)
_WRAPPER = re.compile(r'<div role="article"[^>]*>')
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_TAG = re.compile(r"<!--.*?-->|<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)(?P<attributes>[^>]*)>", re.DOTALL)
_STYLE, _CLASS = re.compile(r' style="([^"]*)"'), re.compile(r' class="[^"]*"')
_VOID = frozenset({"br", "hr", "img"})
_FONT = ("color", "font-family", "font-size", "line-height")
_STATED = dict.fromkeys(("h1", "h2", "li", "p"), _FONT) | dict.fromkeys(("a", "div", "span", "td", "ul"), ("color",))
"""What each element states, whether it is its own or inherited."""

_Style = dict[str, str]


def fragment(html: str) -> str:
    """Return the content of a digest with inlined CSS, to be put into another mail."""
    found = _CONTENT.search(html) or _BODY.search(html)
    wrapper, title = _WRAPPER.search(html), _TITLE.search(html)
    if not found:
        return html
    start = wrapper[0].removesuffix(">") if wrapper else '<div role="article"'
    label = title[1].replace('"', "&quot;") if title else ""
    content = _restyled(found["content"], _style(found["attributes"]))
    return f'{start} aria-label="{label}">{content.strip()}</div>\n'


def _restyled(html: str, inherited: _Style) -> str:
    stack = [inherited]

    def restyle(tag: re.Match[str]) -> str:
        name, attributes = tag["name"], tag["attributes"]
        if not name:  # a comment, in which Word finds its tables
            return tag[0]
        if tag["end"]:
            stack.pop()
            return tag[0]
        own = _style(attributes)
        passed_on = stack[-1] | {key: own[key] for key in _FONT if key in own}
        if name not in _VOID:
            stack.append(passed_on)
        stated = own | {key: passed_on[key] for key in _STATED.get(name, ()) if key in passed_on}
        plain = _STYLE.sub("", _CLASS.sub("", attributes))
        return f"<{name}{plain}{_written(stated)}>"

    return _TAG.sub(restyle, html)


def _style(attributes: str) -> _Style:
    found = _STYLE.search(attributes)
    pairs = (declaration.partition(":") for declaration in (found[1] if found else "").split(";"))
    return {key.strip(): value.strip() for key, _, value in pairs if value}


def _written(style: _Style) -> str:
    declarations = ";".join(f"{key}:{value.replace(chr(39), '')}!important" for key, value in style.items())
    return f' style="{declarations}"' if style else ""
