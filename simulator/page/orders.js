// What the page asks of the simulator, by its control API. Refusals are shown; nothing is awaited for its answer, since
// all that comes of an order appears on the timeline.

import { say } from "./words.js";

const alertLine = document.getElementById("alert");

/** Calls the control API; undefined if that failed, which the page then says. */
async function order(method, path, body) {
  try {
    const response = await fetch(`/simulator/${path}`, { method, body });
    const text = await response.text();
    if (response.ok) {
      alertLine.hidden = true;
      return JSON.parse(text);
    }
    complain(`${say("refused")}: ${why(text)}`);
  } catch {
    complain(say("unreachable"));
  }
  return undefined;
}

function why(text) {
  try {
    return JSON.parse(text).error ?? text;
  } catch {
    return text;
  }
}

function complain(text) {
  alertLine.textContent = text;
  alertLine.hidden = false;
}

/** Lets the user do something; `style` is mode, format, bad_signature, fault, fault_attempts. */
export const push = (openid, message, style) => order("POST", "push", JSON.stringify({ ...style, openid, message }));

/** The user's last push once more, byte for byte. */
export const pushAgain = (openid, { fault, fault_attempts }) =>
  order("POST", "push/again", JSON.stringify({ openid, fault, fault_attempts }));

/** Keeps a picture; its `media_id` and `pic_url`. */
export const keepPicture = (file) => order("POST", "pictures", file);

/** Lets the calls of a path go wrong, and all others right. */
export async function setApiFault(path, fault) {
  if ((await order("DELETE", "faults")) && fault) {
    await order("PUT", "faults", JSON.stringify({ path, fault, ...(fault === "delay" && { milliseconds: 3000 }) }));
  }
}

/** The mini program that is played for. */
export const setup = () => order("GET", "setup");
