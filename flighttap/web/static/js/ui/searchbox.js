/** The search box: plain words or the filter language, what is wrong with it, and Enter for the first that is found. */
import { mark, write } from "./dom.js";

const PAUSE_MS = 120; // of typing before the flights are looked through

export class SearchBox {
  /**
   * @param {HTMLInputElement} input
   * @param {HTMLElement} problem
   * @param {import("../state/view.js").View} view
   * @param {object} actions
   * @param {() => void} actions.onEnter opens what is found.
   * @param {() => void} actions.onDown goes to the list.
   */
  constructor(input, problem, view, { onEnter, onDown }) {
    this._input = input;
    this._problem = problem;
    this._view = view;
    this._timer = 0;
    input.value = view.state.query;
    input.addEventListener("input", () => {
      clearTimeout(this._timer);
      this._timer = window.setTimeout(() => this._take(), PAUSE_MS);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault(); // or the button that gets the focus is pressed by it
        this._take();
        onEnter();
      } else if (event.key === "ArrowDown") {
        this._take();
        onDown();
        event.preventDefault();
      }
    });
    view.on(["query"], () => {
      if (input.value.trim() !== view.state.query.trim()) input.value = view.state.query;
    });
  }

  focus() {
    this._input.focus();
    this._input.select();
  }

  /** Empty it. @returns {boolean} whether there was anything in it. */
  clear() {
    const had = this._input.value !== "" || this._view.state.query !== "";
    clearTimeout(this._timer);
    this._input.value = "";
    this._view.set({ query: "" });
    return had;
  }

  /** Say what is wrong with what stands there, or that nothing is. @param {string} text */
  complain(text) {
    write(this._problem, text);
    mark(this._input, "aria-invalid", text === "" ? null : "true");
  }

  _take() {
    clearTimeout(this._timer);
    this._view.set({ query: this._input.value });
  }
}
