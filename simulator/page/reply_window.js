// The user's reply window, as WeChat counts it: what is left and for how long.

import { countdown } from "./clock.js";
import { element } from "./element.js";
import { sayIn } from "./words.js";

const card = document.getElementById("window");
const remaining = document.getElementById("window-remaining");
const unit = document.getElementById("window-unit");
const dots = document.getElementById("window-dots");
const time = document.getElementById("window-time");
const state = document.getElementById("window-state");
const accepted = document.getElementById("accepted");
const MOST = 5;
const STATES = { none: "window_none", open: "window_open", used_up: "window_used_up", closed: "window_closed" };

let shown = null;

/** Shows a user's window from now on; undefined: the user has not been in touch. */
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
  const isOpen = kind === "open" || kind === "used_up";
  const left = isOpen ? shown.remaining : 0;
  card.dataset.state = kind;
  remaining.textContent = kind === "none" ? "–" : left;
  sayIn(unit, left === 1 ? "message_left" : "messages_left");
  time.textContent = isOpen ? countdown(seconds) : "–";
  sayIn(state, STATES[kind]);
  for (const [n, dot] of [...dots.children].entries()) dot.classList.toggle("full", n < left);
}

dots.append(...Array.from({ length: MOST }, () => element("i")));
setInterval(tick, 500);
