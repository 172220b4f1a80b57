"""Tags go out byte for byte, and no other text is one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.config.mailing_tools import CUSTOM, PROFILES, profile
from feeds.renderers.digest.tags import missing, neutralise, neutralise_url, unfilled
from feeds.text import WORD_JOINER
from feeds.urls import safe_url
from support.tags import LOOKALIKES, TAG

pieces = st.lists(
    st.sampled_from(
        ["{", "}", "%", "*|", "|*", "[", "]", "<", "$", "::", "@", "TrackLink", "/", "+2", "NAME", "x", " ", "&", ";"]
    )
)
texts = st.text() | pieces.map("".join)


@pytest.mark.parametrize(
    ("name", "tags"),
    {
        "mailchimp": ["*|UNSUB|*", "*|ARCHIVE|*", "*|LIST:ADDRESSLINE|*", "*|MC_PREVIEW_TEXT|*", "*|FNAME|*"],
        "buttondown": ["{{ unsubscribe_url }}", "{{ email.absolute_url }}", "{{ manage_subscription_url }}"],
        "listmonk": ["{{ UnsubscribeURL }}", "{{ MessageURL }}", "{{ TrackView }}"],
        "kit": ["{{ unsubscribe_url }}", "{{ address }}", "{{ message_content }}"],
        "brevo": ["{{ unsubscribe }}", "{{ mirror }}", "{{ contact.FIRSTNAME }}"],
        "sendgrid": [
            "{{{unsubscribe}}}",
            "{{{unsubscribe_preferences}}}",
            "{{Sender_Name}}, {{Sender_Address}}, {{Sender_City}}",
        ],
        "mailerlite": ["{$unsubscribe}", "{$url}", "{$account_address}", "{$name}"],
        "mailjet": ["[[UNSUB_LINK_EN]]", "[[PERMALINK]]"],
        "activecampaign": ["%UNSUBSCRIBELINK%", "%FIRSTNAME%"],
        "mailcoach": ["{{ unsubscribeUrl }}", "{{ webviewUrl }}"],
        "ghost": ["%%{unsubscribe_url}%%"],
        "none": [],
    }.items(),
)
def test_each_tool_has_its_own_tags(name: str, tags: list[str]) -> None:
    assert sorted(profile(name).tags.values()) == sorted(tags)


def test_only_none_needs_no_unsubscribe_tag() -> None:
    assert [p.name for p in PROFILES.values() if "unsubscribe" not in p.required] == ["none"]


def test_own_tags_replace_a_tools() -> None:
    german = profile("mailjet", {"unsubscribe": "[[UNSUB_LINK_DE]]"})
    assert (german.unsubscribe, german.view_in_browser) == ("[[UNSUB_LINK_DE]]", "[[PERMALINK]]")


def test_own_tags_make_a_profile() -> None:
    assert profile(CUSTOM, {"unsubscribe": "##unsub##"}).tags == {"unsubscribe": "##unsub##"}


@pytest.mark.parametrize(
    ("name", "tags", "message"),
    [
        pytest.param("mailchmp", {}, "unknown mailing tool 'mailchmp'; did you mean mailchimp?", id="misspelt tool"),
        pytest.param("x", {}, "unknown mailing tool 'x'; choose from none, mailchimp, buttondown,", id="unknown tool"),
        pytest.param("custom", {"unsubscribed": "x"}, "unknown tag 'unsubscribed'; did you mean", id="misspelt tag"),
        pytest.param("custom", {}, "the mailing tool 'custom' needs a tag for unsubscribe", id="required tag missing"),
        pytest.param("none", {"unsubscribe": "x"}, "the mailing tool 'none' has no tags", id="tags for none"),
        pytest.param("custom", {"unsubscribe": " "}, "'unsubscribe' must be one line of text", id="blank tag"),
        pytest.param("custom", {"address": "a\nb"}, "'address' must be one line of text", id="two lines"),
        pytest.param("custom", {"unsubscribe": '{{ u "x" }}'}, "must not contain double quotes", id="quote in a link"),
    ],
)
def test_point_16_a_tool_that_cannot_be_used_is_an_error(name: str, tags: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        profile(name, tags)


@pytest.mark.parametrize("text", LOOKALIKES)
def test_point_17_lookalikes_are_seen(text: str) -> None:
    assert TAG.search(text)
    assert unfilled(text, profile("none")) or "@TrackLink" in text
    assert not TAG.search(neutralise(text))


@given(texts)
def test_point_17_text_is_no_tag_and_reads_the_same(text: str) -> None:
    plain = neutralise(text)
    assert not TAG.search(plain)
    assert plain.replace(WORD_JOINER, "") == text.replace(WORD_JOINER, "")
    assert neutralise(plain) == plain


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.example/a?b=1&c=%20", "https://x.example/a?b=1&c=%20"),
        ("https://x.example/{{x}}", "https://x.example/%7B%7Bx%7D%7D"),
        ("https://x.example/*|X|*", "https://x.example/%2A%7CX%7C*"),
        ("https://x.example/[[X]]", "https://x.example/%5B[X]]"),
        ("https://x.example/%DATE%25", "https://x.example/%DA%54E%25"),
        ("https://x.example/caf%C3%A93%20x", "https://x.example/caf%C3%A9%33%20x"),
        ("https://x.example/%A4-0_1%25", "https://x.example/%A4%2D0_1%25"),
        ("https://x.example/%E4%BA%BA", "https://x.example/%E4%BA%BA"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
        ("https://x.example/%DATE+2%25", "https://x.example/%DA%54E+2%25"),
        ("https://x.example/a@TrackLink", "https://x.example/a%40TrackLink"),
        ("https://x.example/@tracking", "https://x.example/@tracking"),
        ("https://x.example/?m=::subscriber.email::", "https://x.example/?m=%3A:subscriber.email::"),
        ("https://[2001:db8::1]:80/a::b::", "https://[2001:db8::1]:80/a%3A:b::"),
        ("mailto:leave@news.example", "mailto:leave@news.example"),
        ("https://x.example/*/?q=*%7CEMAIL%7C*", "https://x.example/*/?q=%2A%7CEMAIL%7C*"),
    ],
)
def test_point_17_addresses_stay_the_same_address(url: str, expected: str) -> None:
    assert neutralise_url(url) == expected


@given(texts)
def test_point_17_no_address_holds_a_tag(text: str) -> None:
    try:
        url = safe_url(f"https://x.example/{text}")
    except ValueError:
        return
    assert not TAG.search(neutralise_url(url))


@pytest.mark.parametrize(
    ("name", "document", "found"),
    [
        pytest.param("none", "<p>{can-spam}</p>", ("{can-spam}",), id="a placeholder"),
        pytest.param("none", "<style>.a{color:red}@media x{.b{width:100%}}</style>", (), id="CSS is none"),
        pytest.param("mailchimp", "*|UNSUB|* *|FNAME|*", (), id="the tool's own, listed or not"),
        pytest.param("mailchimp", "*|UNSUB|* {{ name }}", ("{{ name }}",), id="another tool's"),
        pytest.param("buttondown", "{{ unsubscribe_url }} {name}", ("{name}",), id="another tool's, alike"),
        pytest.param("none", "100% of 50%, 20% more and 30% less", (), id="percentages are none"),
        pytest.param("none", "a::before, b::after", (), id="a pseudo-element is none"),
        pytest.param("activecampaign", "%UNSUBSCRIBELINK% %TODAY+2% %IF a=b% %/IF%", (), id="the tool's own"),
        pytest.param("mailcoach", "{{ unsubscribeUrl }} ::x.y::", ("::x.y::",), id="an older version's"),
    ],
)
def test_point_16_unfilled_placeholders_are_found(name: str, document: str, found: tuple[str, ...]) -> None:
    assert unfilled(document, profile(name)) == found


def test_point_16_missing_tags_are_found() -> None:
    kit = profile("kit")
    assert missing("{{ unsubscribe_url }} {{ address }}", kit, kit.required) == ("{{ message_content }}",)
