// How the next push travels, and what becomes of its answers: switched while it runs.

import * as orders from "./orders.js";

const form = document.getElementById("settings");
const attempts = document.getElementById("attempts");

/** How the next push is to travel, in the words of the control API. */
export function style() {
  const { mode, format, signature, fault } = Object.fromEntries(new FormData(form));
  return {
    mode,
    format,
    bad_signature: signature === "forged",
    ...(fault && { fault, fault_attempts: Number(attempts.value) }),
  };
}

/** Listens to the switches; `openid` tells whose last push goes again. */
export function begin(openid) {
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => (attempts.disabled = !style().fault));
  document.getElementById("again").addEventListener("click", () => orders.pushAgain(openid(), style()));
}
