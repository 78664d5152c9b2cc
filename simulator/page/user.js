// Who acts: one of WeChat's users, chosen in the bar and remembered.

import { complain, hush } from "./alert_line.js";
import { remember, remembered } from "./remembered.js";
import { say } from "./words.js";

const REMEMBERED = "openid";
const input = document.getElementById("openid");
let current = "";

/** The openid of the user who acts; empty until one is known. */
export const openid = () => current;

/** Begins with the user of last time; `changed` is called with each other one. */
export function begin(changed) {
  choose(remembered(REMEMBERED) ?? "");
  const change = (openid) => {
    choose(openid);
    changed();
  };
  document.getElementById("user-form").addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("change", () => {
    const isValid = input.checkValidity();
    input.ariaInvalid = String(!isValid);
    if (isValid) {
      hush();
      change(input.value);
    } else {
      complain(`${say("bad_openid")}${current}`);
    }
  });
  document.getElementById("new-user").addEventListener("click", () => change(stranger()));
}

/** Acts as this user if there is none of last time. */
export function otherwise(openid) {
  if (!current) choose(openid);
}

function choose(openid) {
  current = openid;
  input.value = openid;
  input.ariaInvalid = "false";
  if (openid) remember(REMEMBERED, openid);
}

function stranger() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `oUser${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
