/** What there is to know of the room while no flight is selected: figures, altitude profile, feeds. */

import { stateWords } from "../pure/feeds.js";
import { grouped, NONE, printable } from "../pure/format.js";
import { BAND_FT, TOP_FT } from "../pure/profile.js";
import { colour } from "../pure/ramp.js";
import { wireCopy } from "./copy.js";
import { el, icon, mark, show, write } from "./dom.js";

const LABELLED_FT = 10000;

export class Overview {
  /**
   * @param {string} room
   * @param {string} address the room's WebSocket.
   * @param {(line: string) => void} say
   * @param {() => void} onClose goes back to the list.
   * @param {HTMLElement} here who else is in the room.
   */
  constructor(room, address, say, onClose, here) {
    this._figures = new Map(
      ["Aircraft", "With position", "Here", "Messages"].map((label) => [label, new Figure(label)]),
    );
    this._bars = new Map();
    this._unknown = el("p", { class: "quiet" });
    this._feeds = el("ul", { class: "feeds" });
    this._nofeed = el("p", { class: "quiet" }, "No receiver feeds this room. What is here was sent by members.");
    const copyAddress = el(
      "button",
      { class: "icon copy", type: "button", "aria-label": "Copy the address" },
      icon("copy"),
    );
    wireCopy(copyAddress, () => address, say);
    this.back = el(
      "button",
      {
        class: "icon back",
        type: "button",
        title: "Back to the list (Esc)",
        "aria-label": "Back to the list (Esc)",
        onclick: onClose,
      },
      icon("back"),
    );
    this._tag = el("span", { class: "tag", hidden: true }, "simulated");
    this._feeding = el("section", {}, el("h3", {}, "Feeds"), this._feeds, this._nofeed);
    this._heights = el(
      "section",
      {},
      el("h3", {}, "Altitude", el("span", { class: "unit" }, "ft")),
      this._chart(),
      this._unknown,
    );
    this.node = el(
      "div",
      { class: "overview" },
      el(
        "header",
        {},
        this.back,
        el("div", { class: "names" }, el("div", { class: "line1" }, el("h2", { tabindex: "-1" }, room), this._tag)),
      ),
      el("dl", { class: "figures" }, ...[...this._figures.values()].map((figure) => figure.node)),
      here,
      this._heights,
      this._feeding,
      el(
        "section",
        {},
        el("h3", {}, "Address for programs"),
        el("div", { class: "command" }, el("code", {}, address), copyAddress),
      ),
    );
    this.describe(null);
  }

  /** What the API says of the room; null while it says nothing. */
  describe(room) {
    const feeds = room?.feeds ?? [];
    this._feeds.replaceChildren(...feeds.map(feedRow));
    show(this._feeding, room !== null);
    show(this._feeds, feeds.length > 0);
    show(this._nofeed, feeds.length === 0);
    show(this._tag, room?.simulated === true);
    const rate = room?.messages_per_s;
    this._figure("Messages").show(typeof rate === "number" ? grouped(rate) : NONE, "/s");
  }

  /**
   * @param {number|null} listed flights, null while that is not known.
   * @param {ReturnType<typeof import("../pure/profile.js").profile>} heights
   * @param {number|null} here connections to the room.
   */
  count(listed, heights, here) {
    this._figure("Here").show(here === null ? NONE : grouped(here));
    this._figure("Aircraft").show(listed === null ? NONE : grouped(listed));
    this._figure("With position").show(listed === null ? NONE : grouped(heights.placed));
    show(this._heights, listed !== null && listed > 0);
    this._plot(heights);
  }

  /** @param {string} label */
  _figure(label) {
    return /** @type {Figure} */ (this._figures.get(label));
  }

  _chart() {
    const rows = [];
    for (let band = TOP_FT / BAND_FT - 1; band >= 0; band -= 1) rows.push(this._bar(band, band * BAND_FT));
    rows.push(this._bar("ground", null));
    return el("div", { class: "profile", role: "img", "aria-label": "Flights by altitude" }, ...rows);
  }

  _bar(band, feet) {
    const bar = el("i", {});
    const label = feet === null ? "ground" : feet % LABELLED_FT === 0 ? grouped(feet) : "";
    bar.style.setProperty("--tick", feet === null ? colour(0, true) : colour(feet + BAND_FT / 2));
    const row = el("div", { class: label ? "labelled" : "" }, el("span", {}, label), el("b", {}, bar));
    const words = feet === null ? "On the ground" : `${grouped(feet)} to ${grouped(feet + BAND_FT)} ft`;
    this._bars.set(band, { bar, row, words });
    return row;
  }

  _plot({ ground, bands, unknown }) {
    const most = Math.max(ground, ...bands, 1);
    const draw = (band, amount) => {
      const { bar, row, words } = this._bars.get(band);
      bar.style.width = `${(100 * amount) / most}%`;
      mark(row, "title", `${words}: ${grouped(amount)}`);
    };
    for (const [band, amount] of bands.entries()) draw(band, amount);
    draw("ground", ground);
    write(this._unknown, unknown ? `${grouped(unknown)} more without a known altitude` : "");
    show(this._unknown, unknown > 0);
  }
}

class Figure {
  constructor(label) {
    this._value = el("span", { class: "value" }, NONE);
    this._unit = el("span", { class: "unit" });
    this.node = el("div", {}, el("dt", {}, label), el("dd", {}, this._value, this._unit));
  }

  show(text, unit = "") {
    write(this._value, text);
    write(this._unit, text === NONE ? "" : unit);
  }
}

function feedRow(feed) {
  const { word, tone } = stateWords(feed.state);
  const rate =
    typeof feed.messages_per_s === "number" && feed.state === "up" ? `${grouped(feed.messages_per_s)}/s` : "";
  return el(
    "li",
    { "data-tone": tone, title: printable(feed.why, 200) },
    el("i", { class: "dot" }),
    el("span", { class: "name" }, printable(feed.name, 40)),
    el("span", { class: "state" }, word),
    el("span", { class: "rate" }, rate),
    ...(feed.why && tone === "warn" ? [el("span", { class: "why" }, printable(feed.why, 200))] : []),
  );
}
