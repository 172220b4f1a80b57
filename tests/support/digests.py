"""Digests of every kind."""

from typing import Any

from msgspec.structs import replace

from feeds.config.look import DigestLook, SenderOptions
from feeds.config.mailing_tools import profile
from feeds.model import Edition, Editorial, Image, Mention, Provider, Rules, Section, Sponsor, Story
from feeds.renderers.digest.render import Digest, render
from support.examples import PICTURE, coverage, issue, item, site, story, topic
from support.tags import LOOKALIKES

SENDER = SenderOptions(
    address="Smart News, 1 Quiet Street, London",
    sender_name="Smart News",
    sender_address="news@news.example",
    list_unsubscribe="leave@news.example",
)


STYLE = DigestLook(sender=SENDER)


def everything() -> Edition:
    """An issue with all that a digest can hold."""
    outlets = ["wired", "zdnet", "fox", "weau", "bbc", "cbs", "npr", "afp"]
    stories = (
        story("lead", *(coverage(name) for name in outlets), images=(PICTURE,), title="Ban the scan, say New Yorkers"),
        story(
            "film", coverage("tv", type="video"), type="video", images=(Image("https://p.example/t.jpg", 900, 1200),)
        ),
        story("plain", coverage("undated", published=None), title="A story without a picture"),
        story("arabic", language="ar", title="حظر التعرف على الوجوه"),
    )
    sections = (Section("Rights", stories[:2]), Section("Elsewhere", stories[2:]))
    return issue(*stories, sections=sections, site=site(icon="https://news.example/icon.png"))


def evil() -> Edition:
    """Return an issue whose every text and address looks like a merge tag."""
    bad = " ".join(LOOKALIKES)
    url = "https://x.example/%DATE%25/%DATE+2%25/a@TrackLink/::subscriber.email::/[[X]]/*|X|*"
    related = coverage("x", title=bad, provider=Provider(bad), url=url)
    image = Image(url, 600, 300, bad)
    lead = item("x", title=bad, excerpt=bad, provider=Provider(bad), url=url, images=(image,))
    other = item("y", title=bad, excerpt=bad, provider=Provider(bad), images=(image,))
    names = topic(title=f"{bad} {bad}", description=bad)
    return issue(Story(lead, (related,)), Story(other, (related,)), topic=names, site=site(title=bad))


def made(edition: Edition | None = None, tool: str = "none", **style: Any) -> Digest:
    of_sender = {name: style.pop(name) for name in SenderOptions.__struct_fields__ if name in style}
    return render(edition or everything(), replace(STYLE, sender=replace(SENDER, **of_sender), **style), profile(tool))


def long_issue(stories: int, related: int) -> Edition:
    """With titles and addresses as long as they are on news sites."""
    page = "news/technology/2021/01/26/human-rights-group-urges-new-york-to-ban-police-use-of-facial-recognition"
    title = "Human rights group urges New York to ban police use of facial recognition"
    picture = f"https://cdn.paper.example/{page}-85676a6a424d2da156a1e11b78fc593a1ac470e2.jpg?w=600&q="
    return issue(
        *(
            story(
                f"s{n}",
                *(
                    coverage(
                        url=f"https://o{m}.example/{page}/{n}/",
                        title=f"{title} {n}.{m}",
                        provider=Provider(f"Outlet {m}"),
                    )
                    for m in range(related)
                ),
                url=f"https://www.paper.example/{page}/{n}",
                title=f"{title} {n}",
                excerpt="The technology has repeatedly come up short in tests for racial bias. " * 5,
                images=(Image(f"{picture}{n}", 1200, 720),),
            )
            for n in range(stories)
        ),
        topic=topic(rules=Rules(digest_limit=stories)),
    )


def edited() -> Edition:
    """An issue with a note, pinned stories, a sponsor, contents and sections."""
    full = everything()
    lead, film, plain, arabic = full.stories
    editorial = Editorial(
        path="issues/ai/2021-W04.md",
        note="Dear *|FNAME|*,\n\nthis was a week of **bans**, says [The Paper](https://paper.example/).\n\n"
        "- One is new.\n- The others are *not*.\n\n> Ban the scan!\n\nYours, <b>Ada</b>",
        subject="*|FNAME|*, a week of bans",
        preheader="New York wants one, too",
        pins=(Mention(plain.id, plain.lead.url, 3),),
        sponsor=Sponsor(
            name="Acme & Sons",
            text="Anvils, delivered to your cliff.",
            url="https://acme.example/?from=news&id=1",
            image=Image("https://acme.example/anvil.jpg", 1200, 400),
        ),
    )
    sections = (Section("", (plain,)), Section("News of the week", (lead, film), 1), Section("", (arabic,)))
    return replace(full, stories=(plain, lead, film, arabic), sections=sections, editorial=editorial)
