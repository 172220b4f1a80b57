"""Compare documents before and after their CSS is inlined."""

import re
from collections.abc import Iterator

from jinja2 import DictLoader, Environment, StrictUndefined
from lxml import etree


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
        texts = ("".join((text or "").split()) for text in (element.text, element.tail))
        yield element.tag, attributes, *texts
