/** Questions to the API of this server. */

/** @type {() => string|null} the token to show, where there is one. */
let token = () => null;

/** From now on every question shows a token. @param {() => string|null} give gives it, or null. */
export function showToken(give) {
  token = give;
}

/** The JSON at a path of the API; null when there is no answer to be had. @param {string} path @returns {Promise<any>} */
export async function ask(path) {
  try {
    const answer = await fetch(path, { headers: { Accept: "application/json", ...shown() } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** The bytes at a path of the API; null when there is no answer to be had. @param {string} path @returns {Promise<ArrayBuffer|null>} */
export async function fetchBytes(path) {
  try {
    const answer = await fetch(path, { headers: shown() });
    return answer.ok ? await answer.arrayBuffer() : null;
  } catch {
    return null;
  }
}

/** @returns {Record<string, string>} */
function shown() {
  const given = token();
  return given === null ? {} : { Authorization: `Bearer ${given}` };
}
