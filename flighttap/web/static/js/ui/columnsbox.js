/** The column chooser of the table. */
import { AT_START, COLUMNS, chosen } from "../pure/columns.js";
import { press } from "./controls.js";
import { el } from "./dom.js";

/** @param {HTMLElement} box @param {import("../state/view.js").View} view */
export function fillColumns(box, view) {
  const ticks = COLUMNS.filter(({ id }) => id !== "callsign").map((column) => {
    const input = /** @type {HTMLInputElement} */ (
      el("input", { type: "checkbox", value: column.id, onchange: () => choose() })
    );
    const word = column.label || "Speed";
    return { input, node: el("label", { class: "tick-line", title: column.title }, input, el("span", {}, word)) };
  });
  const choose = () => {
    const ids = ["callsign", ...ticks.filter(({ input }) => input.checked).map(({ input }) => input.value)];
    const plain = ids.length === AT_START.length && AT_START.every((id) => ids.includes(id));
    view.set({ columns: plain ? null : ids });
  };
  const draw = () => {
    const wanted = new Set(chosen(view.state.columns).map(({ id }) => id));
    for (const { input } of ticks) input.checked = wanted.has(input.value);
  };
  view.on(["columns"], draw);
  draw();
  box.append(
    el("fieldset", {}, el("legend", {}, "Columns"), el("div", { class: "two" }, ...ticks.map(({ node }) => node))),
    el(
      "div",
      { class: "go-line" },
      press("As at the start", () => view.set({ columns: null, sort: null })),
    ),
  );
}
