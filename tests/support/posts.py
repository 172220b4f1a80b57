"""A folder of blog posts, and the configuration that makes feeds of it."""

# What docs/jekyll-hugo.md tells people to write.
CONFIG = """\
sources = ["_posts"]
fields = { url = "link", topics = ["categories", "tags"], excerpt = "description", images = "image" }
defaults = { published = true, quality = 50, url = "https://ada.example/{categories}/{year}/{month}/{day}/{slug}.html" }
"""


POSTS = {
    "2021-01-26-ban-the-scan.md": """
layout: post
title: Ban The Scan
categories: Policy
tags: [AI, Cameras]
description: A campaign
image: /assets/ban.jpg
""",
    "2021-01-27-Größe & Raum.markdown": """
title:  "Size and space"
date:   2021-01-27 23:30:00 -0800
categories: science  ai
tags: space, deep sea
""",
    "2021-01-25-elsewhere.md": """
title: What they wrote
link: https://paper.example/article
categories:
  - AI
""",
    "2021-01-24-own-place.md": """
title: At its own place
link: /about/this/
tags: ai
""",
    "2021-01-23-draft.md": """
title: Not yet
published: false
tags: AI
""",
    "2021-01-22-no-topic.md": "title: Of nothing\n",
    "2021-02-30-no-such-day.md": "title: Never\ntags: AI\n",
}
