// A push: how it travels, and each attempt with its answer.

import { element } from "./element.js";
import { written } from "./exact_json.js";
import { block, headline, row } from "./row.js";

const FAULTS = {
  timeout: "attempt_timeout",
  lost: "attempt_lost",
  unreachable: "attempt_unreachable",
  status: "attempt_status",
  abnormal: "attempt_abnormal",
  err_code: "attempt_err_code",
};
const OCCASIONS = { again: "pushed_again", report: "report" };

/** A push that starts: its row, and what to tell it of its attempts and its end. */
export function pushRow(at, start) {
  const { message, occasion } = start;
  const attempts = element("span", { class: "attempts" });
  const details = element(
    "div",
    { class: "details" },
    ...block("message", message),
    ...block("query", start.query),
    ...block("body", start.body),
  );
  const summary = [
    ...headline(at, "→", element("span", { say: "push" }), message.MsgType === "event" ? message.Event : message.MsgType),
    element("span", { class: "chip", say: start.mode }),
    element("span", { class: "chip" }, start.format.toUpperCase()),
    element("span", { class: `chip ${start.is_genuine ? "good" : "bad"}`, say: start.is_genuine ? "signed" : "badly_signed" }),
    occasion in OCCASIONS ? element("span", { class: "chip", say: OCCASIONS[occasion] }) : undefined,
    attempts,
  ];
  const made = row({ class: "push", "data-outcome": "under_way" }, summary, details);
  let line;
  return {
    row: made,
    starts(number) {
      line = element("span", { class: "attempt" }, `#${number} `, element("span", { class: "waiting", say: "under_way" }));
      attempts.append(line);
    },
    ends(attempt) {
      line?.replaceWith(attemptLine(attempt));
      details.append(
        ...block("why", attempt.fault, attempt.attempt),
        ...block("answer", attempt.body, attempt.attempt),
        ...block("reply", attempt.reply, attempt.attempt),
      );
    },
    is(outcome) {
      made.dataset.outcome = outcome;
    },
  };
}

function attemptLine({ attempt, status, milliseconds, body, reply, is_ignored: isIgnored, fault_kind: fault }) {
  return element(
    "span",
    { class: `attempt ${fault ? "bad" : "good"}` },
    `#${attempt} `,
    element("b", {}, String(status ?? "–")),
    ` · ${milliseconds} ms · `,
    fault ? element("span", { say: FAULTS[fault] }) : answered(reply?.MsgType ?? reply ?? body),
    isIgnored ? element("span", { class: "chip bad", say: "ignored_reply" }) : undefined,
  );
}

const answered = (answer) => (answer ? element("span", {}, written(answer)) : element("span", { say: "empty_answer" }));
