/** Who made the map, as links: at its foot and, where there is no room for that, with what it shows. */
import { credits } from "../map/basemap.js";
import { el } from "./dom.js";

/** @returns {(Node|string)[]} */
export function creditLine() {
  return credits().flatMap(({ text, href }, at) => [
    ...(at ? [" · "] : []),
    href ? el("a", { href, target: "_blank", rel: "noreferrer" }, text) : text,
  ]);
}
