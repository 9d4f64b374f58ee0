/** What happened between two looks at the operator's API, and words for it. */

/**
 * How much each total grew a second; from the server's start where there was no look before.
 *
 * @param {any} now an answer of `/api/v1/admin`
 * @param {any} before an earlier one of the same process, or null
 * @returns {Record<string, number>}
 */
export function rates(now, before) {
  const same = before !== null && before.uptime_s < now.uptime_s;
  const seconds = Math.max(same ? now.uptime_s - before.uptime_s : now.uptime_s, 0.001);
  /** @type {Record<string, number>} */
  const grown = {};
  for (const [name, total] of Object.entries(now.totals)) {
    if (typeof total === "number") grown[name] = (total - (same ? before.totals[name] : 0)) / seconds;
  }
  return grown;
}

/** Bytes in few characters. @param {number} bytes */
export function bytes(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

/** Seconds as people say them. @param {number} seconds */
export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} d`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min` : `${Math.floor(seconds)} s`;
}

/** A rate in few characters. @param {number} rate */
export function perSecond(rate) {
  return rate >= 100 ? Math.round(rate).toLocaleString("en") : rate.toFixed(1);
}
