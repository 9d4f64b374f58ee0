/**
 * Texts with a halo, each drawn once on a sheet and copied from there: outlining letters is what costs.
 */

const FONT = '500 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
const LINE_PX = 14;
const HALO_PX = 3;
const SHEET_PX = 1024;
const MEASURED = 4000; // texts whose width is remembered

/** @typedef {{x: number, y: number, width: number, height: number}} Spot on the sheet, device pixels */
/** @typedef {{text: string, halo: string, emergency: string}} Colours CSS */

export class Letters {
  constructor() {
    this._sheet = document.createElement("canvas");
    this._context = /** @type {CanvasRenderingContext2D} */ (this._sheet.getContext("2d"));
    this._ratio = 1;
    /** @type {Colours} */
    this._colours = { text: "#fff", halo: "#000", emergency: "#f00" };
    /** @type {Map<string, number>} */
    this._widths = new Map();
    /** @type {Map<string, Spot>} */
    this._spots = new Map();
    this._at = { x: 0, y: 0, row: 0 };
    this._clear();
  }

  /** @param {number} ratio device pixels of a CSS pixel */
  resize(ratio) {
    if (ratio === this._ratio) return;
    this._ratio = ratio;
    this._clear();
  }

  /** @param {Colours} colours */
  paint(colours) {
    this._colours = colours;
    this._clear();
  }

  /** How much room a text takes, CSS pixels, without its halo. @param {string} text */
  measure(text) {
    const lines = text.split("\n");
    let width = this._widths.get(text);
    if (width === undefined) {
      if (this._widths.size >= MEASURED) this._widths.clear();
      width = Math.ceil(Math.max(...lines.map((line) => this._context.measureText(line).width)));
      this._widths.set(text, width);
    }
    return { width, height: LINE_PX * lines.length };
  }

  /**
   * Put a text on another canvas.
   *
   * @param {CanvasRenderingContext2D} context not scaled
   * @param {string} text
   * @param {boolean} alarm
   * @param {number} left CSS pixels of the text's corner, its halo left out
   * @param {number} top
   */
  put(context, text, alarm, left, top) {
    const name = alarm ? `!${text}` : text;
    const { x, y, width, height } = this._spots.get(name) ?? this._draw(name, text, alarm);
    const there = [Math.round((left - HALO_PX) * this._ratio), Math.round((top - HALO_PX) * this._ratio)];
    context.drawImage(this._sheet, x, y, width, height, there[0], there[1], width, height);
  }

  /** @param {string} name @param {string} text @param {boolean} alarm */
  _draw(name, text, alarm) {
    const { width, height } = this.measure(text);
    const spot = this._room(
      Math.ceil((width + 2 * HALO_PX) * this._ratio),
      Math.ceil((height + 2 * HALO_PX) * this._ratio),
    );
    const context = this._context;
    context.strokeStyle = this._colours.halo;
    context.fillStyle = alarm ? this._colours.emergency : this._colours.text;
    const [left, top] = [spot.x / this._ratio + HALO_PX, spot.y / this._ratio + HALO_PX];
    for (const [index, line] of text.split("\n").entries()) {
      context.strokeText(line, left, top + LINE_PX * (index + 0.5));
      context.fillText(line, left, top + LINE_PX * (index + 0.5));
    }
    this._spots.set(name, spot);
    return spot;
  }

  /** A place on the sheet; where it is full, all begins anew. @param {number} width @param {number} height @returns {Spot} */
  _room(width, height) {
    const size = this._sheet.width;
    if (this._at.x + width > size) this._at = { x: 0, y: this._at.y + this._at.row, row: 0 };
    if (this._at.y + height > size) this._clear();
    const spot = { x: this._at.x, y: this._at.y, width, height };
    this._at.x += width;
    this._at.row = Math.max(this._at.row, height);
    return spot;
  }

  _clear() {
    this._sheet.width = this._sheet.height = SHEET_PX * Math.ceil(this._ratio);
    const context = this._context;
    context.scale(this._ratio, this._ratio);
    context.font = FONT;
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = HALO_PX;
    this._spots.clear();
    this._at = { x: 0, y: 0, row: 0 };
  }
}
