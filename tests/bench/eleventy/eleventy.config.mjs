// The same work as `feeds build` with only RSS, Atom and digests, as in ../hugo/: per topic, from the same documents.
const SITE = "https://news.example/";
const MIN_QUALITY = 50;
const FEED_LIMIT = 50;
const DIGEST_LIMIT = 10;
const LEAD_COVERAGE = 6;
const COVERAGE = 3;
const WEEK = 7 * 24 * 60 * 60 * 1000;

const escape = (text) =>
  String(text ?? "").replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const slug = (name) => name.toLowerCase().replaceAll(" ", "-");
const seconds = (date) => new Date(date).toISOString().replace(".000Z", "Z");
const rfc822 = (date) => new Date(date).toUTCString().replace("GMT", "+0000");
const byDate = (a, b) => new Date(b.publishedDateTime) - new Date(a.publishedDateTime);
const byQuality = (a, b) => b.quality - a.quality;
const day = (date) => new Date(date).toLocaleDateString("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const updated = (story) => [story, ...story.related].sort(byDate)[0].publishedDateTime;

function content(story) {
  const image = story.images?.[0];
  const related = story.related
    .toSorted(byQuality)
    .map((r) => `<li><a href="${escape(r.webUrl)}">${escape(r.title)}</a><br>${escape(r.provider.name)} · ${day(r.publishedDateTime)}</li>`);
  return `<div lang="en">
${image ? `<p><a href="${escape(story.webUrl)}"><img src="${escape(image.url)}" alt="${escape(story.title)}" width="${image.width}" height="${image.height}"></a></p>` : ""}
<p>${escape(story.excerpt)}</p>
<p>${escape(story.provider.name)} · ${day(story.publishedDateTime)}</p>
<h2>Related coverage</h2>
<ul>
${related.join("\n")}
</ul>
</div>`;
}

function media(story) {
  const image = story.images?.[0];
  if (!image) return "";
  const size = `url="${escape(image.url)}" width="${image.width}" height="${image.height}"`;
  return `<media:content ${size} medium="image"/>\n<media:thumbnail ${size}/>`;
}

const rssItem = (story) => `<item>
<title>${escape(story.title)}</title>
<link>${escape(story.webUrl)}</link>
<description>${escape(story.excerpt)}</description>
<content:encoded>${escape(content(story))}</content:encoded>
<dc:creator>${escape(story.provider.name)}</dc:creator>
${story.topics.map((name) => `<category>${escape(name)}</category>`).join("\n")}
<guid isPermaLink="false">${escape(story.webUrl)}</guid>
<pubDate>${rfc822(story.publishedDateTime)}</pubDate>
<atom:updated>${seconds(updated(story))}</atom:updated>
${story.related.map((r) => `<atom:link rel="related" href="${escape(r.webUrl)}" title="${escape(r.title)}"/>`).join("\n")}
${media(story)}
</item>`;

const rss = ({ name, stories }) => `<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" version="2.0" xml:lang="en">
<channel>
<title>Bench: ${escape(name)}</title>
<link>${SITE}${slug(name)}/</link>
<description>Bench: ${escape(name)}</description>
<language>en</language>
<lastBuildDate>${rfc822(stories[0].publishedDateTime)}</lastBuildDate>
<atom:link rel="self" href="${SITE}${slug(name)}/rss.xml" type="application/rss+xml"/>
${stories.slice(0, FEED_LIMIT).map(rssItem).join("\n")}
</channel>
</rss>
`;

const atomEntry = (story) => `<entry>
<id>${escape(story.webUrl)}</id>
<title>${escape(story.title)}</title>
<updated>${seconds(updated(story))}</updated>
<author><name>${escape(story.provider.name)}</name><uri>https://${escape(story.provider.domain)}/</uri></author>
<content type="html">${escape(content(story))}</content>
<link href="${escape(story.webUrl)}" rel="alternate" type="text/html"/>
${story.related.map((r) => `<link href="${escape(r.webUrl)}" rel="related" title="${escape(r.title)}"/>`).join("\n")}
<summary>${escape(story.excerpt)}</summary>
${story.topics.map((name) => `<category term="${escape(name)}"/>`).join("\n")}
<published>${seconds(story.publishedDateTime)}</published>
${media(story)}
</entry>`;

const atom = ({ name, stories }) => `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="en">
<id>${SITE}${slug(name)}/atom.xml</id>
<title>Bench: ${escape(name)}</title>
<updated>${seconds(stories[0].publishedDateTime)}</updated>
<author><name>Bench</name></author>
<link href="${SITE}${slug(name)}/atom.xml" rel="self" type="application/atom+xml"/>
${stories.slice(0, FEED_LIMIT).map(atomEntry).join("\n")}
</feed>
`;

function digest({ name, stories }) {
  const newest = new Date(stories[0].publishedDateTime);
  const monday = Date.UTC(newest.getUTCFullYear(), newest.getUTCMonth(), newest.getUTCDate() - ((newest.getUTCDay() + 6) % 7));
  const week = stories.filter((s) => new Date(s.publishedDateTime) >= monday).toSorted((a, b) => b.heat - a.heat);
  const rows = week.slice(0, DIGEST_LIMIT).map((story, n) => {
    const limit = n === 0 ? LEAD_COVERAGE : COVERAGE;
    const image = story.images?.[0];
    const picture = image ? `<img src="${escape(image.url)}" width="536" alt="" style="display:block;max-width:100%;height:auto;margin:0 0 20px">` : "";
    const related = story.related.toSorted(byQuality).slice(0, limit).map((r) => `<li style="padding:4px 0"><span style="display:inline-block;width:144px;vertical-align:top;font-size:14px">${escape(r.provider.name)}</span> <span style="display:inline-block;width:384px;max-width:100%;vertical-align:top"><a href="${escape(r.webUrl)}" style="padding:4px 0;color:#1f1e1b">${escape(r.title)}</a> ${day(r.publishedDateTime)}</span></li>`);
    const more = story.related.length - limit;
    return `<tr><td class="row" data-story="${escape(story.webUrl)}" style="padding:28px 0;border-top:1px solid #e0dcd2">
<h2 style="margin:0;font-family:Georgia,'Times New Roman',serif;font-size:${n ? 20 : 30}px;line-height:38px"><a href="${escape(story.webUrl)}" style="display:block;color:#1f1e1b;text-decoration:none">${picture}${escape(story.title)}</a></h2>
<p style="margin:6px 0 0;font-size:14px;line-height:22px;color:#66625a">${escape(story.provider.name)} · ${day(story.publishedDateTime)}</p>
<p style="margin:10px 0 0;font-size:18px;line-height:29px">${escape(story.excerpt)}</p>
<ul style="margin:12px 0 0;padding:0;list-style:none;font-size:15px;line-height:24px;color:#66625a">
${related.join("\n")}
</ul>
${more > 0 ? `<p style="margin:10px 0 0"><a href="${SITE}${slug(name)}/" style="font-size:14px">+${more} more</a></p>` : ""}
</td></tr>`;
  });
  return `<!DOCTYPE html>
<html lang="en" dir="ltr">
<head><meta charset="utf-8"><title>${escape(name)}: ${escape(week[0].title)}</title></head>
<body style="margin:0;padding:0;color:#1f1e1b;background-color:#f1efe9">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px;margin:0 auto;background-color:#fffefb;border-top:4px solid #9c2f2f">
<tr><td><p>Bench</p><h1>${escape(name)}</h1><p>${day(monday)} – ${day(monday + WEEK - 1)}</p></td></tr>
${rows.join("\n")}
</table>
</body>
</html>
`;
}

export default function (config) {
  config.addGlobalData("permalink", () => false); // a document gives data, and no page of its own
  config.addCollection("topics", (api) => {
    const eligible = api.getAll().map((page) => page.data).filter((d) => d.published && d.quality >= MIN_QUALITY);
    const topics = new Map();
    for (const story of eligible.toSorted(byDate))
      for (const name of new Set(story.topics)) topics.set(name, [...(topics.get(name) ?? []), story]);
    return [...topics].map(([name, stories]) => ({ name, stories }));
  });
  for (const [file, render] of Object.entries({ "rss.xml": rss, "atom.xml": atom, "digest.html": digest }))
    config.addTemplate(`${file}.11ty.js`, (data) => render(data.topic), {
      pagination: { data: "collections.topics", size: 1, alias: "topic" },
      permalink: (data) => `${slug(data.topic.name)}/${file}`,
      eleventyExcludeFromCollections: true,
    });
  return { dir: { output: "out" }, markdownTemplateEngine: false };
}
