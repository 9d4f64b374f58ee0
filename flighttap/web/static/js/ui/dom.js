/** The few helpers that make elements. Text only ever becomes text nodes: nothing here parses markup. */

const SVG = "http://www.w3.org/2000/svg";

/** An element of index.html, of whatever kind it is there. @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/**
 * An element.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [attributes] name to value; `false`, `null` and `undefined` are left out, `true` is
 *   an empty attribute; a function is a listener for the event it is named after (`onclick`).
 * @param {...(Node|string)} children strings become text nodes.
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** One of the symbols in index.html. @param {string} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** Write a text only where it differs: an untouched node costs no layout. @param {Node} node @param {string} text */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Show or hide. @param {HTMLElement} node @param {boolean} visible */
export function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

/** Set or remove an attribute only where it differs. @param {Element} node @param {string} name @param {string|null} value */
export function mark(node, name, value) {
  if (value === null) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}
