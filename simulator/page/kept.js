// How much the page keeps: what the simulator itself keeps for a page that is loaded again.

const KEPT = 5_000;

/** Lets the oldest rows of a list go. */
export function trimRows(list) {
  while (list.childElementCount > KEPT) list.firstElementChild.remove();
}

/** Lets the oldest entries of an array or a map go. */
export function trim(entries) {
  if (Array.isArray(entries)) entries.splice(0, entries.length - KEPT);
  else if (entries.size > KEPT) entries.delete(entries.keys().next().value);
}
