// Keeps the newest in sight, unless the reader has scrolled up.

const NEAR = 40; // pixels from the end within which a reader counts as being there

/** Follows the end of what these elements scroll: each that does not scroll now is as good as at its end. */
export function follow(...scrollers) {
  let isAtEnd = true;
  let isDue = false;

  function soon() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      if (isAtEnd) for (const scroller of scrollers) scroller.scrollTop = scroller.scrollHeight;
    });
  }

  for (const scroller of scrollers) {
    let last = 0;
    scroller.addEventListener("scroll", () => {
      const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
      if (below < NEAR) isAtEnd = true;
      // Rows that came in the meantime are below too: only who goes up leaves the end.
      else if (scroller.scrollTop < last) isAtEnd = false;
      last = scroller.scrollTop;
    });
    // Pictures grow when they arrive. Their event does not bubble.
    scroller.addEventListener("load", soon, { capture: true });
  }

  return {
    /** Something came: scrolls to it before the next frame, if the reader is at the end. */
    soon,
    /** Goes to the end wherever the reader is. */
    now() {
      isAtEnd = true;
      soon();
    },
  };
}
