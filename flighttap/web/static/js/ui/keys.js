/**
 * The keys of the page: what each does, in one table that the help lists and the listener obeys.
 *
 * Letters are tar1090's where it has them, and can be switched off; the rest always works. Nothing
 * happens while somebody types or holds Ctrl, Alt or Meta.
 */
import { el } from "./dom.js";

/**
 * @typedef {object} Key
 * @property {string[]} keys as KeyboardEvent.key says them, letters small.
 * @property {string} does in words.
 * @property {string} act the name of the action.
 * @property {boolean} [always] works with letters switched off.
 */

/** @type {Key[]} */
export const KEYS = [
  { keys: ["/"], does: "Search", act: "search", always: true },
  { keys: ["Escape"], does: "One step back: close, clear, deselect", act: "back", always: true },
  { keys: ["["], does: "Hide or show the list", act: "dock", always: true },
  { keys: ["?"], does: "This list", act: "help", always: true },
  { keys: ["q", "-"], does: "Zoom out", act: "zoomOut" },
  { keys: ["e", "+", "="], does: "Zoom in", act: "zoomIn" },
  { keys: ["w"], does: "Move north", act: "north" },
  { keys: ["a"], does: "Move west", act: "west" },
  { keys: ["s"], does: "Move south", act: "south" },
  { keys: ["d"], does: "Move east", act: "east" },
  { keys: ["h"], does: "Go to the receiver, or to all flights", act: "home" },
  { keys: ["c"], does: "Clear the selection", act: "clear" },
  { keys: ["f"], does: "Follow the selected flight", act: "follow" },
  { keys: ["i"], does: "Isolate the selected flights", act: "isolate" },
  { keys: ["m"], does: "Select several", act: "many" },
  { keys: ["t"], does: "Trails of all flights", act: "trails" },
  { keys: ["l"], does: "Labels on or off", act: "labels" },
  { keys: ["o"], does: "More or less on labels", act: "labelDetail" },
  { keys: ["p"], does: "Received positions only", act: "asReceived" },
  { keys: ["u"], does: "Military only", act: "military" },
  { keys: ["v"], does: "List only what is on the map", act: "inView" },
  { keys: ["r"], does: "Range rings", act: "rings" },
  { keys: ["g"], does: "Measure a distance", act: "measure" },
  { keys: ["b"], does: "Dark, light or as the system", act: "theme" },
];

const BY_KEY = new Map(KEYS.flatMap((key) => key.keys.map((each) => [each, key])));

/** The action of a key press, null for none. Pure. @param {{key: string, ctrlKey: boolean, altKey: boolean, metaKey: boolean}} event @param {boolean} typing @param {boolean} letters */
export function actionOf(event, typing, letters) {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const key = BY_KEY.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  if (!key || (typing && event.key !== "Escape") || (!letters && !key.always)) return null;
  return key.act;
}

/**
 * @param {Record<string, (event: KeyboardEvent) => void>} actions by name.
 * @param {() => boolean} letters whether single letters do something.
 */
export function wireKeys(actions, letters) {
  document.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    const typing = target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
    const act = actionOf(event, typing, letters());
    if (act === null || !(act in actions) || event.defaultPrevented) return;
    if (event.key !== "Escape") event.preventDefault();
    actions[act](event);
  });
}

/** @param {HTMLElement} box */
export function fillHelp(box) {
  const names = new Map([["Escape", "Esc"]]);
  const rows = KEYS.flatMap(({ keys, does }) => [
    el("dt", {}, ...keys.filter((key) => key !== "=").map((key) => el("kbd", {}, names.get(key) ?? key.toUpperCase()))),
    el("dd", {}, does),
  ]);
  box.append(
    el("dl", { class: "keys" }, ...rows),
    el(
      "p",
      { class: "hint keys" },
      "In the list: arrows, Page Up and Down, Home and End move; Enter opens; Shift+Enter adds to the selection. On the altitude scale: arrows move an end. Letters can be switched off behind the layers button.",
    ),
  );
}
