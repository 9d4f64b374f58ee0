/** What this browser keeps between visits, where it keeps anything. */

/** @param {string} name @returns {string|null} */
export function stored(name) {
  try {
    return localStorage.getItem(`flighttap.${name}`);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} text */
export function store(name, text) {
  try {
    localStorage.setItem(`flighttap.${name}`, text);
  } catch {
    // a browser that keeps nothing still works for this visit
  }
}
