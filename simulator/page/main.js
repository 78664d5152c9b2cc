// The chat page: the mini program's side on the left, what travelled on the right. Everything it shows comes from the
// simulator's timeline; what it does goes through the control API.

import * as acts from "./acts.js";
import * as conversation from "./conversation.js";
import * as orders from "./orders.js";
import * as replyWindow from "./reply_window.js";
import * as settings from "./settings.js";
import * as traffic from "./traffic.js";
import * as user from "./user.js";
import { chooseLanguage, say, switchLanguage } from "./words.js";

const live = document.getElementById("live");
let happenings = [];

function show(happening) {
  const openid = user.openid();
  conversation.show(happening, openid);
  traffic.show(happening, openid);
  if (happening.what === "user" && happening.user.openid === openid) replyWindow.show(happening.user);
  if (happening.what === "faults") settings.showFaults(happening.faults);
}

function showAll() {
  conversation.clear();
  traffic.clear();
  replyWindow.show(null);
  happenings.forEach(show);
}

function connection(state) {
  live.dataset.say = state;
  live.textContent = say(state);
}

function watch() {
  const timeline = new EventSource("/simulator/timeline");
  timeline.addEventListener("open", () => connection("live"));
  timeline.addEventListener("error", () => connection("lost"));
  timeline.addEventListener("restart", () => {
    happenings = [];
    showAll();
  });
  timeline.addEventListener("message", ({ data }) => {
    const happening = JSON.parse(data);
    happenings.push(happening);
    show(happening);
  });
}

function showOneHalf() {
  const buttons = document.querySelectorAll("[data-show]");
  for (const button of buttons) {
    button.addEventListener("click", () => {
      document.body.dataset.view = button.dataset.show;
      for (const each of buttons) each.ariaPressed = String(each === button);
    });
  }
}

chooseLanguage();
document.getElementById("language").addEventListener("click", switchLanguage);
showOneHalf();
const { appid, push_url: pushUrl, demo_openid: demoOpenid } = (await orders.setup()) ?? {};
document.getElementById("appid").textContent = appid ?? "";
const target = document.getElementById("push-url");
target.title = pushUrl ?? "";
if (pushUrl) target.textContent = pushUrl;
else target.dataset.say = "nowhere";
user.begin(demoOpenid ?? "", showAll);
acts.begin((message) => orders.push(user.openid(), message, settings.style()));
settings.begin(user.openid);
chooseLanguage();
showAll();
watch();
