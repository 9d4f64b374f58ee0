/** The list of open rooms: asked of the API every few seconds while somebody looks, shown as rows. */

import { ask } from "../net/api.js";
import { feedState } from "../pure/feeds.js";
import { count } from "../pure/format.js";
import { roomPath } from "../pure/url.js";
import { el, show, write } from "./dom.js";

const EVERY_MS = 5000;

/**
 * Keep a list up to date until told to stop.
 *
 * @param {HTMLUListElement} list
 * @param {HTMLElement} note the line that says that there is none, or no answer.
 * @param {() => boolean} wanted whether anybody looks.
 * @returns {() => void} refreshes at once.
 */
export function keepRooms(list, note, wanted) {
  const refresh = async () => {
    if (!wanted() || document.hidden) return;
    const answer = await ask("/api/v1/rooms");
    const rooms = answer?.rooms ?? [];
    list.replaceChildren(...rooms.map(row));
    show(list, rooms.length > 0);
    show(note, rooms.length === 0);
    write(
      note,
      answer
        ? "None yet. Type a name above: the room opens when you enter it."
        : "The server does not answer. Trying again every 5 s.",
    );
  };
  setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
  refresh();
  return refresh;
}

/** @param {Record<string, any>} room */
function row(room) {
  const { word, tone } = feedState(room.feeds);
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
      el("span", { class: "figure" }, `${count(room.aircraft ?? 0, "aircraft", "aircraft")}`),
      el("span", { class: "figure" }, `${count(room.watchers ?? 0, "watching", "watching")}`),
      el("span", { class: "feed", "data-tone": tone }, el("i", { class: "dot" }), word),
    ),
  );
}
