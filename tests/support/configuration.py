"""A feeds.toml that sets every option."""

FULL = """
title = "Smart News"
base_url = "https://news.example/feeds"
description = "What matters"
language = "en-GB"
author = { name = "Ada", email = "ada@news.example", url = "https://news.example/ada" }
copyright = "© Ada"
logo = "https://news.example/logo.png"
sources = ["items", "more"]
out = "public"

[selection]
min_quality = 60
feed_limit = 20
digest_limit = 5

[feed]
archive = true
archive_size = 10

[digest]
period = "month"
timezone = "Europe/Berlin"
issues = "all"

[defaults]
published = true
quality = 55

[topics."Computer Vision"]
slug = "cv"
title = "Seeing machines"
description = "All about them"
parent = "AI"
min_quality = 70
"""
