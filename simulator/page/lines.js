// What stands in the middle of a conversation, without a bubble.

import { element } from "./element.js";
import { written } from "./exact_json.js";

/** A line of these parts; `kind` is its class. */
export function line(kind, ...parts) {
  return element("li", { class: `system ${kind}` }, ...parts.flatMap((part) => [part, " "]));
}

/** A word of the page's. */
export const word = (name) => element("span", { say: name });

const code = (value) => element("code", {}, written(value));

/** What the user did by an event. */
export function event(message) {
  if (message.Event === "user_enter_tempsession") {
    const from = message.SessionFrom ? [word("from"), code(message.SessionFrom)] : [];
    return line("", word("entered"), ...from);
  }
  const choices = subscriptionChoices(message);
  if (!choices.length) return line("", word("other_event"), code(message.Event));
  return line("", ...choices.flatMap((choice, index) => [...(index ? [element("br")] : []), ...chosen(choice)]));
}

const chosen = ({ TemplateId: template, SubscribeStatusString: status }) => [
  element("span", { say: status === "accept" ? "accepted_template" : "rejected_template" }),
  code(template),
];

/** What was chosen for each template, in each of the forms that WeChat's pages know. */
function subscriptionChoices({ Event, List, SubscribeMsgPopupEvent: popup, SubscribeMsgChangeEvent: change }) {
  if (Event !== "subscribe_msg_popup_event" && Event !== "subscribe_msg_change_event") return [];
  const nested = popup ?? change;
  return [List ?? nested?.List ?? nested ?? []].flat();
}
