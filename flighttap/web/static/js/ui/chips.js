/** The filters in force beside the search box, each with a button that takes it away. */
import { measure } from "../pure/units.js";
import { START } from "../state/view.js";
import { el, icon } from "./dom.js";
import { rangeText } from "./legend.js";

/** @typedef {import("../state/view.js").ViewState} ViewState */

/**
 * Each filter in force, in words, and what takes it away. Pure.
 *
 * @param {ViewState} state
 * @returns {{text: string, parts: (keyof ViewState)[]}[]}
 */
export function filtersOf(state) {
  /** @type {{text: string, parts: (keyof ViewState)[]}[]} */
  const list = [];
  const add = (/** @type {string} */ text, /** @type {(keyof ViewState)[]} */ ...parts) => list.push({ text, parts });
  if (state.low !== null || state.high !== null) add(rangeText(state), "low", "high");
  if (state.within !== null) add(`within ${measure(state.within, "distance", state.units)}`, "within");
  if (state.position !== "any") add(state.position === "with" ? "with position" : "without position", "position");
  if (state.ground !== "any") add(state.ground === "air" ? "in the air" : "on the ground", "ground");
  if (state.from !== "any") add(state.from === "received" ? "received only" : "sent by members", "from");
  if (state.isolate) add(state.selected.length > 1 ? `${state.selected.length} isolated` : "isolated", "isolate");
  return list;
}

/** @param {HTMLElement} list @param {import("../state/view.js").View} view */
export function wireChips(list, view) {
  const draw = () => {
    const chips = filtersOf(view.state).map(({ text, parts }) => {
      const away = () => view.set(Object.fromEntries(parts.map((name) => [name, START[name]])));
      const button = el(
        "button",
        { type: "button", "aria-label": `Remove: ${text}`, title: "Remove", onclick: away },
        icon("close"),
      );
      return el("li", { class: "chip" }, text, button);
    });
    list.replaceChildren(...chips);
    list.hidden = chips.length === 0;
  };
  view.on(["low", "high", "within", "position", "ground", "from", "isolate", "selected", "units"], draw);
  draw();
}
