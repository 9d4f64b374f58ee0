/** What stands behind the filter button: what is not typed but chosen, and the watch-list. */
import { converted, reverted, unitOf } from "../pure/units.js";
import { press, segments } from "./controls.js";
import { el, icon, mark, show, write } from "./dom.js";

/** Filters that one press writes into the search box. */
const QUICK = [
  ["Emergencies", "emergency"],
  ["Military", "military"],
  ["Helicopters", "category=A7"],
  ["Heavy", "category=A5"],
  ["Gliders", "category=B1"],
  ["Climbing", "climbing"],
  ["Descending", "descending"],
];

/**
 * @param {HTMLElement} box
 * @param {object} parts
 * @param {import("../state/view.js").View} parts.view
 * @param {import("../state/watchlist.js").Watchlist} parts.watchlist
 * @param {import("./alerts.js").Alerts} parts.alerts
 * @param {() => void} parts.onWatched after the watch-list changed.
 * @returns {() => void} brings the watch-list up to date.
 */
export function fillFilters(box, { view, watchlist, alerts, onWatched }) {
  const near = /** @type {HTMLInputElement} */ (
    el("input", { id: "within", type: "number", min: "1", step: "any", inputmode: "decimal", placeholder: "any" })
  );
  const unit = el("span", { class: "unit" });
  near.addEventListener("change", () => {
    const value = near.valueAsNumber;
    view.set({ within: value > 0 ? reverted(value, "distance", view.state.units) : null });
  });
  const drawNear = () => {
    const { within, units } = view.state;
    if (document.activeElement !== near)
      near.value = within === null ? "" : String(Math.round(10 * converted(within, "distance", units)) / 10);
    write(unit, unitOf("distance", units));
  };
  view.on(["within", "units"], drawNear);
  drawNear();

  const quick = QUICK.map(([word, filter]) => ({ filter, node: press(word, () => toggle(view, filter), "") }));
  const drawQuick = () => {
    const terms = view.state.query.split(/\s+/);
    for (const { filter, node } of quick) mark(node, "aria-pressed", String(terms.includes(filter)));
  };
  view.on(["query"], drawQuick);
  drawQuick();

  const [watched, refresh] = watchedPart({ view, watchlist, alerts, onWatched });
  box.append(
    el("fieldset", {}, el("legend", {}, "Only"), el("div", { class: "quick" }, ...quick.map(({ node }) => node))),
    el(
      "fieldset",
      {},
      el("legend", {}, "Distance from the receiver"),
      el("div", { class: "line" }, el("label", { for: "within" }, "At most"), near, unit),
    ),
    segments(view, "position", "Position", [
      ["any", "All"],
      ["with", "Known"],
      ["without", "Not known"],
    ]),
    segments(view, "ground", "Where", [
      ["any", "All"],
      ["air", "In the air"],
      ["ground", "On the ground"],
    ]),
    segments(view, "from", "From", [
      ["any", "All"],
      ["received", "Received only"],
      ["members", "Members"],
    ]),
    watched,
    el(
      "div",
      { class: "go-line" },
      press("Clear filters", () => view.showAll()),
    ),
  );
  return refresh;
}

/** Write a term into the search box, or take it out. @param {import("../state/view.js").View} view @param {string} filter */
function toggle(view, filter) {
  const terms = view.state.query.split(/\s+/).filter(Boolean);
  const rest = terms.filter((term) => term !== filter);
  view.set({ query: (rest.length < terms.length ? rest : [...terms, filter]).join(" ") });
}

/** @param {Omit<Parameters<typeof fillFilters>[1], never>} parts @returns {[HTMLElement, () => void]} */
function watchedPart({ view, watchlist, alerts, onWatched }) {
  const list = el("ul", { class: "watched" });
  const none = el(
    "p",
    { class: "hint" },
    "Nothing yet. Type a filter or a callsign in the search box, then add it: you are told when a flight begins to match.",
  );
  const changed = () => {
    refresh();
    onWatched();
  };
  const add = press("", () => {
    watchlist.add(view.state.query);
    changed();
  });
  const refresh = () => {
    list.replaceChildren(
      ...watchlist.queries.map((query) => {
        const away = () => {
          watchlist.remove(query);
          changed();
        };
        return el(
          "li",
          {},
          el("code", {}, query),
          el(
            "button",
            { class: "icon", type: "button", "aria-label": `Stop watching ${query}`, onclick: away },
            icon("close"),
          ),
        );
      }),
    );
    show(none, watchlist.queries.length === 0);
    const text = view.state.query.trim();
    show(add, watchlist.takes(text));
    write(add, `Watch “${text}”`);
  };
  view.on(["query"], refresh);
  refresh();
  const sound = option("Sound", (input) => alerts.setSound(input.checked));
  const notify = option("Notification when the page is hidden", async (input) => {
    input.checked = await alerts.setNotify(input.checked);
  });
  return [el("fieldset", {}, el("legend", {}, "Watch-list"), list, none, add, sound, notify), refresh];
}

/** @param {string} label @param {(input: HTMLInputElement) => void} onChange */
function option(label, onChange) {
  const input = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", onchange: () => onChange(input) }));
  return el("label", { class: "tick-line" }, input, el("span", {}, label));
}
