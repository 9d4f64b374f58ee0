/** What the status pill says: honest words for the state of the link and the age of the data. Pure. */
import { age, calmAge } from "./format.js";

const OLD_S = 5;
const SILENT_S = 8;

/**
 * @typedef {object} Status
 * @property {"ok"|"warn"|"bad"|"idle"} tone
 * @property {boolean} hollow
 * @property {string} label
 * @property {string} note the muted figure behind the label.
 * @property {string} action names the button if there is one.
 * @property {string} say what a screen reader is told when it differs from what it was told last.
 */

/**
 * @param {import("../net/connection.js").State} state
 * @param {object} seen
 * @param {number} seen.now the connection's clock, ms.
 * @param {number|null} seen.dataAge seconds since the newest word of any flight, null without flights.
 * @param {number} seen.silence seconds since the server said anything at all.
 * @param {boolean} [seen.slowed] the server lowered the rate because this page lags.
 * @returns {Status}
 */
export function describe(state, { now, dataAge, silence, slowed = false }) {
  /** @type {Status} */
  const pill = { tone: "ok", hollow: false, label: "", note: "", action: "", say: "" };
  if (state.phase === "refused") {
    return {
      ...pill,
      tone: "bad",
      hollow: true,
      label: "Refused",
      note: state.why ?? "",
      say: `Refused: ${state.why}.`,
    };
  }
  if (state.phase === "waiting") {
    const left = Math.max(0, Math.ceil(((state.retryAt ?? now) - now) / 1000));
    return {
      ...pill,
      tone: "warn",
      hollow: true,
      label: left ? `Reconnecting in ${left} s` : "Reconnecting",
      action: left ? "Retry now" : "",
      say: `Reconnecting: ${state.why}.`,
    };
  }
  if (state.phase === "connecting") {
    const again = state.code !== undefined;
    return { ...pill, tone: again ? "warn" : "idle", hollow: true, label: again ? "Reconnecting" : "Connecting" };
  }
  if (state.phase === "closed") return { ...pill, tone: "idle", hollow: true, label: "Not connected" };
  if (silence > SILENT_S) {
    return { ...pill, tone: "warn", label: `No word for ${calmAge(silence)}`, say: "The server has gone silent." };
  }
  if (state.draining) {
    return { ...pill, tone: "warn", label: "Server restarting", say: "The server is about to restart." };
  }
  if (dataAge !== null && dataAge > OLD_S) {
    return { ...pill, tone: "warn", label: `${calmAge(dataAge)} old`, say: "The data is getting old." };
  }
  const figure = dataAge === null ? "" : age(dataAge);
  return { ...pill, label: "LIVE", note: slowed ? `${figure} · 1 Hz` : figure, say: "Live." };
}
