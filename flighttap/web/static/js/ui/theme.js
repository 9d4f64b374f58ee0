/** Dark, light or as the system says: one button that goes round. */
import { icon } from "./dom.js";

/** @typedef {"auto"|"dark"|"light"} Theme */

/** @type {Theme[]} */
const ROUND = ["auto", "dark", "light"];
const WORDS = { auto: "as the system", dark: "dark", light: "light" };

/** The theme after this one. @param {Theme} theme */
export function next(theme) {
  return ROUND[(ROUND.indexOf(theme) + 1) % ROUND.length];
}

/** @param {HTMLButtonElement} button @param {import("../state/view.js").View} view */
export function wireTheme(button, view) {
  const draw = () => {
    const { theme } = view.state;
    document.documentElement.dataset.theme = theme;
    button.replaceChildren(icon(theme));
    button.title = `Theme: ${WORDS[theme]} (B)`;
    button.setAttribute("aria-label", `Theme: ${WORDS[theme]}. Change to ${WORDS[next(theme)]}.`);
  };
  button.addEventListener("click", () => view.set({ theme: next(view.state.theme) }));
  view.on(["theme"], draw);
  draw();
}
