/** Popovers that stand at the button which opens them, and stay on the screen. */

const GAP = 6;
const EDGE = 8;

/**
 * Where a popover goes. Pure.
 *
 * @param {{left: number, right: number, top: number, bottom: number}} at of the button.
 * @param {{width: number, height: number}} size of the popover.
 * @param {{width: number, height: number}} screen
 * @returns {{left: number, top: number}}
 */
export function placed(at, size, screen) {
  const below = at.bottom + GAP + size.height <= screen.height - EDGE;
  const wide = at.left + size.width <= screen.width - EDGE;
  const left = wide ? at.left : at.right - size.width;
  const top = below ? at.bottom + GAP : screen.height - EDGE - size.height;
  const beside = !below && at.right - size.width > EDGE && !wide ? at.left - GAP - size.width : left;
  return { left: Math.max(EDGE, Math.min(beside, screen.width - EDGE - size.width)), top: Math.max(EDGE, top) };
}

/**
 * @param {HTMLElement} popover
 * @param {HTMLElement} button
 * @param {() => void} [onOpen] fills it before it is measured.
 */
export function anchor(popover, button, onOpen = () => {}) {
  button.setAttribute("aria-expanded", "false");
  const place = () => {
    const size = popover.getBoundingClientRect();
    const { left, top } = placed(button.getBoundingClientRect(), size, { width: innerWidth, height: innerHeight });
    popover.style.left = `${left}px`;
    popover.style.top = `${top}px`;
  };
  popover.addEventListener("beforetoggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "open") onOpen();
  });
  popover.addEventListener("toggle", (event) => {
    const open = /** @type {ToggleEvent} */ (event).newState === "open";
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    place();
    if (popover.contains(document.activeElement)) return; // this comes a while after it opened
    /** @type {HTMLElement|null} */ (popover.querySelector("input, select, button, a"))?.focus({ preventScroll: true });
  });
  new ResizeObserver(() => popover.matches(":popover-open") && place()).observe(popover);
}
