// The chat page: the mini program's side on the left, what travelled on the right. Everything it shows comes from the
// simulator's timeline; what it does goes through the control API.

import * as acts from "./acts.js";
import * as apiFaults from "./api_faults.js";
import * as conversation from "./conversation.js";
import * as halves from "./halves.js";
import { trim } from "./kept.js";
import * as lateReplies from "./late_replies.js";
import * as miniProgram from "./mini_program.js";
import * as orders from "./orders.js";
import * as replyWindow from "./reply_window.js";
import * as session from "./session.js";
import * as settings from "./settings.js";
import * as setup from "./setup.js";
import * as traffic from "./traffic.js";
import * as typing from "./typing.js";
import * as user from "./user.js";
import { watch } from "./watch.js";
import { chooseLanguage, sayIn, switchLanguage } from "./words.js";

const live = document.getElementById("live");
let happenings = [];
let users = new Map();

function show(happening) {
  const secondsLate = lateReplies.secondsLate(happening, user.openid());
  conversation.show(happening, user.openid(), secondsLate);
  traffic.show(happening, user.openid(), secondsLate);
}

function showUser() {
  const state = users.get(user.openid());
  replyWindow.show(state);
  typing.show(state);
  session.show(state);
}

function showAll() {
  conversation.clear();
  conversation.replay();
  traffic.clear();
  lateReplies.clear();
  showUser();
  happenings.forEach(show);
  showNewest();
}

/** Everything from the beginning. */
function restart() {
  happenings = [];
  users = new Map();
  showAll();
}

function showNewest() {
  conversation.end.now();
  traffic.end.now();
}

/** What happens changes how something stands, or is part of the story. */
function happened(happening) {
  switch (happening.what) {
    case "user":
      users.set(happening.user.openid, happening.user);
      if (happening.user.openid === user.openid()) showUser();
      break;
    case "faults":
      apiFaults.change(happening.faults);
      break;
    case "push_url":
      setup.showPushUrl(happening.push_url);
      break;
    default:
      happenings.push(happening);
      trim(happenings);
      show(happening);
  }
}

chooseLanguage();
document.getElementById("language").addEventListener("click", switchLanguage);
halves.begin(showNewest);
user.begin(showAll);
acts.begin((message) => orders.push(user.openid(), message, settings.style()));
settings.begin(user.openid);
session.begin(user.openid);
apiFaults.begin();
showAll();
const watchAnother = watch({
  connection: (word) => sayIn(live, word),
  restart,
  state(state) {
    miniProgram.offer(state.setup);
    if (state.setup.appid !== miniProgram.appid()) {
      watchAnother();
      return;
    }
    setup.show(state.setup);
    user.otherwise(state.setup.demo_openid);
    apiFaults.change(state.faults);
    users = new Map(state.users.map((each) => [each.openid, each]));
    showUser();
    conversation.replay();
  },
  happening: happened,
});
miniProgram.begin(() => {
  restart();
  watchAnother();
});
