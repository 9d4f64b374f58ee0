/** The page's first module: the landing page or a room, by the address. */

import { startLanding } from "./landing.js";
import { browserTimers } from "./net/connection.js";
import { roomOf } from "./pure/url.js";
import { startRoom } from "./room.js";
import { byId } from "./ui/dom.js";
import { Announcer } from "./ui/live.js";

const announcer = new Announcer((text) => {
  byId("say").textContent = text;
}, browserTimers);
const say = (topic, text) => announcer.say(topic, text);
const room = roomOf(location.pathname);

document.documentElement.dataset.view = room === null ? "landing" : "room";
byId(room === null ? "room" : "landing").remove(); // one page, one "Room id"
if (room === null) startLanding(say);
else startRoom(room, say);
