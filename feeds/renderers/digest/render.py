"""Render the digest of one issue for one mailing tool: HTML with inlined CSS, plain text and .eml. Pure."""

import hashlib
import re
from binascii import b2a_qp
from bisect import bisect_right
from collections.abc import Callable, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache

from jinja2 import Environment, Template
from msgspec import Struct
from msgspec.structs import replace

from feeds.config.look import DigestLook, unsubscribe_url
from feeds.config.mailing_tools import Profile
from feeds.languages import language
from feeds.model import Edition, Section, Story
from feeds.renderers.compiled import plain_text
from feeds.renderers.digest.fragment import fragment
from feeds.renderers.digest.subject import envelope
from feeds.renderers.digest.tags import missing, unfilled
from feeds.renderers.digest.view import (
    IN_HTML,
    IN_TEXT,
    DigestView,
    Extent,
    ViewBuilder,
    coverage_limit,
    shown,
    story_limit,
)
from feeds.renderers.note import for_mail
from feeds.renderers.shipped import asset
from feeds.renderers.templates import BadTemplateError, compiled, environment, fault
from feeds.text import WORD_JOINER

HTML_TEMPLATE = "digest.html"
TEXT_TEMPLATE = "digest.txt"
INLINED_TEMPLATE = "digest.inlined.html"
"""The shipped HTML template after `with_inlined_css`: premailer takes longer to load than all of feeds."""


class DigestError(ValueError):
    """Raised for an unusable setting, and for a tag that a template lacks or that the tool doesn't fill in."""


class Digest(Struct, frozen=True, kw_only=True):
    html: str
    text: str
    eml: bytes
    """A draft with both of them as alternatives."""
    subject: str
    preheader: str
    size: int
    """Bytes of the HTML in UTF-8."""
    omitted_coverage: int
    """Related articles left out to keep within `max_bytes`, besides those that the configuration leaves out."""
    omitted_stories: int
    """Stories left out to keep within `max_bytes`."""


def render(edition: Edition, look: DigestLook, profile: Profile) -> Digest:
    """Return the digest of an issue, which has at least one story; each section shows `rules.digest_limit` at most.

    Raise DigestError, with a line for each mistake, for a look or tags that can't be used, and BadTemplateError for
    a template that can't.
    """
    if problems := [f"{name}: {message}" for name, message in look.problems()]:
        raise DigestError("\n".join(problems))
    html_template, text_template = _templates(look.overrides)
    if edition.editorial:
        edition = replace(edition, editorial=for_mail(edition.editorial, profile))
    head = envelope(edition, look)
    words = language(edition.topic.language)
    in_html = ViewBuilder(edition, look, profile, IN_HTML, head, words)
    in_text = ViewBuilder(edition, look, profile, IN_TEXT, head, words)
    sections = edition.sections or (Section("", edition.stories),)
    longest = max(min(len(s.stories), story_limit(edition, s)) for s in sections)
    full = Extent(longest, max(look.lead_coverage, look.coverage))

    def document(extent: Extent) -> str:
        rendered = _rendered(html_template, in_html.view(extent))
        return fragment(rendered) if profile.is_fragment else rendered

    extent, html = _fit(document, full, look.max_bytes)
    text = _rendered(text_template, in_text.view(extent))
    _check_tags(HTML_TEMPLATE, html, profile, profile.required)
    _check_tags(TEXT_TEMPLATE, text, profile, ("unsubscribe",))
    kept = shown(edition, extent)
    return Digest(
        html=html,
        text=text,
        eml=_eml(edition, look, head.subject, text, html),
        subject=head.subject,
        preheader=head.preheader,
        size=_size(html),
        omitted_coverage=_coverage_shown(kept, look, full) - _coverage_shown(kept, look, extent),
        omitted_stories=len(shown(edition, full)) - len(kept),
    )


def prepare(overrides: str) -> None:
    """Inline the CSS and compile the templates, for all digests to come; raise BadTemplateError."""
    _templates(overrides)


def _fit(document: Callable[[Extent], str], full: Extent, max_bytes: int) -> tuple[Extent, str]:
    """Return what fits: first with less coverage under each story, then with fewer stories, but at least one."""
    for coverage in range(full.coverage, -1, -1):
        extent = replace(full, coverage=coverage)
        html = document(extent)
        if _size(html) <= max_bytes:
            return extent, html
    bare = Extent(full.stories, 0)
    fitting = bisect_right(range(1, full.stories), max_bytes, key=lambda n: _size(document(replace(bare, stories=n))))
    extent = replace(bare, stories=max(1, fitting))
    return extent, document(extent)


def _size(document: str) -> int:
    return len(document.encode())


def _coverage_shown(stories: Sequence[Story], look: DigestLook, extent: Extent) -> int:
    return sum(min(len(s.coverage), coverage_limit(look, n == 0, extent)) for n, s in enumerate(stories))


def _templates(overrides: str) -> tuple[Template, Template]:
    shared = environment(overrides)
    loader = shared.loader
    sources = [loader.get_source(shared, name)[0] for name in (HTML_TEMPLATE, TEXT_TEMPLATE)] if loader else []
    return _compiled(overrides, *sources)


@lru_cache(maxsize=16)
def _compiled(overrides: str, html: str, text: str) -> tuple[Template, Template]:
    """Compile both templates; the cache is keyed by their sources, because `feeds serve` runs while they change."""
    own = environment(overrides)
    return _template(own, html, HTML_TEMPLATE), _template(plain_text(own), text, TEXT_TEMPLATE)


def _template(environment: Environment, source: str, name: str) -> Template:
    try:
        if name == HTML_TEMPLATE:
            source = _shipped(source) or with_inlined_css(source, environment)
        return compiled(environment, source, name)
    except BadTemplateError:
        raise
    except Exception as error:
        raise fault(error, environment, name) from error


def with_inlined_css(source: str, environment: Environment) -> str:
    """Return the HTML template `source` with its CSS inlined, on the same lines; raise BadTemplateError."""
    from feeds.renderers.digest.inline import inline_template  # loads premailer, which takes longer than all of feeds

    inlined = inline_template(source, environment, HTML_TEMPLATE)
    return _origin(source) + _RULE.sub(lambda rule: _SPACE.sub("", rule[0]), inlined)


_RULE = re.compile(r"^[a-z.\[].* \{ .* \}$", re.MULTILINE)
_SPACE = re.compile(r"(?<=[:;,]) |(?<=[^{]\{) (?=[a-z-])| (?=\{ |!important)|;? (?=\}$)")
"""What CSS doesn't need: a space after a sign and on either side of a rule's bracket, but not of Jinja's; and a rule's
last semicolon."""


def _shipped(source: str) -> str:
    """Return what was shipped inlined, if this is the shipped template; else ""."""
    shipped = asset(INLINED_TEMPLATE).decode()
    return shipped if shipped.startswith(_origin(source)) else ""


def _origin(source: str) -> str:
    """Return a Jinja comment that says from which source an inlined template was made."""
    digest = hashlib.sha256(source.encode()).hexdigest()
    return f"{{# Made by pytest --update-golden of {HTML_TEMPLATE} with the SHA-256 {digest} #}}"


def _rendered(template: Template, view: DigestView) -> str:
    try:
        return template.render(digest=view)
    except Exception as error:
        raise fault(error, template.environment, template.name or "") from error


def _check_tags(name: str, document: str, profile: Profile, required: tuple[str, ...]) -> None:
    mistakes = [f"{name}: nothing will fill in {found}" for found in unfilled(document, profile)]
    mistakes += [f"{name}: {profile.name} needs {tag} in it" for tag in missing(document, profile, required)]
    if mistakes:
        raise DigestError("\n".join(mistakes))


def _eml(edition: Edition, look: DigestLook, title: str, text: str, html: str) -> bytes:
    """Return a message (RFC 5322) with both documents as alternatives; `X-Unsent` makes mail clients open a draft.

    Its Date is the issue's, never the clock's; clients replace it when they send.
    """
    message = EmailMessage(policy=SMTP)
    # The library decodes what looks encoded (RFC 2047), and a newline in it would begin a header of the article's own.
    message["Subject"] = title.replace("=?", f"={WORD_JOINER}?")
    if look.sender.sender_address:
        message["From"] = Address(look.sender.sender_name, addr_spec=look.sender.sender_address)
    if edition.updated:
        message["Date"] = edition.updated
    message["X-Unsent"] = "1"
    if url := unsubscribe_url(look.sender.list_unsubscribe):
        message["List-Unsubscribe"] = f"<{url}>"
    message["MIME-Version"] = "1.0"
    # A fixed boundary keeps builds reproducible.
    boundary = f"=_{hashlib.sha256(f'{title}{text}{html}'.encode()).hexdigest()[:40]}"
    kind = f'Content-Type: multipart/alternative;\n boundary="{boundary}"\n\n'
    parts = "".join(f"--{boundary}\n{_part(*part)}\n" for part in (("plain", text), ("html", html)))
    headers = message.as_bytes().removesuffix(b"\r\n")
    return headers + f"{kind}{parts}--{boundary}--\n".replace("\n", "\r\n").encode("ascii")


def _part(subtype: str, content: str) -> str:
    """Return a part in quoted-printable, which passes every relay and has no long lines.

    It is made by hand because a build makes hundreds: the library encodes and copies each line in Python.
    """
    head = f'Content-Type: text/{subtype}; charset="utf-8"\nContent-Transfer-Encoding: quoted-printable\n\n'
    return head + b2a_qp(content.encode(), istext=True).decode("ascii")
