/** How long to wait before the next try: full jitter, so that a thousand pages do not return at once. */

export const FIRST_MS = 1000;
export const LONGEST_MS = 30000;

/**
 * @param {number} failures tries that failed in a row, 0 after a good connection.
 * @param {() => number} random a number from 0 to 1.
 * @returns {number} milliseconds.
 */
export function pause(failures, random) {
  return Math.round(random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** failures));
}
