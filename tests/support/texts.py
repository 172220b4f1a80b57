"""Texts of any kind, with what is special to our code among them."""

import regex
from hypothesis import settings
from hypothesis import strategies as st

FORBIDDEN = regex.compile(
    r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u202a-\u202e\u2066-\u2069\u2028\u2029]|\p{Noncharacter_Code_Point}"
)
FRAGMENTS = [
    "<",
    ">",
    "&",
    "&#8217;",
    "&amp;",
    "&lt;",
    "&#x202e;",
    "&#0;",
    "<b>",
    "</p>",
    "<script>",
    "<!--",
    "-->",
    " ",
    "\n",
    "\x00",
]
FRAGMENTS += [
    "\ud83d",
    "\ude00",
    "\ufeff",
    "\u202e",
    "\ufdd0",
    "\U0001ffff",
    "<![CDATA[",
    "]]>",
    "a",
    "é",
    "👨‍👩‍👧",
    "🇩🇪",
    "e\u0301",
    "日本",
]
any_text = st.lists(st.sampled_from(FRAGMENTS) | st.text(st.characters(), max_size=5)).map("".join)
quick = settings(deadline=None, derandomize=True, max_examples=300)
