// Keeps the newest in sight, unless the reader has scrolled up or reads what they opened.

const NEAR = 40; // pixels from the end within which a reader counts as being there

const isNear = (scroller) => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;

/** Follows the end of what these elements scroll: each that does not scroll now is as good as at its end. */
export function follow(...scrollers) {
  const places = new Map(scrollers.map((scroller) => [scroller, 0]));
  let isAtEnd = true;
  let isDue = false;

  function soon() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      if (!isAtEnd) return;
      for (const scroller of scrollers) {
        scroller.scrollTop = scroller.scrollHeight;
        places.set(scroller, scroller.scrollTop);
      }
    });
  }

  for (const scroller of scrollers) {
    scroller.addEventListener("scroll", () => {
      if (isNear(scroller)) isAtEnd = true;
      // Rows that came in the meantime are below too: only who goes up leaves the end.
      else if (scroller.scrollTop < places.get(scroller)) isAtEnd = false;
      places.set(scroller, scroller.scrollTop);
    });
    // The events of what is inside do not bubble. A row that opens pushes the end away from who reads it.
    scroller.addEventListener("toggle", ({ target }) => {
      if (target.closest("li")) isAtEnd = scrollers.every(isNear);
    }, { capture: true });
    // Pictures grow when they arrive; a phone's keyboard takes room.
    scroller.addEventListener("load", soon, { capture: true });
    new ResizeObserver(soon).observe(scroller);
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
