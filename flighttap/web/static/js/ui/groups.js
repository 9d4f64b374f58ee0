/** What the detail panel shows of a flight: groups of values, as data. Pure. */
import * as format from "../pure/format.js";

const unit = (name, word, digits = 0) => ({ record }) => {
  const value = format.number(record[name]);
  if (value === null) return "";
  const figure = digits ? value.toFixed(digits).replace("-", "−") : format.grouped(value);
  return word ? `${figure} ${word}` : figure;
};
const said = (name, most) => ({ record }) => format.printable(record[name], most);
const angle = (name) => ({ record }) => (format.number(record[name]) === null ? "" : format.degrees(record[name]));

/** Each row: what it is called, the field whose age counts, and its text ("" leaves the row out). */
export const GROUPS = [
  {
    label: "Identity",
    rows: [
      ["Callsign", "flight", said("flight", 16)],
      ["Address", "hex", ({ key }) => (key.includes(":") ? "" : key)],
      ["Registration", "r", said("r", 16)],
      ["Type", "t", ({ record }) => [format.printable(record.t, 16), format.printable(record.desc, 64)].filter(Boolean).join(" · ")],
      ["Category", "category", ({ record }) => categoryText(record)],
      ["Squawk", "squawk", ({ record }) => [format.printable(record.squawk, 4), format.emergency(record)].filter(Boolean).join(" · ")],
    ],
  },
  {
    label: "Position",
    rows: [
      ["Latitude", "lat", ({ record }) => format.latitude(record.lat)],
      ["Longitude", "lon", ({ record }) => format.longitude(record.lon)],
      ["Altitude, barometric", "alt_baro", unit("alt_baro", "ft")],
      ["Altitude, geometric", "alt_geom", unit("alt_geom", "ft")],
      ["On the ground", "on_ground", ({ record }) => (format.onGround(record) ? "yes" : "")],
      ["Containment radius", "rc", unit("rc", "m")],
    ],
  },
  {
    label: "Navigation",
    rows: [
      ["Heading, magnetic", "mag_heading", angle("mag_heading")],
      ["Heading, true", "true_heading", angle("true_heading")],
      ["Turn", "track_rate", unit("track_rate", "°/s", 1)],
      ["Roll", "roll", unit("roll", "°", 1)],
      ["Airspeed, indicated", "ias", unit("ias", "kt")],
      ["Airspeed, true", "tas", unit("tas", "kt")],
      ["Mach", "mach", unit("mach", "", 3)],
      ["Selected altitude", "nav_altitude_mcp", unit("nav_altitude_mcp", "ft")],
      ["Selected heading", "nav_heading", angle("nav_heading")],
      ["Altimeter setting", "nav_qnh", unit("nav_qnh", "hPa", 1)],
      ["Wind", "wd", ({ record }) => (format.number(record.wd) === null ? "" : `${format.degrees(record.wd)} ${format.whole(record.ws)} kt`)],
      ["Outside air", "oat", unit("oat", "°C")],
    ],
  },
  {
    label: "Signal and source",
    rows: [
      ["Source", "type", ({ record }) => (format.isMembers(record) ? "Sent by a member" : format.source(record))],
      ["Signal", "rssi", unit("rssi", "dBFS", 1)],
      ["Messages", "messages", unit("messages", "")],
      ["ADS-B version", "version", unit("version", "")],
      ["Accuracy, NACp", "nac_p", unit("nac_p", "")],
      ["Integrity, NIC", "nic", unit("nic", "")],
      ["Integrity, SIL", "sil", unit("sil", "")],
    ],
  },
];

/** The four large values: label, unit, field and text. */
export const FIGURES = [
  ["Altitude", "ft", "alt_baro", ({ record }) => format.altitude(record)],
  ["Ground speed", "kt", "gs", ({ record }) => format.whole(record.gs)],
  ["Track", "", "track", ({ record }) => format.degrees(record.track)],
  ["Vertical speed", "ft/min", "baro_rate", ({ record }) => format.whole(format.verticalRate(record))],
];

/** The line under the callsign: registration, type, kind. */
export function subtitle({ record }) {
  const parts = [format.printable(record.r, 16), format.printable(record.t, 16), format.category(record)];
  return parts.filter(Boolean).join(" · ");
}

function categoryText(record) {
  const code = format.printable(record.category, 4);
  const word = format.category(record);
  return word === code ? code : `${word} (${code})`;
}
