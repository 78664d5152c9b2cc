// Whom WeChat plays for, in the bar.

import { sayIn } from "./words.js";

const appid = document.getElementById("appid");
const pushUrl = document.getElementById("push-url");

/** Shows the mini program; its appid unless that can be chosen. */
export function show(setup) {
  appid.parentElement.hidden = setup.appids.length > 1;
  appid.textContent = setup.appid;
  showPushUrl(setup.push_url);
}

/** Shows where pushes go from now on; null: nowhere. */
export function showPushUrl(url) {
  sayIn(pushUrl, url ? undefined : "nowhere");
  if (url) pushUrl.textContent = url;
}
