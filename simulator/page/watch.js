// The simulator's timeline of one mini program, as it comes.

import { read } from "./exact_json.js";
import { query } from "./mini_program.js";

const PAUSE = 3_000; // milliseconds until another try, as browsers have it

/**
 * Watches for as long as the page is open. `on.restart` comes before everything is told from the beginning, `on.state`
 * tells how things stand at each connection, `on.happening` what happens, `on.connection` in a word how the line is.
 * Returns what to call when it is to be another mini program's timeline.
 */
export function watch(on) {
  let timeline;
  let retry;

  function open(path) {
    timeline?.close();
    clearTimeout(retry);
    timeline = new EventSource(path);
    // The browser comes back to the same place by itself; a timeline that is opened anew begins anew.
    timeline.addEventListener("open", on.restart, { once: true });
    timeline.addEventListener("open", () => on.connection("live"));
    timeline.addEventListener("error", ({ target }) => {
      if (target.readyState === EventSource.CONNECTING) {
        on.connection("lost");
        return;
      }
      // Something answered that is no timeline, or a simulator that does not play this mini program, and the browser does
      // not try again. Every simulator has a first mini program.
      on.connection("closed");
      retry = setTimeout(first, PAUSE);
    });
    timeline.addEventListener("restart", on.restart);
    timeline.addEventListener("state", ({ data }) => on.state(read(data)));
    timeline.addEventListener("message", ({ data }) => on.happening(read(data)));
  }

  const first = () => open("/simulator/timeline");
  first();
  return () => open(`/simulator/timeline${query()}`);
}
