/** The landing page: type a room id, or take one of the open rooms. */

import { socketUrl } from "./pure/url.js";
import { wireCopy } from "./ui/copy.js";
import { byId } from "./ui/dom.js";
import { wireRoomForm } from "./ui/roomform.js";
import { keepRooms } from "./ui/roomlist.js";

/** @param {(topic: string, text: string) => void} say */
export function startLanding(say) {
  wireRoomForm(byId("connect"));
  byId("room-id").focus();
  keepRooms(byId("open-rooms"), byId("open-note"), () => true);
  byId("ws-example").textContent = socketUrl(location, "ams");
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll(".landing .copy"))) {
    wireCopy(
      button,
      () => button.previousElementSibling?.textContent ?? "",
      (text) => say("copy", text),
    );
  }
}
