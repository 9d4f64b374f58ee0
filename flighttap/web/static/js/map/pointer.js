/** What people do on the map with a pointer: hover, click, tap, measure, choose a place. */

const MOVED_PX = 6; // between press and release: a drag, no click

export class Pointer {
  /**
   * @param {HTMLElement} surface the map's canvas container
   * @param {object} acts
   * @param {(x: number, y: number, touch: boolean) => string|null} acts.at the flight at a point, CSS pixels from the top left of the map
   * @param {(key: string|null) => void} acts.hover
   * @param {(key: string|null, add: boolean) => void} acts.choose
   * @param {(x: number, y: number) => void} acts.point while a place is asked for: it was clicked
   * @param {(x: number, y: number) => void} acts.trace while a place is asked for: the pointer is there
   */
  constructor(surface, acts) {
    this._surface = surface;
    this._acts = acts;
    this._hovered = null;
    this._planned = false;
    this._last = { x: 0, y: 0 };
    this._inside = false;
    /** Whether clicks choose places and not flights. */
    this.placing = false;
    surface.addEventListener("pointermove", (event) => this._moved(event));
    surface.addEventListener("pointerleave", () => this._left());
    surface.addEventListener("pointerdown", (event) => this._pressed(event));
    surface.addEventListener("click", (event) => this._clicked(event));
  }

  /** Look anew at what lies under the pointer, for things move. */
  refresh() {
    if (this._inside && !this.placing) this._hover(this._acts.at(this._last.x, this._last.y, false));
  }

  /** @param {PointerEvent} event */
  _moved(event) {
    if (event.pointerType === "touch") return;
    this._last = this._spot(event);
    this._inside = event.buttons === 0;
    if (this._planned || event.buttons !== 0) return;
    this._planned = true;
    requestAnimationFrame(() => {
      this._planned = false;
      if (this.placing) this._acts.trace(this._last.x, this._last.y);
      else this.refresh();
    });
  }

  _left() {
    this._inside = false;
    this._hover(null);
  }

  /** @param {PointerEvent} event */
  _pressed(event) {
    this._from = { ...this._spot(event), touch: event.pointerType === "touch" };
  }

  /** @param {MouseEvent} event */
  _clicked(event) {
    const { x, y } = this._spot(event);
    const from = this._from;
    if (!from || Math.hypot(x - from.x, y - from.y) > MOVED_PX) return;
    if (this.placing) this._acts.point(x, y);
    else this._acts.choose(this._acts.at(x, y, from.touch), event.shiftKey || event.ctrlKey || event.metaKey);
  }

  /** @param {string|null} key */
  _hover(key) {
    if (key === this._hovered) return;
    this._hovered = key;
    this._surface.style.cursor = key === null ? "" : "pointer";
    this._acts.hover(key);
  }

  /** @param {MouseEvent} event */
  _spot(event) {
    const box = this._surface.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}
