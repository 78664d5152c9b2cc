// What the rows of both directions have in common.

import * as clock from "./clock.js";
import { element } from "./element.js";

/** A row whose summary opens to details. */
export function row(attributes, summary, details) {
  return element("li", attributes, element("details", {}, element("summary", {}, ...summary), details));
}

/** When it was, which way, what. */
export function headline(at, arrow, what, kind) {
  return [
    element("time", { class: "mono" }, clock.second(at)),
    element("span", { class: "arrow", "aria-hidden": "true" }, arrow),
    element("strong", {}, what),
    kind ? element("code", {}, kind) : undefined,
  ];
}

/** Something with a heading; nothing if there is nothing. `number` is the attempt's. */
export function block(name, content, number) {
  if (content === null || content === undefined || content === "") return [];
  const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
  const heading = element("h3", {}, element("span", { say: name }), number ? ` #${number}` : "");
  return [heading, element("pre", { tabindex: "0" }, text)];
}
