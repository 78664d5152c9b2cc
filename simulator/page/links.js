// Links: to a page of the web, or into a mini program.

import { element } from "./element.js";

const LINK = /<a\b[^>]*>[\s\S]*?<\/a>/gi;

/** The attributes of a link to a page; undefined if the URL is none of the web. */
export function toWeb(url) {
  const isWeb = /^https?:\/\//i.test(url);
  return isWeb ? { href: url, target: "_blank", rel: "noopener noreferrer", title: url } : undefined;
}

/** The parts of a text with its links, which are the only HTML that WeChat takes: all else stays as it is written. */
export function linked(content) {
  const parts = [];
  const notes = [];
  let end = 0;
  for (const { 0: source, index } of content.matchAll(LINK)) {
    const [shown, note] = link(source);
    parts.push(content.slice(end, index), shown);
    if (note) notes.push(note);
    end = index + source.length;
  }
  return [...parts, content.slice(end), ...notes];
}

function link(source) {
  const anchor = new DOMParser().parseFromString(source, "text/html").querySelector("a");
  if (anchor?.hasAttribute("data-miniprogram-appid")) return intoMiniProgram(anchor);
  const attributes = toWeb(anchor?.getAttribute("href") ?? "");
  return [attributes ? element("a", { ...attributes, class: "link" }, anchor.textContent) : source];
}

/** A link that says where it leads when it is pressed, and the note that then shows. No path: the home page. */
function intoMiniProgram(anchor) {
  const path = anchor.dataset.miniprogramPath;
  const place = path ? element("code", {}, path) : element("span", { say: "home_page" });
  const note = element("span", { class: "opens", hidden: true }, element("span", { say: "opens" }), " ", place);
  const attributes = { type: "button", class: "link mini-program", "aria-expanded": "false" };
  const button = element("button", attributes, anchor.textContent);
  button.addEventListener("click", () => {
    note.hidden = !note.hidden;
    button.ariaExpanded = String(!note.hidden);
  });
  return [button, note];
}
