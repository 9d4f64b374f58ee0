/**
 * What a filter says, as a tree, and the one way to write it down: its normal form. Pure.
 *
 * Nodes: {is: "or" | "and", parts}, {is: "not", part}, {is: "flag", name, means},
 * {is: "within", radius, unit, lat, lon}, {is: "compare", column, op, items}. Items: a boolean,
 * {low, high} (texts, equal for one value), or a pattern: an array of texts in capitals and the
 * wildcards ANY and ONE.
 */

export const ANY = Symbol("*");
export const ONE = Symbol("?");

const DELIMITERS = new Set([" ", "\t", "\r", "\n", "\u00a0", '"', "(", ")", ",", "=", "<", ">", "!"]);

/** Whether a character needs no quotation marks. */
export function isBare(char) {
  return !DELIMITERS.has(char);
}

/** The characters of a wildcard or text as they were written. */
export function written(piece) {
  return typeof piece === "symbol" ? piece.description : piece;
}

/** The filter in its normal form, which reads back as the same tree. */
export function normal(node) {
  switch (node.is) {
    case "or":
      return node.parts.map(normal).join(" or ");
    case "and":
      return node.parts.map((part) => inner(part, "or")).join(" ");
    case "not":
      return `not ${inner(node.part, "or", "and")}`;
    case "within":
      return `within ${node.radius}${node.unit} of ${node.lat},${node.lon}`;
    case "flag":
      return node.name;
    default:
      return `${node.column.name}${node.op}${node.items.map((item) => itemText(node.column, item)).join()}`;
  }
}

/** The fields that the filter looks at, by their names on the wire. */
export function fieldsOf(node) {
  switch (node.is) {
    case "or":
    case "and":
      return new Set(node.parts.flatMap((part) => [...fieldsOf(part)]));
    case "not":
      return fieldsOf(node.part);
    case "flag":
      return fieldsOf(node.means);
    case "within":
      return new Set(["lat", "lon"]);
    default:
      return new Set(node.column.fields);
  }
}

function inner(node, ...weaker) {
  return weaker.includes(node.is) ? `(${normal(node)})` : normal(node);
}

function itemText(column, item) {
  if (typeof item === "boolean") return String(item);
  if (!Array.isArray(item)) return item.low === item.high ? item.low : `${item.low}..${item.high}`;
  return item.map((piece) => (typeof piece === "symbol" ? written(piece) : literal(column, piece))).join("");
}

function literal(column, text) {
  const shown = column.small ? text.replace(/[A-Z]/g, (char) => char.toLowerCase()) : text;
  const bare = shown !== "" && Array.from(shown).every((char) => isBare(char) && char !== "*" && char !== "?");
  return bare ? shown : `"${shown.replace(/[\\"]/g, "\\$&")}"`;
}
