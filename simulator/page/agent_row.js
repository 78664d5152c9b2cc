// A user's message that did not travel: an agent has the session and got it.

import { element } from "./element.js";
import { block, headline, row } from "./row.js";

/** Its row. */
export function agentRow(at, message) {
  const summary = [
    ...headline(at, "", element("span", { say: "message" }), message.MsgType),
    element("span", { class: "chip", say: "to_agent" }),
  ];
  return row({ class: "to-agent" }, summary, element("div", { class: "details" }, ...block("message", message)));
}
