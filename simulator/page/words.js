// The language of the page. What WeChat itself says to a user stays in WeChat's words.

import { CHINESE } from "./chinese.js";
import { ENGLISH } from "./english.js";
import { keepHere, remember, remembered } from "./remembered.js";

const REMEMBERED = "language";
/** What an element may have a word for, by the data attribute that names the word. */
const PLACES = { say: "textContent", sayLabel: "ariaLabel", sayPlaceholder: "placeholder", sayAlt: "alt" };
let words = ENGLISH;

/** A word in the language of the page. */
export function say(name) {
  return words[name] ?? name;
}

/** Puts the words into an element that it names. */
export function speak(element) {
  for (const [place, property] of Object.entries(PLACES)) {
    if (place in element.dataset) element[property] = say(element.dataset[place]);
  }
}

/** Lets an element say another word from now on; undefined: none. */
export function sayIn(element, name) {
  if (element.dataset.say === name) return;
  if (name) {
    element.dataset.say = name;
    speak(element);
  } else {
    delete element.dataset.say;
    element.textContent = "";
  }
}

function translate() {
  document.documentElement.lang = words === CHINESE ? "zh-CN" : "en";
  document.title = say("title");
  document.querySelectorAll("[data-say], [data-say-label], [data-say-placeholder], [data-say-alt]").forEach(speak);
  document.getElementById("language").lang = words === CHINESE ? "en" : "zh-CN";
}

/** Begins in the language that was chosen last, or the browser's. */
export function chooseLanguage() {
  const chosen = remembered(REMEMBERED) ?? navigator.language;
  words = chosen.startsWith("zh") ? CHINESE : ENGLISH;
  keepHere(REMEMBERED, chosen);
  translate();
}

/** The other one from now on. */
export function switchLanguage() {
  words = words === CHINESE ? ENGLISH : CHINESE;
  remember(REMEMBERED, words === CHINESE ? "zh" : "en");
  translate();
}
