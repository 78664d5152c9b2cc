// What the reader chose last. Each window keeps its own choices when it is loaded again; a new one begins with the latest.

/** The choice of this name; null if there was none. */
export const remembered = (name) => sessionStorage.getItem(name) ?? localStorage.getItem(name);

/** Keeps for this window what is shown in it, chosen or not. */
export const keepHere = (name, value) => sessionStorage.setItem(name, value);

/** Remembers a choice. */
export function remember(name, value) {
  keepHere(name, value);
  localStorage.setItem(name, value);
}
