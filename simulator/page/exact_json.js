// JSON whose whole numbers keep every digit: a MsgId has 19 of them, more than a JavaScript number holds.

/** The value of a JSON text. A whole number that would be rounded is kept as it is written. */
export function read(text) {
  return JSON.parse(text, (_, value, { source } = {}) => {
    const isRounded = typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? "");
    return isRounded && JSON.rawJSON ? JSON.rawJSON(source) : value;
  });
}

/** A value as text: a string as it is, nothing as no text, all else as JSON. */
export function written(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
