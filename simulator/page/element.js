// Builds elements. Text goes in as text, never as HTML: what the product and the user write stays inert.

import { say } from "./words.js";

/** `attributes`: `say` names a word that follows the language, `on…` a listener, the rest are attributes as in HTML. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "say") {
      made.dataset.say = value;
      made.textContent = say(value);
    } else if (name.startsWith("on")) {
      made.addEventListener(name.slice(2), value);
    } else {
      made.setAttribute(name, value === true ? "" : value);
    }
  }
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}
