/** The "Room id" field with its "Connect" button: the same on the landing page and in a room. */
import { roomPath, roomProblem } from "../pure/url.js";

/**
 * @param {HTMLFormElement} form
 * @param {(path: string) => void} go
 */
export function wireRoomForm(form, go = (path) => location.assign(path)) {
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("room"));
  const problem = /** @type {HTMLElement} */ (form.querySelector(".problem"));
  const tell = (/** @type {string} */ text) => {
    problem.textContent = text;
    field.setAttribute("aria-invalid", String(text !== ""));
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = field.value.trim();
    const wrong = roomProblem(name);
    tell(wrong);
    if (wrong) field.focus();
    else go(roomPath(name));
  });
  field.addEventListener("input", () => {
    if (problem.textContent) tell(roomProblem(field.value.trim()));
  });
}
