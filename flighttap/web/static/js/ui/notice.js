/** What stands in the place of the rows when there are none: connecting, empty, filtered, refused. */
import { wireCopy } from "./copy.js";
import { el, icon, show } from "./dom.js";
import { count } from "../pure/format.js";

export class Notice {
  /**
   * @param {HTMLElement} node
   * @param {object} options `room`, and what the buttons do: `onSend`, `onClear`, `onRetry`, `onSwitch`, `say`.
   */
  constructor(node, options) {
    this._node = node;
    this._options = options;
    this._shown = "";
  }

  /**
   * @param {"none"|"connecting"|"offline"|"empty"|"waiting"|"filtered"|"refused"} kind
   * @param {object} [more] `feeds` for waiting: texts; `total` for filtered; `again` for empty: there were some; `why` and `remedy` for refused.
   */
  show(kind, more = {}) {
    const state = JSON.stringify([kind, more]);
    if (state === this._shown) return;
    this._shown = state;
    show(this._node, kind !== "none");
    this._node.dataset.kind = kind;
    this._node.replaceChildren(...(kind === "none" ? [] : this[`_${kind}`](more)));
  }

  _connecting() {
    return [el("p", { class: "quiet" }, `Connecting to ${this._options.room}…`)];
  }

  _offline() {
    return [el("p", { class: "quiet" }, "No connection to the server. The page keeps trying.")];
  }

  _empty({ again }) {
    const { room, onSend, say } = this._options;
    const line = `twistd -n flighttap --feed ${room}=beast@tcp:127.0.0.1:30005`;
    const copyLine = el("button", { class: "icon copy", type: "button", "aria-label": "Copy the command", title: "Copy" }, icon("copy"));
    wireCopy(copyLine, () => line, say);
    return [
      el(
        "div",
        { class: "card" },
        el("h2", {}, "No aircraft in ", el("em", {}, room), again ? " now" : " yet"),
        el("p", {}, "Send one from here, and everyone in the room sees it. Or start the server with a feed: this line takes the Beast output of readsb or dump1090 on the same machine."),
        el("div", { class: "command" }, el("code", {}, line), copyLine),
        el("p", { class: "actions" }, el("button", { class: "button primary", type: "button", onclick: onSend }, "Send a flight"), ...(room === "demo" ? [] : [el("a", { class: "button", href: "/tracker/demo" }, "Open the demo")])),
      ),
    ];
  }

  _waiting({ feeds }) {
    const { room, onSend } = this._options;
    return [
      el(
        "div",
        { class: "card" },
        el("h2", {}, "No aircraft in ", el("em", {}, room), " yet"),
        ...feeds.map((text) => el("p", {}, text)),
        el("p", { class: "actions" }, el("button", { class: "button", type: "button", onclick: onSend }, "Send a flight")),
      ),
    ];
  }

  _filtered({ total, problem }) {
    return [
      el("p", { class: "quiet" }, problem || `0 of ${count(total, "flight")} match`),
      el("p", {}, el("button", { class: "button", type: "button", onclick: this._options.onClear }, "Clear search")),
    ];
  }

  _refused({ why, remedy }) {
    const { room, onRetry, onSwitch } = this._options;
    return [
      el(
        "div",
        { class: "card" },
        el("h2", {}, "Not admitted to ", el("em", {}, room)),
        el("p", {}, `The server refused the connection: ${why}. ${remedy}`),
        el("p", { class: "actions" }, el("button", { class: "button primary", type: "button", onclick: onSwitch }, "Choose another room"), el("button", { class: "button", type: "button", onclick: onRetry }, "Try again")),
      ),
    ];
  }
}
