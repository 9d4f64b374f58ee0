/**
 * When the map is drawn: at the pace at which something on the screen can move a part of a pixel, and
 * not at all while nobody can see it.
 */
import { interval } from "./pace.js";
import { EASE_S } from "./reckon.js";

const SOON_MS = 60; // for what came or went
const FADE_MS = 50;

export class Animator {
  /**
   * @param {object} options
   * @param {() => void} options.draw asks for one drawing
   * @param {() => {zoom: number, ratio: number, lat: number, fastest: number, following: boolean, calm: boolean, fading: boolean}} options.scene
   * @param {{now: () => number, set: (call: () => void, ms: number) => any, clear: (timer: any) => void}} options.timers
   */
  constructor({ draw, scene, timers }) {
    this._draw = draw;
    this._scene = scene;
    this._timers = timers;
    this._timer = null;
    this._due = Number.POSITIVE_INFINITY;
    this._drawnAt = Number.NEGATIVE_INFINITY;
    this._correction = 0;
    this._until = 0;
    this._hidden = false;
  }

  /** Something was drawn: plan the next, but put off none that is due: it may be a step of the map that follows a flight. */
  drawn() {
    this._drawnAt = this._timers.now();
    this._plan();
  }

  /** A message moved aircraft on the screen; the greatest correction of them begins to be eased. @param {number} most world units */
  corrected(most) {
    const now = this._timers.now();
    if (now >= this._until || most > this._correction) this._correction = most;
    if (most > 0) this._until = now + EASE_S * 1000;
    this._plan();
  }

  /** Somebody came, went, or looks different. */
  changed() {
    this._at(Math.max(this._timers.now(), this._drawnAt + SOON_MS));
  }

  /** Whether anybody can see it. @param {boolean} hidden */
  hide(hidden) {
    this._hidden = hidden;
    this._timers.clear(this._timer);
    this._due = Number.POSITIVE_INFINITY;
    if (!hidden) this._draw();
  }

  _plan() {
    const { fading, ...scene } = this._scene();
    const correction = this._timers.now() < this._until ? this._correction : 0;
    const wait = interval({ ...scene, correction });
    this._at(this._drawnAt + (fading && !scene.calm ? Math.min(wait, FADE_MS) : wait));
  }

  /** @param {number} due ms */
  _at(due) {
    if (this._hidden || due >= this._due) return;
    this._timers.clear(this._timer);
    this._due = due;
    this._timer = this._timers.set(
      () => {
        this._due = Number.POSITIVE_INFINITY;
        this._draw();
      },
      Math.max(0, due - this._timers.now()),
    );
  }
}
