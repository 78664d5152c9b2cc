// Days and times of the reader's own clock, the same in both languages.

const two = (number) => String(number).padStart(2, "0");
const local = (at) => new Date(at * 1000);

/** 2026-01-31, of Unix seconds. */
export const day = (at) => `${local(at).getFullYear()}-${two(local(at).getMonth() + 1)}-${two(local(at).getDate())}`;

/** 00:05. */
export const minute = (at) => `${two(local(at).getHours())}:${two(local(at).getMinutes())}`;

/** 00:05:09. */
export const second = (at) => `${minute(at)}:${two(local(at).getSeconds())}`;

/** The day that it is. */
export const today = () => day(Date.now() / 1000);

/** Seconds that are left, as 47:59:59. */
export const countdown = (seconds) =>
  `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
