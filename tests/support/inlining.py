"""Compare documents before and after their CSS is inlined."""

import logging
import re
from collections.abc import Iterator

from jinja2 import DictLoader, Environment, StrictUndefined
from lxml import etree
from premailer import Premailer


def environment(**templates: str) -> Environment:
    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=DictLoader(templates),
    )


def normalised(html: str) -> Iterator[tuple[object, ...]]:
    """The parsed tree, without what is the same however it is spelt."""
    for element in etree.fromstring(html, etree.HTMLParser()).iter():
        attributes = sorted((name, re.sub(r"\s|[\"']", "", str(value))) for name, value in element.attrib.items())
        texts = ("".join((text or "").split()).replace(";}", "}") for text in (element.text, element.tail))
        yield element.tag, attributes, *texts


def inline_html(html: str) -> str:
    """Return an HTML document with its CSS inlined by premailer, and without classes that no remaining CSS uses."""
    inlined: str = Premailer(
        html,
        allow_network=False,
        align_floating_images=False,
        cssutils_logging_level=logging.CRITICAL,
        disable_basic_attributes=["align", "bgcolor", "height", "valign", "width"],
        disable_validation=True,
        strip_important=False,
    ).transform(pretty_print=False)
    css = "".join(re.findall(r"<style[^>]*>(.*?)</style>", inlined, re.DOTALL))

    def used(match: re.Match[str]) -> str:
        names = " ".join(name for name in match[1].split() if re.search(rf"\.{name}\b", css))
        return f' class="{names}"' if names else ""

    return re.sub(r' class="([^"]*)"', used, inlined)
