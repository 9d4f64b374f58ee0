/** "Send flight data": a form, the same as JSON, what came back, and the room's messages. */
import { explain } from "../net/closecodes.js";
import { Exchange } from "../net/exchange.js";
import { FIELDS, flown, freshCallsign, read, readJson, rounded } from "../pure/flightform.js";
import { printable } from "../pure/format.js";
import { wireCopy } from "./copy.js";
import { el, icon, show, write } from "./dom.js";

const AGAIN_MS = 1000;
const MESSAGES = 50;

/** @typedef {"form"|"json"} Tab */

export class Drawer {
  /**
   * @param {object} options
   * @param {HTMLElement} options.node
   * @param {string} options.address the room's WebSocket.
   * @param {(line: string) => void} options.say
   * @param {() => string|null} options.session makes what is sent here that of the member who watches.
   * @param {(open: boolean) => void} options.onToggle
   */
  constructor({ node, address, say, session, onToggle }) {
    this._node = node;
    this._address = address;
    this._session = session;
    this._onToggle = onToggle;
    this._flying = 0;
    /** @type {Tab} */
    this._at = "form";
    this._exchange = new Exchange({
      url: `${address}?hz=0.2`,
      onState: (open, code) => this._connected(open, code),
      onBack: (sent, frame, ms) => this._cameBack(sent, frame, ms),
      onError: (sent, error, frame) => this._failed(sent, error, frame),
    });

    /** @type {Map<string, HTMLInputElement>} */
    this._fields = new Map();
    this._json = el("textarea", {
      id: "json",
      rows: "9",
      spellcheck: "false",
      autocomplete: "off",
      "aria-describedby": "json-problem",
    });
    this._jsonProblem = el("p", { class: "problem", id: "json-problem", role: "alert" });
    this._sent = el("code", { class: "frame", tabindex: "0", role: "region", "aria-label": "Frame sent" });
    this._back = el("code", { class: "frame", tabindex: "0", role: "region", "aria-label": "Frame that came back" });
    this._ms = el("span", { class: "ms" });
    this._result = el("p", { class: "result", role: "status" });
    this._link = el("span", { class: "link" });
    this._messages = el("ol", { class: "messages", tabindex: "0", "aria-label": "Messages" });
    this._nomessages = el(
      "p",
      { class: "quiet" },
      "None yet. An object without a callsign, address or id is a message to everyone here.",
    );
    this._flyBox = el("input", { type: "checkbox", id: "fly", onchange: () => this._fly(this._flyBox.checked) });
    this._submit = el("button", { class: "button primary", type: "submit" }, "Send");
    this._closed = el(
      "p",
      { class: "closed", hidden: true },
      "You may watch here, not send. Sending is open to the machine that runs the server; --open-publish opens it to everyone.",
    );
    this._tabs = { form: this._tab("form", "Form"), json: this._tab("json", "JSON") };
    this._panes = { form: this._formPane(), json: this._jsonPane() };
    this._exchanged = el(
      "section",
      { class: "exchanged", hidden: true },
      el("h3", {}, "Sent"),
      this._sent,
      el("h3", {}, "Came back", this._ms),
      this._back,
    );
    const copyAddress = el(
      "button",
      { class: "icon copy", type: "button", "aria-label": "Copy the address", title: "Copy" },
      icon("copy"),
    );
    wireCopy(copyAddress, () => address, say);
    const close = el(
      "button",
      { class: "icon close", type: "button", title: "Close (Esc)", "aria-label": "Close", onclick: () => this.close() },
      icon("close"),
    );
    const go = el("div", { class: "go" }, this._submit, this._result);
    node.replaceChildren(
      el("header", {}, el("h2", {}, "Send flight data"), close),
      el("div", { class: "tabs", role: "tablist", "aria-label": "How to write it" }, this._tabs.form, this._tabs.json),
      this._closed,
      el(
        "form",
        { novalidate: true, onsubmit: (/** @type {Event} */ event) => this._submitted(event) },
        this._panes.form,
        this._panes.json,
        go,
      ),
      this._exchanged,
      el("section", {}, el("h3", {}, "Messages"), this._nomessages, this._messages),
      el(
        "section",
        {},
        el("h3", {}, "From a program", this._link),
        el("div", { class: "command" }, el("code", {}, address), copyAddress),
      ),
    );
    this._pick("form");
  }

  get isOpen() {
    return !this._node.hidden;
  }

  open() {
    if (!this.isOpen) {
      show(this._node, true);
      const callsign = this._field("callsign");
      if (!callsign.value) callsign.value = freshCallsign(Math.random);
      const session = this._session();
      if (session) this._exchange.use(`${this._address}?hz=0.2&session=${encodeURIComponent(session)}`);
      this._exchange.open();
      this._onToggle(true);
    }
    this._field("callsign").focus();
  }

  close() {
    if (!this.isOpen) return;
    this._fly(false);
    show(this._node, false);
    this._exchange.close();
    this._onToggle(false);
  }

  /** Take a position from the map. @param {number} lat @param {number} lon */
  place(lat, lon) {
    this._field("lat").value = String(rounded(lat));
    this._field("lon").value = String(rounded(lon));
    if (this._at === "json") this._write();
  }

  /** Say whether this page may send: the server's word for it. @param {boolean} allowed */
  allow(allowed) {
    show(this._closed, !allowed);
    this._submit.disabled = !allowed;
    this._flyBox.disabled = !allowed;
  }

  /** Add a message (an object that names no flight) to the list. @param {unknown} from @param {unknown} data */
  message(from, data) {
    const text = printable(JSON.stringify(data), 400);
    this._messages.prepend(
      el("li", {}, el("span", { class: "from" }, printable(from ?? "server", 12)), el("code", {}, text)),
    );
    while (this._messages.childElementCount > MESSAGES) this._messages.lastElementChild?.remove();
    show(this._nomessages, false);
  }

  /** Say that messages are gone for good. @param {number} from @param {number} to */
  lost(from, to) {
    this._messages.prepend(
      el("li", { class: "quiet" }, `${to - from + 1} messages were lost while this page was away`),
    );
    show(this._nomessages, false);
  }

  // ---- the document ----

  /** @param {Tab} name @param {string} word */
  _tab(name, word) {
    const turn = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      this._pick(name === "form" ? "json" : "form");
      this._tabs[this._at].focus();
    };
    return el(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": `pane-${name}`,
        onclick: () => this._pick(name),
        onkeydown: turn,
      },
      word,
    );
  }

  _formPane() {
    const fly = el(
      "label",
      { class: "check", for: "fly" },
      this._flyBox,
      el("span", {}, "Fly it: send again every second, moved along its heading"),
    );
    const hint = el("p", { class: "quiet hint" }, "Click the map to choose the position.");
    const fields = FIELDS.map((field) => this._fieldNode(field));
    return el(
      "div",
      { role: "tabpanel", id: "pane-form", "aria-labelledby": "tab-form", class: "fields" },
      ...fields,
      hint,
      fly,
    );
  }

  _jsonPane() {
    const label = el("label", { for: "json" }, "Frame to send");
    return el(
      "div",
      { role: "tabpanel", id: "pane-json", "aria-labelledby": "tab-json" },
      label,
      this._json,
      this._jsonProblem,
    );
  }

  /** @param {import("../pure/flightform.js").Field} field */
  _fieldNode({ name, label, unit, kind, start, optional }) {
    const input = el("input", {
      id: `send-${name}`,
      name,
      value: start,
      inputmode: kind === "number" ? "decimal" : "text",
      autocomplete: "off",
      autocapitalize: kind === "number" ? "none" : "characters",
      spellcheck: "false",
      placeholder: optional ? "optional" : null,
      "aria-describedby": `problem-${name}`,
    });
    this._fields.set(name, input);
    const word = unit ? [" ", el("span", { class: "unit" }, unit)] : [];
    return el(
      "div",
      { class: `field f-${name}` },
      el("label", { for: `send-${name}` }, label, ...word),
      input,
      el("p", { class: "problem", id: `problem-${name}` }),
    );
  }

  /** @param {string} name */
  _field(name) {
    return /** @type {HTMLInputElement} */ (this._fields.get(name));
  }

  // ---- what happens ----

  /** @param {Tab} name */
  _pick(name) {
    if (name === "json") this._write();
    this._at = name;
    for (const each of /** @type {Tab[]} */ (["form", "json"])) {
      this._tabs[each].setAttribute("aria-selected", String(each === name));
      this._tabs[each].tabIndex = each === name ? 0 : -1;
      show(this._panes[each], each === name);
    }
    show(this._exchanged, name === "json" && this._sent.textContent !== "");
    if (name === "json") this._fly(false);
  }

  /** Write the form as JSON. */
  _write() {
    const { object } = this._read();
    if (object) this._json.value = JSON.stringify(object, null, 2);
  }

  /** @returns {{object: Record<string, any>|null, problems: Map<string, string>}} */
  _read() {
    return read(new Map([...this._fields].map(([name, input]) => [name, input.value])));
  }

  /** @param {Event} event */
  _submitted(event) {
    event.preventDefault();
    if (this._at === "json") {
      const { text, problem } = readJson(this._json.value);
      write(this._jsonProblem, problem);
      if (text) this._send(text);
      return;
    }
    const { object, problems } = this._read();
    for (const [name, input] of this._fields) {
      input.setAttribute("aria-invalid", String(problems.has(name)));
      const problem = document.getElementById(`problem-${name}`);
      if (problem) write(problem, problems.get(name) ?? "");
    }
    if (object) this._send(JSON.stringify(object));
    else this._field([...problems.keys()][0]).focus();
  }

  /** @param {string} text */
  _send(text) {
    this._tell("", "Sending…");
    this._exchange.send(text);
  }

  /** @param {boolean} on */
  _fly(on) {
    clearInterval(this._flying);
    this._flying = on ? window.setInterval(() => this._flyOn(), AGAIN_MS) : 0;
    this._flyBox.checked = on;
  }

  _flyOn() {
    const { object } = this._read();
    if (!object || !this._exchange.isOpen) return;
    const there = flown(object, AGAIN_MS / 1000);
    for (const name of ["lat", "lon"]) if (name in there) this._field(name).value = String(there[name]);
    this._send(JSON.stringify(there));
  }

  /** @param {boolean} open @param {number} code */
  _connected(open, code) {
    write(this._link, open ? "connected" : "not connected");
    if (!open) {
      this._fly(false);
      this._tell("bad", `Not sent: ${explain(code).why}. Send again to reconnect.`);
    }
  }

  /** @param {string} sent @param {string} frame @param {number} ms */
  _cameBack(sent, frame, ms) {
    const took = ms < 9.95 ? ms.toFixed(1) : String(Math.round(ms));
    this._exchangedText(sent, frame, `${took} ms`);
    this._tell("ok", `The room has it. Back here in ${took} ms.`);
  }

  /** @param {string|null} sent @param {{message: string}} error @param {string} frame */
  _failed(sent, error, frame) {
    this._fly(false);
    this._exchangedText(sent ?? "", frame, "");
    this._tell("bad", `Refused: ${printable(error.message, 200)}`);
  }

  /** @param {string} sent @param {string} frame @param {string} ms */
  _exchangedText(sent, frame, ms) {
    write(this._sent, sent);
    write(this._back, frame);
    write(this._ms, ms);
    show(this._exchanged, this._at === "json");
  }

  /** @param {string} tone @param {string} text */
  _tell(tone, text) {
    this._result.dataset.tone = tone;
    write(this._result, text);
  }
}
