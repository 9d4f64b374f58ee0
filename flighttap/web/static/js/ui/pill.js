/** The status pill in the document. What it says is decided in pure/status.js. */
import { mark, show, write } from "./dom.js";

export class Pill {
  /**
   * @param {HTMLElement} node
   * @param {() => void} onAction what its button does.
   */
  constructor(node, onAction) {
    const part = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (node.querySelector(selector));
    this._node = node;
    this._label = part(".label");
    this._note = part(".note");
    this._button = part("button");
    this._button.addEventListener("click", onAction);
  }

  /** @param {import("../pure/status.js").Status} status */
  show({ tone, hollow, label, note, action, say }) {
    mark(this._node, "data-tone", tone);
    mark(this._node, "data-hollow", hollow ? "" : null);
    mark(this._node, "title", say);
    write(this._label, label);
    write(this._note, note);
    show(this._note, note !== "");
    write(this._button, action);
    show(this._button, action !== "");
  }
}
