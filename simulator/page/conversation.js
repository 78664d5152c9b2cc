// The left half: the conversation as the user's phone shows it.

import * as bubbles from "./bubbles.js";
import { element } from "./element.js";

const list = document.getElementById("conversation");
const GAP = 300; // seconds after which WeChat shows the time again

// The item that each push, by its number, and each message, by its content, is shown as.
let pushes = new Map();
let messages = new Map();
let lastTime = 0;
let typing = null;
let typingEnds = 0;

/** An empty conversation. */
export function clear() {
  pushes = new Map();
  messages = new Map();
  lastTime = 0;
  endTyping();
  list.replaceChildren(element("li", { class: "system welcome" }, element("span", { say: "welcome" })));
}

/** Shows what happened, as far as this user's phone would. */
export function show(happening, openid) {
  const { at, what } = happening;
  if (what === "push_starts" && happening.openid === openid && happening.occasion !== "report") acts(at, happening);
  if (what === "attempt_ends") replies(at, happening);
  if (what === "push_ends") ends(at, happening);
  if (what === "call" && happening.call.openid === openid && happening.call.errcode === 0) called(at, happening.call);
  if (what === "user" && happening.user.openid === openid) showTyping(happening.user.typing_until);
}

function acts(at, { push, occasion, message, is_genuine: isGenuine }) {
  const known = JSON.stringify(message);
  const item = (occasion === "again" && messages.get(known)) || shown(at, message, isGenuine);
  item.classList.add("under-way");
  pushes.set(push, item);
  messages.set(known, item);
}

function shown(at, message, isGenuine) {
  const item = (isGenuine && own(message)) || bubble("mine", content(message), !isGenuine);
  put(at, item);
  return item;
}

/** What the user did without a bubble: a line in the middle. */
function own(message) {
  if (message.MsgType !== "event") return undefined;
  switch (message.Event) {
    case "user_enter_tempsession":
      return system([["say", "entered"], ...(message.SessionFrom ? [["say", "from"], ["code", message.SessionFrom]] : [])]);
    case "subscribe_msg_popup_event":
    case "subscribe_msg_change_event":
      return system(
        [message.List ?? []].flat().flatMap((item, index) => [
          ...(index ? [["break"]] : []),
          ["say", item.SubscribeStatusString === "accept" ? "accepted_template" : "rejected_template"],
          ["code", item.TemplateId],
        ]),
      );
    default:
      return system([["say", "other_event"], ["code", message.Event]]);
  }
}

function content(message) {
  switch (message.MsgType) {
    case "text":
      return element("p", { class: "text" }, message.Content);
    case "image":
      return bubbles.picture(message.PicUrl, "photo");
    case "miniprogrampage":
      return bubbles.miniProgramCard(message.Title, message.PagePath, message.ThumbUrl);
    default:
      return element("p", { class: "text" }, message.Event ?? message.MsgType);
  }
}

function replies(at, { push, attempt }) {
  if (!pushes.has(push) || attempt.reply?.MsgType !== "transfer_customer_service" || attempt.fault) return;
  const item = pushes.get(push);
  // Another answer to the same push says it again, and the user is told once.
  if (item.classList.contains("transferred")) return;
  item.classList.add("transferred");
  put(at, system([["say", "transferred"]]));
}

function ends(at, { push, outcome }) {
  if (!pushes.has(push)) return;
  const item = pushes.get(push);
  item.classList.remove("under-way");
  if (outcome !== "fault_notice" || item.querySelector(".forged")) return;
  put(at, system([["text", "该小程序客服暂时无法提供服务，请稍后再试"], ["say", "fault_notice_means"]], "fault-notice"));
}

function called(at, { path, body }) {
  if (path === "/cgi-bin/message/subscribe/send") put(at, bubble("theirs", bubbles.notification(body)));
  if (path !== "/cgi-bin/message/custom/send") return;
  const { msgtype } = body;
  const given = body[msgtype] ?? {};
  const contents = {
    text: () => bubbles.text(given.content ?? ""),
    image: () => bubbles.picture(bubbles.pictureOf(given.media_id), "photo"),
    link: () => bubbles.linkCard(given),
    miniprogrampage: () =>
      bubbles.miniProgramCard(given.title, given.pagepath, bubbles.pictureOf(given.thumb_media_id)),
  };
  if (contents[msgtype]) put(at, bubble("theirs", contents[msgtype]()));
}

function bubble(side, inside, isForged = false) {
  const mark = isForged ? element("span", { class: "forged", say: "forged" }) : undefined;
  return element("li", { class: side }, element("div", { class: "bubble" }, inside), mark);
}

function system(parts, kind = "") {
  const spans = parts.flatMap(([type, value]) => {
    if (type === "break") return [element("br")];
    if (type === "say") return [element("span", { say: value }), " "];
    return [type === "code" ? element("code", {}, value ?? "") : value, " "];
  });
  return element("li", { class: `system ${kind}` }, ...spans);
}

function put(at, item) {
  list.querySelector(".welcome")?.remove();
  if (at - lastTime > GAP) {
    const time = new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    list.append(element("li", { class: "time" }, time));
  }
  lastTime = at;
  list.append(item);
  if (typing) list.append(typing);
  list.scrollTop = list.scrollHeight;
  for (const image of item.querySelectorAll("img")) {
    image.addEventListener("load", () => (list.scrollTop = list.scrollHeight), { once: true });
  }
}

/** The typing line stands until then, or until the next message. */
function showTyping(until) {
  const milliseconds = until ? until * 1000 - Date.now() : 0;
  endTyping();
  if (milliseconds <= 0) return;
  typing = element(
    "li",
    { class: "theirs typing", id: "typing" },
    element("div", { class: "bubble" }, element("span", { class: "visually-hidden", say: "typing" }), ...Array.from({ length: 3 }, () => element("i"))),
  );
  list.append(typing);
  list.scrollTop = list.scrollHeight;
  typingEnds = setTimeout(endTyping, milliseconds);
}

function endTyping() {
  clearTimeout(typingEnds);
  typing?.remove();
  typing = null;
}
