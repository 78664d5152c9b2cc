// The user's reply window, as WeChat counts it: what is left and for how long.

import { element } from "./element.js";
import { say } from "./words.js";

const card = document.getElementById("window");
const remaining = document.getElementById("window-remaining");
const dots = document.getElementById("window-dots");
const time = document.getElementById("window-time");
const state = document.getElementById("window-state");
const accepted = document.getElementById("accepted");
const MOST = 5;

let shown = null;

/** Shows a user's window from now on; null: the user has not been in touch. */
export function show(user) {
  shown = user?.window ?? null;
  const templates = Object.entries(user?.accepted ?? {}).filter(([, count]) => count > 0);
  accepted.replaceChildren(
    ...(templates.length ? [element("span", { say: "accepted" })] : []),
    ...templates.map(([template, count]) => element("code", {}, `${template} × ${count}`)),
  );
  tick();
}

function tick() {
  const seconds = shown ? shown.expires_at - Math.floor(Date.now() / 1000) : 0;
  const kind = !shown ? "none" : seconds <= 0 ? "closed" : shown.remaining === 0 ? "used_up" : "open";
  const left = kind === "open" || kind === "used_up" ? shown.remaining : 0;
  card.dataset.state = kind;
  remaining.textContent = kind === "none" ? "–" : left;
  time.textContent = kind === "open" || kind === "used_up" ? clock(seconds) : "–";
  if (state.dataset.say !== `window_${kind}`) {
    state.dataset.say = `window_${kind}`;
    state.textContent = say(state.dataset.say);
  }
  dots.replaceChildren(...Array.from({ length: MOST }, (_, n) => element("i", { class: n < left ? "full" : null })));
}

function clock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

setInterval(tick, 500);
