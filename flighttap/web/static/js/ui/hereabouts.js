/** Who else is in the room, what they call themselves, and whose view is shared. */
import { called } from "../pure/presence.js";
import { el, show, write } from "./dom.js";
import { store, stored } from "./stored.js";

export class Hereabouts {
  /**
   * @param {object} actions
   * @param {(name: string) => void} actions.onName tells the room what this person is called.
   * @param {(on: boolean) => void} actions.onShare shares what is looked at with the room, or ends that.
   * @param {(id: string|null) => void} actions.onFollow looks at what somebody else looks at, or ends that.
   */
  constructor({ onName, onShare, onFollow }) {
    this._onFollow = onFollow;
    this._shown = "";
    this._name = el("input", {
      id: "my-name",
      type: "text",
      maxlength: "40",
      autocomplete: "nickname",
      placeholder: "What others see",
      value: stored("name") ?? "",
    });
    const share = el("input", { type: "checkbox", onchange: () => onShare(share.checked) });
    const rename = (/** @type {Event} */ event) => {
      event.preventDefault();
      store("name", this._name.value.trim());
      onName(this._name.value.trim());
    };
    this._list = el("ul", {});
    this._only = el("p", { class: "quiet" });
    this.node = el(
      "section",
      { class: "here" },
      el("h3", {}, "Who is here"),
      this._list,
      this._only,
      el(
        "form",
        { onsubmit: rename },
        el("label", { class: "unseen", for: "my-name" }, "Your name"),
        this._name,
        el("button", { class: "button", type: "submit" }, "Set name"),
      ),
      el("label", { class: "tick-line" }, share, el("span", {}, "Share what I look at with the room")),
    );
  }

  /** What this person is called, "" for nothing. */
  get name() {
    return this._name.value.trim();
  }

  /**
   * @param {import("../state/people.js").People} people
   * @param {string|null} me the public id of this page.
   * @param {Set<string>} sharing ids of those who share what they look at.
   * @param {string|null} followed whose view is followed.
   */
  show({ members, count }, me, sharing, followed) {
    const others = members ? [...members].filter(([id]) => id !== me) : [];
    const state = JSON.stringify([others, count, [...sharing], followed, me !== null && members?.get(me)]);
    if (state === this._shown) return;
    this._shown = state;
    show(this._list, members !== null);
    show(this._only, members === null || others.length === 0);
    write(this._only, members === null ? `${count ?? 0} here; a room of this size has no list.` : "Nobody but you.");
    const focused = this._list.contains(document.activeElement)
      ? /** @type {HTMLElement} */ (document.activeElement).dataset.id
      : undefined;
    this._list.replaceChildren(...others.map(([id, name]) => this._row(id, name, sharing.has(id), id === followed)));
    for (const button of this._list.querySelectorAll("button")) if (button.dataset.id === focused) button.focus();
  }

  /** @param {string} id @param {string} name @param {boolean} shares @param {boolean} followed */
  _row(id, name, shares, followed) {
    const word = el("span", { class: "name" }, called(id, name));
    if (!shares) return el("li", {}, word);
    const press = () => this._onFollow(followed ? null : id);
    const button = el(
      "button",
      { class: "button", type: "button", "data-id": id, "aria-pressed": String(followed), onclick: press },
      followed ? "Stop following" : "Follow their view",
    );
    return el("li", {}, word, button);
  }
}
