/**
 * Which silhouette stands for an aircraft: chosen by its type designator, else by its emitter category. Pure.
 *
 * Type designators are ICAO Doc 8643's, emitter categories those of ADS-B (A0 to D7, DO-260B table 2-19).
 * map/icons.js draws them in this order.
 */

/** The silhouettes, in the order of the atlas. */
export const SHAPES = Object.freeze([
  "unknown",
  "airliner",
  "heavy",
  "jet",
  "turboprop",
  "light",
  "helicopter",
  "glider",
  "balloon",
  "uav",
  "fighter",
  "vehicle",
  "obstacle",
]);

const INDEX = new Map(SHAPES.map((name, index) => [name, index]));

/** How large each is drawn beside the others: heavy ones larger, light ones smaller. */
export const SCALES = Object.freeze(
  SHAPES.map((name) =>
    name === "heavy" ? 1.15 : ["light", "glider", "uav", "vehicle", "obstacle"].includes(name) ? 0.85 : 1,
  ),
);

const CATEGORIES = new Map([
  ["A1", "light"],
  ["A2", "jet"],
  ["A3", "airliner"],
  ["A4", "airliner"],
  ["A5", "heavy"],
  ["A6", "fighter"],
  ["A7", "helicopter"],
  ["B1", "glider"],
  ["B2", "balloon"],
  ["B4", "light"],
  ["B6", "uav"],
  ["B7", "fighter"],
  ["C1", "vehicle"],
  ["C2", "vehicle"],
  ["C3", "obstacle"],
  ["C4", "obstacle"],
  ["C5", "obstacle"],
]);

/** The first that fits a type designator decides; what none fits is left to the category. @type {[RegExp, string][]} */
const TYPES = [
  [
    /^(A30|A310|A3[345]|A38|B74|B7[678]|DC10|DC8|MD11|L101|IL[6789]|A12[45]|AN22|C17$|C5$|C5M|A400|K35|KC\d|E3[CT]|B52)/,
    "heavy",
  ],
  [
    /^(A1[89]|A2[012]|A3[12]|BCS|B73|B3[789]|B72|B75|MD[89]|DC9|B71|E1[79]|E29|E75|F100|F70|SU95|T[12]04|C919|A148|A158|RJ|B46|P8)/,
    "airliner",
  ],
  [
    /^(GLF|GL[5-7]T|GLEX|GALX|CL[36]|C25|C5[0-6]|C68|C7[05]|LJ|FA[1-9]|F2TH|F900|H25|E5[05]|E545|E135|E145|CRJ|HDJT|PRM|BE40|EA50|SF50|PC24|ASTR|WW24|E35|E45)/,
    "jet",
  ],
  [
    /^(AT[4-7]|ATP|DH8|SF34|JS[34]|D328|SB20|F50|F27|C130|C30J|C160|CN35|C295|AN2[46]|AN12|AN32|B190|BE[29]|B350|BE10|PC12|TBM|SW[34]|E110|E120|L410|DHC6|DHC7|C208|P180|PAY|AC[69]|MU2|P3|IL18|IL38|Q4)/,
    "turboprop",
  ],
  [
    /^(EC[1-6]|AS[356]|A1[0-3]9|A169|A189|B0[67]|B2[0-3]|B4[0-3]|B50|BK17|H[1-6]\d|H47|R22|R44|R66|S6[01]|S7[0-9]|S92|MI\d|KA\d|UH1|LYNX|NH90|EH10|PUMA|GAZL|EXPL|G2CA|CABR|V22)/,
    "helicopter",
  ],
  [
    /^(F1[0-9]|F22|F35|F4$|F5$|F86|F104|EUFI|RFAL|MIR|TOR|TYPH|HAWK|HUNT|GRIP|SU[23]|MG\d|MIG|A10|A4$|AV8|T38|T45|M346|L39|L159|ALPH|VAMP|B1$|B2$|U2|AJET)/,
    "fighter",
  ],
  [/^(GLID|AS[GHKW]\d|DG\d|DISC|DUOD|LS\d|VENT|NIMB|ARCU|G10[23]|JANU|PK20|SZ\d|K8|ASTI|ULAC$)/, "glider"],
  [/^(BALL|SHIP)/, "balloon"],
  [/^(DRON|Q\d|MQ|RQ|HRON|UAV)/, "uav"],
  [/^(GRND|SERV|EMER|TWR$)/, "vehicle"],
  [
    /^(C1[0-9]|C20[0-9]|C21|P28|P32|PA\d|SR2|DA[24]|DR4|BE3|BE5|BE6|BE7|M20|AA[15]|RV|GY|TB|TOBA|TRIN|C42|EV97|ECHO|ULAC|GYRO|RF|SIRA|AQUI|G115|CH\d|J3|CRUZ|BRIS|P06|P208|ZLIN|Z\d|EXTR|E300|PTS|AN2$)/,
    "light",
  ],
];

/** @type {Map<string, string|null>} */
const byType = new Map();

/**
 * The index of a silhouette in SHAPES.
 *
 * @param {unknown} category emitter category, such as A3
 * @param {unknown} type type designator, such as B738
 * @returns {number}
 */
export function shapeOf(category, type) {
  const designator = typeof type === "string" && type.length <= 4 ? type.toUpperCase() : "";
  let named = byType.get(designator);
  if (named === undefined) {
    named = designator === "" ? null : (TYPES.find(([pattern]) => pattern.test(designator))?.[1] ?? null);
    if (byType.size < 4096) byType.set(designator, named);
  }
  const known = typeof category === "string" ? CATEGORIES.get(category) : undefined;
  return INDEX.get(named ?? known ?? "unknown") ?? 0;
}
