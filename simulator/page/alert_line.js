// The line that says what does not work.

const line = document.getElementById("alert");

/** Says it until `hush`. */
export function complain(text) {
  line.textContent = text;
  line.hidden = false;
}

/** Says nothing. */
export function hush() {
  line.hidden = true;
}
