/** Everything about one flight: its name, what to do with it, four large values, its heights, and groups of the rest. */
import { altitudeFeet, calmAge, emergency, isMembers, NONE, onGround, sender, title, trend } from "../pure/format.js";
import { FIGURES, GROUPS, subtitle } from "../pure/groups.js";
import { colour } from "../pure/ramp.js";
import { el, icon, mark, show, write } from "./dom.js";
import { Sparkline } from "./sparkline.js";

/** @typedef {import("../pure/groups.js").Flight} Flight */
/** @typedef {import("../pure/columns.js").Look} Look */

const CHANGED_S = 5; // a value younger than this has no age worth showing
const OLD_S = 17; // without a word
/** @type {Record<string, string>} */
const ARROWS = { "-1": " ↓", 0: "", 1: " ↑" };

export class Panel {
  /**
   * @param {object} actions
   * @param {() => void} actions.onBack closes the panel.
   * @param {() => void} actions.onFollow
   * @param {() => void} actions.onIsolate
   * @param {() => void} actions.onWatch
   * @param {() => string} actions.link the address of this view.
   * @param {(button: HTMLButtonElement, text: () => string, done: string) => void} actions.wireCopy
   */
  constructor({ onBack, onFollow, onIsolate, onWatch, link, wireCopy }) {
    this.back = button("icon back", "back", "", "Back to the list (Esc)", onBack);
    this._follow = button("button", "follow", "Follow", "Keep it in the middle of the map (F)", onFollow);
    this._isolate = button("button", "isolate", "Isolate", "Show nothing else (I)", onIsolate);
    this._share = button("button", "share", "Share", "Copy the link to this view", () => {});
    this._watch = button("icon", "bell", "", "Tell me when it is heard again", onWatch);
    wireCopy(this._share, link, "Link copied.");
    this._title = el("h2", { tabindex: "-1" });
    this._subtitle = el("p", { class: "subtitle" });
    this._alarm = el("strong", { class: "alarm" });
    this._member = el("span", { class: "tag" });
    this._seen = el("p", { class: "seen" });
    this._tick = el("i", { class: "tick" });
    this._figures = FIGURES.map((figure) => new Figure(figure));
    this._groups = GROUPS.map((group) => new Group(group));
    this.sparkline = new Sparkline();
    const names = el("div", { class: "line1" }, this._tick, this._title, this._alarm, this._member);
    this.node = el(
      "div",
      { class: "panel", hidden: true },
      el("header", {}, this.back, el("div", { class: "names" }, names, this._subtitle)),
      el(
        "div",
        { class: "acts", role: "group", "aria-label": "This flight" },
        this._follow,
        this._isolate,
        this._share,
        this._watch,
      ),
      el("dl", { class: "figures" }, ...this._figures.map((figure) => figure.node)),
      this.sparkline.node,
      ...this._groups.map((group) => group.node),
      this._seen,
    );
  }

  /**
   * Show a flight.
   *
   * @param {Flight} flight
   * @param {Look} look
   * @param {{gone: boolean, follow: boolean, isolate: boolean, watched: boolean}} how `gone`: the room does not have it any more.
   */
  show(flight, look, { gone, follow, isolate, watched }) {
    const { record } = flight;
    const alarm = emergency(record);
    const members = isMembers(record);
    const age = Math.max(0, look.now - flight.heard);
    write(this._title, title(flight));
    write(this._subtitle, subtitle(flight));
    write(this._alarm, alarm ?? "");
    show(this._alarm, alarm !== null);
    show(this._member, members);
    if (members) write(this._member, sender(record, look.names).replace("Sent", "sent"));
    this._tick.style.setProperty("--tick", colour(altitudeFeet(record), onGround(record)));
    for (const figure of this._figures) figure.show(flight, look);
    for (const group of this._groups) group.show(flight, look);
    write(this._seen, gone ? `Gone. Last heard ${calmAge(age)} ago.` : `Last heard ${calmAge(age)} ago`);
    mark(this.node, "data-age", gone ? "2" : age > OLD_S ? "1" : "0");
    mark(this.node, "data-member", members ? "" : null);
    mark(this._follow, "aria-pressed", String(follow));
    mark(this._isolate, "aria-pressed", String(isolate));
    mark(this._watch, "aria-pressed", String(watched));
  }
}

/** @param {string} kind @param {string} sign @param {string} label @param {string} help @param {() => void} onclick */
function button(kind, sign, label, help, onclick) {
  return /** @type {HTMLButtonElement} */ (
    el(
      "button",
      { class: kind, type: "button", title: help, "aria-label": label ? null : help, onclick },
      icon(sign),
      ...(label ? [label] : []),
    )
  );
}

class Figure {
  /** @param {typeof FIGURES[number]} figure */
  constructor({ label, field, text, unit }) {
    this._field = field;
    this._text = text;
    this._unit = unit;
    this._value = el("span", { class: "value" });
    this._word = el("span", { class: "unit" });
    this._age = el("span", { class: "age" });
    this.node = el("div", {}, el("dt", {}, label, this._age), el("dd", {}, this._value, this._word));
  }

  /** @param {Flight} flight @param {Look} look */
  show(flight, look) {
    const text = this._text(flight, look);
    const arrow = this._field === "alt_baro" && text !== NONE ? ARROWS[trend(flight.record)] : "";
    write(this._value, text + arrow);
    write(this._word, text === NONE || text === "ground" ? "" : this._unit(look));
    write(this._age, ageText(flight, this._field, look.now));
  }
}

class Group {
  /** @param {typeof GROUPS[number]} group */
  constructor({ label, lines }) {
    this._lines = lines.map(({ name, field, text }) => {
      const value = el("dd", {});
      const age = el("dd", { class: "age" });
      return { field, text, value, age, node: el("div", {}, el("dt", {}, name), value, age) };
    });
    this.node = el(
      "section",
      { tabindex: "0", "aria-label": label },
      el("h3", {}, label),
      el("dl", {}, ...this._lines.map((line) => line.node)),
    );
  }

  /** @param {Flight} flight @param {Look} look */
  show(flight, look) {
    let any = false;
    for (const { field, text, value, age, node } of this._lines) {
      const words = text(flight, look);
      show(node, words !== "");
      if (words === "") continue;
      any = true;
      write(value, words);
      write(age, ageText(flight, field, look.now));
    }
    show(this.node, any);
  }
}

/** How long a value has been what it is; nothing while it is new. @param {Flight} flight @param {string} field @param {number} now */
function ageText(flight, field, now) {
  const since = flight.changedAt(field);
  if (since === undefined || now - since < CHANGED_S) return "";
  return calmAge(now - since);
}
