// Shows links: to a page of the web, or into a mini program.

import { anchors } from "./anchors.js";
import { element } from "./element.js";

/** The attributes of a link to a page; undefined if the URL is not one of the web. */
export function toWeb(url) {
  const isWeb = /^https?:\/\//i.test(url);
  return isWeb ? { href: url, target: "_blank", rel: "noopener noreferrer", title: url } : undefined;
}

/**
 * The parts of a text with its links, which are the only HTML that WeChat takes. Everything else stays text, exactly as
 * it is written, and so does a link that leads neither to the web nor into a mini program.
 */
export function linked(content) {
  const parts = [];
  const notes = [];
  let shownTo = 0;
  for (const anchor of anchors(content)) {
    const link = shown(anchor);
    if (!link) continue;
    parts.push(content.slice(shownTo, anchor.start), link.element);
    if (link.note) notes.push(link.note);
    shownTo = anchor.end;
  }
  return [...parts, content.slice(shownTo), ...notes];
}

function shown({ attributes, text }) {
  if (attributes.has("data-miniprogram-appid")) return intoMiniProgram(attributes.get("data-miniprogram-path"), text);
  const toPage = toWeb(attributes.get("href") ?? "");
  return toPage ? { element: element("a", { ...toPage, class: "link" }, text) } : undefined;
}

/** A link that says where it leads when it is pressed, and the note that then shows. Without a path, it is the home page. */
function intoMiniProgram(path, text) {
  const place = path ? element("code", {}, path) : element("span", { say: "home_page" });
  const note = element("span", { class: "opens", hidden: true }, element("span", { say: "opens" }), " ", place);
  const attributes = { type: "button", class: "link mini-program", "aria-expanded": "false" };
  const button = element("button", attributes, text);
  button.addEventListener("click", () => {
    note.hidden = !note.hidden;
    button.ariaExpanded = String(!note.hidden);
  });
  return { element: button, note };
}
