/** The operator's page: what the server does, who is in its rooms, and buttons to end what must end. */

import { ask, keep, Refused } from "./admin/door.js";
import { feedRows, memberRows, numbers, roomRows } from "./admin/tables.js";
import { bytes, perSecond, rates, span } from "./pure/rates.js";
import { byId, mark, show, write } from "./ui/dom.js";

const EVERY = 2000;
/** @type {Record<string, string>} */
const TONES = { ready: "ok", draining: "warn", starting: "warn" };

/** @type {any} */
let before = null;
/** @type {string|null} */
let shown = null;
let timer = 0;

const feeds = feedRows(byId("feeds"));
const rooms = roomRows(byId("rooms"), openRoom, closeRoom, () => shown);
const members = memberRows(byId("members"), kick);
const figures = numbers(byId("numbers"));
const ends = numbers(byId("ends"));

/** Ask for everything, show it, and see to it that this is done again. */
async function look() {
  clearTimeout(timer);
  try {
    const now = await ask("");
    const there = now.room_list.some((/** @type {any} */ room) => room.room === shown);
    const room = shown !== null && there ? await ask(`/rooms/${shown}`).catch(gone) : gone();
    draw(now, room);
    before = now;
    problem("");
  } catch (error) {
    if (error instanceof Refused) return turnedAway(error.message);
    mark(byId("state"), "data-tone", "bad");
    write(byId("state-words"), "The server does not answer");
  }
  timer = window.setTimeout(() => document.hidden || look(), EVERY);
}

/** A room that is not there any more shows nobody; being refused is something else. @param {unknown} [error] */
function gone(error) {
  if (error instanceof Refused) throw error;
  shown = null;
  return null;
}

/** @param {any} now @param {any} room */
function draw(now, room) {
  show(byId("door"), false);
  show(byId("desk"), true);
  show(byId("drain"), now.state !== "draining");
  mark(byId("state"), "data-tone", TONES[now.state] ?? "bad");
  write(byId("state-words"), `${now.state}, up ${span(now.uptime_s)}, version ${now.version}`);
  const rate = rates(now, before);
  const speaking = Object.values(now.connections).reduce((sum, count) => sum + count, 0);
  figures.show([
    ["Connections", speaking.toLocaleString("en")],
    ["Rooms", now.rooms.toLocaleString("en")],
    ["Aircraft", now.aircraft.toLocaleString("en")],
    ["Heard/s", perSecond(rate.observations)],
    ["Published/s", perSecond(rate.published)],
    ["Deliveries/s", perSecond(rate.deliveries)],
    ["Sent/s", bytes(rate.sent_bytes)],
    ["Lagging", now.lagging.toLocaleString("en")],
    ["Waiting", bytes(now.buffered_bytes)],
    ["Reactor delay", `${Math.round(1000 * now.reactor_delay_s)} ms`],
  ]);
  feeds.show(now.feeds);
  rooms.show(now.room_list);
  show(byId("members-part"), room !== null);
  if (room !== null) {
    write(byId("members-title"), `Members of ${room.room}`);
    members.show(room.member_list);
  }
  const closes = Object.entries(now.totals.closes).map(([code, count]) => [`Closed ${code}`, count]);
  const rejected = Object.entries(now.totals.rejected).map(([code, count]) => [`Rejected ${code}`, count]);
  ends.show([...closes, ...rejected].map(([name, count]) => [String(name), count.toLocaleString("en")]));
}

/** @param {string} why */
function turnedAway(why) {
  show(byId("desk"), false);
  show(byId("drain"), false);
  show(byId("door"), true);
  write(byId("door-why"), why);
  mark(byId("state"), "data-tone", "idle");
  write(byId("state-words"), "Not let in");
}

/** @param {string} words */
function problem(words) {
  write(byId("problem"), words);
}

/** @param {string} room */
function openRoom(room) {
  shown = shown === room ? null : room;
  look();
}

/** @param {string} room */
function closeRoom(room) {
  const what = "Everybody in it is sent away, and what members sent is forgotten. Whoever connects opens it anew.";
  sure(`Close ${room}?`, what, "Close the room", `/rooms/${room}/close`, {});
}

/** @param {any} member */
function kick(member) {
  const room = shown;
  const who = member.name ? `${member.name} (${member.id})` : member.id;
  const what = `All connections of this member in ${room} end. Nothing keeps it from coming back.`;
  sure(`Kick ${who}?`, what, "Kick", `/rooms/${room}/kick`, { id: member.id });
}

/**
 * Ask once more, and do it.
 *
 * @param {string} title @param {string} what @param {string} verb @param {string} path @param {object} said
 */
function sure(title, what, verb, path, said) {
  const dialog = byId("sure");
  write(byId("sure-title"), title);
  write(byId("sure-what"), what);
  write(byId("sure-yes"), verb);
  dialog.returnValue = "no";
  dialog.onclose = async () => {
    if (dialog.returnValue !== "yes") return;
    try {
      await ask(path, said);
      await look();
    } catch (error) {
      problem(error instanceof Error ? error.message : String(error));
    }
  };
  dialog.showModal();
}

byId("door").addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  keep(byId("token").value.trim());
  byId("token").value = "";
  look();
});
byId("drain").addEventListener("click", () => {
  const what = "Nobody is let in any more, and everybody is sent away to come back later. Only a restart undoes it.";
  sure("Drain the server?", what, "Drain", "/drain", {});
});
document.addEventListener("visibilitychange", () => document.hidden || look());
look();
