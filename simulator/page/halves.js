// What a phone has no room for: it shows one half at a time, and the switches folded.

const NARROW = matchMedia("(max-width: 820px)");
const buttons = document.querySelectorAll("[data-show]");
const switches = document.getElementById("switches");

/** Listens to the two buttons; `shown` is called when another half shows. */
export function begin(shown) {
  for (const button of buttons) {
    button.addEventListener("click", () => {
      document.body.dataset.view = button.dataset.show;
      for (const each of buttons) each.ariaPressed = String(each === button);
      shown();
    });
  }
  const fold = () => (switches.open = !NARROW.matches);
  NARROW.addEventListener("change", fold);
  fold();
}
