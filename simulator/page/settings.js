// How pushes travel, and what goes wrong: switched while it runs.

import * as orders from "./orders.js";

const form = document.getElementById("settings");
const attempts = document.getElementById("attempts");
const apiPath = document.getElementById("api-path");
const apiFault = document.getElementById("api-fault");

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
  for (const select of [apiPath, apiFault]) {
    select.addEventListener("change", () => orders.setApiFault(apiPath.value, apiFault.value));
  }
}

/** Shows which fault is switched on, whoever did it. */
export function showFaults(faults) {
  const [path, fault] = Object.entries(faults)[0] ?? [apiPath.value, ""];
  apiPath.value = path;
  apiFault.value = fault;
}
