/** What keys do that only changes the view. */
import { next } from "./theme.js";

/**
 * @param {import("../state/view.js").View} view
 * @param {(topic: string, text: string) => void} say
 * @returns {Record<string, () => void>}
 */
export function viewActions(view, say) {
  /** @typedef {"follow"|"isolate"|"many"|"asReceived"|"inView"|"rings"|"dock"} Switch */
  const turn = (/** @type {Switch} */ part) => () => view.set({ [part]: !view.state[part] });
  const withChosen = (/** @type {() => void} */ act) => () => {
    if (view.chosen !== null) act();
  };
  return {
    dock: turn("dock"),
    clear: () => view.select(null),
    follow: withChosen(turn("follow")),
    isolate: withChosen(turn("isolate")),
    many: () => {
      turn("many")();
      say("many", view.state.many ? "Each click selects one more." : "A click selects one flight.");
    },
    trails: () => view.set({ trails: view.state.trails === "all" ? "recent" : "all" }),
    labels: () => view.set({ labels: view.state.labels === "off" ? "full" : "off" }),
    labelDetail: () => view.set({ labels: view.state.labels === "short" ? "full" : "short" }),
    asReceived: turn("asReceived"),
    military: () => view.set({ query: view.state.query === "military" ? "" : "military" }),
    inView: () => {
      turn("inView")();
      say("inView", view.state.inView ? "The list holds what is on the map." : "The list holds all flights.");
    },
    rings: turn("rings"),
    theme: () => view.set({ theme: next(view.state.theme) }),
  };
}
