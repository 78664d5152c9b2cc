// The left half: the conversation as the user's phone shows it.

import * as bubbles from "./bubbles.js";
import * as clock from "./clock.js";
import { element } from "./element.js";
import { follow } from "./follow.js";
import { trim, trimRows } from "./kept.js";
import { lateMark } from "./late_replies.js";
import * as lines from "./lines.js";
import { transfers } from "./transfer.js";

const list = document.getElementById("conversation");
const log = document.getElementById("conversation-log");
const GAP = 300; // seconds after which WeChat shows the time again
const AGENT_ACTS = { takes: "agent_takes", ends: "agent_ends", turns_away: "agent_turns_away" };
const QUIET = 300; // milliseconds without anything after which a replay counts as over

export const end = follow(log);

// The item that each push under way, by its number, and each message, by its content, is shown as.
let pushes = new Map();
let messages = new Map();
let lastTime = 0;
let lastDay = "";
let replayEnds;

/** An empty conversation. */
export function clear() {
  pushes = new Map();
  messages = new Map();
  lastTime = 0;
  lastDay = clock.today();
  list.replaceChildren(element("li", { class: "system welcome" }, element("span", { say: "welcome" })));
}

/** What comes now happened before, until nothing comes for a moment: it is not read out to who listens. */
export function replay() {
  log.ariaLive = "off";
  clearTimeout(replayEnds);
  replayEnds = setTimeout(() => (log.ariaLive = "polite"), QUIET);
}

/** Shows what happened, as far as this user's phone would; `secondsLate` of a message that is a late reply. */
export function show(happening, openid, secondsLate) {
  const { at, what } = happening;
  if (log.ariaLive === "off") replay();
  if (what === "push_starts" && happening.openid === openid && happening.occasion !== "report") acts(at, happening);
  if (what === "attempt_ends") replies(at, happening);
  if (what === "push_ends") ends(at, happening);
  if (what === "to_agent" && happening.openid === openid) shown(at, happening.message, true);
  if (what === "agent_acts" && happening.openid === openid) put(at, lines.line("", lines.word(AGENT_ACTS[happening.act])));
  if (what === "call" && happening.call.openid === openid && happening.call.acted) called(at, happening.call, secondsLate);
}

function acts(at, { push, occasion, message, is_genuine: isGenuine }) {
  const known = JSON.stringify(message);
  const before = occasion === "again" ? messages.get(known) : undefined;
  const item = before?.isConnected ? before : shown(at, message, isGenuine);
  item.classList.add("under-way");
  pushes.set(push, item);
  messages.set(known, item);
  trim(messages);
}

function shown(at, message, isGenuine) {
  const isLine = isGenuine && message.MsgType === "event";
  const item = isLine ? lines.event(message) : bubble("mine", content(message), isGenuine ? undefined : forged());
  put(at, item);
  return item;
}

function content(message) {
  switch (message.MsgType) {
    case "text":
      return bubbles.plainText(message.Content);
    case "image":
      return bubbles.picture(message.PicUrl, "photo");
    case "miniprogrampage":
      return bubbles.miniProgramCard(message.Title, message.PagePath, message.ThumbUrl);
    default:
      return bubbles.plainText(message.Event ?? message.MsgType);
  }
}

function replies(at, { push, attempt }) {
  if (!pushes.has(push) || !transfers(attempt)) return;
  const item = pushes.get(push);
  // Another answer to the same push says it again, and the user is told once.
  if (item.classList.contains("transferred")) return;
  item.classList.add("transferred");
  put(at, lines.line("", lines.word("transferred")));
}

function ends(at, { push, notice }) {
  if (!pushes.has(push)) return;
  pushes.get(push).classList.remove("under-way");
  pushes.delete(push);
  if (!notice) return;
  put(at, lines.line("fault-notice", element("span", { lang: "zh-CN" }, notice), lines.word("fault_notice_means")));
}

function called(at, { path, body }, secondsLate) {
  if (path === "/cgi-bin/message/subscribe/send") put(at, bubble("theirs", bubbles.notification(body)));
  if (path !== "/cgi-bin/message/custom/send") return;
  const given = body[body.msgtype] ?? {};
  const contents = {
    text: () => bubbles.text(given.content),
    image: () => bubbles.picture(bubbles.pictureOf(given.media_id), "photo"),
    link: () => bubbles.linkCard(given),
    miniprogrampage: () => bubbles.miniProgramCard(given.title, given.pagepath, bubbles.pictureOf(given.thumb_media_id)),
  };
  if (body.msgtype in contents) put(at, bubble("theirs", contents[body.msgtype](), lateMark(secondsLate)));
}

const forged = () => element("span", { class: "forged", say: "forged" });

function bubble(side, inside, mark) {
  return element("li", { class: side }, element("div", { class: "bubble" }, inside), mark);
}

function put(at, item) {
  if (list.firstElementChild?.matches(".welcome")) list.firstElementChild.remove();
  putTime(at);
  list.append(item);
  trimRows(list);
  end.soon();
}

function putTime(at) {
  const day = clock.day(at);
  const isAnotherDay = day !== lastDay;
  if (isAnotherDay || at - lastTime > GAP) {
    const date = isAnotherDay || day !== clock.today() ? `${day} ` : "";
    list.append(element("li", { class: "time" }, date + clock.minute(at)));
  }
  lastTime = at;
  lastDay = day;
}
