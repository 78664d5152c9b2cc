// A call of WeChat's API: what was asked, and what the caller got.

import { element } from "./element.js";
import { written } from "./exact_json.js";
import { lateMark } from "./late_replies.js";
import { block, headline, row } from "./row.js";

const FAULTS = {
  delay: "fault_delayed",
  drop: "fault_drop",
  drop_after_body: "cut_before_answer",
  errcode: "fault_refuses",
  half: "half_an_answer",
  empty: "fault_empty",
  html: "fault_html",
  status_500: "fault_status_500",
  answer: "fault_answer",
};

/**
 * The row of a call. One that is about another user than `openid` says about whom. WeChat knows no caller but by the header
 * User-Agent, which the SDK gateway passes on, and which the product does not send of its own.
 */
export function callRow(call, openid, secondsLate) {
  const { at, path, body, errcode, answer, acted, fault, openid: about } = call;
  const userAgent = call.request.headers.find(([name]) => name === "user-agent")?.[1];
  const isOfAnother = about !== null && about !== openid;
  const isGood = errcode === 0;
  const summary = [
    ...headline(at, "←", path.replace("/cgi-bin/", ""), written(body?.msgtype ?? body?.command)),
    element("span", { class: `chip ${isGood ? "good" : "bad"}` }, errcode === null ? met(acted) : `errcode ${written(errcode)}`),
    fault ? element("span", { class: "chip bad", say: FAULTS[fault] }) : undefined,
    lateMark(secondsLate),
    isOfAnother ? toWhom(about) : undefined,
    userAgent ? element("span", { class: "chip user-agent" }, "User-Agent ", element("code", {}, userAgent)) : undefined,
    !isGood && answer?.errmsg ? complaint(answer.errmsg) : undefined,
  ];
  const details = element(
    "div",
    { class: "details" },
    ...block("request", requested(call)),
    ...block("sent", body),
    ...block("answer", answer),
  );
  return row({ class: isOfAnother ? "call of-another" : "call", "data-errcode": written(errcode) }, summary, details);
}

/** The request line and the headers, without credentials. */
function requested({ path, request: { method, query, headers } }) {
  const line = `${method} ${path}${query === null ? "" : `?${query}`}`;
  return [line, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\n");
}

/** What became of a call whose caller was told no errcode. */
const met = (acted) => element("span", { say: acted ? "acted_upon" : "not_acted_upon" });

const toWhom = (openid) =>
  element("span", { class: "chip" }, element("span", { say: "to_user" }), " ", element("code", {}, openid));

const complaint = (errmsg) =>
  element("span", { class: "attempts" }, element("span", { class: "attempt bad" }, written(errmsg)));
