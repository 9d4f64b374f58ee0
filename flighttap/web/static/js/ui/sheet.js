/** The grip of a sheet on phones: drag or press it to make the sheet tall, half as tall, or go away. */

const FAR = 40; // pixels that make a drag

/**
 * What a drag does to a sheet.
 *
 * @param {boolean} tall how it stands now.
 * @param {number} moved pixels, down is positive.
 * @returns {"tall"|"half"|"closed"}
 */
export function after(tall, moved) {
  if (Math.abs(moved) < FAR) return tall ? "half" : "tall";
  if (moved < 0) return "tall";
  return tall ? "half" : "closed";
}

/**
 * @param {HTMLButtonElement} grip
 * @param {HTMLElement} sheet gets `data-tall`.
 * @param {() => void} onClose
 */
export function wireGrip(grip, sheet, onClose) {
  let from = null;
  let moved = 0;
  const move = () => {
    const to = after(sheet.hasAttribute("data-tall"), moved);
    moved = 0;
    sheet.toggleAttribute("data-tall", to === "tall");
    grip.setAttribute("aria-label", to === "tall" ? "Lower" : "Taller");
    if (to === "closed") onClose();
  };
  grip.addEventListener("pointerdown", (event) => {
    from = event.clientY;
    grip.setPointerCapture(event.pointerId);
  });
  grip.addEventListener("pointerup", (event) => {
    moved = from === null ? 0 : event.clientY - from;
    from = null;
  });
  grip.addEventListener("pointercancel", () => (from = null));
  grip.addEventListener("click", move);
}
