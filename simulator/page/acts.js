// What the user can do: write, enter the session, send a picture or a card, answer a subscribe dialog.

import { element } from "./element.js";
import * as orders from "./orders.js";

const TEMPLATES = ["order-shipped", "order-refunded", ""];
const byId = (id) => document.getElementById(id);

/** Listens to the phone's buttons; `act` pushes a message of the user's. */
export function begin(act) {
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId("text");
    if (text.value.trim()) act({ MsgType: "text", Content: text.value });
    text.value = "";
    text.focus();
  });
  byId("templates").append(...TEMPLATES.map(templateRow));
  for (const name of ["enter", "card", "subscribe"]) {
    byId(name).addEventListener("click", () => byId(`${name}-dialog`).showModal());
  }
  for (const close of document.querySelectorAll("[data-close]")) {
    close.addEventListener("click", () => close.closest("dialog").close());
  }
  submits("enter", () => act({ MsgType: "event", Event: "user_enter_tempsession", SessionFrom: byId("session-from").value }));
  submits("card", () => sendCard(act));
  submits("subscribe", () => answerDialog(act));
  byId("image").addEventListener("click", () => byId("image-file").click());
  byId("image-file").addEventListener("change", () => sendImage(act));
}

function submits(name, then) {
  byId(`${name}-dialog`).querySelector("form").addEventListener("submit", then);
}

async function sendImage(act) {
  const input = byId("image-file");
  const kept = await orders.keepPicture(input.files[0]);
  input.value = "";
  if (kept) act({ MsgType: "image", PicUrl: kept.pic_url, MediaId: kept.media_id });
}

async function sendCard(act) {
  const title = byId("card-title").value;
  const path = byId("card-path").value;
  const file = byId("card-thumb").files[0];
  const thumb = file ? await orders.keepPicture(file) : { media_id: "", pic_url: "" };
  if (!thumb) return;
  act({
    MsgType: "miniprogrampage",
    Title: title,
    AppId: byId("appid").textContent,
    PagePath: path,
    ThumbUrl: thumb.pic_url,
    ThumbMediaId: thumb.media_id,
  });
  byId("card-title").value = "";
  byId("card-thumb").value = "";
}

function templateRow(template, index) {
  const number = index + 1;
  const choice = (value, checked) =>
    element("label", {}, element("input", { type: "radio", name: `choice-${number}`, value, checked }), element("span", { say: value }));
  return element(
    "fieldset",
    { class: "template" },
    element("legend", {}, element("label", { for: `template-${number}` }, element("span", { say: "template" }), ` ${number}`)),
    element("input", {
      id: `template-${number}`, class: "mono", value: template, pattern: "[A-Za-z0-9_\\-]{1,64}", autocomplete: "off", spellcheck: "false",
    }),
    element("span", { class: "choices" }, choice("accept", index === 0), choice("reject", index !== 0)),
  );
}

/** As a popup's event tells it: an object for one template, a list for several. */
function answerDialog(act) {
  const answers = TEMPLATES.map((_, index) => index + 1).flatMap((number) => {
    const template = byId(`template-${number}`).value;
    const status = document.querySelector(`[name=choice-${number}]:checked`).value;
    return template ? [{ TemplateId: template, SubscribeStatusString: status, PopupScene: "0" }] : [];
  });
  if (answers.length) {
    act({ MsgType: "event", Event: "subscribe_msg_popup_event", List: answers.length === 1 ? answers[0] : answers });
  }
}
