"""The digest of one issue: HTML with inlined CSS, plain text and .eml, for one mailing tool. Pure."""

import hashlib
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
from feeds.model import Edition, Story
from feeds.renderers.digest.inline import InliningError, inline_template
from feeds.renderers.digest.subject import preheader, subject
from feeds.renderers.digest.tags import missing, unfilled
from feeds.renderers.digest.view import IN_HTML, IN_TEXT, Extent, View, Viewer, coverage_limit, shown
from feeds.renderers.shipped import asset
from feeds.renderers.templates import BadTemplateError, compiled, environment, fault
from feeds.text import WORD_JOINER, wrap

HTML_TEMPLATE = "digest.html"
TEXT_TEMPLATE = "digest.txt"
INLINED_TEMPLATE = "digest.inlined.html"
"""The shipped HTML template as `with_inlined_css` makes it, for premailer takes longer to load than all of feeds."""


class DigestError(ValueError):
    """A setting that no digest can be made with, or a tag that a template lacks or that nobody fills in."""


class Digest(Struct, frozen=True, kw_only=True):
    html: str
    text: str
    eml: bytes
    """A draft with both as alternatives."""
    subject: str
    preheader: str
    size: int
    """Of the HTML, in bytes as UTF-8."""
    omitted_coverage: int
    """Related articles that the size left no room for; what `DigestLook` leaves out does not count."""
    omitted_stories: int
    """Stories that the size left no room for."""


def render(edition: Edition, style: DigestLook, profile: Profile) -> Digest:
    """The digest of an issue that has at least one story; shows `rules.digest_limit` of them.

    Raises DigestError, one line for each mistake, when the style or the tags cannot be used, and BadTemplateError when
    a template cannot.
    """
    if problems := [f"{name}: {message}" for name, message in style.problems()]:
        raise DigestError("\n".join(problems))
    html_form, text_form = _forms(style.overrides)
    title = subject(edition, style)
    words = language(edition.topic.language)
    in_html = Viewer(edition, style, profile, IN_HTML, title, words)
    in_text = Viewer(edition, style, profile, IN_TEXT, title, words)
    longest = max((len(s.stories) for s in edition.sections), default=len(edition.stories))
    full = Extent(min(longest, edition.topic.rules.digest_limit), max(style.lead_coverage, style.coverage))
    extent, html = _fit(lambda e: _rendered(html_form, in_html.view(e)), full, style.max_bytes)
    text = _rendered(text_form, in_text.view(extent))
    _check(HTML_TEMPLATE, html, profile, profile.required)
    _check(TEXT_TEMPLATE, text, profile, ("unsubscribe",))
    kept = shown(edition, extent)
    return Digest(
        html=html,
        text=text,
        eml=_eml(edition, style, title, text, html),
        subject=title,
        preheader=preheader(edition, style, title),
        size=_size(html),
        omitted_coverage=_coverage_shown(kept, style, full) - _coverage_shown(kept, style, extent),
        omitted_stories=len(shown(edition, full)) - len(kept),
    )


def prepare(overrides: str) -> None:
    """Inlines the CSS and compiles the templates, for all digests to come; raises BadTemplateError."""
    _forms(overrides)


def _fit(document: Callable[[Extent], str], full: Extent, max_bytes: int) -> tuple[Extent, str]:
    """As much as there is room for: less coverage under every story first, then fewer stories a section, never none."""
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


def _coverage_shown(stories: Sequence[Story], style: DigestLook, extent: Extent) -> int:
    return sum(min(len(s.coverage), coverage_limit(style, n == 0, extent)) for n, s in enumerate(stories))


class _Form(Struct, frozen=True):
    """A template, ready to be rendered."""

    name: str
    source: str
    """As its author wrote it."""
    environment: Environment
    template: Template


def _forms(overrides: str) -> tuple[_Form, _Form]:
    shared = environment(overrides)
    loader = shared.loader
    sources = [loader.get_source(shared, name)[0] for name in (HTML_TEMPLATE, TEXT_TEMPLATE)] if loader else []
    return _compiled(overrides, *sources)


@lru_cache(maxsize=16)
def _compiled(overrides: str, html: str, text: str) -> tuple[_Form, _Form]:
    """By their sources, so that a template that is being edited is never an old one."""
    own = environment(overrides)
    plain = own.overlay(autoescape=False)
    plain.filters = {**plain.filters, "wrap": wrap}
    try:
        inlined = _shipped(html) or with_inlined_css(html, own)
    except InliningError as error:
        raise BadTemplateError(HTML_TEMPLATE, error.line, error.reason) from error
    return _form(HTML_TEMPLATE, html, own, inlined), _form(TEXT_TEMPLATE, text, plain, text)


def with_inlined_css(source: str, environment: Environment) -> str:
    """An HTML template for digests, ready to be filled in; raises InliningError."""
    return _first_line(source) + inline_template(source, environment, HTML_TEMPLATE)


def _shipped(source: str) -> str:
    """The same of the shipped template; empty for any other one."""
    shipped = asset(INLINED_TEMPLATE).decode()
    return shipped if shipped.startswith(_first_line(source)) else ""


def _first_line(source: str) -> str:
    """A comment for Jinja, which tells of which source a template was made."""
    digest = hashlib.sha256(source.encode()).hexdigest()
    return f"{{# Made by pytest --update-golden of {HTML_TEMPLATE} with the SHA-256 {digest} #}}\n"


def _form(name: str, source: str, environment: Environment, inlined: str) -> _Form:
    try:
        return _Form(name, source, environment, compiled(environment, inlined, name))
    except Exception as error:
        raise fault(error, environment, name) from error


def _rendered(form: _Form, view: View) -> str:
    try:
        return form.template.render(digest=view)
    except Exception as error:
        raise _located(form, view, error) from error


def _located(form: _Form, view: View, error: Exception) -> BadTemplateError:
    """With the line in the author's own file: it goes wrong there as it did with the CSS inlined."""
    try:
        compiled(form.environment, form.source, form.name).render(digest=view)
    except Exception as again:
        error = again
    return fault(error, form.environment, form.name)


def _check(name: str, document: str, profile: Profile, required: tuple[str, ...]) -> None:
    mistakes = [f"{name}: nothing will fill in {found}" for found in unfilled(document, profile)]
    mistakes += [f"{name}: {profile.name} needs {tag} in it" for tag in missing(document, profile, required)]
    if mistakes:
        raise DigestError("\n".join(mistakes))


def _eml(edition: Edition, style: DigestLook, title: str, text: str, html: str) -> bytes:
    """RFC 5322, multipart/alternative; `X-Unsent` makes a mail client open it as a draft.

    Its Date is the issue's own, never the clock's: clients replace it when they send.
    """
    message = EmailMessage(policy=SMTP)
    # The library decodes what looks encoded (RFC 2047), and a line end in it would begin a header of the article's own.
    message["Subject"] = title.replace("=?", f"={WORD_JOINER}?")
    if style.sender.sender_address:
        message["From"] = Address(style.sender.sender_name, addr_spec=style.sender.sender_address)
    if edition.updated:
        message["Date"] = edition.updated
    message["X-Unsent"] = "1"
    if url := unsubscribe_url(style.sender.list_unsubscribe):
        message["List-Unsubscribe"] = f"<{url}>"
    message["MIME-Version"] = "1.0"
    # The library would take a random one.
    boundary = f"=_{hashlib.sha256(f'{title}{text}{html}'.encode()).hexdigest()[:40]}"
    kind = f'Content-Type: multipart/alternative;\n boundary="{boundary}"\n\n'
    parts = "".join(f"--{boundary}\n{_part(*part)}\n" for part in (("plain", text), ("html", html)))
    headers = message.as_bytes().removesuffix(b"\r\n")
    return headers + f"{kind}{parts}--{boundary}--\n".replace("\n", "\r\n").encode("ascii")


def _part(subtype: str, content: str) -> str:
    """Quoted-printable passes every relay and has no long lines, whatever the articles' addresses are like.

    By hand, as it is hundreds of times in a build: the library encodes and copies each line in Python.
    """
    head = f'Content-Type: text/{subtype}; charset="utf-8"\nContent-Transfer-Encoding: quoted-printable\n\n'
    return head + b2a_qp(content.encode(), istext=True).decode("ascii")
