// Builds elements. Text goes in as text, never as HTML: what the product and the user write stays inert.

import { speak } from "./words.js";

const SPOKEN = new Map([["say", "say"], ["say_label", "sayLabel"], ["say_alt", "sayAlt"]]);

/** `attributes`: `say`, `say_label` and `say_alt` name words that follow the language, the rest are as in HTML. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (SPOKEN.has(name)) made.dataset[SPOKEN.get(name)] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  speak(made);
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}
