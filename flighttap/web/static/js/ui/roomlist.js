/** The list of open rooms: asked of the API every few seconds while somebody looks, shown as rows. */

import { ask } from "../net/api.js";
import { feedState } from "../pure/feeds.js";
import { count, grouped } from "../pure/format.js";
import { roomPath } from "../pure/url.js";
import { el, show, write } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const EVERY_MS = 5000;

const SAMPLES = 32; // of the activity line

/** @type {Map<string, number[]>} messages a second of each room, as asked so far */
const activity = new Map();

/**
 * Keep a list up to date.
 *
 * @param {object} parts
 * @param {HTMLUListElement} parts.list
 * @param {HTMLElement} parts.note the line that says that there is none, or no answer.
 * @param {() => boolean} parts.wanted whether anybody looks.
 * @param {(answer: Record<string, any>) => void} [parts.onAnswer]
 * @returns {() => void} refreshes at once.
 */
export function keepRooms({ list, note, wanted, onAnswer = () => {} }) {
  const refresh = async () => {
    if (!wanted() || document.hidden) return;
    const answer = await ask("/api/v1/rooms");
    const rooms = answer?.rooms ?? [];
    const focused = list.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
    list.replaceChildren(...rooms.map(row));
    if (focused) [...list.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
    show(list, rooms.length > 0);
    show(note, rooms.length === 0);
    write(
      note,
      answer
        ? "None yet. Type a name above: the room opens when you enter it."
        : "The server does not answer. Trying again every 5 s.",
    );
    if (answer) onAnswer(answer);
  };
  setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
  refresh();
  return refresh;
}

/** @param {Record<string, any>} room */
function row(room) {
  const { word, tone } = feedState(room.feeds);
  const rate = room.messages_per_s ?? 0;
  const samples = [...(activity.get(room.room) ?? []), rate].slice(-SAMPLES);
  activity.set(room.room, samples);
  const feed = tone === "ok" ? `${word} · ${grouped(rate)}/s` : word;
  return el(
    "li",
    {},
    el(
      "a",
      { href: roomPath(room.room) },
      el(
        "span",
        { class: "name" },
        room.room,
        ...(room.simulated ? [" ", el("span", { class: "tag" }, "simulated")] : []),
      ),
      el("span", { class: "figure" }, count(room.aircraft ?? 0, "aircraft", "aircraft")),
      el("span", { class: "figure" }, count(room.watchers ?? 0, "watching", "watching")),
      el("span", { class: "feed", "data-tone": tone }, el("i", { class: "dot" }), feed),
      activityLine(samples),
    ),
  );
}

/** @param {number[]} samples */
function activityLine(samples) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "activity");
  svg.setAttribute("viewBox", "0 0 64 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", activityPoints(samples));
  svg.append(line);
  return svg;
}

/** The activity of a room as points in 64 by 24, newest at the right. Pure. @param {number[]} samples */
export function activityPoints(samples) {
  const most = Math.max(1, ...samples);
  return [samples[0], ...samples]
    .map((rate, at) => {
      const x = at === 0 ? 0 : 64 - ((samples.length - at) * 64) / SAMPLES;
      return `${x.toFixed(1)},${(22 - (20 * rate) / most).toFixed(1)}`;
    })
    .join(" ");
}
