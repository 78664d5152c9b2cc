// The simulator's timeline, as it comes.

import { read } from "./exact_json.js";

const PAUSE = 3_000; // milliseconds until another try, as browsers have it

/**
 * Watches for as long as the page is open. `on.restart` comes before everything is told from the beginning, `on.state`
 * tells how things stand at each connection, `on.happening` what happens, `on.connection` in a word how the line is.
 */
export function watch(on) {
  const timeline = new EventSource("/simulator/timeline");
  // The browser comes back to the same place by itself; a timeline that is opened anew begins anew.
  timeline.addEventListener("open", on.restart, { once: true });
  timeline.addEventListener("open", () => on.connection("live"));
  timeline.addEventListener("error", () => {
    if (timeline.readyState === EventSource.CONNECTING) {
      on.connection("lost");
      return;
    }
    // Something answered that is no timeline, and the browser does not try again.
    on.connection("closed");
    setTimeout(() => watch(on), PAUSE);
  });
  timeline.addEventListener("restart", on.restart);
  timeline.addEventListener("state", ({ data }) => on.state(read(data)));
  timeline.addEventListener("message", ({ data }) => on.happening(read(data)));
}
