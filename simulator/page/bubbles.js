// How WeChat shows each kind of message: what goes into a bubble.

import { element } from "./element.js";

/** A text, with the links to mini programs and pages that WeChat takes: `<a>`, and no other element. */
export function text(content) {
  const parsed = new DOMParser().parseFromString(content, "text/html").body;
  const parts = Array.from(parsed.childNodes, (node) => (node.nodeName === "A" ? link(node) : withoutTags(node)));
  return element("p", { class: "text" }, ...(content.includes("<a") ? parts : [content]));
}

function withoutTags(node) {
  return node.nodeType === Node.TEXT_NODE ? node.textContent : (node.outerHTML ?? "");
}

function link(anchor) {
  const path = anchor.dataset.miniprogramPath;
  const target = path ?? anchor.getAttribute("href") ?? "";
  const attributes = path === undefined && isWeb(target) ? { href: target, target: "_blank", rel: "noopener noreferrer" } : {};
  return element("a", { ...attributes, class: path === undefined ? "link" : "link mini-program", title: target }, anchor.textContent);
}

const isWeb = (url) => /^https?:\/\//i.test(url);

/** A picture, or a grey square where there is none. */
export function picture(source, name) {
  if (!source) return element("span", { class: "no-picture" });
  const image = element("img", { src: source, alt: "" , loading: "lazy", class: name });
  image.addEventListener("error", () => image.replaceWith(element("span", { class: "no-picture" })), { once: true });
  return image;
}

/** The picture of a media id, which the simulator keeps. */
export const pictureOf = (mediaId) => mediaId && `/simulator/pictures/${encodeURIComponent(mediaId)}`;

/** A link card: title, description, thumb. */
export function linkCard({ title, description, url, thumb_url: thumb }) {
  const attributes = isWeb(url ?? "") ? { href: url, target: "_blank", rel: "noopener noreferrer" } : {};
  return element(
    "a",
    { ...attributes, class: "link-card", title: url },
    element("strong", {}, title ?? ""),
    element("span", { class: "description" }, description ?? ""),
    picture(thumb),
  );
}

/** A mini program card: title, picture, where it leads. */
export function miniProgramCard(title, path, thumb) {
  return element(
    "div",
    { class: "card", title: path },
    element("strong", {}, title ?? ""),
    picture(thumb),
    element("span", { class: "foot" }, element("span", { say: "mini_program_card" }), " ", element("code", {}, path ?? "")),
  );
}

/** A subscription message, as the service notification that WeChat makes of it. */
export function notification({ template_id: template, data, page }) {
  const rows = Object.entries(data ?? {}).flatMap(([key, entry]) => [
    element("dt", {}, key),
    element("dd", {}, String(entry?.value ?? "")),
  ]);
  const foot = page && element("span", { class: "foot" }, element("span", { say: "to_page" }), " ", element("code", {}, page));
  return element(
    "div",
    { class: "notification" },
    element("span", { class: "head", say: "notification" }),
    element("strong", {}, template ?? ""),
    element("dl", {}, ...rows),
    foot || undefined,
  );
}
