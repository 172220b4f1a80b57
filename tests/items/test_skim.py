"""Documents are passed over only where a parser would have found the same."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeds.config.options import Defaults
from feeds.items.front_matter import parse_document
from feeds.items.skim import why_out
from feeds.items.validate import validate

MIN_QUALITY = 50
HEAD = 'category: news\ntitle: "A headline"\ntype: article\n'
OUT = {
    "a draft": f"---\n{HEAD}quality: 90\npublished: false\nrelated:\n  - title: x\n---\n",
    "too poor": f"---\n{HEAD}quality: 49\npublished: true\n---\n",
    "both, the other way round": f"---\n{HEAD}published: no\nquality: 0\n---\n",
    "nothing but that": "---\npublished: OFF\n---\n",
    "after simple lists and mappings": "---\ntopics:\n  - AI\nprovider:\n  name: 'The Paper'\npublished: false\n---\n",
    "with escapes in quotes": '---\ntitle: "a \\"b\\" \\\\"\npublished: false\nheat: -1\n---\n',
    "a word in a text": "---\ntitle: published or not\npublished: false\nexcerpt: it is published: today\n---\n",
    "text below that says otherwise": "---\npublished: false\n---\npublished: true\n",
}
UNSURE = {
    "published and good": f"---\n{HEAD}quality: 90\npublished: true\n---\n",
    "says nothing": f"---\n{HEAD}---\n",
    "says it twice": "---\npublished: false\npublished: true\n---\n",
    "says it twice, far below": "---\npublished: false\nrelated:\n  - title: x\npublished: true\n---\n",
    "in quotes": '---\npublished: false\n"published": true\n---\n',
    "as a key of its own kind": "---\npublished: false\n? published\n: true\n---\n",
    "inside a text that goes on": '---\ntitle: "one\npublished: false\nend"\n---\n',
    "inside a text of a mapping": '---\nprovider:\n  name: "one\npublished: false\nend"\n---\n',
    "inside a text whose end is escaped": '---\ntitle: "one\\"\npublished: false\nend"\n---\n',
    "inside a text whose line end is escaped": '---\ntitle: "one\\\npublished: false\nend"\n---\n',
    "inside a block": "---\nexcerpt: |\n  one\npublished: false\n---\n",
    "inside a list in brackets": "---\ntopics: [a,\npublished: false\n]\n---\n",
    "in braces": "---\n{published: true, title: 'x\npublished: false\n'}\n---\n",
    "in another mapping": "---\nprovider:\n  published: false\n---\n",
    "merged in": "---\nbase: &b\n  published: true\n<<: *b\npublished: false\n---\n",
    "with other words": "---\npublished: false # not yet\n---\n",
    "without an end": "---\npublished: false\n",
    "behind its end": "---\ntitle: x\n---\npublished: false\n---\n",
    "of an unusual quality": "---\nquality: 4e1\npublished: true\n---\n",
    "of no quality": "---\nquality: -1\n---\n",
    "with other line ends": "---\r\npublished: false\r\n---\r\n",
    "without an opening": "published: false\n",
    "empty": "",
}


@pytest.mark.parametrize("text", OUT.values(), ids=OUT)
def test_what_is_passed_over(text: str) -> None:
    assert why_out(text.encode(), MIN_QUALITY)
    assert says_so(text)


@pytest.mark.parametrize("text", UNSURE.values(), ids=UNSURE)
def test_what_is_left_to_the_parser(text: str) -> None:
    assert not why_out(text.encode(), MIN_QUALITY)


def says_so(text: str) -> bool:
    """Whether the item, if there is one, is a draft or too poor."""
    # What the document does not say, or what cannot be read, would let it in.
    document, _ = parse_document(text.encode(), "x.md")
    if document is None:
        return True
    data = {"title": "T", "webUrl": "https://x.example/", "date": "2021-01-01", "topics": ["AI"]}
    whole = type(document)(document.name, data | document.data, document.line_of)
    item, _ = validate(whole, Defaults(published=True, quality=100))
    return item is None or not item.is_published or item.quality < MIN_QUALITY


PIECES = st.sampled_from(
    [
        *(
            "published: false\n",
            "published: true\n",
            '"published": true\n',
            "published : true\n",
            "? published\n: true\n",
        ),
        *(
            "quality: 10\n",
            "quality: 90\n",
            "'quality': 90\n",
            "title: x\n",
            'title: "',
            "title: '",
            '"\n',
            "'\n",
            "x\n",
        ),
        *("excerpt: |\n", "excerpt: >-\n", "  indented\n", "topics:\n", "  - a\n", "- b\n", "a: [\n", "]\n", "a: {\n"),
        *(
            "}\n",
            "&a ",
            "*a\n",
            "<<: *a\n",
            "base: &a\n",
            "  published: true\n",
            "# note\n",
            "---\n",
            "...\n",
            "\n",
            "\t",
        ),
        *(
            "!!str ",
            "key: !t\n",
            "%YAML 1.1\n",
            ": ",
            "\\",
            " ",
            "\u2028",
            "\x85",
            "\ufeff",
            "é: ü\n",
            "published:false\n",
        ),
    ]
)


@settings(max_examples=3000)
@given(text=st.lists(PIECES, max_size=9).map(lambda pieces: f"---\n{''.join(pieces)}---\n"))
@example(text='---\ntitle: "\npublished: false\n"\n---\n')
def test_no_parser_finds_a_published_item_in_what_is_passed_over(text: str) -> None:
    assert says_so(text) or not why_out(text.encode(), MIN_QUALITY)
