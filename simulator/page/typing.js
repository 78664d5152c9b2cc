// "Typing…" in the chat's title, where WeChat shows it.

import { sayIn } from "./words.js";

const service = document.getElementById("service");
const line = document.getElementById("typing");
let end;

/** Shows whether somebody types to this user, until that is over. */
export function show(user) {
  const milliseconds = (user?.typing_until ?? 0) * 1000 - Date.now();
  clearTimeout(end);
  set(milliseconds > 0);
  if (milliseconds > 0) end = setTimeout(() => set(false), milliseconds);
}

function set(isTyping) {
  service.hidden = isTyping;
  sayIn(line, isTyping ? "typing" : undefined);
}
