/** Copying, where the browser gives a clipboard and where it does not (plain http on a network). */
import { icon } from "./dom.js";

const SHOWN_MS = 1600;

/** @returns {Promise<boolean>} whether the text is on the clipboard. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text) {
  const field = document.createElement("textarea");
  field.className = "unseen";
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

/**
 * Make a button copy what `text` gives, and say so on itself for a moment.
 *
 * @param {HTMLButtonElement} button
 * @param {() => string} text
 * @param {(line: string) => void} say
 */
export function wireCopy(button, text, say) {
  const before = [...button.childNodes];
  let timer = 0;
  button.addEventListener("click", async () => {
    const done = await copy(text());
    say(done ? "Copied." : "This browser does not allow copying.");
    clearTimeout(timer);
    button.replaceChildren(icon(done ? "done" : "close"));
    button.classList.add("copied");
    timer = setTimeout(() => {
      button.replaceChildren(...before);
      button.classList.remove("copied");
    }, SHOWN_MS);
  });
}
