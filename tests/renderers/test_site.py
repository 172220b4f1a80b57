"""The web pages: what readers and programs find on them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urldefrag, urljoin

import pytest
from lxml import etree, html
from msgspec.structs import replace

from feeds.config.load import Config, load_config
from feeds.config.options import BuildOptions, MailingOptions, PagesOptions
from feeds.editions.issues import Issues, Neighbours
from feeds.editions.plan import TopicPlan
from feeds.model import NO_DATE, Edition, Image, Period, Section, Story, Topic
from feeds.renderers.site import pages as site
from feeds.renderers.site import sitemap
from support import examples
from support.building import built, write_item
from support.examples import PICTURE, coverage, edition, issue, outline, story, topic, utc

BASE = "https://news.example/"
CONFIG = """
logo = "https://news.example/logo.png"
[newsletters.weekly]
topics = ["AI"]
description = "Every Monday"
"""
IMAGE = {"url": "https://paper.example/one.jpg", "width": 1200, "height": 630, "title": "A picture"}
HOSTILE = "</script><script>alert(1)</script> <!-- \"quoted\" & {{ tag }} 'so' \u2028"
CONFIGURED = Config(root=Path(), site=examples.site(), sources=(), out=Path("out"))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("site")
    related = [
        {"title": f"Elsewhere {n}", "webUrl": f"https://other.example/{n}", "provider": {"name": f"Other {n}"}}
        for n in range(9)
    ]
    write_item(root / "seeds", "one.md", images=[IMAGE], related=related, type="video")
    write_item(root / "seeds", "older.md", publishedDateTime="2021-01-12")
    write_item(root / "seeds", "oldest.md", publishedDateTime="2021-01-05")
    write_item(root / "seeds", "two.md", topics=["Chess"], title=HOSTILE.replace("<", "&lt;"), language="de")
    built(root, CONFIG)
    return root / "out"


def page(out: Path, name: str) -> Any:
    return parsed((out / name).read_bytes())


def parsed(data: bytes) -> Any:
    return html.fromstring(data.decode())


def address(name: str) -> str:
    return BASE + name.removesuffix("index.html")


TYPES = {"rss.xml": "application/rss+xml", "atom.xml": "application/atom+xml", "feed.json": "application/feed+json"}


DISCOVERED = {
    "index.html": ["ai", "chess"],
    "ai/index.html": ["ai", "ai/issues"],
    "ai/issues/2021-W04/index.html": ["ai/issues", "ai"],
    "weekly/index.html": ["weekly/issues"],
    "weekly/issues/2021-W04/index.html": ["weekly/issues"],
}


@pytest.mark.parametrize(("name", "topics"), DISCOVERED.items(), ids=DISCOVERED)
def test_point_19_feeds_can_be_discovered(out: Path, name: str, topics: list[str]) -> None:
    links = page(out, name).xpath("//head/link[@rel='alternate'][@type!='text/x-opml']")
    expected = [(f"{BASE}{topic}/{file}", media_type) for topic in topics for file, media_type in TYPES.items()]
    assert [(urljoin(address(name), link.get("href")), link.get("type")) for link in links] == expected


def test_what_is_discovered_is_built_and_the_feed_of_all_topics_comes_first(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md", topics=["Aardvarks"])
    built(tmp_path, '[build]\noutputs = ["rss", "pages"]\n[feed]\nall = true\n')
    links = page(tmp_path / "out", "index.html").xpath("//head/link[@rel='alternate']/@href")
    assert links == ["all/rss.xml", "aardvarks/rss.xml"]
    assert page(tmp_path / "out", "aardvarks/index.html").xpath("//a[@class='app'] | //a[@href='']") == []


def test_the_landing_page_leads_to_the_opml_and_the_sitemap(out: Path) -> None:
    found = page(out, "index.html")
    assert found.xpath("//link[@type='text/x-opml']/@href") == [f"{BASE}feeds.opml"]
    assert found.xpath("//link[@rel='sitemap']/@href") == ["sitemap.xml"]
    assert found.xpath("//header//a/@href") == ["feeds.opml"]


ISSUES = [f"ai/issues/2021-W0{n}/index.html" for n in (1, 2, 4)]
PAGES = ["index.html", "ai/index.html", "chess/index.html", "weekly/index.html", *ISSUES]


@pytest.mark.parametrize("name", PAGES)
def test_every_page(out: Path, name: str) -> None:
    found = page(out, name)
    assert (found.get("lang"), found.get("dir")) == ("en", "ltr")
    assert len(found.xpath("//h1")) == 1
    assert found.xpath("//title")[0].text
    assert found.xpath("//link[@rel='canonical']/@href") == [address(name)]
    assert not found.xpath("//style | //*[@style] | //@onclick | //script[not(@src)][@type!='application/ld+json']")


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(out: Path, name: str) -> None:
    """Relative ones to what is there; all others to outlets."""
    hrefs = page(out, name).xpath("//body//a/@href | //link[@rel!='canonical']/@href | //script/@src")
    assert hrefs
    links = [urldefrag(urljoin(address(name), h)).url for h in hrefs]
    local = [link.removeprefix(BASE) for link in links if link.startswith(BASE)]
    files = [f"{link}index.html" if link.endswith("/") or not link else link for link in local]
    assert [f for f in files if not (out / f).is_file()] == []
    others = [link for link in links if not link.startswith(BASE)]
    assert all(link.startswith(("https://paper.example/", "https://other.example/", f"feed:{BASE}")) for link in others)


def test_an_issue_has_each_story_with_its_coverage_where_digests_point(out: Path) -> None:
    (article,) = page(out, "ai/issues/2021-W04/index.html").xpath("//article")
    assert f'issues/2021-W04/#{article.get("id")}"' in (out / "ai/digest.html").read_text(encoding="utf-8")
    assert article.xpath(".//h2/a/@href") == ["https://paper.example/one"]
    assert article.xpath("ul/li//a/@href") == [f"https://other.example/{n}" for n in range(9)]
    assert article.xpath(".//img/@src") == [IMAGE["url"]]
    assert article.xpath(".//span[@class='label']/text()") == ["Video"]


def test_a_topic_s_page_unfolds_long_coverage(out: Path) -> None:
    article = page(out, "ai/index.html").xpath("//article")[0]
    assert len(article.xpath("ul/li")) == 5
    assert len(article.xpath("details/ul/li")) == 4
    assert article.xpath("details/summary/text()") == ["+4 more articles on this story"]


def test_a_single_line_is_not_folded() -> None:
    lead = story("one", *(coverage(f"o{n}") for n in range(6)))
    (article,) = parsed(site.topic_page(*planned(lead), CONFIGURED)).xpath("//article")
    assert len(article.xpath("ul/li")) == 6
    assert not article.xpath("details")


def test_text_of_items_stays_text(out: Path) -> None:
    (article,) = page(out, "chess/index.html").xpath("//article")
    title = " ".join(HOSTILE.split())
    assert article.xpath(".//h2/a/text()") == [title]
    assert article.xpath(".//h2/@lang") == ["de"]
    for name in ("index.html", "chess/index.html", "chess/issues/2021-W04/index.html"):
        found = page(out, name)
        assert title in [n["headline"] for n in news(found)]
        assert len(found.xpath("//script")) == 2


def test_a_topic_lists_its_issues(out: Path) -> None:
    issues = page(out, "ai/index.html").xpath("//section[@class='issues']//li")
    assert [i.xpath("a/@href")[0] for i in issues] == [f"issues/2021-W0{n}/" for n in (4, 2, 1)]
    assert " ".join(issues[0].text_content().split()) == "Week 4 · 25–31 Jan 2021 1 story"


NEIGHBOURS: dict[str, list[str]] = {
    "2021-W04": ["../2021-W02/", "../../#issues"],
    "2021-W02": ["../2021-W01/", "../../#issues", "../2021-W04/"],
    "2021-W01": ["../../#issues", "../2021-W02/"],
}


@pytest.mark.parametrize("period", NEIGHBOURS)
def test_issues_lead_to_each_other(out: Path, period: str) -> None:
    found = page(out, f"ai/issues/{period}/index.html")
    assert found.xpath("//nav/a/@href") == NEIGHBOURS[period]
    links = [*found.xpath("//link[@rel='prev']/@href"), "../../#issues", *found.xpath("//link[@rel='next']/@href")]
    assert links == NEIGHBOURS[period]


def week(number: int) -> Period:
    return Period(f"2021-W{number:02}", utc(f"2021-01-{number + 3:02}"), utc(f"2021-01-{number + 10:02}"))


def numbered(number: int) -> Any:
    return outline(edition(story(f"w{number}"), period=week(number), directory=f"ai/issues/2021-W{number:02}"))


def test_an_issue_has_no_neighbour_that_is_not_built() -> None:
    found = Issues(newest=(numbered(9), numbered(7)), rebuilt=(numbered(3),)).neighbours()
    assert found == {
        "ai/issues/2021-W09": Neighbours(week(7), None),
        "ai/issues/2021-W07": Neighbours(None, week(9)),
        "ai/issues/2021-W03": Neighbours(None, None),
    }


# Landing page --------------------------------------------------------------------------------------------------------


class Planned(NamedTuple):
    plan: TopicPlan
    feed: Edition

    @property
    def with_lead(self) -> tuple[TopicPlan, Story | None]:
        return self.plan, next(iter(self.feed.stories), None)


def planned(*stories: Any, of: Topic | None = None, issues: int = 1) -> Planned:
    of = of or topic()
    feed = edition(*stories, topic=of)
    newest = tuple(outline(issue(*stories, topic=of)) for _ in range(issues if stories else 0))
    return Planned(TopicPlan(topic=of, feed=outline(feed), issues=Issues(newest=newest)), feed)


def cards(*plans: Planned, config: Config = CONFIGURED) -> list[Any]:
    found: list[Any] = parsed(landing(plans, config)).xpath("//main//section")
    return found


def landing(plans: Sequence[Planned], config: Config = CONFIGURED) -> bytes:
    return site.landing_page(config, [p.with_lead for p in plans])


def test_a_topic_in_short() -> None:
    new, old = story("new", images=(PICTURE,)), story("old", published=utc("2021-01-20"))
    (card,) = cards(planned(new, old))
    assert " ".join(card.text_content().split()) == (
        "AI 2 stories · 1 issue What matters in AI Title of new The Paper · 26 January 2021 "
        "Read the issue Week 4 · 25–31 Jan 2021 Subscribe RSS Atom JSON Feed"
    )
    assert card.xpath(".//img/@src") == [PICTURE.url]
    assert card.xpath(".//a/@href") == [
        *("ai/", "https://paper.example/new", "ai/issues/2021-W04/"),
        *("ai/rss.xml", "ai/atom.xml", "ai/feed.json"),
    ]


@pytest.mark.parametrize(
    ("options", "digests", "expected"),
    [
        pytest.param(PagesOptions(), ("digest",), ["digest.html"], id="there is a digest"),
        pytest.param(PagesOptions(editor=False), ("digest",), [], id="turned off"),
        pytest.param(PagesOptions(), ("rss",), [], id="no digests are made"),
    ],
)
def test_the_editor_s_link_is_on_pages_of_topics_and_issues_only(
    options: PagesOptions, digests: tuple[Any, ...], expected: list[str]
) -> None:
    config = replace(CONFIGURED, pages=options, build=BuildOptions(outputs=(*digests, "pages")))
    plan = planned(story())
    of_topic = parsed(site.topic_page(*plan, config))
    of_issue = parsed(site.issue_page(issue(story()), Neighbours(), config, has_mail=True))
    for found in (of_topic, of_issue):
        assert found.xpath("//a[@data-preview]/@href") == expected
        assert bool(found.xpath("//dialog")) == bool(expected)
    assert not parsed(landing([plan], config)).xpath("//dialog | //a[@data-preview]")


def test_an_issue_without_mail_has_no_preview() -> None:
    found = parsed(site.issue_page(issue(story()), Neighbours(), CONFIGURED, has_mail=False))
    assert not found.xpath("//dialog | //a[@data-preview]")


def test_readers_can_subscribe_by_mail() -> None:
    config = replace(CONFIGURED, mailing=MailingOptions(subscribe_url="https://news.example/subscribe"))
    plan = planned(story())
    for data in (landing([plan], config), site.topic_page(*plan, config)):
        (button,) = parsed(data).xpath("//a[@class='button strong']")
        assert (button.text, button.get("href")) == ("Subscribe by e-mail", "https://news.example/subscribe")


@pytest.mark.parametrize("images", [(), (PICTURE,)], ids=["without", "with"])
def test_a_card_without_a_picture_shows_the_excerpt(images: tuple[Image, ...]) -> None:
    (card,) = cards(planned(story(images=images)))
    assert card.xpath(".//p[@class='excerpt']/text()") == ([] if images else ["Excerpt of one."])


def test_a_picture_is_on_one_card_only() -> None:
    found = cards(planned(story(images=(PICTURE,))), planned(story(images=(PICTURE,)), of=topic("Chess")))
    assert [len(card.xpath(".//img")) for card in found] == [1, 0]


def test_the_logo_for_dark_mode() -> None:
    both = examples.site(logo=BASE + "logo.png", logo_dark=BASE + "dark.png")
    found = parsed(landing([planned(story())], replace(CONFIGURED, site=both)))
    assert found.xpath("//picture/source/@srcset") == [both.logo_dark]
    assert found.xpath("//picture//img/@src") == [both.logo]


def test_a_topic_without_stories_can_be_subscribed_to() -> None:
    (card,) = cards(planned())
    assert "No stories yet." in card.text_content()
    assert card.xpath(".//a/@href") == ["ai/", "ai/rss.xml", "ai/atom.xml", "ai/feed.json"]
    assert b"No stories yet." in site.topic_page(*planned(), CONFIGURED)


def test_what_a_description_only_repeats_is_left_out() -> None:
    for text in ("Smart News: AI", "The site's"):
        of = topic(description=text)
        config = Config(root=Path(), site=examples.site(description="The site's"), sources=(), out=Path())
        assert not cards(planned(of=of), config=config)[0].xpath("p[not(@class)]")


def test_a_newsletter_shows_its_current_issue_and_its_sections(out: Path) -> None:
    card = page(out, "index.html").xpath("//main//section")[0]
    assert card.xpath(".//h2//a/@href") == ["weekly/"]
    assert card.xpath("p/text()") == ["Every Monday"]
    assert not card.xpath(".//*[@class='feeds']")
    own = page(out, "weekly/index.html")
    assert own.xpath("//h2[@class='section']/text()") == ["AI"]
    assert own.xpath("//article//h2/a/@href") == ["https://paper.example/one"]


def test_an_issue_of_a_newsletter_has_its_sections() -> None:
    one, two = story("one"), story("two")
    made = issue(one, two, sections=(Section("AI", (one,)), Section("Chess", (two,))))
    found = parsed(site.issue_page(made, Neighbours(), CONFIGURED, has_mail=True))
    headings = [h.text_content() for h in found.xpath("//main//h2")]
    assert headings == ["In this issue", "AI", "Title of one", "Chess", "Title of two"]


TOOLS: dict[str, tuple[str | tuple[str, ...], list[tuple[str, str]]]] = {
    "none": ("none", []),
    "one": ("mailchimp", []),
    "the same twice": (("mailchimp", "mailchimp"), []),
    "several": (
        ("sendgrid", "mailchimp", "none"),
        [("", "SendGrid"), ("mailchimp", "Mailchimp"), ("none", "None")],
    ),
}


@pytest.mark.parametrize(("tool", "options"), TOOLS.values(), ids=TOOLS)
def test_there_is_a_choice_where_there_are_several_tools(
    tool: str | tuple[str, ...], options: list[tuple[str, str]]
) -> None:
    config = Config(root=Path(), site=examples.site(), sources=(), out=Path(), mailing=MailingOptions(tool=tool))
    found = parsed(site.topic_page(*planned(story()), config)).xpath("//select/option")
    assert [(o.get("value"), o.text) for o in found] == options


def test_each_tool_s_digest_is_where_the_page_looks_for_it(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path, '[mailing]\ntool = ["sendgrid", "mailchimp"]\naddress = "1 Street"\n')
    for name in page(tmp_path / "out", "ai/index.html").xpath("//option/@value"):
        for kind in ("html", "txt", "eml"):
            assert (tmp_path / "out/ai" / f"digest{name and '.'}{name}.{kind}").is_file()


# Languages -----------------------------------------------------------------------------------------------------------


def test_pages_are_in_their_topic_s_language() -> None:
    german = topic("Künste", slug="arts", language="de")
    found = parsed(site.issue_page(issue(story(), topic=german), Neighbours(), CONFIGURED, has_mail=True))
    assert found.get("lang") == "de"
    assert found.xpath("string(//h1)") == "Woche 4 · 25.–31. Jan. 2021"
    assert "26. Januar 2021" in found.xpath("//article")[0].text_content()


def test_texts_in_another_language_say_so_and_run_their_own_way() -> None:
    arabic = topic("علوم", slug="science", language="ar")
    card, english = cards(planned(story("one"), of=arabic), planned(story("two", language="he")))
    for path, names in {".//h2": ["ar"], ".//h3": ["ar"]}.items():
        assert (card.xpath(f"{path}/@lang"), card.xpath(f"{path}/@dir")) == (names, ["rtl"])
    assert (english.xpath(".//h2/@lang"), english.xpath(".//h3/@lang"), english.xpath(".//h3/@dir")) == (
        [],
        ["he"],
        ["rtl"],
    )
    assert "Subscribe" in card.text_content()
    own = parsed(site.topic_page(*planned(story("one", language="en"), of=arabic), CONFIGURED))
    assert (own.get("dir"), own.xpath("//article/@dir"), own.xpath("//article//h2/@lang")) == ("rtl", ["ltr"], ["en"])


def test_days_are_those_of_the_digest_s_time_zone() -> None:
    late = story(published=utc("2021-01-26 23:30"))
    (article,) = parsed(site.topic_page(*planned(late), _in_zone("Asia/Tokyo"))).xpath("//article")
    assert article.xpath(".//time/@datetime") == ["2021-01-27"]
    assert article.xpath(".//time/text()") == ["27 January 2021"]


def _in_zone(name: str) -> Config:
    return replace(CONFIGURED, digest=replace(CONFIGURED.digest, timezone=name))


# Metadata ------------------------------------------------------------------------------------------------------------


def json_ld(found: Any) -> Any:
    (script,) = found.xpath("//script[@type='application/ld+json']")
    return json.loads(script.text)


def news(found: Any) -> list[dict[str, Any]]:
    elements = json_ld(found)["mainEntity"]["itemListElement"]
    assert [e["position"] for e in elements] == list(range(1, len(elements) + 1))
    return [e["item"] for e in elements]


@pytest.mark.parametrize("name", PAGES)
def test_schema_org_knows_the_page_and_its_stories(out: Path, name: str) -> None:
    found = page(out, name)
    data = json_ld(found)
    assert (data["@context"], data["@type"], data["url"]) == ("https://schema.org", "CollectionPage", address(name))
    assert data["mainEntity"]["@type"] == "ItemList"
    assert {n["@type"] for n in news(found)} == {"NewsArticle"}
    shown = set(found.xpath("//main//h2/a/@href | //main//h3/a/@href"))
    assert {n["url"] for n in news(found)} <= shown


def test_schema_org_s_news_article() -> None:
    lead = story("one", images=(Image("https://a/1.gif", 1, 1), PICTURE), language="de")
    (found,) = news(parsed(site.topic_page(*planned(lead), CONFIGURED)))
    assert found == {
        "@type": "NewsArticle",
        "headline": "Title of one",
        "url": "https://paper.example/one",
        "datePublished": "2021-01-26T17:45:00+00:00",
        "publisher": {"@type": "Organization", "name": "The Paper", "url": "https://paper.example/"},
        "image": PICTURE.url,
        "inLanguage": "de",
    }


def test_the_landing_page_lists_the_newest_lead_stories_once() -> None:
    plans = [planned(story(f"s{n}", published=utc(f"2021-01-{n + 1:02}"))) for n in range(15)]
    found = parsed(landing([*plans, *plans]))
    assert [n["url"][-3:] for n in news(found)] == [f"s{n}"[-3:].rjust(3, "/") for n in range(14, 4, -1)]


OPEN_GRAPH = {
    "index.html": ("Test", "Test", "https://news.example/logo.png"),
    "ai/index.html": ("Test: AI", "Test: AI", IMAGE["url"]),
    "weekly/index.html": ("Test: weekly", "Title of one", IMAGE["url"]),
    "ai/issues/2021-W04/index.html": ("Test: AI, Week 4 · 25–31 Jan 2021", "Title of one", IMAGE["url"]),
    "ai/issues/2021-W02/index.html": (
        "Test: AI, Week 2 · 11–17 Jan 2021",
        "Title of older",
        "https://news.example/logo.png",
    ),
}


@pytest.mark.parametrize("name", OPEN_GRAPH)
def test_open_graph(out: Path, name: str) -> None:
    found = page(out, name)
    said = {m.get("property"): m.get("content") for m in found.xpath("//meta[@property]")}
    title, description, image = OPEN_GRAPH[name]
    assert said == {
        "og:type": "website",
        "og:site_name": "Test",
        "og:title": title,
        "og:description": description,
        "og:url": address(name),
        "og:image": image,
    }
    assert found.xpath("//meta[@name='description']/@content") == [description]
    assert found.xpath("//title/text()") == [title]


def test_without_a_picture_none_is_promised() -> None:
    found = parsed(site.topic_page(*planned(story()), CONFIGURED))
    assert not found.xpath("//meta[@property='og:image'] | //meta[@name='twitter:card']")


# Sitemap -------------------------------------------------------------------------------------------------------------

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def entries(data: bytes) -> list[tuple[str, str]]:
    urls = etree.fromstring(data).iterfind("s:url", NAMES)
    return [(u.findtext("s:loc", "", NAMES), u.findtext("s:lastmod", "", NAMES)) for u in urls]


def test_the_sitemap_lists_every_page(out: Path) -> None:
    found = entries((out / "sitemap.xml").read_bytes())
    pages = [p.relative_to(out).as_posix() for p in out.rglob("index.html")]
    assert sorted(loc for loc, _ in found) == sorted(map(address, pages))
    assert dict(found)[f"{BASE}ai/issues/2021-W02/"] == "2021-01-12T00:00:00+00:00"
    assert dict(found)[BASE] == max(lastmod for _, lastmod in found)


def test_a_page_that_never_had_a_story_has_no_date() -> None:
    assert entries(sitemap.render(examples.site(), [planned().plan])) == [(BASE, ""), (f"{BASE}ai/", "")]
    assert planned().plan.feed.updated == NO_DATE


def test_a_sitemap_has_room_for_50_000_pages_and_the_oldest_issues_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "_MOST", 4)
    old = edition(story(published=utc("2020-01-01")), period=week(1), directory="ai/issues/2020-W01")
    mid, new = numbered(2), edition(story(published=utc("2021-02-01")), period=week(5), directory="ai/issues/2021-W05")
    issues = Issues(newest=(outline(old), mid, outline(new)))
    plan = TopicPlan(topic=topic(), feed=outline(edition()), issues=issues)
    found = entries(sitemap.render(examples.site(), [plan]))
    assert [loc.removeprefix(BASE) for loc, _ in found] == ["", "ai/", "ai/issues/2021-W05/", "ai/issues/2021-W02/"]


# Style and size


def test_pages_look_like_the_digest(tmp_path: Path) -> None:
    text = '[digest]\naccent = "#0b5d3b"\naccent_dark = "#7fd6a8"\nfont = "Verdana, sans-serif"\n'
    (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
    style = site.assets(load_config(start=tmp_path))["site.css"].decode()
    assert style.count("--accent: #0b5d3b;") == style.count("--accent: #7fd6a8;") == 1
    assert "--text: Verdana, sans-serif;" in style
    assert "{{" not in style


def test_assets_of_one_s_own_win(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/site.css").write_text("/* mine: {{ style.accent }} */", encoding="utf-8")
    (tmp_path / "mine/site.js").write_text("/* mine: {{ */", encoding="utf-8")
    built(tmp_path, 'templates = "mine"\n')
    assert (tmp_path / "out/site.css").read_text(encoding="utf-8") == "/* mine: #9c2f2f */"
    assert (tmp_path / "out/site.js").read_text(encoding="utf-8") == "/* mine: {{ */"


def test_the_landing_page_of_30_topics_is_small() -> None:
    """HTML, CSS and JavaScript, not compressed."""
    headline = "Campaign Targets Facial Recognition Technology, Rights Groups Say"
    plans = []
    for number in range(30):
        of = topic(f"Topic number {number}")
        name = f"a-story-with-a-rather-long-address-{number}"
        stories = [story(f"{name}-{n}", title=headline, images=(PICTURE,)) for n in range(50)]
        plans.append(planned(*stories, of=of, issues=12))
    sizes = {"index.html": len(landing(plans))}
    sizes |= {name: len(data) for name, data in site.assets(CONFIGURED).items()}
    assert sizes["index.html"] > 30_000
    assert sum(sizes.values()) < 64_000, sizes
