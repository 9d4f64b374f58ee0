/** The status pill in the document. What it says is decided in status.js. */
import { mark, show, write } from "./dom.js";

export class Pill {
  /**
   * @param {HTMLElement} node
   * @param {() => void} onAction what its button does.
   */
  constructor(node, onAction) {
    this._node = node;
    [this._label, this._note] = [node.querySelector(".label"), node.querySelector(".note")];
    this._button = node.querySelector("button");
    this._button.addEventListener("click", onAction);
  }

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
