/** Controls tied to one part of the view: each shows what it is and changes it. */
import { el } from "./dom.js";

/** @typedef {import("../state/view.js").View} View */
/** @typedef {import("../state/view.js").Part} Part */

let groups = 0;

/**
 * One of a few choices, side by side.
 *
 * @param {View} view
 * @param {Part} part
 * @param {string} label
 * @param {[string, string][]} choices value and word.
 */
export function segments(view, part, label, choices) {
  groups += 1;
  const name = `choice-${groups}`;
  const inputs = choices.map(([value]) =>
    el("input", { type: "radio", name, value, onchange: () => view.set({ [part]: value }) }),
  );
  const draw = () => {
    for (const input of /** @type {HTMLInputElement[]} */ (inputs)) input.checked = input.value === view.state[part];
  };
  view.on([part], draw);
  draw();
  const words = choices.map(([, word], at) => el("label", {}, inputs[at], word));
  return el("fieldset", {}, el("legend", {}, label), el("div", { class: "segments" }, ...words));
}

/**
 * Something that is on or off.
 *
 * @param {View} view
 * @param {Part} part
 * @param {string} label
 * @param {string} [key] the letter that does the same.
 */
export function tick(view, part, label, key) {
  const input = /** @type {HTMLInputElement} */ (
    el("input", { type: "checkbox", onchange: () => view.set({ [part]: input.checked }) })
  );
  const draw = () => {
    input.checked = view.state[part] === true;
  };
  view.on([part], draw);
  draw();
  return el("label", { class: "tick-line" }, input, el("span", {}, label), ...(key ? [el("kbd", {}, key)] : []));
}

/** @param {string} text @param {() => void} onclick @param {string} [kind] */
export function press(text, onclick, kind = "button") {
  return el("button", { class: kind, type: "button", onclick }, text);
}
