/** The landing page: type a room id, or take one of the open rooms. Behind it, dim, the sky of the demo. */
import { socketUrl } from "./pure/url.js";
import { wireCopy } from "./ui/copy.js";
import { byId, write } from "./ui/dom.js";
import { wireRoomForm } from "./ui/roomform.js";
import { keepRooms } from "./ui/roomlist.js";

/** @param {(topic: string, text: string) => void} say */
export function startLanding(say) {
  wireRoomForm(byId("connect"));
  byId("room-id").focus();
  let shown = false;
  keepRooms({
    list: byId("open-rooms"),
    note: byId("open-note"),
    wanted: () => true,
    onAnswer: ({ rooms, version }) => {
      write(byId("version"), version ? `flighttap ${version}` : "");
      const demo = rooms.find((/** @type {any} */ room) => room.simulated);
      if (shown || !demo) return;
      shown = true;
      showSky(demo.room);
    },
  });
  byId("ws-example").textContent = socketUrl(location, "ams");
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll(".landing .copy"))) {
    wireCopy(
      button,
      () => button.previousElementSibling?.textContent ?? "",
      (text) => say("copy", text),
    );
  }
}

/** @param {string} room */
async function showSky(room) {
  const { startSky } = await import("./sky.js"); // the map is large: the form does not wait for it
  startSky(room, byId("sky"));
}
