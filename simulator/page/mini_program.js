// Which mini program is shown and acted in: chosen in the bar if the simulator plays several, and remembered.

import { element } from "./element.js";
import { keepHere, remember, remembered } from "./remembered.js";

const REMEMBERED = "appid";
const choice = document.getElementById("mini-programs");
const select = document.getElementById("mini-program");
let current;

/** Its appid; undefined until the simulator has said which there are. */
export const appid = () => current;

/** What names it in a URL. */
export const query = () => (current ? `?appid=${current}` : "");

/** Listens to the select; `changed` is called when another one is chosen. */
export function begin(changed) {
  select.addEventListener("change", () => {
    current = select.value;
    remember(REMEMBERED, current);
    changed();
  });
}

/** Offers those that there are. It stays the same one, or is the one of last time, or else the one that is watched. */
export function offer({ appid: watched, appids }) {
  const wanted = current ?? remembered(REMEMBERED);
  current = appids.includes(wanted) ? wanted : watched;
  keepHere(REMEMBERED, current);
  select.replaceChildren(...appids.map((each) => element("option", {}, each)));
  select.value = current;
  choice.hidden = appids.length < 2;
}
