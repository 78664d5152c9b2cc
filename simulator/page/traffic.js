// The right half: what travelled between WeChat and the product, in order.

import { agentRow } from "./agent_row.js";
import { callRow } from "./call_row.js";
import * as clock from "./clock.js";
import { element } from "./element.js";
import { follow } from "./follow.js";
import { trimRows } from "./kept.js";
import { pushRow } from "./push_row.js";
import { sessionRow } from "./session_row.js";

const list = document.getElementById("traffic");

// On a phone the whole half scrolls.
export const end = follow(list, list.parentElement);

let pushes = new Map();
let lastDay = "";

/** Nothing has travelled. */
export function clear() {
  pushes = new Map();
  lastDay = clock.today();
  list.replaceChildren(element("li", { class: "empty", say: "nothing_yet" }));
}

/**
 * Shows what happened: what concerns this user, and all calls, since a mistake in one may be whom it is to; `secondsLate` of
 * a message that is a late reply.
 */
export function show(happening, openid, secondsLate) {
  const { at, what, push } = happening;
  if (what === "push_starts" && happening.openid === openid) {
    const row = pushRow(at, happening);
    pushes.set(push, row);
    put(at, row.row);
  }
  if (what === "attempt_starts") pushes.get(push)?.starts(happening.attempt);
  if (what === "attempt_ends") pushes.get(push)?.ends(happening.attempt);
  if (what === "push_ends") {
    pushes.get(push)?.is(happening.outcome);
    pushes.delete(push);
  }
  if (what === "to_agent" && happening.openid === openid) put(at, agentRow(at, happening.message));
  if (what === "agent_acts" && happening.openid === openid) put(at, sessionRow(at, happening.act));
  if (what === "call") put(at, callRow(happening.call, openid, secondsLate));
  end.soon();
}

function put(at, row) {
  if (list.firstElementChild?.matches(".empty")) list.firstElementChild.remove();
  const day = clock.day(at);
  if (day !== lastDay) list.append(element("li", { class: "day mono" }, day));
  lastDay = day;
  list.append(row);
  trimRows(list);
}
