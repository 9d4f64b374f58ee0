/** The room switcher: a room id typed, or one of the open rooms. */

import { anchor } from "./pops.js";
import { wireRoomForm } from "./roomform.js";
import { keepRooms } from "./roomlist.js";

/** @param {{popover: HTMLElement, button: HTMLElement, form: HTMLFormElement, list: HTMLUListElement, note: HTMLElement}} parts */
export function wireSwitch({ popover, button, form, list, note }) {
  wireRoomForm(form);
  const refresh = keepRooms({ list, note, wanted: () => popover.matches(":popover-open") });
  anchor(popover, button);
  popover.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "open") refresh();
  });
}
