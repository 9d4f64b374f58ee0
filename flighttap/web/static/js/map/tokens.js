/** The stylesheet's colours as the map needs them: the same tokens, resolved for the theme that is shown. */

const NAMES = /** @type {const} */ (["land", "water", "coast", "line", "text", "muted", "accent"]);

/** @typedef {Record<(typeof NAMES)[number], string>} Tokens CSS colours by the names of css/base.css. */

/**
 * @param {Element} [where] whose theme counts.
 * @returns {Tokens}
 */
export function readTokens(where = document.documentElement) {
  const probe = document.createElement("i");
  probe.hidden = true;
  probe.style.forcedColorAdjust = "none"; // else all of them are the one colour that the system forces on text
  where.append(probe);
  const style = getComputedStyle(probe);
  const entries = NAMES.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, style.color];
  });
  probe.remove();
  return /** @type {Tokens} */ (Object.fromEntries(entries));
}
