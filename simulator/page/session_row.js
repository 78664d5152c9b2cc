// What an agent did about the session with the user: took it, ended it, or turned away a user who waited.

import { element } from "./element.js";
import { headline } from "./row.js";

const STATES = { takes: "session_agent", ends: "session_over", turns_away: "session_over" };

/** Its row. There is nothing more to it, so that it does not open. */
export function sessionRow(at, act) {
  return element(
    "li",
    { class: "agent-acts" },
    ...headline(at, "", element("span", { say: "session" })),
    element("span", { class: "chip", say: STATES[act] }),
  );
}
