// With whom the user talks: the product alone, or an agent; and what an agent can do about it.

import * as orders from "./orders.js";
import { sayIn } from "./words.js";

const card = document.getElementById("session");
const state = document.getElementById("session-state");
const take = document.getElementById("session-take");
const end = document.getElementById("session-end");
const STATES = { nobody: "session_nobody", queue: "session_queue", agent: "session_agent", over: "session_over" };

let shown = { with: "nobody" };

/** Listens to the agent's buttons; `openid` tells whose session it is about. */
export function begin(openid) {
  take.addEventListener("click", () => orders.takeSession(openid()));
  end.addEventListener("click", () => orders.endSession(openid()));
}

/** Shows with whom a user talks from now on; undefined: the user has not been in touch. */
export function show(user) {
  shown = user?.session ?? { with: "nobody" };
  tick();
}

/** A session with an agent ends by itself. */
function tick() {
  const isOver = shown.with === "agent" && shown.until * 1000 <= Date.now();
  const kind = isOver ? "over" : shown.with;
  card.dataset.with = kind;
  sayIn(state, STATES[kind]);
  take.disabled = kind !== "queue";
  end.disabled = kind !== "queue" && kind !== "agent";
}

setInterval(tick, 500);
