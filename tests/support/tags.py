"""Texts that look like merge tags."""

import re

TAG = re.compile(
    r"\{\{|\{%|\{\$|\{\w|\*\||\[\[|\[%|%%|<%|::\w[\w.-]*::|@TrackLink"
    r"|%(?![0-9A-F]{2}%)[A-Za-z][\w+-]*%|%IF [^%]*%|%/\w+%"
)
"""Written apart from the module's own pattern. Two escapes in a row, %E4%BA, are not a tag."""


LOOKALIKES = [
    "{{ x }}",
    "{% if %}",
    "{$x}",
    "{can-spam}",
    "*|UNSUB|*",
    "[[X]]",
    "%%{x}%%",
    "<% x %>",
    "%FIRSTNAME%",
    "{{{x}}}",
    "https://x.example/@TrackLink",
    "::subscriber.email::",
    "%TODAY+2%",
    "%IF $AGE > 3%",
    "%/IF%",
    "%ELSE%",
    "[%x | y%]",
]
