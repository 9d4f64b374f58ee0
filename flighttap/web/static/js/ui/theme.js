/** Dark, light or as the system says: one button that goes round, remembered in this browser. */
import { icon } from "./dom.js";

const ROUND = ["auto", "dark", "light"];
const WORDS = { auto: "as the system", dark: "dark", light: "light" };
const STORED = "flighttap.theme";

/** The theme after this one. */
export function next(theme) {
  return ROUND[(ROUND.indexOf(theme) + 1) % ROUND.length];
}

/** @param {HTMLButtonElement} button */
export function wireTheme(button) {
  const root = document.documentElement;
  const tell = () => {
    const theme = root.dataset.theme;
    button.replaceChildren(icon(theme));
    button.title = `Theme: ${WORDS[theme]}`;
    button.setAttribute("aria-label", `Theme: ${WORDS[theme]}. Change to ${WORDS[next(theme)]}.`);
  };
  button.addEventListener("click", () => {
    root.dataset.theme = next(root.dataset.theme);
    try {
      localStorage.setItem(STORED, root.dataset.theme);
    } catch {
      // a browser that keeps nothing still changes for this visit
    }
    tell();
  });
  if (!ROUND.includes(root.dataset.theme)) root.dataset.theme = "auto";
  tell();
}
