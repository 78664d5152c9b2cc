// Which of the product's messages are late replies: those that came after WeChat had its answer to what the user wrote.
//
// WeChat cannot tell which message a reply belongs to. A message of the user's waits if its push ended with neither a
// transfer nor a message to the user. The next message to the user counts as the reply to the one that waits longest.

import { element } from "./element.js";
import { trim } from "./kept.js";
import { transfers } from "./transfer.js";

const LONGEST = 900; // seconds after which nothing is a reply any more; the product gives a function at most 840

// Of the user's messages: when those under way came, by push, and whether anything was sent meanwhile; when those that wait came.
let underWay = new Map();
let waiting = [];

/** Forgets all. */
export function clear() {
  underWay = new Map();
  waiting = [];
}

/** How many seconds after the user's message a late reply came; undefined if this is none. Takes all that happens, in order. */
export function secondsLate(happening, openid) {
  const { at, what, push } = happening;
  if (what === "push_starts" && isWritten(happening, openid)) underWay.set(push, { at, isReplied: false });
  if (what === "attempt_ends" && transfers(happening.attempt)) underWay.delete(push);
  if (what === "push_ends") ends(push);
  return what === "call" && isMessage(happening.call, openid) ? sent(at) : undefined;
}

const isWritten = ({ openid: whose, occasion, message, is_genuine: isGenuine }, openid) =>
  whose === openid && occasion === "act" && isGenuine && message.MsgType !== "event";

const isMessage = ({ path, openid: whose, acted }, openid) =>
  whose === openid && acted && path === "/cgi-bin/message/custom/send";

function ends(push) {
  const message = underWay.get(push);
  underWay.delete(push);
  if (message && !message.isReplied) waiting.push(message.at);
  trim(waiting);
}

function sent(at) {
  if (underWay.size) {
    for (const message of underWay.values()) message.isReplied = true;
    return undefined;
  }
  waiting = waiting.filter((came) => at - came <= LONGEST);
  return waiting.length ? at - waiting.shift() : undefined;
}

/** What says so beside a message; nothing if it is not late. */
export function lateMark(seconds) {
  if (seconds === undefined) return undefined;
  return element("span", { class: "late" }, element("span", { say: "late" }), ` ${seconds} `, element("span", { say: "late_after" }));
}
