// Who acts: one of WeChat's users, chosen in the bar and remembered.

const REMEMBERED = "openid";
const input = document.getElementById("openid");
let current;

/** The openid of the user who acts. */
export const openid = () => current;

/** Begins with the user of last time, or the simulator's own; `changed` is called with each other one. */
export function begin(ofDemo, changed) {
  const choose = (openid) => {
    current = openid;
    input.value = openid;
    localStorage.setItem(REMEMBERED, openid);
  };
  choose(localStorage.getItem(REMEMBERED) ?? ofDemo);
  const change = (openid) => {
    choose(openid);
    changed();
  };
  document.getElementById("user-form").addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("change", () => {
    if (input.reportValidity()) change(input.value);
  });
  document.getElementById("new-user").addEventListener("click", () => change(stranger()));
}

function stranger() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `oUser${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
