/** What floats over the map when there is nothing to see on it, and why. Which one is decided in pure/noticing.js. */
import { count } from "../pure/format.js";
import { roomPath } from "../pure/url.js";
import { press } from "./controls.js";
import { wireCopy } from "./copy.js";
import { el, icon, show } from "./dom.js";

/**
 * @typedef {object} Actions
 * @property {string} room
 * @property {(line: string) => void} say
 * @property {() => void} onSend
 * @property {() => void} onClear
 * @property {() => void} onRetry
 * @property {(text: string) => boolean} onToken takes a token and tries it; false where it can be none.
 * @property {() => void} onSwitch goes to another room.
 * @property {() => void} onMeasured ends measuring.
 * @property {() => void} onLeave ends looking at what somebody else looks at.
 */

export class Notice {
  /** @param {HTMLElement} node @param {Actions} actions */
  constructor(node, actions) {
    this._node = node;
    this._actions = actions;
    this._shown = "";
  }

  /** @param {string} kind "none" or one of KINDS. @param {Record<string, any>} [more] what that one wants to know. */
  show(kind, more = {}) {
    const state = JSON.stringify([kind, more]);
    if (state === this._shown) return;
    this._shown = state;
    const draw = KINDS.get(kind);
    show(this._node, draw !== undefined);
    this._node.dataset.kind = kind;
    this._node.replaceChildren(...(draw ? [draw(this._actions, more)] : []));
  }
}

/** @type {Map<string, (actions: Actions, more: Record<string, any>) => HTMLElement>} */
const KINDS = new Map([
  ["connecting", ({ room }) => bubble(`Connecting to ${room}…`)],
  ["offline", () => bubble("No connection to the server. The page keeps trying.")],
  ["filtered", ({ onClear }, { total }) => bubble(`0 of ${count(total, "flight")} match`, "Clear filters", onClear)],
  ["together", ({ onLeave }, { name }) => bubble(`You see what ${name} looks at`, "Stop", onLeave)],
  ["measure", ({ onMeasured }, { text }) => bubble(text, "Done", onMeasured)],
  [
    "waiting",
    ({ room, onSend }, { feeds }) => card(title("No aircraft in", room, "yet"), feeds, press("Send a flight", onSend)),
  ],
  [
    "refused",
    ({ room, onSwitch, onRetry, onToken }, { why, remedy, token }) => {
      const node = card(
        title("Not admitted to", room, ""),
        [`Refused: ${why}. ${remedy}`],
        press("Choose another room", onSwitch, token ? "button" : "button primary"),
        press("Try again", onRetry),
      );
      if (token) node.querySelector(".actions")?.before(tokenForm(onToken));
      return node;
    },
  ],
  ["empty", empty],
]);

/** @param {Actions} actions @param {Record<string, any>} more */
function empty({ room, onSend, say }, { again, demo }) {
  const line = `twistd -n flighttap --feed ${room}=beast@tcp:127.0.0.1:30005`;
  const copyLine = el(
    "button",
    { class: "icon copy", type: "button", "aria-label": "Copy the command", title: "Copy" },
    icon("copy"),
  );
  wireCopy(copyLine, () => line, say);
  const help =
    "Send one from here, and everyone in the room sees it. Or start the server with a feed: this line takes the Beast output of readsb or dump1090 on the same machine.";
  const other = demo ? [el("a", { class: "button", href: roomPath(demo) }, "Open the demo")] : [];
  const node = card(
    title("No aircraft in", room, again ? "now" : "yet"),
    [help],
    press("Send a flight", onSend, "button primary"),
    ...other,
  );
  node.querySelector(".actions")?.before(el("div", { class: "command" }, el("code", {}, line), copyLine));
  return node;
}

/** Where a token, or the whole link of an invitation, is pasted. @param {(text: string) => boolean} onToken */
function tokenForm(onToken) {
  const hidden = /** @type {const} */ ({ autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
  const field = el("input", { id: "token", type: "password", placeholder: "Token or invitation link", ...hidden });
  const problem = el("p", { class: "problem", role: "alert" });
  const onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const taken = field.value.trim() !== "" && onToken(field.value);
    problem.textContent = taken ? "" : "That is no token: paste it whole, without spaces.";
    field.setAttribute("aria-invalid", String(!taken));
    if (!taken) field.focus();
  };
  return el(
    "form",
    { class: "token", onsubmit },
    el("label", { for: "token" }, "Token"),
    field,
    el("button", { class: "button primary", type: "submit" }, "Enter"),
    problem,
  );
}

/** @param {string} before @param {string} room @param {string} after */
function title(before, room, after) {
  return el("h2", {}, `${before} `, el("em", {}, room), after && ` ${after}`);
}

/** @param {HTMLElement} heading @param {string[]} texts @param {...HTMLElement} actions */
function card(heading, texts, ...actions) {
  return el(
    "div",
    { class: "card" },
    heading,
    ...texts.map((text) => el("p", {}, text)),
    el("p", { class: "actions" }, ...actions),
  );
}

/** One line, with a button where there is something to do. @param {string} text @param {string} [action] @param {() => void} [onclick] */
function bubble(text, action, onclick = () => {}) {
  return el("div", { class: "bubble" }, el("span", {}, text), ...(action ? [press(action, onclick, "")] : []));
}
