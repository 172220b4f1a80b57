"""The rules of ids and addresses, frozen: a case that has to change shows every subscriber every story again."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds import urls
from feeds.urls import canonical_url, is_slug, safe_url, slug, strip_tracking

SAFE = {
    "as it is": ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
    "blanks around": ("  https://example.com/a\n", "https://example.com/a"),
    "no path": ("https://example.com", "https://example.com/"),
    "host and scheme in capitals": ("HTTPS://EXAMPLE.com/A", "https://example.com/A"),
    "international host": ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    "international path": ("https://example.com/ä", "https://example.com/%C3%A4"),
    "lone percent sign": ("https://example.com/100%", "https://example.com/100%25"),
    "escapes stay as they are": ("https://example.com/%e4%20", "https://example.com/%e4%20"),
    "what XML and merge tags would see": ('https://example.com/?q="<{|}>', "https://example.com/?q=%22%3C%7B%7C%7D%3E"),
    "brackets": ("https://example.com/[x]?y[]=1", "https://example.com/%5Bx%5D?y%5B%5D=1"),
    "port": ("http://example.com:8080/", "http://example.com:8080/"),
    "IPv6": ("http://[2001:DB8::1]/", "http://[2001:db8::1]/"),
    "underscore in a host": ("https://a_b.example.com/", "https://a_b.example.com/"),
    "dot at the end of a host": ("https://example.com./", "https://example.com/"),
}


@pytest.mark.parametrize(("given_", "expected"), SAFE.values(), ids=SAFE)
def test_safe_url(given_: str, expected: str) -> None:
    assert safe_url(given_) == expected


REFUSED = {
    "javascript": ("javascript:alert(1)", "does not begin with http"),
    "data": ("data:text/html,x", "does not begin with http"),
    "ftp": ("ftp://example.com/", "does not begin with http"),
    "relative": ("/a/b", "does not begin with http"),
    "empty": ("", "does not begin with http"),
    "user and password": ("https://user:secret@example.com/", "user name or password"),
    "user by backslash": ("https://example.com\\@evil.example/", "user name or password"),
    "no host": ("https:///path", "no host name"),
    "blank inside": ("https://example.com/a b", "a space or a control character"),
    "line break inside": ("https://example.com/a\nb", "a space or a control character"),
    "NUL": ("https://example.com/\x00", "a space or a control character"),
    "port out of range": ("https://example.com:99999/", "not a valid URL"),
    "port that is a word": ("https://example.com:http/", "not a valid URL"),
    "host with a blank label": ("https://example..com/", "not valid"),
    "host that cannot be": ("https://-example.com/", "not valid"),
    "broken IPv6": ("https://[::1/", "not a valid URL"),
    "endless": ("https://example.com/" + "a" * 5000, "longer than"),
}


@pytest.mark.parametrize(("given_", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused_with_a_reason(given_: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        safe_url(given_)


CANONICAL = {
    "scheme": ("http://example.com/a", "https://example.com/a"),
    "www": ("https://www.example.com/a", "https://example.com/a"),
    "default port of http": ("http://example.com:80/a", "https://example.com/a"),
    "default port of https": ("https://example.com:443/a", "https://example.com/a"),
    "another port counts": ("http://example.com:8080/a", "https://example.com:8080/a"),
    "fragment": ("https://example.com/a#comments", "https://example.com/a"),
    "tracking parameters": ("https://example.com/a?utm_source=x&id=3&fbclid=y&gclid=z", "https://example.com/a?id=3"),
    "other parameters count, in their order": ("https://example.com/a?b=2&a=1", "https://example.com/a?b=2&a=1"),
    "slash at the end": ("https://example.com/a/", "https://example.com/a"),
    "root keeps its slash": ("https://example.com/", "https://example.com/"),
    "case of the path counts": ("https://example.com/A", "https://example.com/A"),
    "needless escape": ("https://example.com/%7Eme", "https://example.com/~me"),
    "case of an escape": ("https://example.com/%c3%a4", "https://example.com/%C3%A4"),
    "dot segments": ("https://example.com/a/./b/../c", "https://example.com/a/c"),
    "empty parameters": ("https://example.com/a?&b=1&", "https://example.com/a?b=1"),
    "AMP path": ("https://www.wired.com/story/next-target/amp", "https://wired.com/story/next-target"),
    "AMP path with slash": ("https://thenextweb.com/2021/calls/amp/", "https://thenextweb.com/2021/calls"),
    "AMP suffix": ("https://www.fox9.com/news/ban.amp", "https://fox9.com/news/ban"),
    "AMP HTML suffix": ("https://example.com/news/ban.amp.html", "https://example.com/news/ban"),
    "AMP parameter": ("https://www.seattletimes.com/a/?amp=1", "https://seattletimes.com/a"),
    "AMP output": ("https://example.com/a?outputType=amp", "https://example.com/a"),
    "AMP host": ("https://amp.theguardian.com/technology/x", "https://theguardian.com/technology/x"),
    "AMP folder": ("https://bringmethenews.com/.amp/news/x", "https://bringmethenews.com/news/x"),
    "AMP cache": (
        "https://www-fox9-com.cdn.ampproject.org/c/s/www.fox9.com/news/ban.amp",
        "https://fox9.com/news/ban",
    ),
    "AMP viewer": ("https://www.google.com/amp/s/www.fox9.com/news/ban.amp", "https://fox9.com/news/ban"),
    "AMP at the beginning of the path, kept for the ids that readers know": (
        "https://example.com/amp/story/next-target",
        "https://example.com/amp/story/next-target",
    ),
    "no AMP: a word": ("https://example.com/guitar-amp", "https://example.com/guitar-amp"),
    "no AMP: a domain": ("https://amp.dev/about", "https://amp.dev/about"),
    "no AMP: a search at Google": ("https://www.google.com/search?q=amp", "https://google.com/search?q=amp"),
    "www only once": ("https://www.www.example.com/", "https://www.example.com/"),
    "IPv6": ("http://[2001:db8::1]:80/a", "https://[2001:db8::1]/a"),
}


@pytest.mark.parametrize(("given_", "expected"), CANONICAL.values(), ids=CANONICAL)
def test_canonical_url(given_: str, expected: str) -> None:
    assert canonical_url(safe_url(given_)) == expected


def test_strip_tracking_changes_nothing_else() -> None:
    assert strip_tracking("http://www.example.com/A/?b=%7e&utm_medium=x&c#d") == "http://www.example.com/A/?b=%7e&c#d"
    assert strip_tracking("https://example.com/?utm_id=1") == "https://example.com/"


SLUGS = {
    "one word": ("AI", "ai"),
    "two words": ("Computer Vision", "computer-vision"),
    "blanks": ("  Computer \t Vision ", "computer-vision"),
    "slash": ("Arts/Film", "arts-film"),
    "C": ("C", "c"),
    "C++": ("C++", "c-plus-plus"),
    "C#": ("C#", "c-sharp"),
    "ampersand": ("R&D", "r-and-d"),
    "accent": ("Ç", "c-8bfa829b"),
    "another script": ("人工智能", "topic-161332dd"),
    "leaves the folder": ("../x", "x-d6b96a97"),
    "hidden": (".git", "git-4d0a4dff"),
    "reserved by Windows": ("con", "con-1143da2b"),
    "empty": ("", "topic-e3b0c442"),
    "long": ("x" * 300, "x" * 51 + "-0d4e2ca9"),
}


@pytest.mark.parametrize(("name", "expected"), SLUGS.values(), ids=SLUGS)
def test_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize(
    "text", ["", "A", "a b", "../x", "a/b", "-a", "a-", "a--b", "con", "com1", "ä", "x" * 61, "a\n"]
)
def test_is_no_slug(text: str) -> None:
    assert not is_slug(text)


URLS = st.builds(
    "{}://{}{}/{}".format,
    st.sampled_from(["http", "https", "HTTP"]),
    st.sampled_from(["example.com", "www.example.com", "amp.news.example.com", "bücher.example"]),
    st.sampled_from(["", ":80", ":443", ":8080"]),
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp", "Cs"]), max_size=40),
)


@given(URLS)
def test_safe_and_canonical_urls_are_stable_ascii(url: str) -> None:
    try:
        safe = safe_url(url)
    except ValueError:
        return
    assert safe.isascii()
    assert safe_url(safe) == safe
    name = canonical_url(safe)
    assert canonical_url(name) == name
    assert safe_url(name) == name
    assert urlsplit(name).scheme == "https"


PIECES = [
    "/",
    "a",
    "A",
    ".",
    "..",
    "amp",
    ".amp",
    "google-amp",
    ".html",
    "campaign",
    "-~_",
    "%7e",
    "%C3%A4",
    "?",
    "q=1",
    "&",
    "utm_source=x",
    "#",
    ":80",
    "www.",
]
HOSTS = [
    "a.com",
    "a.example",
    "www.a.example",
    "www.amp.com",
    "www.amp.a.com",
    "www.com",
    "amp.a.example",
    "www.google.com",
    "x.cdn.ampproject.org",
    "1.2.3.4",
]


@settings(max_examples=1000)
@given(st.sampled_from(HOSTS), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_the_short_way_leads_to_the_same_name(host: str, rest: str) -> None:
    try:
        safe = safe_url(f"http://{host}/{rest}")
    except ValueError:
        return
    assert canonical_url(safe) == urls._canonical(safe)


@pytest.mark.parametrize("path", ["a-campaign-in-example", "stamps/champions.html"])
def test_words_with_amp_in_them_go_the_short_way(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(urls, "_canonical")
    assert canonical_url(f"http://www.a.example/{path}/") == f"https://a.example/{path}"


@given(st.text())
def test_safe_url_returns_or_says_why(text: str) -> None:
    try:
        result = safe_url(text)
    except ValueError as error:
        result = str(error)
    assert re.fullmatch(r"https?://[!-~]+", result) or result.startswith(("it ", "its "))


@given(st.text())
def test_a_slug_is_a_safe_path_segment(name: str) -> None:
    assert is_slug(slug(name))


@given(st.text(min_size=1), st.text(min_size=1))
def test_slugs_collide_only_for_the_same_words(one: str, other: str) -> None:
    words = [re.findall(r"[a-z0-9]+|[^a-z0-9 _/-]", " ".join(n.casefold().split())) for n in (one, other)]
    if slug(one) == slug(other) and all(n.isascii() for n in (one, other)):
        assert words[0] == words[1]


PARTS = st.sampled_from(
    [
        *(
            "http://",
            "https://",
            "HTTP://",
            "ftp://",
            "//",
            "a",
            "b.example",
            "www.",
            ".",
            "-",
            "_",
            "x.com",
            "1.2.3.4",
        ),
        *("/", "//", "?", "??", "#", "&", "=", "%", "%2", "%20", "%zz", ":", ":80", "@", ";", "'", '"', "<", "\\", "|"),
        *("é", "%C3%A9", "~", "!", "*", "(", ")", "+", ",", "$", "[", "]", " ", "A", "é.example"),
    ]
)
TEXTS = st.lists(PARTS, max_size=8).map(lambda parts: "https://a.example/" + "".join(parts))


@settings(max_examples=3000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS | st.lists(PARTS).map("".join))
def test_what_needs_no_mending_is_told_at_sight(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def result() -> str:
        try:
            return safe_url(text)
        except ValueError as error:
            return f"{error}"

    at_sight = result()
    with monkeypatch.context() as patch:
        patch.setattr(urls, "_SAFE", re.compile("(?!)"))
        assert result() == at_sight
