// The faults of WeChat's API: one is chosen here; a script may switch on others, on any path.

import { element } from "./element.js";
import * as orders from "./orders.js";

const path = document.getElementById("api-path");
const fault = document.getElementById("api-fault");
const several = document.getElementById("api-faults");

let orderly = Promise.resolve();
let pending = 0;
let told = {};

/** Listens to the two selects. */
export function begin() {
  fault.addEventListener("change", choose);
  path.addEventListener("change", () => {
    if (fault.value) choose();
  });
}

/** Orders what is chosen, one order after the other: the last one stays. */
function choose() {
  const chosen = [path.value, fault.value];
  pending += 1;
  orderly = orderly.then(async () => {
    const isDone = chosen[1] ? await orders.setApiFault(...chosen) : await orders.clearApiFaults();
    pending -= 1;
    // What an order comes to may be told before or after it is answered. Until it is told, the selects show it.
    const isTold = (told[chosen[0]] ?? "") === chosen[1];
    if (pending === 0 && (isTold || !isDone)) show(told);
  });
}

/** Shows the faults that are on, by path, whoever switched them; not while this page's own orders are under way. */
export function change(faults) {
  told = faults;
  if (pending === 0) show(faults);
}

function show(faults) {
  const paths = Object.keys(faults);
  const shown = path.value in faults ? path.value : (paths[0] ?? path.value);
  if (![...path.options].some((option) => option.value === shown)) path.append(element("option", {}, shown));
  path.value = shown;
  fault.value = faults[shown] ?? "";
  const all = [element("span", { say: "several_faults" }), " ", element("code", {}, paths.join(", "))];
  several.replaceChildren(...(paths.length > 1 ? all : []));
}
