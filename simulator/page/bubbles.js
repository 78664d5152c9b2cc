// How WeChat shows each kind of message: what goes into a bubble.

import { element } from "./element.js";
import { written } from "./exact_json.js";
import { linked, toWeb } from "./links.js";
import { query } from "./mini_program.js";

/** A text as the user writes it. */
export const plainText = (content) => element("p", { class: "text" }, written(content));

/** A text as the product sends it. */
export const text = (content) => element("p", { class: "text" }, ...linked(written(content)));

/** A picture, or a grey square where there is none. */
export function picture(source, name) {
  if (!source) return noPicture();
  const image = element("img", { src: source, say_alt: "image", class: name });
  image.addEventListener("error", () => image.replaceWith(noPicture()), { once: true });
  return image;
}

const noPicture = () => element("span", { class: "no-picture", role: "img", say_label: "no_picture" });

/** The picture of a media id, which the simulator keeps. */
export const pictureOf = (mediaId) => mediaId && `/simulator/pictures/${encodeURIComponent(written(mediaId))}${query()}`;

/** A link card: title, description, thumb. */
export function linkCard({ title, description, url, thumb_url: thumb }) {
  const attributes = toWeb(written(url));
  return element(
    attributes ? "a" : "div",
    { ...attributes, class: "link-card" },
    element("strong", {}, written(title)),
    element("span", { class: "description" }, written(description)),
    picture(thumb),
  );
}

/** A mini program card: title, picture, where it leads. */
export function miniProgramCard(title, path, thumb) {
  return element(
    "div",
    { class: "card" },
    element("strong", {}, written(title)),
    picture(thumb),
    foot("mini_program", path),
  );
}

const foot = (word, path) =>
  element("span", { class: "foot" }, element("span", { say: word }), " ", element("code", {}, written(path)));

/** A subscription message, as the service notification that WeChat makes of it. */
export function notification({ template_id: template, data, page }) {
  const rows = Object.entries(data ?? {}).flatMap(([key, entry]) => [
    element("dt", {}, key),
    element("dd", {}, written(entry?.value)),
  ]);
  return element(
    "div",
    { class: "notification" },
    element("span", { class: "head", say: "notification" }),
    element("strong", {}, written(template)),
    element("dl", {}, ...rows),
    page ? foot("to_page", page) : undefined,
  );
}
