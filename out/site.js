// What a script adds to the pages: buttons that copy, and the digest's preview. Without it all is reached by links.
"use strict";
document.documentElement.classList.add("js");

const page = document.getElementById("status");
const dialog = document.getElementById("preview");
const texts = new Map();

// Opened from a disk there is no server that shows index.html for a folder.
if (location.protocol === "file:") {
  for (const link of document.querySelectorAll("a[href]")) {
    if (link.protocol === "file:" && link.pathname.endsWith("/")) link.pathname += "index.html";
  }
}

// For eyes and, where `place` is a live region, for screen readers; taken back after a while.
function say(place, text, button) {
  clearTimeout(place.timer);
  for (const other of document.querySelectorAll("[data-done]")) delete other.dataset.done;
  place.textContent = text;
  if (button) button.dataset.done = "";
  if (text) place.timer = setTimeout(say, 4000, place, "");
}

// The event takes texts as they are. What navigator.clipboard does with HTML makes addresses of a mailing tool's tags,
// so it is only for plain text, where the event is missing.
function copyByEvent(flavours) {
  let taken = false;
  const fill = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    for (const [type, text] of Object.entries(flavours)) event.clipboardData.setData(type, text);
    taken = true;
  };
  const selection = getSelection();
  selection.selectAllChildren(dialog?.open ? dialog.querySelector("h2") : document.querySelector("h1")); // Safari copies only what is selected
  document.addEventListener("copy", fill, true);
  try {
    return document.execCommand("copy") && taken;
  } finally {
    document.removeEventListener("copy", fill, true);
    selection.removeAllRanges();
  }
}

async function copy(flavours) {
  if (!flavours["text/plain"]) throw new Error("nothing to copy");
  if (copyByEvent(flavours)) return;
  if (flavours["text/html"]) throw new Error("no way to copy HTML");
  await navigator.clipboard.writeText(flavours["text/plain"]);
}

// Feeds: the button behind each link copies the public address.
const home = document.querySelector("link[rel=canonical]").href;
for (const button of document.querySelectorAll(".pill button")) {
  const link = button.previousElementSibling;
  const address = new URL(link.getAttribute("href"), home).href;
  button.title = page.dataset.address;
  button.setAttribute("aria-label", `${page.dataset.address}: ${link.textContent}`);
  button.addEventListener("click", async () => {
    try {
      await copy({ "text/plain": address });
      say(page, page.dataset.copied, button);
    } catch {
      say(page, address);
    }
  });
}

// The digest's preview.
if (dialog) {
  const frame = dialog.querySelector("iframe");
  const form = dialog.querySelector("form");
  const note = dialog.querySelector("[role=status]");
  const [subject, preheader, size] = ["#subject", "#preheader", "#size"].map((id) => dialog.querySelector(id));
  let mail = "";
  let dark = [];

  const address = (kind) => {
    const tool = form.elements.tool?.value;
    return `${mail}${tool ? `.${tool}` : ""}.${kind}`;
  };

  // Kept, so that copying can happen in the click itself: browsers allow it only then.
  const load = async (url) => {
    if (!texts.has(url)) {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(answer.statusText);
      texts.set(url, await answer.text());
    }
    return texts.get(url);
  };

  const paint = () => {
    const scheme = form.elements.scheme.value;
    for (const rule of dark) rule.media.mediaText = scheme === "dark" ? "all" : "not all";
  };

  const show = () => {
    frame.src = address("html");
    for (const link of dialog.querySelectorAll("[data-file]")) link.href = address(link.dataset.file);
    for (const kind of ["html", "txt"]) load(address(kind)).catch(() => {});
    load(address("html")).then(measure, () => measure(""));
  };

  // Gmail cuts a mail off at 102 KB, and with it the link to unsubscribe.
  const measure = (html) => {
    const bytes = new Blob([html]).size;
    size.textContent = bytes ? `${(bytes / 1024).toFixed(1)} / 102 KB` : "";
    size.classList.toggle("over", bytes > 102 * 1024);
  };

  // The hidden text at the top, without the characters that fill it up and without a mailing tool's own tag.
  const preview = (mail) => {
    const hidden = mail.querySelector("body > div:not([role])");
    return (hidden?.textContent ?? "").replace(/[\u034f\u200c\u00a0]+$/, "").replace(/^\*\|\w+\|\* /, "");
  };

  const flavours = async (what) => {
    if (what === "subject") return { "text/plain": subject.textContent };
    if (what === "preheader") return { "text/plain": preheader.textContent };
    if (what !== "rich") return { "text/plain": await load(address(what)) };
    const [html, plain] = [await load(address("html")), await load(address("txt"))];
    return { "text/html": html, "text/plain": plain };
  };

  frame.addEventListener("load", () => {
    const shown = frame.contentDocument; // null when opened from a disk
    if (!shown) return;
    subject.textContent = shown.title || shown.querySelector("[role=article]")?.getAttribute("aria-label") || "";
    preheader.textContent = preview(shown);
    const rules = [...shown.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
    dark = rules.filter((rule) => rule.media?.mediaText.includes("prefers-color-scheme"));
    for (const link of shown.links) link.target = "_blank";
    paint();
  });

  form.addEventListener("change", ({ target }) => {
    if (target.name === "width") dialog.dataset.width = target.value;
    else if (target.name === "scheme") paint();
    else show();
  });

  for (const button of dialog.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      if (dialog.dataset.local) {
        // Nobody else can follow the links; who copies them anyway has read this once.
        say(note, dialog.dataset.local);
        delete dialog.dataset.local;
        return;
      }
      try {
        await copy(await flavours(button.dataset.copy));
        say(note, dialog.dataset.copied, button);
      } catch {
        say(note, dialog.dataset.failed);
      }
    });
  }
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());

  for (const link of document.querySelectorAll("a[data-preview]")) {
    link.setAttribute("aria-haspopup", "dialog");
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // to a window of its own
      event.preventDefault();
      mail = link.getAttribute("href").replace(/\.html$/, "");
      show();
      dialog.showModal();
    });
  }
  if (innerWidth < 700) form.elements.width.value = dialog.dataset.width = innerWidth < 420 ? "320" : "375";
  form.elements.scheme.value = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
