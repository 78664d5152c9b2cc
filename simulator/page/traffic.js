// The right half: what travelled between WeChat and the product, in order.

import { element } from "./element.js";

const list = document.getElementById("traffic");
const NEAR = 240; // pixels from the end within which a reader counts as following
let pushes = new Map();

/** Nothing has travelled. */
export function clear() {
  pushes = new Map();
  list.replaceChildren(element("li", { class: "empty", say: "nothing_yet" }));
}

/** Shows what happened, as far as it concerns this user or nobody in particular. */
export function show(happening, openid) {
  const { at, what, push } = happening;
  if (what === "push_starts" && happening.openid === openid) pushes.set(push, pushRow(at, happening));
  if (what === "attempt_starts") pushes.get(push)?.starts(happening.attempt);
  if (what === "attempt_ends") pushes.get(push)?.ends(happening.attempt);
  if (what === "push_ends") pushes.get(push)?.row.setAttribute("data-outcome", happening.outcome);
  if (what === "call" && [openid, null].includes(happening.call.openid)) put(callRow(happening.call));
}

function pushRow(at, start) {
  const { message } = start;
  const attempts = element("span", { class: "attempts" });
  const details = element("div", { class: "details" }, ...block("message", message), ...block("query", start.query), ...block("body", start.body));
  const row = element(
    "li",
    { class: "push", "data-outcome": "under_way" },
    element(
      "details",
      {},
      element(
        "summary",
        {},
        ...headline(at, "→", element("span", { say: "push" }), message.MsgType === "event" ? message.Event : message.MsgType),
        element("span", { class: "chip" }, element("span", { say: start.mode })),
        element("span", { class: "chip" }, start.format.toUpperCase()),
        element("span", { class: `chip ${start.is_genuine ? "good" : "bad"}`, say: start.is_genuine ? "signed" : "badly_signed" }),
        start.occasion === "again" ? element("span", { class: "chip", say: "pushed_again" }) : undefined,
        start.occasion === "report" ? element("span", { class: "chip", say: "report" }) : undefined,
        attempts,
      ),
      details,
    ),
  );
  put(row);
  let line;
  return {
    row,
    starts(number) {
      line = element("span", { class: "attempt" }, `#${number} `, element("span", { class: "waiting", say: "under_way" }));
      attempts.append(line);
      scroll();
    },
    ends(attempt) {
      line?.replaceWith(attemptLine(attempt));
      if (attempt.body) details.append(...block("answer", attempt.body));
      if (attempt.reply) details.append(...block("reply", attempt.reply));
      scroll();
    },
  };
}

function attemptLine({ attempt, status, milliseconds, body, reply, fault }) {
  const answer = fault ?? reply?.MsgType ?? (reply ? JSON.stringify(reply) : body);
  return element(
    "span",
    { class: `attempt ${fault ? "bad" : "good"}` },
    `#${attempt} `,
    element("b", {}, String(status ?? "–")),
    ` · ${milliseconds} ms · `,
    answer ? element("span", {}, answer) : element("span", { say: "empty_answer" }),
  );
}

function callRow({ at, path, body, errcode, answer, fault }) {
  const isGood = errcode === 0;
  const outcome = errcode === null ? element("span", { say: "not_acted_upon" }) : element("span", {}, `errcode ${errcode}`);
  return element(
    "li",
    { class: "call", "data-errcode": errcode },
    element(
      "details",
      {},
      element(
        "summary",
        {},
        ...headline(at, "←", path.replace("/cgi-bin/", ""), body?.msgtype ?? body?.command),
        element("span", { class: `chip ${isGood ? "good" : "bad"}` }, outcome, fault ? ` · ${fault}` : ""),
        !isGood && answer?.errmsg ? element("span", { class: "attempts" }, element("span", { class: "attempt bad" }, answer.errmsg)) : undefined,
      ),
      element("div", { class: "details" }, ...block("sent", body), ...block("answer", answer)),
    ),
  );
}

function headline(at, arrow, what, kind) {
  const time = new Date(at * 1000).toLocaleTimeString([], { hour12: false });
  return [
    element("time", { class: "mono" }, time),
    element("span", { class: "arrow", "aria-hidden": "true" }, arrow),
    element("strong", {}, what),
    kind ? element("code", {}, kind) : undefined,
  ];
}

function block(name, content) {
  if (content === null || content === undefined) return [];
  const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
  return [element("h3", { say: name }), element("pre", { tabindex: "0" }, text)];
}

function put(row) {
  list.querySelector(".empty")?.remove();
  list.append(row);
  scroll();
}

/** Follows what comes, unless the reader has scrolled up. */
function scroll() {
  // On a phone the whole half scrolls.
  const scroller = list.scrollHeight > list.clientHeight ? list : list.parentElement;
  const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  if (below < NEAR) scroller.scrollTop = scroller.scrollHeight;
}
