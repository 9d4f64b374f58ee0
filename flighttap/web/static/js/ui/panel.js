/** Everything about one flight: its name, four large values, and groups of the rest with their ages. */
import { el, icon, mark, show, write } from "./dom.js";
import { altitudeFeet, calmAge, emergency, isMembers, NONE, onGround, title, trend } from "../pure/format.js";
import { FIGURES, GROUPS, subtitle } from "./groups.js";
import { ageOf, staleness } from "../pure/listing.js";
import { colour } from "../pure/ramp.js";

const CHANGED_S = 5; // a value younger than this has no age worth showing
const ARROWS = { "-1": " ↓", 0: "", 1: " ↑" };

export class Panel {
  /** @param {() => void} onBack closes the panel. */
  constructor(onBack) {
    this.back = el("button", { class: "icon back", type: "button", title: "Back (Esc)", "aria-label": "Back to the room", onclick: onBack }, icon("back"));
    this._title = el("h2", { tabindex: "-1" });
    this._subtitle = el("p", { class: "subtitle" });
    this._alarm = el("strong", { class: "alarm" });
    this._member = el("span", { class: "tag member" }, "sent by a member");
    this._seen = el("p", { class: "seen" });
    this._tick = el("i", { class: "tick" });
    this._figures = FIGURES.map((figure) => new Figure(...figure));
    this._groups = GROUPS.map((group) => new Group(group));
    this.node = el(
      "div",
      { class: "panel", hidden: true },
      el("header", {}, this.back, el("div", { class: "names" }, el("div", { class: "line" }, this._tick, this._title, this._alarm, this._member), this._subtitle)),
      el("dl", { class: "figures" }, ...this._figures.map((figure) => figure.node)),
      ...this._groups.map((group) => group.node),
      this._seen,
    );
  }

  /**
   * Show a flight.
   *
   * @param {object} flight
   * @param {number} now server time, seconds.
   * @param {boolean} gone whether the room does not have it any more.
   */
  show(flight, now, gone) {
    const { record } = flight;
    const alarm = emergency(record);
    write(this._title, title(flight));
    write(this._subtitle, subtitle(flight));
    show(this._subtitle, this._subtitle.textContent !== "");
    write(this._alarm, alarm ?? "");
    show(this._alarm, alarm !== null);
    show(this._member, isMembers(record));
    this._tick.style.setProperty("--tick", colour(altitudeFeet(record), onGround(record)));
    for (const figure of this._figures) figure.show(flight, now);
    for (const group of this._groups) group.show(flight, now);
    write(this._seen, gone ? `Gone. Last heard ${calmAge(ageOf(flight, now))} ago.` : `Last heard ${calmAge(ageOf(flight, now))} ago`);
    mark(this.node, "data-age", gone ? "2" : String(staleness(flight, now)));
    mark(this.node, "data-member", isMembers(record) ? "" : null);
  }
}

class Figure {
  constructor(label, unit, field, text) {
    this._field = field;
    this._text = text;
    this._unit = unit;
    this._value = el("span", { class: "value" });
    this._word = el("span", { class: "unit" });
    this._age = el("span", { class: "age" });
    this.node = el("div", {}, el("dt", {}, label, this._age), el("dd", {}, this._value, this._word));
  }

  show(flight, now) {
    const text = this._text(flight);
    const arrow = this._field === "alt_baro" ? ARROWS[trend(flight.record)] : "";
    write(this._value, text + arrow);
    write(this._word, text === NONE || text === "ground" ? "" : this._unit);
    write(this._age, ageText(flight, this._field, now));
  }
}

class Group {
  constructor({ label, rows }) {
    this._rows = rows.map(([name, field, text]) => {
      const value = el("dd", {});
      const age = el("dd", { class: "age" });
      const node = el("div", { title: "" }, el("dt", {}, name), value, age);
      return { name, field, text, value, age, node };
    });
    this.node = el("section", {}, el("h3", {}, label), el("dl", {}, ...this._rows.map((row) => row.node)));
  }

  show(flight, now) {
    let any = false;
    for (const row of this._rows) {
      const text = row.text(flight);
      show(row.node, text !== "");
      if (text === "") continue;
      any = true;
      write(row.value, text);
      const age = ageText(flight, row.field, now);
      write(row.age, age);
      row.node.title = age ? `Unchanged for ${age}` : "";
    }
    show(this.node, any);
  }
}

/** How long a value has been what it is; nothing while it is new. */
function ageText(flight, field, now) {
  const since = flight.stamps[field];
  if (since === undefined || now - since < CHANGED_S) return "";
  return calmAge(now - since);
}
