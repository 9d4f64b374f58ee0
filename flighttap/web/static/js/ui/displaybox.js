/** What stands behind the layers button: what the map draws, units, theme, keys. */
import { press, segments, tick } from "./controls.js";
import { creditLine } from "./credits.js";
import { el } from "./dom.js";

/**
 * @param {HTMLElement} box
 * @param {import("../state/view.js").View} view
 * @param {() => void} onKeys shows the list of keys.
 */
export function fillDisplay(box, view, onKeys) {
  box.append(
    segments(view, "labels", "Labels", [
      ["full", "Full"],
      ["short", "Callsign"],
      ["off", "Off"],
    ]),
    segments(view, "trails", "Trails of all flights", [
      ["recent", "3 min"],
      ["all", "All"],
      ["off", "Off"],
    ]),
    el(
      "fieldset",
      {},
      el("legend", {}, "Map"),
      el(
        "div",
        { class: "two" },
        tick(view, "rings", "Range rings"),
        tick(view, "outline", "Actual range"),
        tick(view, "airports", "Airports"),
        tick(view, "runways", "Runways"),
        tick(view, "places", "Place names"),
      ),
      tick(view, "asReceived", "Received positions only", "P"),
    ),
    segments(view, "units", "Units", [
      ["aviation", "Aviation"],
      ["metric", "Metric"],
      ["imperial", "Imperial"],
    ]),
    segments(view, "theme", "Theme", [
      ["auto", "System"],
      ["dark", "Dark"],
      ["light", "Light"],
    ]),
    el(
      "fieldset",
      {},
      el("legend", {}, "Keyboard"),
      tick(view, "keys", "Single-letter keys"),
      press("Show all keys", onKeys),
    ),
    el("fieldset", {}, el("legend", {}, "Map data"), el("p", { class: "quiet" }, ...creditLine())),
  );
}
