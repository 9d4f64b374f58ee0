/** "Send flight data": a form, the same as JSON, what came back, and the room's messages. */
import { explain } from "../net/closecodes.js";
import { wireCopy } from "./copy.js";
import { el, icon, show, write } from "./dom.js";
import { Exchange } from "../net/exchange.js";
import { FIELDS, flown, freshCallsign, read, readJson } from "../pure/flightform.js";
import { printable } from "../pure/format.js";

const AGAIN_MS = 1000;
const MESSAGES = 50;

export class Drawer {
  /**
   * @param {object} options
   * @param {HTMLElement} options.node
   * @param {string} options.address the room's WebSocket.
   * @param {(line: string) => void} options.say
   * @param {(open: boolean) => void} options.onToggle
   */
  constructor({ node, address, say, onToggle }) {
    this._node = node;
    this._say = say;
    this._onToggle = onToggle;
    this._flying = 0;
    this._exchange = new Exchange({
      url: `${address}?hz=0.2`,
      onState: (open, code) => this._connected(open, code),
      onBack: (sent, frame, ms) => this._cameBack(sent, frame, ms),
      onError: (sent, error, frame) => this._failed(sent, error, frame),
    });
    this._build(address);
    this._pick("form");
  }

  get isOpen() {
    return !this._node.hidden;
  }

  open() {
    if (!this.isOpen) {
      show(this._node, true);
      if (!this._fields.get("callsign").value) this._fields.get("callsign").value = freshCallsign(Math.random);
      this._exchange.open();
      this._onToggle(true);
    }
    this._fields.get("callsign").focus();
  }

  close() {
    if (!this.isOpen) return;
    this._fly(false);
    show(this._node, false);
    this._exchange.close();
    this._onToggle(false);
  }

  /** Say whether this page may send: the server's word for it. */
  allow(allowed) {
    show(this._closed, !allowed);
    this._submit.disabled = !allowed;
    this._flyBox.disabled = !allowed;
  }

  /** Add a message (an object that names no flight) to the list. */
  message(from, data) {
    const text = printable(JSON.stringify(data), 400);
    this._messages.prepend(el("li", {}, el("span", { class: "from" }, printable(from ?? "server", 12)), el("code", {}, text)));
    while (this._messages.childElementCount > MESSAGES) this._messages.lastElementChild.remove();
    show(this._nomessages, false);
  }

  /** Say that messages are gone for good. */
  lost(from, to) {
    this._messages.prepend(el("li", { class: "quiet" }, `${to - from + 1} messages were lost while this page was away`));
    show(this._nomessages, false);
  }

  // ---- the document ----

  _build(address) {
    this._fields = new Map();
    const copyAddress = el("button", { class: "icon copy", type: "button", "aria-label": "Copy the address", title: "Copy" }, icon("copy"));
    wireCopy(copyAddress, () => address, this._say);
    this._json = el("textarea", { id: "json", rows: "9", spellcheck: "false", autocomplete: "off", "aria-describedby": "json-problem" });
    this._jsonProblem = el("p", { class: "problem", id: "json-problem", role: "alert" });
    this._sent = el("code", { class: "frame" });
    this._back = el("code", { class: "frame" });
    this._ms = el("span", { class: "ms" });
    this._result = el("p", { class: "result", role: "status" });
    this._link = el("span", { class: "link" });
    this._messages = el("ol", { class: "messages" });
    this._nomessages = el("p", { class: "quiet" }, "None yet. An object without a callsign, address or id is a message to everyone here.");
    this._flyBox = el("input", { type: "checkbox", id: "fly", onchange: () => this._fly(this._flyBox.checked) });
    this._submit = el("button", { class: "button primary", type: "submit" }, "Send");
    this._closed = el("p", { class: "closed", hidden: true }, "You may watch here, not send. Sending is open to the machine that runs the server; --open-publish opens it to everyone.");
    this._tabs = new Map(["form", "json"].map((name) => [name, this._tab(name)]));
    this._panes = new Map([
      ["form", el("div", { role: "tabpanel", id: "pane-form", "aria-labelledby": "tab-form", class: "fields" }, ...FIELDS.map((field) => this._field(field)), el("label", { class: "check", for: "fly" }, this._flyBox, el("span", {}, "Fly it: send again every second, moved along its heading")))],
      ["json", el("div", { role: "tabpanel", id: "pane-json", "aria-labelledby": "tab-json" }, el("label", { for: "json" }, "Frame to send"), this._json, this._jsonProblem)],
    ]);
    this._exchanged = el("section", { class: "exchanged", hidden: true }, el("h3", {}, "Sent"), this._sent, el("h3", {}, "Came back", this._ms), this._back);
    const form = el("form", { novalidate: true, onsubmit: (event) => this._submitted(event) }, ...this._panes.values(), el("div", { class: "go" }, this._submit, this._result));
    this._node.replaceChildren(
      el("header", {}, el("h2", {}, "Send flight data"), el("button", { class: "icon close", type: "button", title: "Close (Esc)", "aria-label": "Close", onclick: () => this.close() }, icon("close"))),
      el("div", { class: "tabs", role: "tablist", "aria-label": "How to write it" }, ...this._tabs.values()),
      this._closed,
      form,
      this._exchanged,
      el("section", {}, el("h3", {}, "Messages"), this._nomessages, this._messages),
      el("section", {}, el("h3", {}, "From a program", this._link), el("div", { class: "command" }, el("code", {}, address), copyAddress)),
    );
  }

  _tab(name) {
    const turn = (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      this._pick(name === "form" ? "json" : "form");
      this._tabs.get(this._at).focus();
    };
    return el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `pane-${name}`, onclick: () => this._pick(name), onkeydown: turn }, name === "form" ? "Form" : "JSON");
  }

  _field({ name, label, unit, kind, start, optional }) {
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
    return el("div", { class: `field f-${name}` }, el("label", { for: `send-${name}` }, label, ...word), input, el("p", { class: "problem", id: `problem-${name}` }));
  }

  // ---- what happens ----

  _pick(name) {
    if (name === "json") {
      const { object } = this._read();
      if (object) this._json.value = JSON.stringify(object, null, 2);
    }
    this._at = name;
    for (const [each, tab] of this._tabs) {
      tab.setAttribute("aria-selected", String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
      show(this._panes.get(each), each === name);
    }
    show(this._exchanged, name === "json" && this._sent.textContent !== "");
    if (name === "json") this._fly(false);
  }

  _read() {
    return read(new Map([...this._fields].map(([name, input]) => [name, input.value])));
  }

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
      write(document.getElementById(`problem-${name}`), problems.get(name) ?? "");
    }
    if (object) this._send(JSON.stringify(object));
    else this._fields.get([...problems.keys()][0]).focus();
  }

  _send(text) {
    this._tell("", "Sending…");
    this._exchange.send(text);
  }

  _fly(on) {
    clearInterval(this._flying);
    this._flying = 0;
    this._flyBox.checked = on;
    if (on) this._flying = setInterval(() => this._flyOn(), AGAIN_MS);
  }

  _flyOn() {
    const { object } = this._read();
    if (!object || !this._exchange.isOpen) return;
    const there = flown(object, AGAIN_MS / 1000);
    for (const name of ["lat", "lon"]) if (name in there) this._fields.get(name).value = String(there[name]);
    this._send(JSON.stringify(there));
  }

  _connected(open, code) {
    write(this._link, open ? "connected" : "not connected");
    if (!open) {
      this._fly(false);
      this._tell("bad", `Not sent: ${explain(code).why}. Send again to reconnect.`);
    }
  }

  _cameBack(sent, frame, ms) {
    const took = ms < 9.95 ? ms.toFixed(1) : String(Math.round(ms));
    this._exchangedText(sent, frame, `${took} ms`);
    this._tell("ok", `The room has it. Back here in ${took} ms.`);
  }

  _failed(sent, error, frame) {
    this._fly(false);
    this._exchangedText(sent ?? "", frame, "");
    this._tell("bad", `Refused: ${printable(error.message, 200)}`);
  }

  _exchangedText(sent, frame, ms) {
    write(this._sent, sent);
    write(this._back, frame);
    write(this._ms, ms);
    show(this._exchanged, this._at === "json");
  }

  _tell(tone, text) {
    this._result.dataset.tone = tone;
    write(this._result, text);
  }
}
