// The faults of WeChat's API: one is chosen here; a script may switch on others, on any path.

import { element } from "./element.js";
import * as orders from "./orders.js";

const path = document.getElementById("api-path");
const fault = document.getElementById("api-fault");
const several = document.getElementById("api-faults");

let orderly = Promise.resolve();
// Each order that is carried out is told of in turn. While this page's own ones are yet to come, what is told is older
// than what was chosen.
let yetToCome = 0;

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
  yetToCome += 1;
  orderly = orderly.then(async () => {
    const isDone = chosen[1] ? await orders.setApiFault(...chosen) : await orders.clearApiFaults();
    if (!isDone) yetToCome -= 1;
  });
}

/** Shows the faults that were switched on or off, by path, whoever did it. */
export function change(faults) {
  if (yetToCome > 0) yetToCome -= 1;
  if (yetToCome === 0) show(faults);
}

/** Shows the faults as they stand. */
export function begun(faults) {
  yetToCome = 0;
  show(faults);
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
