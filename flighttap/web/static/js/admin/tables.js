/** Rows of the operator's tables: made once each, and then only written to, so that focus stays where it is. */

import { bytes, perSecond, span } from "../pure/rates.js";
import { el, mark, write } from "../ui/dom.js";

/** @type {Record<string, string>} */
const TONES = { up: "ok", silent: "warn", connecting: "warn", down: "bad", failed: "bad" };

/**
 * A table's rows, in the order of the items.
 *
 * @template T
 */
export class Rows {
  /**
   * @param {HTMLElement} body
   * @param {(item: T) => string} keyOf
   * @param {(item: T) => HTMLElement} make
   * @param {(row: HTMLElement, item: T) => void} update
   */
  constructor(body, keyOf, make, update) {
    this._body = body;
    this._keyOf = keyOf;
    this._make = make;
    this._update = update;
    /** @type {Map<string, HTMLElement>} */
    this._rows = new Map();
  }

  /** @param {T[]} items */
  show(items) {
    const gone = new Set(this._rows.keys());
    let place = this._body.firstElementChild;
    for (const item of items) {
      const key = this._keyOf(item);
      gone.delete(key);
      let row = this._rows.get(key);
      if (!row) {
        row = this._make(item);
        this._rows.set(key, row);
      }
      this._update(row, item);
      if (row === place) place = place.nextElementSibling;
      else this._body.insertBefore(row, place);
    }
    for (const key of gone) {
      this._rows.get(key)?.remove();
      this._rows.delete(key);
    }
  }
}

/** The text cells of a row from its second on. @param {HTMLElement} row @param {string[]} texts */
function fill(row, texts) {
  texts.forEach((text, place) => {
    write(row.children[place + 1], text);
  });
}

/** @param {HTMLElement} body @returns {Rows<any>} */
export function feedRows(body) {
  return new Rows(
    body,
    (feed) => feed.name,
    (feed) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, feed.name),
        el("td", {}, el("span", { class: "dot" }), el("span")),
        el("td", { class: "right" }),
        el("td", {}, feed.rooms.join(", ")),
        el("td"),
      ),
    (row, feed) => {
      mark(row.children[1], "data-tone", TONES[feed.state] ?? "idle");
      write(/** @type {Node} */ (row.children[1].lastChild), feed.state);
      write(row.children[2], perSecond(feed.messages_per_s));
      write(row.children[4], feed.why);
    },
  );
}

/**
 * @param {HTMLElement} body
 * @param {(room: string) => void} open
 * @param {(room: string) => void} close
 * @param {() => string|null} current the room whose members are shown
 * @returns {Rows<any>}
 */
export function roomRows(body, open, close, current) {
  return new Rows(
    body,
    (room) => room.room,
    ({ room }) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, el("button", { type: "button", class: "link", onclick: () => open(room) }, room)),
        el("td", { class: "right" }),
        el("td", { class: "right" }),
        el("td", { class: "right" }),
        el("td"),
        el(
          "td",
          {},
          el(
            "button",
            { type: "button", class: "button", "aria-label": `Close ${room}`, onclick: () => close(room) },
            "Close",
          ),
        ),
      ),
    (row, room) => {
      mark(row, "aria-current", current() === room.room ? "true" : null);
      const counts = [room.members.toLocaleString("en"), room.aircraft.toLocaleString("en")];
      fill(row, [...counts, perSecond(room.observations_per_s), room.feeds.join(", ")]);
    },
  );
}

/** @param {HTMLElement} body @param {(member: any) => void} kick @returns {Rows<any>} */
export function memberRows(body, kick) {
  return new Rows(
    body,
    (member) => `${member.id} ${member.address} ${member.speaks}`,
    (member) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, member.id),
        ...["", "", "", "right", "right", "right"].map((name) => el("td", { class: name || null })),
        el(
          "td",
          {},
          el(
            "button",
            { type: "button", class: "button", "aria-label": `Kick ${member.id}`, onclick: () => kick(member) },
            "Kick",
          ),
        ),
      ),
    (row, member) => {
      fill(row, [
        member.name ?? "",
        member.address,
        member.speaks.replace("flighttap.v1.", ""),
        member.hz === null ? "–" : String(member.hz),
        span(member.connected_s),
        member.lagging ? `lags, ${bytes(member.buffered_bytes)}` : bytes(member.buffered_bytes),
      ]);
    },
  );
}

/** Names and values as a list of numbers. @param {HTMLElement} list @returns {Rows<[string, string]>} */
export function numbers(list) {
  return new Rows(
    list,
    ([name]) => name,
    ([name]) => el("div", {}, el("dt", {}, name), el("dd")),
    (pair, [, value]) => write(pair.children[1], value),
  );
}
