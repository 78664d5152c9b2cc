// What the page asks of the simulator, by its control API. A refusal is shown; what comes of an order is not awaited
// here, but appears on the timeline.

import { complain, hush } from "./alert_line.js";
import { appid, query } from "./mini_program.js";
import { say } from "./words.js";

/** Calls the control API; undefined if that failed, which the page then says. */
async function order(method, path, body) {
  // Not when it succeeds: that would take away what is said of an order in between.
  hush();
  try {
    const response = await fetch(`/simulator/${path}`, { method, body });
    const text = await response.text();
    if (response.ok) return JSON.parse(text);
    complain(`${say("refused")}${why(text)}`);
  } catch {
    complain(say("unreachable"));
  }
  return undefined;
}

/** An order's fields, and in which mini program it is given. */
const fields = (given) => JSON.stringify({ ...given, appid: appid() });

function why(text) {
  try {
    return JSON.parse(text).error ?? text;
  } catch {
    return text;
  }
}

/** Lets the user do something; `style` is mode, format, bad_signature, fault, fault_attempts. */
export const push = (openid, message, style) =>
  order("POST", "push", fields({ ...style, openid, message, wait: false }));

/** The user's last push once more, byte for byte. */
export const pushAgain = (openid, { fault, fault_attempts }) =>
  order("POST", "push/again", fields({ openid, fault, fault_attempts, wait: false }));

/** Lets an agent take the user out of the queue. */
export const takeSession = (openid) => order("POST", "session/take", fields({ openid }));

/** Lets an agent end the session with the user. */
export const endSession = (openid) => order("POST", "session/end", fields({ openid }));

/** Keeps a picture; its `media_id` and `pic_url`. */
export const keepPicture = (file) => order("POST", `pictures${query()}`, file);

/** Lets the calls of this path go wrong, and all others right. */
export function setApiFault(path, fault) {
  const late = fault === "delay" ? { milliseconds: 3000 } : {};
  return order("PUT", "faults", fields({ path, fault, alone: true, ...late }));
}

/** Lets all calls go right. */
export const clearApiFaults = () => order("DELETE", `faults${query()}`);
